"""Time proofs over a grid of models and settings, and fit the laws of sim/proofs/cost_model.py to them.

Run on an otherwise idle machine (about ten minutes): python scripts/fit_cost_model.py [--sealed]
"""

import sys
import tempfile
from dataclasses import astuple
from itertools import pairwise, product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[1]))

from sim.errors import InputError
from sim.forecast.dense import IntegerDense, RealDense
from sim.proofs.prover import prove
from sim.proofs.settings import OPEN, EzklSettings, Form
from sim.proofs.setup import build_circuit
from sim.proofs.srs import load_srs

LIMIT_WH = 12_000
SHAPES = ((24, 24), (24, 8, 24), (48, 32, 24), (168, 24), (168, 8, 24), (168, 32, 24))
PROOFS = 4


def main(form: Form) -> None:
    """Print every measurement, then both fits; of sealed circuits, of models without ReLUs."""
    measured = []
    for shape, columns, logrows in product(SHAPES, (1, 2, 3), load_srs().logrows):
        settings = EzklSettings(256 if logrows == 9 else 512, 5 if logrows == 9 else 4, columns, logrows)
        point = measure(example_model(shape, not form.sealed), settings, form)
        if point:
            print(*shape, *astuple(settings), *point, sep="\t", flush=True)
            measured.append((2.0**logrows, *point))
    rows, _, proof_bytes, prove_s, setup_s = np.array(measured).T
    print("prove", fit(rows * proof_bytes, prove_s))
    print("setup", fit(rows * proof_bytes, setup_s))


def example_model(shape: tuple[int, ...], relu: bool) -> IntegerDense:
    """A random model of the shape; values do not matter to cost."""
    rng = np.random.default_rng(0)
    pairs = list(pairwise(shape))
    weights = tuple(rng.normal(size=(out, into)) / into for into, out in pairs)
    return RealDense("mlp", weights, tuple(np.zeros(out) for _, out in pairs), relu).quantised(7)


def measure(model: IntegerDense, settings: EzklSettings, form: Form) -> tuple[int, int, float, float] | None:
    """Words of the key, bytes of a proof, CPU-s of the cheapest of a few and of set-up; None if too large."""
    srs = load_srs()
    with tempfile.TemporaryDirectory() as folder:
        try:
            circuit = build_circuit(model, settings, LIMIT_WH, srs, Path(folder), form)
        except InputError:
            return None
        window = [LIMIT_WH] * model.inputs
        prove_s = min(prove(circuit, window, srs).prove_cpu_s for _ in range(PROOFS))
    return len(circuit.key_words), circuit.proof_bytes, round(prove_s, 4), round(circuit.setup_s, 4)


def fit(work: NDArray[np.float64], cpu_s: NDArray[np.float64]) -> str:
    """Least relative squares of constant + slope x work."""
    features = np.stack([np.ones_like(work), work], axis=1)
    solution, *_ = np.linalg.lstsq(features / cpu_s[:, None], np.ones_like(cpu_s), rcond=None)
    predicted = features @ solution
    relative = np.abs(predicted / cpu_s - 1)
    r2 = 1 - np.sum((cpu_s - predicted) ** 2) / np.sum((cpu_s - cpu_s.mean()) ** 2)
    return (
        f"{solution[0]:.4f} s + {solution[1]:.4g} s per row and byte; "
        f"{len(cpu_s)} points, R2 {r2:.3f}, relative error median {np.median(relative):.1%}, "
        f"90th percentile {np.percentile(relative, 90):.1%}"
    )


if __name__ == "__main__":
    main(Form(output_proofs=1) if "--sealed" in sys.argv else OPEN)
