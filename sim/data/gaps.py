"""Gaps in readings: where they are, which can be filled, and with what.

A flag says of a slot that its reading is missing; flags have the shape (series, slots). A gap is a stretch of
missing slots of one series.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sim.arrays import Bools, Ints

DAYS_PER_WEEK = 7


@dataclass(frozen=True)
class Stretches:
    """Stretches of flagged slots, series by series and in order; arrays of shape (stretches,)."""

    series: Ints
    first: Ints
    length: Ints

    @property
    def end(self) -> Ints:
        """The slot after the last."""
        return np.asarray(self.first + self.length)


@dataclass(frozen=True)
class Fill:
    """A way to fill gaps.

    fillable: flags and slots per day -> flags of the slots that can be filled
    filled:   values, flags to be filled and slots per day -> values; those that are not filled stay
    says:     "12 slots filled from the week before"
    """

    fillable: Callable[[Bools, int], Bools]
    filled: Callable[[Ints, Bools, int], Ints]
    says: str


def stretches(flags: Bools) -> Stretches:
    """All stretches of flagged slots."""
    padded = np.zeros((len(flags), flags.shape[1] + 2), dtype=np.int8)
    padded[:, 1:-1] = flags
    steps = np.diff(padded, axis=1)
    series, first = np.nonzero(steps == 1)
    return Stretches(series, first, np.nonzero(steps == -1)[1] - first)


def flags_of(found: Stretches, shape: tuple[int, ...]) -> Bools:
    """These stretches alone, flagged."""
    edges = np.zeros((shape[0], shape[1] + 1), dtype=np.int8)
    edges[found.series, found.first] = 1
    edges[found.series, found.end] = -1
    return np.asarray(np.cumsum(edges, axis=1, dtype=np.int8)[:, :-1] == 1)


def longest_clear(flags: Bools) -> tuple[int, int]:
    """First slot and length of the longest stretch without a flag; ``flags`` has the shape (slots,)."""
    clear = stretches(~flags[None, :])
    if not len(clear.first):
        return 0, 0
    place = int(clear.length.argmax())
    return int(clear.first[place]), int(clear.length[place])


def fillable(missing: Bools, way: str, most_slots: int, slots_per_day: int) -> Bools:
    """Missing slots that a way of ``FILLS`` can fill, in gaps of at most so many slots."""
    found = stretches(missing)
    short = found.length <= most_slots
    few = Stretches(found.series[short], found.first[short], found.length[short])
    return flags_of(few, missing.shape) & FILLS[way].fillable(missing, slots_per_day)


def _same_slot_measured(missing: Bools, slots_per_day: int) -> Bools:
    week = DAYS_PER_WEEK * slots_per_day
    before = np.zeros_like(missing)
    before[:, week:] = ~missing[:, :-week]
    return before


def _from_week_before(values: Ints, fill: Bools, slots_per_day: int) -> Ints:
    filled = values.copy()
    series, slot = np.nonzero(fill)
    filled[series, slot] = values[series, slot - DAYS_PER_WEEK * slots_per_day]
    return filled


def _between_neighbours(missing: Bools, slots_per_day: int) -> Bools:
    del slots_per_day
    inside = missing.copy()
    found = stretches(missing)
    for series, first, end in zip(found.series, found.first, found.end, strict=True):
        if first == 0 or end == missing.shape[1]:
            inside[series, first:end] = False
    return inside


def _in_line(values: Ints, fill: Bools, slots_per_day: int) -> Ints:
    """Rounded half up."""
    del slots_per_day
    found, filled = stretches(fill), values.copy()
    whole = np.repeat(found.length + 1, found.length)
    step = np.arange(len(whole)) - np.repeat(np.cumsum(found.length) - found.length, found.length) + 1
    before = np.repeat(values[found.series, found.first - 1], found.length)
    after = np.repeat(values[found.series, found.end], found.length)
    filled[fill] = (2 * (before * (whole - step) + after * step) + whole) // (2 * whole)
    return filled


FILLS = {
    "week-before": Fill(_same_slot_measured, _from_week_before, "filled from the week before"),
    "linear": Fill(_between_neighbours, _in_line, "filled between neighbours"),
}
