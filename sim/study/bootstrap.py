"""The bootstrap over seeds and days: which of them each replicate draws, and what the replicates say.

Seeds and days are crossed: all seeds of a point live through the same days. So a replicate draws seeds, draws
days, and takes every drawn seed on every drawn day (the pigeonhole bootstrap: Owen, Annals of Applied
Statistics 1(2), 2007, 386-411). What seeds have in common on a day is so counted once, not as if it were
independent from seed to seed; where neither seeds nor days have anything in common, intervals are too wide,
standard errors by a factor of up to the square root of 3, never too narrow.

Days are drawn in blocks of a week, overlapping and closed to a circle so that every day is drawn as often
(Kuensch, Annals of Statistics 17(3), 1989, 1217-1241; Politis and Romano, 1992). Of n seeds n - 1 are drawn,
and of n days n - 7, which makes the variance of a mean unbiased (Rao and Wu, Journal of the American
Statistical Association 83, 1988, 231-241). With less than two weeks there are only seeds to draw from. With
one seed or two there are no standard errors and no intervals: those of days alone would leave out how far
seeds differ, and both seeds may lie outside them.
"""

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Floats
from sim.seeds import Streams

REPLICATES = 2_000
BLOCK_DAYS = 7
FEWEST_SEEDS, FEWEST_DAYS = 3, 2 * BLOCK_DAYS
INTERVAL_PERCENT = (2.5, 97.5)


def basis_of_intervals(seeds: int, days: int) -> str:
    """What a study's intervals are drawn from, or why it has none."""
    if seeds < FEWEST_SEEDS:
        return f"no intervals: {seeds} seed{'s' * (seeds != 1)}, and at least {FEWEST_SEEDS} are needed"
    blocks = f", {days} days in weekly blocks" if days >= FEWEST_DAYS else ""
    return f"95 % intervals ({seeds} seeds{blocks})"


def seed_weights(seeds: int, streams: Streams, drawn: str = "seeds") -> Floats:
    """How often each replicate draws each seed: shape (1 + REPLICATES, seeds); row 0 is the sample itself.

    drawn: what they are, where they are other independent draws than seeds
    """
    if seeds < FEWEST_SEEDS:
        return np.ones((1 + REPLICATES, seeds))
    draws = streams.generator("study", drawn, seeds).integers(seeds, size=(REPLICATES, seeds - 1))
    return _counts(draws, seeds)


def day_weights(days: int, streams: Streams) -> Floats:
    """How often each replicate draws each day: shape (1 + REPLICATES, days); row 0 is the sample itself."""
    if days < FEWEST_DAYS:
        return np.ones((1 + REPLICATES, days))
    drawn = days - BLOCK_DAYS
    blocks = -(-drawn // BLOCK_DAYS)
    starts = streams.generator("study", "days", days).integers(days, size=(REPLICATES, blocks, 1))
    draws = ((starts + np.arange(BLOCK_DAYS)) % days).reshape(REPLICATES, -1)[:, :drawn]
    return _counts(draws, days)


def _counts(draws: NDArray[np.int64], among: int) -> Floats:
    """How often each row draws each of so many, below a row of ones."""
    rows = np.arange(len(draws))[:, None] * among
    counts = np.bincount((rows + draws).ravel(), minlength=len(draws) * among)
    return np.vstack([np.ones(among), counts.reshape(len(draws), among)])


def sums_and_ratios(weights: Floats, above: Floats, below: Floats) -> Floats:
    """Sums over drawn days by seed, scaled to all days, or shares of a sum, NaN where that is not positive.

    weights: shape (rows, days), counts, so that sums of integers are exact
    above, below: shape (seeds, days, measures); below is NaN all through where a measure is no ratio
    Returns shape (rows, seeds, measures).
    """
    sums, wholes = np.tensordot(weights, above, (1, 1)), np.tensordot(weights, below, (1, 1))
    wholes[:, :, np.isnan(below).all(axis=(0, 1))] = weights.mean(axis=1)[:, None, None]
    return _divided(sums, wholes)


def mean_over_seeds(weights: Floats, values: Floats) -> Floats:
    """Weighted means over the seeds that have a value, NaN where none has: shape (rows, measures).

    weights: shape (rows, seeds); values: shape (rows or 1, seeds, measures)
    """
    there = ~np.isnan(values)
    sums = np.einsum("rs,rsm->rm", weights, np.where(there, values, 0))
    count = np.einsum("rs,rsm->rm", weights, there.astype(np.float64))
    return _divided(sums, count)


def mean_and_interval(values: Floats, streams: Streams) -> tuple[float, float, float]:
    """The mean of values by seed and period of time, and its 95 % interval: both are drawn, and crossed.

    values: shape (seeds, periods), whole; fewer than three of one are not drawn, of seeds have no interval
    """
    seeds, periods = values.shape
    by_seed, by_period = seed_weights(seeds, streams), seed_weights(periods, streams, "periods")
    drawn = by_seed.sum(axis=1) * by_period.sum(axis=1)
    means = np.einsum("rs,sp,rp->r", by_seed, values, by_period) / drawn
    if seeds < FEWEST_SEEDS:
        return float(means[0]), np.nan, np.nan
    _, low, high = errors_and_intervals(means[1:, None])
    return float(means[0]), float(low[0]), float(high[0])


def _divided(above: Floats, below: Floats) -> Floats:
    quotient: Floats = np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0)
    return quotient


def errors_and_intervals(replicates: Floats) -> tuple[Floats, Floats, Floats]:
    """Standard errors, and lower and upper ends of 95 % percentile intervals, of those that exist.

    replicates: shape (REPLICATES, measures), NaN where a replicate has no value; results shape (measures,)
    """
    error, low, high = (np.full(replicates.shape[1], np.nan) for _ in range(3))
    there = (~np.isnan(replicates)).sum(axis=0) > 1
    if not there.any():
        return error, low, high
    known = replicates[:, there]
    error[there] = np.nanstd(known, axis=0, ddof=1)
    low[there], high[there] = np.nanpercentile(known, INTERVAL_PERCENT, axis=0)
    return error, low, high
