"""Proofs: made from a window and fresh salts, checked three ways before anyone sees them."""

import json
import secrets
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sim.errors import InputError, ProverError
from sim.proofs.circuit import Circuit, Compiled, commitment_of, output_column
from sim.proofs.columns import columns_of
from sim.proofs.field import COMMITMENT_BYTES, MODULUS, from_hex, signed, to_hex
from sim.proofs.native import attempt, ezkl
from sim.proofs.srs import Srs


@dataclass(frozen=True)
class Proof:
    """One proof, public but for the salts and the column.

    commitment:  64 bytes (x, y) of the window and salts; the proof starts with them
    proof:       what the verifier contract takes
    instances:   the public outputs as field elements, one per slot of the horizon; none where they are sealed
    salts:       what hides the window in the commitment; private
    prove_cpu_s: CPU seconds of witness and proof, when it was made
    column:      sealed outputs and their salts, as ``output_column`` has them; private
    cached:      whether it was taken from the store, and not made in this run
    """

    commitment: bytes
    proof: bytes
    instances: tuple[int, ...]
    salts: tuple[int, ...]
    prove_cpu_s: float
    column: tuple[int, ...] = ()
    cached: bool = field(default=False, compare=False)

    @property
    def outputs(self) -> tuple[int, ...]:
        """The public outputs as signed integers at the model's output scale."""
        return tuple(signed(element) for element in self.instances)

    @property
    def output_point(self) -> bytes:
        """64 bytes (x, y) of the column of sealed outputs: behind the commitment; empty of public ones."""
        return b"" if self.instances else self.proof[COMMITMENT_BYTES : 2 * COMMITMENT_BYTES]


def prove(circuit: Circuit, window_wh: Sequence[int], srs: Srs) -> Proof:
    """Prove the forecast from ``window_wh`` (lookback readings, Wh), under salts from the operating system.

    The proof is returned only if it verifies, opens the commitment, and has exactly the outputs that integer
    arithmetic has; otherwise ProverError. Raises InputError for a window the circuit was not built for.
    """
    return prove_under(circuit, window_wh, fresh_salts(circuit), srs)


def fresh_salts(circuit: Circuit) -> tuple[int, ...]:
    """Salts for one window, from the operating system: where outputs are sealed, elements of the field."""
    if circuit.form.sealed:
        return tuple(secrets.randbelow(MODULUS) for _ in range(circuit.salts))
    return tuple(secrets.randbits(circuit.settings.salt_bits) for _ in range(circuit.salts))


def prove_under(circuit: Circuit, window_wh: Sequence[int], salts: Sequence[int], srs: Srs) -> Proof:
    """The same under given salts, which nobody but a prover that has just drawn them and a cheat should call.

    Each further proof from one window and salts opens one more equation about both.
    """
    _check_window(circuit, window_wh)
    started = time.process_time()
    document = run_prover(circuit, [[*window_wh, *salts]], srs)
    prove_cpu_s = time.process_time() - started
    proof = Proof(
        commitment=commitment_of(circuit, window_wh, salts, srs),
        proof=bytes(document["proof"]),
        instances=tuple(from_hex(element) for element in document["instances"][0]),
        salts=tuple(salts),
        prove_cpu_s=prove_cpu_s,
        column=output_column(circuit, window_wh, salts),
    )
    _check_proof(circuit, window_wh, proof, srs)
    return proof


def verify(circuit: Circuit, proof: bytes, instances: Sequence[int], srs: Srs) -> bool:
    """Whether a proof of exactly the circuit's length verifies for the public outputs (field elements)."""
    if len(proof) != circuit.proof_bytes:
        return False  # EZKL ignores trailing bytes; two forms of one proof should not both pass
    if circuit.form.sealed and instances:
        return False
    return verifies(circuit, proof, instances, srs)


def verifies(circuit: Compiled, proof: bytes, instances: Sequence[int], srs: Srs) -> bool:
    """Whether EZKL takes a proof for these public outputs (field elements), bytes behind it left aside."""
    document = {"instances": [[to_hex(element) for element in instances]], "proof": list(proof)}
    with tempfile.TemporaryDirectory(dir=circuit.folder) as name:
        path = Path(name) / "proof.json"
        path.write_text(json.dumps(document))
        try:
            return bool(
                ezkl.verify(
                    str(path),
                    str(circuit.settings_path),
                    str(circuit.vk_path),
                    str(srs.path(circuit.logrows)),
                )
            )
        except RuntimeError as error:
            if "[halo2]" in str(error):  # what a false proof is refused with; anything else is our fault
                return False
            raise ProverError(f"EZKL could not check a proof: {error}") from error


def run_prover(circuit: Compiled, inputs: Sequence[Sequence[int]], srs: Srs) -> dict[str, Any]:
    """Witness and proof, in a private folder. EZKL rounds numbers to float32, so field elements go in.

    inputs: what each input tensor holds
    """
    srs_path = str(srs.path(circuit.logrows))
    with tempfile.TemporaryDirectory(dir=circuit.folder) as name:
        given, witness, proof = (Path(name) / file for file in ("input.json", "witness.json", "proof.json"))
        given.write_text(json.dumps({"input_data": [list(map(to_hex, values)) for values in inputs]}))
        with attempt("make a witness"):
            ezkl.gen_witness(
                str(given), str(circuit.compiled_path), str(witness), str(circuit.vk_path), srs_path
            )
        with attempt("prove"):
            ezkl.prove(str(witness), str(circuit.compiled_path), str(circuit.pk_path), str(proof), srs_path)
        document: dict[str, Any] = json.loads(proof.read_text())
    return document


def _check_window(circuit: Circuit, window_wh: Sequence[int]) -> None:
    if len(window_wh) != circuit.model.inputs:
        raise InputError(f"a window of {len(window_wh)} numbers; the circuit takes {circuit.model.inputs}")
    for place, reading in enumerate(window_wh):
        if abs(reading) > circuit.limit_wh:
            raise InputError(
                f"number {place} of a window is {reading}; the circuit takes numbers within "
                f"±{circuit.limit_wh}"
            )


def contradiction(circuit: Circuit, window_wh: Sequence[int], proof: Proof, srs: Srs) -> str | None:
    """What shows, without the proof being verified, that it is not of this window under this circuit."""
    if circuit.form.sealed:
        column = output_column(circuit, window_wh, proof.salts)
        point = columns_of(srs, circuit.logrows).committed(column)
        differs = (proof.column, proof.output_point, proof.instances) != (column, point, ())
    else:
        expected = circuit.model.outputs(np.array(window_wh, dtype=np.int64)).tolist()
        differs = proof.outputs != tuple(expected)
    if differs:
        return "a proof's outputs differ from integer arithmetic"
    if proof.proof[:COMMITMENT_BYTES] != proof.commitment:
        return "a proof does not open its window's commitment"
    return None


def _check_proof(circuit: Circuit, window_wh: Sequence[int], proof: Proof, srs: Srs) -> None:
    problem = contradiction(circuit, window_wh, proof, srs)
    if problem is None and not verifies(circuit, proof.proof, proof.instances, srs):
        problem = "a fresh proof does not verify"
    if problem:
        raise ProverError(f"circuit {circuit.digest}: {problem}")
