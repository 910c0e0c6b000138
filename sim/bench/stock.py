"""The stock flow: py-evm as it comes, and a forecaster proved as EZKL's quickstart does it.

Settings are generated and calibrated, the circuit compiled, keys made. Every run argument is EZKL's default
but one: the input is private, where the default would publish the readings. That takes 24 public inputs out
of the verification, and so spares the stock flow something.
"""

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from eth.vm.forks.cancun import CancunVM
from onnx import TensorProto, helper, numpy_helper

from sim.arrays import Ints
from sim.bench.community import LOOKBACK
from sim.chain.py_evm import PyEvmChain
from sim.forecast.dense import RealDense
from sim.proofs.field import from_hex
from sim.proofs.native import attempt, ezkl
from sim.units import WH_PER_KWH

_COUNT_BYTES = 8


class StockPyEvmChain(PyEvmChain):
    """Our chain around py-evm's own virtual machine: Cancun with BN254 in pure Python."""

    vm_class = CancunVM


@dataclass(frozen=True)
class StockCircuit:
    """Files of the circuit in ``folder``; key: the verifying key's words for the verifier contract."""

    folder: Path
    logrows: int
    output_scale: int
    key: bytes
    pk_bytes: int

    def prove(self, window_wh: Ints) -> tuple[bytes, tuple[int, ...]]:
        """Proof and public outputs (field elements) for a window of shape (24,); checked natively."""
        _write_input(self.folder / "input.json", window_wh)
        with attempt("prove in the stock flow"):
            ezkl.gen_witness(*_paths(self.folder, "input.json", "circuit", "witness.json", "vk", "srs"))
            ezkl.prove(*_paths(self.folder, "witness.json", "circuit", "pk", "proof.json", "srs"))
            ezkl.verify(*_paths(self.folder, "proof.json", "settings.json", "vk", "srs"))
        document = json.loads((self.folder / "proof.json").read_text())
        return bytes(document["proof"]), tuple(from_hex(element) for element in document["instances"][0])


def build_stock_circuit(model: RealDense, sample_wh: Ints, folder: Path) -> StockCircuit:
    """For the model's first slot; the rest as of ``stock_circuit``."""
    return stock_circuit(_onnx_bytes(model), sample_wh, folder)


def stock_circuit(onnx_bytes: bytes, sample_wh: Ints, folder: Path) -> StockCircuit:
    """Keys and an SRS of the size they need for a network that takes kWh; ``sample_wh`` calibrates."""
    (folder / "model.onnx").write_bytes(onnx_bytes)
    _write_input(folder / "input.json", sample_wh)
    arguments = ezkl.PyRunArgs()
    arguments.input_visibility = "private"
    with attempt("set up the stock flow"), _silent_stdout():
        ezkl.gen_settings(*_paths(folder, "model.onnx", "settings.json"), py_run_args=arguments)
        ezkl.calibrate_settings(*_paths(folder, "input.json", "model.onnx", "settings.json"), "resources")
        settings = json.loads((folder / "settings.json").read_text())
        logrows = settings["run_args"]["logrows"]
        ezkl.compile_circuit(*_paths(folder, "model.onnx", "circuit", "settings.json"))
        ezkl.gen_srs(str(folder / "srs"), logrows)
        ezkl.setup(*_paths(folder, "circuit", "vk", "pk", "srs"))
        asyncio.run(_write_key(folder))
    return StockCircuit(
        folder=folder,
        logrows=logrows,
        output_scale=settings["model_output_scales"][0],
        key=(folder / "vka").read_bytes()[_COUNT_BYTES:],
        pk_bytes=(folder / "pk").stat().st_size,
    )


async def _write_key(folder: Path) -> None:
    await ezkl.create_evm_vka(*_paths(folder, "vk", "settings.json", "vka", "srs"))


def _onnx_bytes(model: RealDense) -> bytes:
    """The network in floats: kWh in, Wh of the first slot out."""
    (first, last), (first_bias, last_bias) = model.weights, model.biases
    constants = {
        "weight1": first,
        "bias1": first_bias / WH_PER_KWH,
        "weight2": last[:1] * WH_PER_KWH,
        "bias2": last_bias[:1],
    }
    graph = helper.make_graph(
        [
            helper.make_node("Gemm", ["window", "weight1", "bias1"], ["hidden"], transB=1),
            helper.make_node("Relu", ["hidden"], ["positive"]),
            helper.make_node("Gemm", ["positive", "weight2", "bias2"], ["forecast"], transB=1),
        ],
        "forecaster",
        [helper.make_tensor_value_info("window", TensorProto.FLOAT, [1, LOOKBACK])],
        [helper.make_tensor_value_info("forecast", TensorProto.FLOAT, [1, 1])],
        [numpy_helper.from_array(value.astype(np.float32), name) for name, value in constants.items()],
    )
    document: onnx.ModelProto = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8
    )
    return bytes(document.SerializeToString())


def _write_input(path: Path, window_wh: Ints) -> None:
    path.write_text(json.dumps({"input_data": [(window_wh / WH_PER_KWH).tolist()]}))


def _paths(folder: Path, *names: str) -> list[str]:
    return [str(folder / name) for name in names]


@contextmanager
def _silent_stdout() -> Iterator[None]:
    """EZKL prints a table of its own, past Python."""
    sys.stdout.flush()
    kept = os.dup(1)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
