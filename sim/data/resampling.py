"""More homes than were measured: each resampled home lives on the days of one donor.

The simplifications: a home's load of a day is its donor's load of a day at most a week away, whatever the
day of the week, so that homes with one donor do not move in step; its PV is the donor's own day times a
factor that the home keeps, as weather is common to all.
"""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Ints
from sim.data.readings import Readings, part
from sim.seeds import Streams

MAX_SHIFT_DAYS = 7
"""Most days between a day and the donor's day whose load it takes."""
PV_PER_MILLE = (700, 1_300)
"""Range of the homes' PV factors, ends included: roofs of 0.7 to 1.3 times the donor's."""


@dataclass(frozen=True)
class Drawn:
    """Homes drawn from a source.

    readings:   of these homes up to the end of the period
    donors:     per home, the position in the source of the home it was drawn from
    had_pv:     per home, whether it generates anything in all the source holds before the period's end
    first_slot: where the boundary lies in ``readings``
    """

    readings: Readings
    donors: tuple[int, ...]
    had_pv: tuple[bool, ...]
    first_slot: int


def resample(
    source: Readings, homes: int, boundary: int, days: int, streams: Streams, reach_slots: int | None = None
) -> Drawn:
    """Draw ``homes`` homes on whole days: those before slot ``boundary``, and ``days`` from it on.

    A day begins at the boundary's time of day. Days before the boundary take load from days before it only,
    days from it on from days from it on. A home, "sim-0001" and so on, depends on the seed and on its own
    number: populations nest. ``reach_slots`` leaves out days that begin and end earlier before the boundary;
    it changes nothing about the others.
    """
    per_day = source.slots_per_day
    crop, history = boundary % per_day, boundary // per_day
    first_day = 0 if reach_slots is None else max(history + -reach_slots // per_day, 0)
    load_wh, pv_wh = (_by_day(grid[:, crop:], per_day) for grid in (source.load_wh, source.pv_wh))
    end = history + days
    donors, factors = donors_of(streams, homes, len(source.homes)), _pv_per_mille(streams, homes)
    load_days = _load_days(streams, homes, history, load_wh.shape[1], range(first_day, end))
    outdoors = slice(crop + first_day * per_day, crop + end * per_day)
    readings = Readings(
        homes=resampled_names(homes),
        start=source.time_of(crop + first_day * per_day),
        slot_s=source.slot_s,
        load_wh=load_wh[donors[:, None], load_days].reshape(homes, -1),
        pv_wh=_times(pv_wh[donors, first_day:end], factors[:, None, None]).reshape(homes, -1),
        temperature_dc=part(source.temperature_dc, outdoors),
        irradiance_dw_m2=part(source.irradiance_dw_m2, outdoors),
    )
    most_pv_wh = _times(pv_wh[:, :end].max(axis=(1, 2))[donors], factors)
    return Drawn(
        readings, tuple(donors.tolist()), tuple((most_pv_wh > 0).tolist()), (history - first_day) * per_day
    )


def resampled_names(homes: int) -> tuple[str, ...]:
    """What resampled homes are called."""
    return tuple(f"sim-{number:04d}" for number in range(1, homes + 1))


def _by_day(grid: Ints, per_day: int) -> Ints:
    """Shape (homes, days, slots of a day), without the partial day at the end."""
    homes, slots = grid.shape
    days = slots // per_day
    return grid[:, : days * per_day].reshape(homes, days, per_day)


def donors_of(streams: Streams, homes: int, candidates: int) -> Ints:
    """Of each resampled home, the position of its donor: shape (homes,)."""
    draws = [streams.generator("population", home, "donor").integers(candidates) for home in range(homes)]
    return np.array(draws, dtype=np.int64)


def _pv_per_mille(streams: Streams, homes: int) -> Ints:
    low, high = PV_PER_MILLE
    draws = [
        streams.generator("population", home, "pv").integers(low, high, endpoint=True)
        for home in range(homes)
    ]
    return np.array(draws, dtype=np.int64)


def _times(energy_wh: Ints, per_mille: Ints) -> Ints:
    """Energy times factors, rounded half up; overwrites ``energy_wh``, which may be large."""
    energy_wh *= per_mille
    energy_wh += 500
    energy_wh //= 1_000
    return energy_wh


def _load_days(streams: Streams, homes: int, history: int, days: int, kept: range) -> Ints:
    """Shape (homes, kept days): the day whose load each takes, uniform among those near it on its side.

    Draws are 32-bit fractions, made before the candidates are known: a draw belongs to home and day alone.
    """
    draws = np.stack(
        [
            streams.generator("population", home, "load").integers(1 << 32, size=kept.stop)[kept.start :]
            for home in range(homes)
        ]
    )
    day = np.arange(kept.start, kept.stop)
    side_start, side_end = np.where(day < history, 0, history), np.where(day < history, history, days)
    low = np.maximum(day - MAX_SHIFT_DAYS, side_start)
    high = np.minimum(day + MAX_SHIFT_DAYS + 1, side_end)
    picks: Ints = low + ((draws * (high - low)) >> 32)
    return picks
