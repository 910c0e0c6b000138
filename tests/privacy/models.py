"""Models whose leaks are known beforehand, and runs of the street with them."""

from itertools import pairwise

import numpy as np

from sim.forecast.dense import IntegerDense
from sim.forecast.forecasters import Forecasters
from sim.market.clearing import Trades
from sim.simulation.preparation import Prepared, prepare
from tests.runs import QUIET, scenario

PRECISION = 8
HOMES, SLOTS = 15, 24
UNPROVED = ("proofs.policy=none", "chain.backend=none")


def linear(seed: int = 1, horizon: int = SLOTS) -> IntegerDense:
    random = np.random.default_rng(seed)
    weights = random.integers(-99, 100, (horizon, SLOTS))
    return IntegerDense("linear", PRECISION, (weights,), (random.integers(-9_999, 9_999, horizon),))


def mlp(widths: tuple[int, ...], seed: int = 1, most: int = 99, bias: int = 0) -> IntegerDense:
    """Random weights; with a high bias in the first layer every neuron there is always on."""
    random = np.random.default_rng(seed)
    sizes = (SLOTS, *widths, SLOTS)
    weights = tuple(random.integers(-most, most + 1, (b, a)) for a, b in pairwise(sizes))
    biases = [random.integers(-9_999, 9_999, len(weight)) for weight in weights]
    biases[0] = biases[0] + bias
    return IntegerDense("mlp", PRECISION, weights, tuple(biases))


def constant(wh: int) -> IntegerDense:
    weights = (np.zeros((8, SLOTS), dtype=np.int64), np.zeros((SLOTS, 8), dtype=np.int64))
    biases = (np.zeros(8, dtype=np.int64), np.full(SLOTS, wh << 2 * PRECISION, dtype=np.int64))
    return IntegerDense("mlp", PRECISION, weights, biases)


def street(model: IntegerDense | None, *settings: str) -> Prepared:
    """The street with one model for all homes, or with ones that it trains."""
    models = model and Forecasters.trained_once((0,) * HOMES, (model,))
    readings_alone = ("forecast.inputs=[]",) if model else ()
    return prepare(scenario("street", *UNPROVED, *readings_alone, *settings), QUIET, models)


def no_trades(prepared: Prepared) -> Trades:
    return Trades.at_one_price(
        np.zeros_like(prepared.reading_wh), np.zeros(prepared.reading_wh.shape[1], dtype=np.int64)
    )
