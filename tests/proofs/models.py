"""Small fixed models, so that keys and outputs are known for ever."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np

from sim.forecast.dense import IntegerDense, RealDense
from sim.proofs.circuit import Circuit
from sim.proofs.jobs import ProofJob

LIMIT_WH = 12_000


def tiny_mlp() -> IntegerDense:
    """6 -> 2 -> 3 at 7 bits, signs mixed."""
    return _model("mlp", 7, (6, 2, 3))


def tiny_linear() -> IntegerDense:
    """5 -> 4 at 10 bits."""
    return _model("linear", 10, (5, 4))


def tiny_ridge() -> IntegerDense:
    """6 -> 2 -> 4 at 7 bits without a ReLU."""
    return replace(_model("ridge", 7, (6, 2, 4)), relu=False)


def default_mlp() -> IntegerDense:
    """24 -> 8 -> 24 at 8 bits: the shape of the default forecaster."""
    return _model("mlp", 8, (24, 8, 24))


def folded(shape: tuple[int, ...], size: float = 0.1) -> RealDense:
    """Weights and biases within ±size and ±200 Wh."""
    rng, layers = np.random.default_rng(1), list(pairwise(shape))
    return RealDense(
        "mlp" if len(layers) > 1 else "linear",
        tuple(rng.uniform(-size, size, (out, into)) for into, out in layers),
        tuple(rng.uniform(-200, 200, out) for _, out in layers),
    )


def proof_job(
    circuit: Circuit, window_wh: tuple[int, ...], agent: int = 0, gate: int = 0, name: str | None = None
) -> ProofJob:
    """For homes called "0", "1", ... unless named, and a gate a day from 1 May 2024."""
    delivery = datetime(2024, 5, 1) + timedelta(days=gate)
    return ProofJob(agent, gate, name or str(agent), delivery, circuit, window_wh)


def _model(family: str, precision: int, shape: tuple[int, ...]) -> IntegerDense:
    """Integers from a linear congruence: no library's generator can change them."""
    numbers = _congruence()
    weights, biases = [], []
    for layer, (into, out) in enumerate(pairwise(shape), start=1):
        spread = 2 ** (precision - 1)
        weights.append(_ints(numbers, spread, into * out).reshape(out, into))
        biases.append(_ints(numbers, 100 * 2 ** (precision * layer), out))
    return IntegerDense(family, precision, tuple(weights), tuple(biases))


def _congruence():
    state = 2024
    while True:
        state = (6364136223846793005 * state + 1442695040888963407) % 2**64
        yield state >> 20


def _ints(numbers, spread: int, count: int) -> np.ndarray:
    return np.array([next(numbers) % (2 * spread + 1) - spread for _ in range(count)], dtype=np.int64)
