"""More homes than were measured: each resampled home lives on the days of one donor.

The simplifications: a home's load of a day is its donor's load of a day at most a week away, whatever the
day of the week, so that homes with one donor do not move in step; its PV is the donor's own day times a
factor that the home keeps, as weather is common to all.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.data.readings import Readings
from sim.seeds import Streams

MAX_SHIFT_DAYS = 7
"""Most days between a day and the donor's day whose load it takes."""
PV_PER_MILLE = (700, 1_300)
"""Range of the homes' PV factors, ends included: roofs of 0.7 to 1.3 times the donor's."""

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Resampled:
    """Resampled homes, on whole days.

    readings:   homes "sim-0001", "sim-0002", ...
    donors:     per home, its donor's position in the source
    first_slot: where the boundary lies in ``readings``
    """

    readings: Readings
    donors: tuple[int, ...]
    first_slot: int


def resample(source: Readings, homes: int, boundary: int, days: int, streams: Streams) -> Resampled:
    """Draw ``homes`` homes: whole days of the source before slot ``boundary``, and ``days`` from it on.

    A day begins at the boundary's time of day. Days before the boundary take load from days before it only,
    days from it on from days from it on. A home depends on the seed and on its own number: populations nest.
    """
    per_day = source.slots_per_day
    crop, history = boundary % per_day, boundary // per_day
    load_wh, pv_wh = (_by_day(grid[:, crop:], per_day) for grid in (source.load_wh, source.pv_wh))
    donors = _donors(streams, homes, len(source.homes))
    load_days = _load_days(streams, homes, history, load_wh.shape[1])[:, : history + days]
    factors = _pv_per_mille(streams, homes)[:, None, None]
    readings = Readings(
        homes=tuple(f"sim-{number:04d}" for number in range(1, homes + 1)),
        start=source.time_of(crop),
        slot_s=source.slot_s,
        load_wh=load_wh[donors[:, None], load_days].reshape(homes, -1),
        pv_wh=((pv_wh[donors, : history + days] * factors + 500) // 1_000).reshape(homes, -1),
    )
    return Resampled(readings, tuple(donors.tolist()), history * per_day)


def _by_day(grid: Ints, per_day: int) -> Ints:
    """Shape (homes, days, slots of a day), without the partial day at the end."""
    homes, slots = grid.shape
    days = slots // per_day
    return grid[:, : days * per_day].reshape(homes, days, per_day)


def _donors(streams: Streams, homes: int, candidates: int) -> Ints:
    draws = [streams.generator("population", home, "donor").integers(candidates) for home in range(homes)]
    return np.array(draws, dtype=np.int64)


def _pv_per_mille(streams: Streams, homes: int) -> Ints:
    low, high = PV_PER_MILLE
    draws = [
        streams.generator("population", home, "pv").integers(low, high, endpoint=True)
        for home in range(homes)
    ]
    return np.array(draws, dtype=np.int64)


def _load_days(streams: Streams, homes: int, history: int, days: int) -> Ints:
    """Shape (homes, days): the day whose load each day takes, uniform among those near it on its side.

    Draws are 32-bit fractions, made before the candidates are known: a draw belongs to home and day alone.
    """
    draws = np.stack(
        [streams.generator("population", home, "load").integers(1 << 32, size=days) for home in range(homes)]
    )
    day = np.arange(days)
    side_start, side_end = np.where(day < history, 0, history), np.where(day < history, history, days)
    low = np.maximum(day - MAX_SHIFT_DAYS, side_start)
    high = np.minimum(day + MAX_SHIFT_DAYS + 1, side_end)
    picks: Ints = low + ((draws * (high - low)) >> 32)
    return picks
