"""What sums say exactly, because what they are made of is whole numbers.

A trade sum is a whole number of each price: with two prices P and Q of greatest common divisor g, sums A and
B over the slots of either price follow from P A + Q B but for multiples of Q/g in A and of P/g in B. So they
follow where fewer than two such steps fit into what can be. At 0.22 and 0.06 $/kWh steps are 3 and 11 units
of 2^-scale Wh, and nothing follows; with prices without a common divisor and outputs in whole Wh, all does.

Totals are whole numbers in the readings: with one model they give the sum of readings slot by slot, and
where homes have several models the lattice may give the sum over the homes of each. A trade sum is one
equation, of some 40 bits, in all readings of its windows.
"""

import math

import numpy as np

from sim.arrays import Bools, Floats, Ints
from sim.privacy.belief import Belief
from sim.privacy.bids import Equations
from sim.privacy.lattice import WindowLattices, free_bits
from sim.privacy.sealed import Sealed
from sim.privacy.sealed_attack import Attack
from sim.privacy.study import Prior

FARTHEST = 10.0
"""Deviations of a squared distance beyond which a solution is not believed to be the truth."""


def two_sums(total: int, prices: tuple[int, int], most: tuple[int, int]) -> tuple[int, int] | None:
    """A and B with prices[0] A + prices[1] B = total, |A| <= most[0] and |B| <= most[1], if one pair is so.

    Prices are positive; a bound is of so many units.
    """
    divisor = math.gcd(*prices)
    first, second = (price // divisor for price in prices)
    if total % divisor:
        return None
    start = total // divisor * pow(first, -1, second) % second  # the least A that is not negative
    other = (total // divisor - first * start) // second
    # A = start + step x second, B = other - step x first
    low = max(-((most[0] + start) // second), -((most[1] - other) // first))
    high = min((most[0] - start) // second, (most[1] + other) // first)
    return (start + low * second, other - low * first) if low == high else None


def model_sums(sealed: Sealed, attack: Attack, prior: Prior, colluders: Bools, known: Ints) -> Floats | None:
    """Readings summed over the homes of each model that do not collude, as far as lattices give them.

    known: shape (homes, slots), outputs of those who collude
    Returns shape (models, readings), NaN where nothing follows; None where all homes have one model, whose
    sums are equations like others, or where models see more than readings.
    """
    maps, models = sealed.maps, len(sealed.maps.rows)
    honest = np.bincount(maps.of_home[~colluders], minlength=models)
    if np.count_nonzero(honest) < 2 or maps.noise.any():
        return None
    belief = attack.belief_of_model_sums(prior, colluders)
    totals = sealed.totals - known[colluders].sum(axis=0)
    found, lattices = np.full((models, maps.rows.shape[2]), np.nan), WindowLattices(())
    for gate in range(sealed.slots // sealed.horizon):
        rows, at = _of_gate(sealed, colluders, gate)
        slots = slice(gate * sealed.horizon, (gate + 1) * sealed.horizon)
        values = np.rint(totals[slots] - honest @ maps.constants[:, slots]).astype(np.int64)
        numbers = _solved(rows, values, Belief(belief.mean[at], belief.covariance[np.ix_(at, at)]), lattices)
        if numbers is not None:
            found.ravel()[at] = numbers
    return found


def bits_of_totals(sealed: Sealed, attack: Attack, prior: Prior, colluders: Bools) -> float:
    """Bits left to find of readings, summed by model, when the totals of the first gate are known."""
    rows, at = _of_gate(sealed, colluders, 0)
    covariance = attack.belief_of_model_sums(prior, colluders).covariance[np.ix_(at, at)]
    return bits_left(np.rint(rows).astype(np.int64), covariance)


def bits_of_trade(sealed: Sealed, attack: Attack, prior: Prior, home: int) -> float:
    """Bits left to find of a home's readings, when the trade sum of the first gate is known."""
    rows, at = _of_gate(sealed, np.arange(sealed.homes) != home, 0)
    covariance = attack.belief_of_model_sums(prior, np.arange(sealed.homes) != home).covariance
    money = np.rint(sealed.prices[: sealed.horizon] @ rows).astype(np.int64)[None]
    return bits_left(money, covariance[np.ix_(at, at)])


def bits_left(rows: Ints, covariance: Floats) -> float:
    """Binary logarithm of how many whole-number solutions fit equations as well as the truth."""
    return float(free_bits(rows, covariance)[-1])


def _of_gate(sealed: Sealed, colluders: Bools, gate: int) -> tuple[Floats, Ints]:
    """Totals of a gate as rows in readings summed by model, and where these stand among all such sums."""
    maps, slots = sealed.maps, slice(gate * sealed.horizon, (gate + 1) * sealed.horizon)
    ours = np.unique(maps.of_home[~colluders]).tolist()
    used = [(model, np.flatnonzero(maps.rows[model, slots].any(axis=0))) for model in ours]
    rows = np.hstack([maps.rows[model, slots][:, window] for model, window in used])
    at = np.concatenate([model * maps.rows.shape[2] + window for model, window in used])
    return rows, at


def _solved(rows: Floats, values: Ints, prior: Belief, lattices: WindowLattices) -> Ints | None:
    equations = Equations(0, np.rint(rows).astype(np.int64), values)
    try:
        guess = prior.given(rows, values.astype(np.float64)).mean
        numbers = lattices.solve(equations, prior, guess)
    except np.linalg.LinAlgError:
        return None
    if numbers is None or (equations.rows @ numbers != values).any():
        return None
    away, size = numbers - prior.mean, len(numbers)
    distance = away @ np.linalg.solve(prior.covariance, away)
    return numbers if distance < size + FARTHEST * math.sqrt(2 * size) else None
