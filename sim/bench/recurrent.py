"""Recurrent forecasters as EZKL's quickstart proves them: what the families here are spared.

A GRU or LSTM takes its readings one after the other, through sigmoids and tanhs at each. That is tens of
thousands of rows, where the contract's bounds and the SRS end at 2^12.
"""

import time
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from sim.bench.community import LOOKBACK, window_wh
from sim.bench.flows import our_circuit
from sim.bench.part import Cell, Part
from sim.bench.stock import stock_circuit
from sim.proofs.prover import prove
from sim.proofs.srs import Srs
from sim.runtime.progress import Progress

UNITS, HORIZON, SEED = 8, 24, 1
GATES = {"GRU": 3, "LSTM": 4}
_SENTENCE = (
    f"Recurrent forecasters of {UNITS} units over {LOOKBACK} readings, proved by EZKL's quickstart, beside "
    "the mlp proved here; one proof each, CPU seconds on one thread."
)
_COLUMNS = ("forecaster", "log2 rows", "proof bytes", "proving key MB", "set-up CPU-s", "proof CPU-s")
MB = 1e6


def measure_recurrent(srs: Srs, folder: Path, progress: Progress) -> Part:
    """Minutes, and a GB of memory. Each once: what differs is a factor of a hundred."""
    rows = [_ours(srs, folder / "mlp")]
    for cell in GATES:
        progress.say(f"{cell}: keys and a proof, minutes")
        rows.append(_stock(cell, folder / cell))
    figures = {f"{row[0].lower()}_proof_cpu_s": row[5] for row in rows}
    raw = {row[0]: dict(zip(_COLUMNS[1:], row[1:], strict=True)) for row in rows}
    longest = max(row[5] for row in rows) / rows[0][5]
    note = f"a proof of a recurrent forecaster takes up to {longest:.0f} times one of the mlp"
    return Part("recurrent", _SENTENCE, _COLUMNS, tuple(rows), figures, 1, raw, (note,))


Row = tuple[str, Cell, Cell, float, float, float]


def _ours(srs: Srs, folder: Path) -> Row:
    circuit = our_circuit(srs, folder)
    proof = prove(circuit, window_wh(0).tolist(), srs)
    megabytes = circuit.pk_bytes / MB
    return ("mlp", circuit.logrows, circuit.proof_bytes, megabytes, circuit.setup_s, proof.prove_cpu_s)


def _stock(cell: str, folder: Path) -> Row:
    folder.mkdir()
    began = time.process_time()
    circuit = stock_circuit(recurrent_onnx(cell), window_wh(0), folder)
    set_up = time.process_time()
    proof, _ = circuit.prove(window_wh(0))
    proved = time.process_time()
    return (cell, circuit.logrows, len(proof), circuit.pk_bytes / MB, set_up - began, proved - set_up)


def recurrent_onnx(cell: str) -> bytes:
    """A GRU or LSTM over a window in kWh, and a dense layer on where it ends."""
    rng, gates = np.random.default_rng(SEED), GATES[cell]
    sizes = {
        "weight": (1, gates * UNITS, 1),
        "recurrence": (1, gates * UNITS, UNITS),
        "bias": (1, 2 * gates * UNITS),
        "dense": (HORIZON, UNITS),
    }
    constants = {
        name: rng.normal(size=size, scale=UNITS**-0.5).astype(np.float32) for name, size in sizes.items()
    }
    constants |= {"steps": np.array([LOOKBACK, 1, 1]), "units": np.array([1, UNITS])}
    nodes = [
        helper.make_node("Reshape", ["window", "steps"], ["sequence"]),
        helper.make_node(cell, ["sequence", "weight", "recurrence", "bias"], ["", "last"], hidden_size=UNITS),
        helper.make_node("Reshape", ["last", "units"], ["state"]),
        helper.make_node("Gemm", ["state", "dense"], ["forecast"], transB=1),
    ]
    graph = helper.make_graph(
        nodes,
        "forecaster",
        [helper.make_tensor_value_info("window", TensorProto.FLOAT, [1, LOOKBACK])],
        [helper.make_tensor_value_info("forecast", TensorProto.FLOAT, [1, HORIZON])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    document = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(document.SerializeToString())
