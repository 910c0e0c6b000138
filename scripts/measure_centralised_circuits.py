"""One circuit that forecasts for several homes at once, beside a proof for each home: time, memory, bytes.

    python -m scripts.measure_centralised_circuits 1 5 10 20

The model is the street's default, the same for all homes, with the settings that it gets alone but for the
circuit's size: the smallest at which the proof fits the market contract. Whoever proves for several homes
holds all their readings. Each circuit is made, proved and verified in a process of its own, on one thread,
which ends at the limits of time and memory. Gas is that of one proof, modelled.
"""

import argparse
import json
import multiprocessing
import resource
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sim.chain.bounds import MAX_PROOF_BYTES
from sim.costs.gas import Proof, proof_gas
from sim.data.population import build_population
from sim.forecast.dense import IntegerDense
from sim.forecast.onnx_graph import Graph, float32, two_floats
from sim.proofs.cost_model import cost_of
from sim.proofs.native import ezkl
from sim.proofs.settings import EzklSettings, write_settings
from sim.schema.file import load_scenario
from sim.seeds import Streams
from sim.simulation.feasibility import nominal_circuit

GIB, KIB_PER_GIB = 2**30, 2**20
COLUMNS = (
    "homes", "logrows", "proof bytes", "gas", "set-up, CPU-s", "proof, CPU-s", "of a home",
    "verifying, CPU-s", "memory, GiB",
)  # fmt: skip
STREET = Path("scenarios/street.toml")


def main() -> None:
    """Print a row for each size."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("homes", type=int, nargs="+", help="how many homes one circuit forecasts for")
    parser.add_argument("--largest", type=int, default=15, help="log2 of the most rows that are tried")
    parser.add_argument("--gib", type=float, default=8.0, help="most memory of a process")
    parser.add_argument("--seconds", type=float, default=300.0, help="most time of a size")
    options = parser.parse_args()
    scenario = load_scenario(STREET)
    model, settings, _ = nominal_circuit(scenario, build_population(scenario, Streams(scenario.seed)))
    print("| " + " | ".join(COLUMNS) + " |\n" + "|---" * len(COLUMNS) + "|")
    context = multiprocessing.get_context("spawn")
    for homes in options.homes:
        ours, theirs = context.Pipe()
        work = (theirs, model, settings, homes, options.largest, int(options.gib * GIB))
        process = context.Process(target=measure, args=work)
        process.start()
        theirs.close()
        found = None
        try:
            if ours.poll(options.seconds):
                found = ours.recv()
        except EOFError:
            pass
        process.terminate()
        process.join()
        if isinstance(found, list):
            print("| " + " | ".join([str(homes), *found]) + " |", flush=True)
        else:
            why = found or f"ended at {options.seconds:.0f} s or {options.gib:g} GiB"
            print(f"| {homes} | {why} |", flush=True)


def measure(
    to: Any, model: IntegerDense, settings: EzklSettings, homes: int, largest: int, memory: int
) -> None:
    """Make the circuit, prove once and verify; sends the row's texts, or a sentence."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        onnx, laid_out = folder / "model.onnx", folder / "settings.json"
        onnx.write_bytes(for_homes(model, homes, settings.salts))
        for logrows in range(settings.logrows, largest + 1):
            chosen = replace(settings, logrows=logrows)
            layout = write_settings(model, chosen, onnx, laid_out)
            if cost_of(layout["num_rows"], chosen).proof_bytes <= MAX_PROOF_BYTES:
                proof_bytes, *figures = proved(model, chosen, homes, folder)
                if proof_bytes <= MAX_PROOF_BYTES:  # as predicted: of several windows it may be more
                    gas = proof_gas(Proof(proof_bytes, key_words(proof_bytes, chosen)), homes * model.horizon)
                    to.send(
                        [str(logrows), f"{proof_bytes:,}", f"{gas:,}", *(f"{each:.2f}" for each in figures)]
                    )
                    return
    to.send(f"needs more than 2^{largest} rows to fit the contract")


def key_words(proof_bytes: int, settings: EzklSettings) -> int:
    """Of the key that proofs of that length are checked with: of as many blocks as they have."""
    one, two = (cost_of(blocks * settings.usable_rows, settings) for blocks in (1, 2))
    blocks = 1 + round((proof_bytes - one.proof_bytes) / (two.proof_bytes - one.proof_bytes))
    return cost_of(blocks * settings.usable_rows, settings).key_words


def for_homes(model: IntegerDense, homes: int, salts: int) -> bytes:
    """The model as ONNX, applied to the windows of so many homes, which stand in one committed row."""
    graph = Graph(homes * model.inputs, salts)
    graph.apply("Reshape", "homes", {"by_home": np.array([homes, model.inputs])})
    for layer, (weight, bias) in enumerate(zip(model.weights, model.biases, strict=True), start=1):
        if layer > 1 and model.relu:
            graph.apply("Relu", f"relu{layer}")
        high, low = two_floats(bias, model.precision * layer, "bias")
        constants = {f"weight{layer}": float32(weight, model.precision, "weight"), f"bias{layer}": high}
        graph.apply("Gemm", f"gemm{layer}", constants, transB=1)
        if low.any():
            graph.apply("Add", f"sum{layer}", {f"rest{layer}": low[np.newaxis, :]})
    graph.apply("Reshape", "together", {"in_one_row": np.array([1, homes * model.horizon])})
    return graph.to_bytes(homes * model.horizon)


def proved(
    model: IntegerDense, settings: EzklSettings, homes: int, folder: Path
) -> tuple[int, float, float, float, float, float]:
    """Bytes, times of set-up, proof (also of a home) and verification, and the process's peak of memory."""
    paths = {
        name: str(folder / name) for name in ("srs", "compiled", "vk", "pk", "input", "witness", "proof")
    }
    ezkl.gen_srs(paths["srs"], settings.logrows)
    began = time.process_time()
    ezkl.compile_circuit(str(folder / "model.onnx"), paths["compiled"], str(folder / "settings.json"))
    ezkl.setup(paths["compiled"], paths["vk"], paths["pk"], paths["srs"])
    setup_s = time.process_time() - began
    window = np.random.default_rng(7).integers(-3_000, 3_000, (homes, model.inputs))
    committed = [*window.ravel().tolist(), *range(1, settings.salts + 1)]
    Path(paths["input"]).write_text(json.dumps({"input_data": [committed]}))
    began = time.process_time()
    ezkl.gen_witness(paths["input"], paths["compiled"], paths["witness"], paths["vk"], paths["srs"])
    ezkl.prove(paths["witness"], paths["compiled"], paths["pk"], paths["proof"], paths["srs"])
    prove_s = time.process_time() - began
    began = time.process_time()
    holds = ezkl.verify(paths["proof"], str(folder / "settings.json"), paths["vk"], paths["srs"])
    verify_s = time.process_time() - began
    if not holds:
        raise RuntimeError(f"the proof for {homes} homes does not verify")
    proof = json.loads(Path(paths["proof"]).read_text())["proof"]
    memory_gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB_PER_GIB
    return len(bytes(proof)), setup_s, prove_s, prove_s / homes, verify_s, memory_gib


if __name__ == "__main__":
    main()
