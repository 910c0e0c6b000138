"""From a quantised model to a circuit: keys are made, and everything the market relies on is tried out."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from eth_hash.auto import keccak

from sim.chain.bounds import MAX_KEY_WORDS, MAX_PROOF_BYTES
from sim.errors import InputError, ProverError
from sim.forecast.model import IntegerModel
from sim.proofs import curve
from sim.proofs.circuit import Circuit, Compiled, commitment_of
from sim.proofs.cost_model import cost_of, too_large, tuned_settings
from sim.proofs.field import COMMITMENT_BYTES
from sim.proofs.native import attempt, ezkl
from sim.proofs.prover import prove, prove_under
from sim.proofs.settings import OPEN, EzklSettings, Form, check_admissible, onnx_of, write_settings
from sim.proofs.srs import Srs

Made = TypeVar("Made", bound=Compiled)

_COUNT_BYTES = 8
_PREDICTION_TOLERANCE = 1.1


def build_circuit(
    model: IntegerModel,
    settings: EzklSettings | None,
    limit_wh: int,
    srs: Srs,
    folder: Path,
    form: Form = OPEN,
) -> Circuit:
    """Compile the model for readings within ±limit_wh into ``folder``; ``settings`` None takes the cheapest.

    Raises InputError where settings are inadmissible or the circuit exceeds the contract's bounds, and
    ProverError where EZKL's circuit is not the one meant.
    """
    started = time.process_time()
    chosen = settings or tuned_settings(model, limit_wh, srs.logrows, form)
    check_admissible(model, chosen, limit_wh, srs.logrows, form)
    folder.mkdir(parents=True, exist_ok=True)
    onnx_path = folder / "model.onnx"
    onnx_path.write_bytes(onnx_of(model, chosen, form))
    layout = write_settings(model, chosen, onnx_path, folder / "settings.json", form)
    _check_layout(layout, model, chosen, form)
    predicted = cost_of(layout["num_rows"], chosen, len(model.lookups), form)
    if predicted.proof_bytes > MAX_PROOF_BYTES * _PREDICTION_TOLERANCE:  # before minutes go into its keys
        raise InputError(too_large(predicted.proof_bytes, predicted.key_words))
    circuit = Circuit(
        folder=folder,
        digest="",
        model=model,
        settings=chosen,
        limit_wh=limit_wh,
        rows=layout["num_rows"],
        key=b"",
        proof_bytes=0,
        vk_bytes=0,
        pk_bytes=0,
        setup_s=0.0,
        form=form,
    )
    circuit = with_keys(circuit, onnx_path, srs)
    if len(circuit.key_words) > MAX_KEY_WORDS:
        raise InputError(too_large(predicted.proof_bytes, len(circuit.key_words)))
    _check_every_value_is_committed(circuit, srs)
    trial = prove(circuit, [limit_wh] * model.inputs, srs)
    if form.sealed:
        again = prove_under(circuit, [limit_wh] * model.inputs, trial.salts, srs)
        _check_what_repeats(trial.proof, again.proof)
    if len(trial.proof) > MAX_PROOF_BYTES:
        raise InputError(too_large(len(trial.proof), len(circuit.key_words)))
    return replace(circuit, proof_bytes=len(trial.proof), setup_s=time.process_time() - started)


def with_keys(circuit: Made, onnx_path: Path, srs: Srs) -> Made:
    """Compile what was laid out and make its keys."""
    srs_path = str(srs.path(circuit.logrows))
    with attempt("compile the circuit"):
        ezkl.compile_circuit(str(onnx_path), str(circuit.compiled_path), str(circuit.settings_path))
    with attempt("make the keys"):
        ezkl.setup(str(circuit.compiled_path), str(circuit.vk_path), str(circuit.pk_path), srs_path)
    key = _key_for_chain(circuit, srs_path)
    return replace(
        circuit,
        digest="0x" + keccak(key).hex(),
        key=key,
        vk_bytes=circuit.vk_path.stat().st_size,
        pk_bytes=circuit.pk_path.stat().st_size,
    )


def _key_for_chain(circuit: Compiled, srs_path: str) -> bytes:
    """The words of the verifying key; EZKL's file puts their number before them."""
    path = circuit.folder / "vka"

    async def create() -> None:
        await ezkl.create_evm_vka(str(circuit.vk_path), str(circuit.settings_path), str(path), srs_path)

    with attempt("write the key for the chain"):
        asyncio.run(create())
    data = path.read_bytes()
    words = int.from_bytes(data[:_COUNT_BYTES], "little")
    if len(data) != _COUNT_BYTES + 32 * words:
        raise ProverError(f"{path}: {len(data)} bytes cannot be {words} words")
    return data[_COUNT_BYTES:]


def _check_layout(
    layout: dict[str, Any], model: IntegerModel, settings: EzklSettings, form: Form = OPEN
) -> None:
    """Refuse a circuit that is not the one meant: fixed parameters, exact scales, its inputs committed as one
    tensor; outputs public, or committed as another one and nothing looked up.
    """
    run_args = layout["run_args"]
    inputs, outputs = model.inputs + form.salts(settings), model.horizon + form.output_salts
    facts = {
        "input visibility": (run_args["input_visibility"], "KZGCommit"),
        "parameter visibility": (run_args["param_visibility"], "Fixed"),
        "output visibility": (run_args["output_visibility"], "KZGCommit" if form.sealed else "Public"),
        "skipped range checks": (run_args["ignore_range_check_inputs_outputs"], form.sealed),
        "committed values": (
            layout["module_sizes"]["polycommit"],
            [inputs, outputs] if form.sealed else [inputs],
        ),
        "outputs": (layout["model_instance_shapes"], [] if form.sealed else [[1, outputs]]),
        "input scales": (layout["model_input_scales"], [0]),
        "output scales": (layout["model_output_scales"], [model.output_scale]),
        "lookups": (layout["required_lookups"], model.lookups),
        "range checks": (
            layout["required_range_checks"],
            [] if form.sealed else model.range_checks(settings.decomp_base),
        ),
    }
    check_facts(facts)


def check_facts(facts: Mapping[str, tuple[object, object]]) -> None:
    """Raise ProverError where what EZKL laid out is not what was meant.

    facts: by name, what was found and what was meant
    """
    for what, (found, meant) in facts.items():
        if found != meant:
            raise ProverError(f"EZKL laid out a circuit whose {what} are {found}, where {meant} was meant")


def _check_every_value_is_committed(circuit: Circuit, srs: Srs) -> None:
    """Every input and every salt must move the commitment, or a bid could be proved from other readings."""
    lookback = circuit.model.inputs
    zeros = [0] * (lookback + circuit.salts)
    seen = {commitment_of(circuit, zeros[:lookback], zeros[lookback:], srs)}
    for place in range(len(zeros)):
        values = [*zeros[:place], 1, *zeros[place + 1 :]]
        commitment = commitment_of(circuit, values[:lookback], values[lookback:], srs)
        if commitment in seen:
            raise ProverError(f"the commitment does not depend on value {place} of {len(zeros)}")
        seen.add(commitment)


def _check_what_repeats(one: bytes, other: bytes) -> None:
    """Two proofs of one window under the same salts share the points of the two columns that salts hide.

    Every other column ends in rows that are random in each proof. One that did not would be hidden by no more
    than the salts that happen to be in it, which would not show under different ones.
    """
    if (found := repeated_points(one, other)) != [0, COMMITMENT_BYTES]:
        raise ProverError(
            f"two proofs of one window under the same salts share the points at bytes {found}, where those "
            f"at 0 and {COMMITMENT_BYTES} alone were meant"
        )


def repeated_points(one: bytes, other: bytes) -> list[int]:
    """Bytes at which two proofs have the same point."""
    blocks = range(0, len(one) - COMMITMENT_BYTES + 1, COMMITMENT_BYTES)
    pairs = ((at, one[at : at + COMMITMENT_BYTES], other[at : at + COMMITMENT_BYTES]) for at in blocks)
    return [at for at, mine, theirs in pairs if mine == theirs and curve.is_point(mine)]
