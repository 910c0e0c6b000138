"""How gains are spread over homes, prices over slots, and load over time: what does not add up over days."""

from math import sqrt

import numpy as np

from sim.arrays import Ints
from sim.outputs.outcome import Outcome
from sim.units import share

HOUR_S = 3_600


def gini(gains: Ints) -> float | None:
    """Mean absolute difference of two homes over twice their mean: 0 where all gain the same.

    gains: shape (homes,); where some lose it may exceed 1, and there is none where together they gain nothing
    """
    ranked = sorted(gains.tolist())
    spread = sum((2 * place - len(ranked) - 1) * gain for place, gain in enumerate(ranked, start=1))
    return share(spread, len(ranked) * sum(ranked))


def jain(gains: Ints) -> float | None:
    """(sum of gains)^2 / (homes x sum of gains^2): 1 where all gain the same, 1 / homes where one gains all.

    gains: shape (homes,); below zero they count by their size, so read it with the home that is worst off
    """
    each = gains.tolist()
    return share(sum(each) ** 2, len(each) * sum(gain**2 for gain in each))


def price_volatility(outcome: Outcome) -> float | None:
    """Standard deviation of slot prices around their mean, both weighted by the energy traded."""
    weights, prices = outcome.trades.traded_wh.tolist(), outcome.trades.price.tolist()
    energy, paid, squares = (
        sum(wh * price**power for wh, price in zip(weights, prices, strict=True)) for power in range(3)
    )
    return sqrt(squares * energy - paid**2) / energy if energy else None


def peak_import_w(outcome: Outcome) -> int:
    """The most that all homes together take from the grid in a slot, as mean power, W."""
    return _peak_wh(np.maximum(_net_wh(outcome), 0)) * HOUR_S // outcome.prepared.population.readings.slot_s


def power_flatness(outcome: Outcome) -> float | None:
    """Mean over peak of what all homes together exchange with the grid in a slot, in either direction."""
    net_wh = np.abs(_net_wh(outcome))
    return share(int(net_wh.sum()), len(net_wh) * _peak_wh(net_wh))


def _net_wh(outcome: Outcome) -> Ints:
    net_wh: Ints = outcome.prepared.reading_wh.sum(axis=0)
    return net_wh


def _peak_wh(energy_wh: Ints) -> int:
    return int(energy_wh.max(initial=0))
