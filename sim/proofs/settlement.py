"""Settlement proofs: that a home's trade follows from the columns of outputs that it committed to.

A settlement period has several gates. For each the circuit has two committed inputs: the column of the home's
outputs y_0, y_1, ... with its salts, and the column of the gate's prices c_0, c_1, ... Its one public output
is the home's trade, the sum over gates of c_0 y_0 + c_1 y_1 + ... So what it trades in a single gate stays
hidden. A proof begins with the points of the columns: those of outputs by gate, then those of prices by gate.
The former are those of the home's forecast proofs, where both circuits have as many rows; the latter anybody
computes. Where the home has no order, or a gate no prices, stands the column without values.

The circuit has no range checks, so nothing is looked up, and every other column that a proof commits to ends
in random rows. It needs none: its equation holds in the field, and, as prices, outputs and the trade are
bounded far below half the modulus, of the integers.

A settlement proof opens one more equation about a column of outputs than the forecast's proof does, and there
are salts for one. So there is one settlement proof of a column, ever.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

from sim.chain.bounds import MAX_KEY_WORDS, MAX_PRICE, MAX_PROOF_BYTES
from sim.errors import InputError, ProverError
from sim.proofs.circuit import Compiled
from sim.proofs.columns import columns_of
from sim.proofs.field import COMMITMENT_BYTES, MODULUS
from sim.proofs.prover import run_prover, verifies
from sim.proofs.settings import EzklSettings, lay_out
from sim.proofs.setup import check_facts, repeated_points, with_keys
from sim.proofs.srs import Srs

MAX_TRADE = 2**109 - 1
"""Magnitude of what a home trades in a gate: beyond the largest prices of the largest outputs."""
_CHOICES = {"output_visibility": "public", "param_scale": 0, "ignore_range_check_inputs_outputs": True}

Columns = Sequence[Sequence[int]]
"""Of each gate of a period what the first rows hold: nothing where there is no order, or no price."""


@dataclass(frozen=True)
class SettlementCircuit(Compiled):
    """The circuit of settlement proofs: one for all homes, models, prices and periods of a community.

    horizon: slots of a gate
    salts:   that follow the outputs in their column
    gates:   of a period, at most
    """

    horizon: int
    salts: int
    gates: int


@dataclass(frozen=True)
class TradeProof:
    """The proof of what a home has traded in a settlement period. It is public, the home's columns are not.

    proof:       what the verifier contract takes
    trade:       sum over gates and slots of price times output, in nano-$ at the outputs' scale
    prove_cpu_s: CPU seconds of witness and proof, when it was made
    cached:      whether it was taken from the store, and not made in this run
    """

    proof: bytes
    trade: int
    prove_cpu_s: float
    cached: bool = field(default=False, compare=False)


def build_settlement(
    horizon: int, salts: int, gates: int, logrows: int, srs: Srs, folder: Path
) -> SettlementCircuit:
    """Make the keys of the settlement circuit in ``folder``, and try it out.

    logrows: binary logarithm of the columns' rows: those of the forecasts' circuits
    Raises InputError where a column is too short or the circuit exceeds the contract's bounds, ProverError
    where EZKL's circuit is not the one meant.
    """
    started = time.process_time()
    usable = _settings(1, logrows).usable_rows
    if horizon + salts > usable:
        raise InputError(
            f"{horizon} outputs and {salts} salts should fit one column, which has {usable} usable rows at "
            f"logrows {logrows}"
        )
    _check_size(gates, 2 * gates * COMMITMENT_BYTES, 0)  # before minutes go into its keys
    folder.mkdir(parents=True, exist_ok=True)
    onnx_path = folder / "model.onnx"
    widths = [horizon + salts] * gates + [horizon] * gates
    onnx_path.write_bytes(_onnx_bytes(horizon, widths))
    settings, layout = _narrowest(onnx_path, folder / "settings.json", logrows)
    run_args = layout["run_args"]
    check_facts(
        {
            "input visibility": (run_args["input_visibility"], "KZGCommit"),
            "output visibility": (run_args["output_visibility"], "Public"),
            "committed values": (layout["module_sizes"]["polycommit"], widths),
            "outputs": (layout["model_instance_shapes"], [[1, 1]]),
            "input scales": (layout["model_input_scales"], [0] * 2 * gates),
            "output scales": (layout["model_output_scales"], [0]),
            "lookups": (layout["required_lookups"], []),
            "range checks": (layout["required_range_checks"], []),
        }
    )
    circuit = SettlementCircuit(
        folder=folder,
        digest="",
        settings=settings,
        rows=layout["num_rows"],
        key=b"",
        proof_bytes=0,
        vk_bytes=0,
        pk_bytes=0,
        setup_s=0.0,
        horizon=horizon,
        salts=salts,
        gates=gates,
    )
    circuit = with_keys(circuit, onnx_path, srs)
    columns = [[*range(gate + 1, gate + 1 + horizon), *[-1] * salts] for gate in range(gates)]
    prices = [[MAX_PRICE - gate] * horizon for gate in range(gates)]
    trial, other = (prove_trade(circuit, columns, prices, srs).proof for _ in range(2))
    if repeated_points(trial, other) != [*range(0, 2 * gates * COMMITMENT_BYTES, COMMITMENT_BYTES)]:
        raise ProverError("two settlement proofs of the same columns have other points in common than theirs")
    _check_size(gates, len(trial), len(circuit.key_words))
    return replace(circuit, proof_bytes=len(trial), setup_s=time.process_time() - started)


def prove_trade(circuit: SettlementCircuit, columns: Columns, prices: Columns, srs: Srs) -> TradeProof:
    """Prove what a home has traded in a settlement period, whose columns were never settled before.

    columns: of each gate, from the period's first: outputs and their salts, as ``output_column`` has them
    prices:  of each gate, nano-$ per Wh by slot
    The proof is returned only if it verifies and begins with the columns' points; otherwise ProverError.
    Raises InputError for what the circuit was not built for.
    """
    trade = trade_of(circuit, columns, prices)
    started = time.process_time()
    document = run_prover(circuit, _inputs(circuit, columns, prices), srs)
    prove_cpu_s = time.process_time() - started
    proof = TradeProof(bytes(document["proof"]), trade, prove_cpu_s)
    if not _verifies(circuit, points_of(circuit, columns, srs), prices, proof, srs):
        raise ProverError(
            f"circuit {circuit.digest}: a fresh proof does not settle its columns at its prices"
        )
    return proof


def trade_of(circuit: SettlementCircuit, columns: Columns, prices: Columns) -> int:
    """Sum over gates and slots of price times output. Raises InputError as ``prove_trade`` does."""
    sizes = {0, circuit.horizon + circuit.salts}
    if not (len(columns) == len(prices) <= circuit.gates and sizes.issuperset(map(len, columns))):
        raise InputError(
            f"the circuit settles up to {circuit.gates} columns of {circuit.horizon} outputs and "
            f"{circuit.salts} salts, each with its gate's prices"
        )
    for row in prices:
        if len(row) not in (0, circuit.horizon) or not all(0 <= price <= MAX_PRICE for price in row):
            raise InputError(f"a gate has {circuit.horizon} prices from 0 to {MAX_PRICE}, not {row}")
    trades = [
        sum(price * output for price, output in zip(row, column, strict=False))
        for row, column in zip(prices, columns, strict=True)
    ]
    if any(abs(trade) > MAX_TRADE for trade in trades):
        raise InputError(f"a trade is beyond ±{MAX_TRADE}, more than the largest outputs give")
    return sum(trades)


def points_of(circuit: SettlementCircuit, columns: Columns, srs: Srs) -> list[bytes]:
    """The points of columns, 64 bytes (x, y) each."""
    return [columns_of(srs, circuit.logrows).committed(column) for column in columns]


def verify_trade(
    circuit: SettlementCircuit, output_points: Sequence[bytes], prices: Columns, proof: TradeProof, srs: Srs
) -> bool:
    """Whether a proof of exactly the circuit's length settles the columns of points at these prices."""
    return len(proof.proof) == circuit.proof_bytes and _verifies(circuit, output_points, prices, proof, srs)


def _verifies(
    circuit: SettlementCircuit, output_points: Sequence[bytes], prices: Columns, proof: TradeProof, srs: Srs
) -> bool:
    rest = points_of(circuit, [()] * (circuit.gates - len(prices)), srs)
    points = b"".join([*output_points, *rest, *points_of(circuit, prices, srs), *rest])
    bounded = abs(proof.trade) <= circuit.gates * MAX_TRADE
    return (
        proof.proof.startswith(points)
        and bounded
        and verifies(circuit, proof.proof, [proof.trade % MODULUS], srs)
    )


def _inputs(circuit: SettlementCircuit, columns: Columns, prices: Columns) -> list[list[int]]:
    """What the circuit's inputs hold: zeros where columns end."""
    inputs = []
    for rows, size in ((columns, circuit.horizon + circuit.salts), (prices, circuit.horizon)):
        filled = [*rows, *[()] * (circuit.gates - len(rows))]
        inputs += [[*row, *[0] * (size - len(row))] for row in filled]
    return inputs


def _check_size(gates: int, proof_bytes: int, key_words: int) -> None:
    if proof_bytes > MAX_PROOF_BYTES or key_words > MAX_KEY_WORDS:
        raise InputError(
            f"a settlement circuit of {gates} gates has proofs of {proof_bytes} bytes and a key of "
            f"{key_words} words or more, where {MAX_PROOF_BYTES} and {MAX_KEY_WORDS} fit; settle shorter "
            "periods"
        )


def _settings(columns: int, logrows: int) -> EzklSettings:
    """Without range checks, there are no digits."""
    return EzklSettings(decomp_base=2, decomp_legs=1, num_inner_cols=columns, logrows=logrows)


def _narrowest(onnx_path: Path, path: Path, logrows: int) -> tuple[EzklSettings, dict[str, Any]]:
    """The settings of fewest columns over which the circuit is laid out once, and its layout."""
    for columns in count(1):
        settings = _settings(columns, logrows)
        layout = lay_out(onnx_path, path, settings, **_CHOICES)
        if layout["num_rows"] <= settings.usable_rows:
            break
    return settings, layout


def _onnx_bytes(horizon: int, widths: Sequence[int]) -> bytes:
    """The circuit as ONNX, an input (1, width) for each column, output (1, 1); the same bytes each time."""
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper

    names = [f"column{place}" for place in range(len(widths))]
    halves = (names[: len(names) // 2], names[len(names) // 2 :])
    ends = (("first", 0), ("last", horizon), ("axis", 1))
    sliced = [
        helper.make_node("Slice", [name, "first", "last", "axis"], [f"{name}_sliced"]) for name in names
    ]
    joined = [
        helper.make_node("Concat", [f"{name}_sliced" for name in half], [whole], axis=1)
        for half, whole in zip(halves, ("outputs", "prices"), strict=True)
    ]
    graph = helper.make_graph(
        [*sliced, *joined, helper.make_node("Gemm", ["outputs", "prices"], ["trade"], transB=1)],
        "settlement",
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, width])
            for name, width in zip(names, widths, strict=True)
        ],
        [helper.make_tensor_value_info("trade", TensorProto.FLOAT, [1, 1])],
        [numpy_helper.from_array(np.array([value]), name) for name, value in ends],
    )
    document = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(document.SerializeToString(deterministic=True))
