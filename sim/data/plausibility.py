"""What in readings looks like no home, or like another quantity, unit or clock: doubts, never corrections.

Each check is a rule of thumb with its threshold named here. They are made to be silent about the homes of
public data sets (Californian, Australian, British and German households), and to speak of whole classes of
mistakes: a factory among homes, a counter or a power taken for energy, PV under the wrong column or clock.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
from math import gcd
from typing import Any

import numpy as np

from sim.arrays import Ints
from sim.data.readings import Readings
from sim.units import WH_PER_KWH

FACTORY_WH_PER_DAY = 240_000
"""10 kW by day and night: ten times what a large all-electric home takes."""
MOST_COMMON_WH_PER_DAY, LEAST_COMMON_WH_PER_DAY = 60_000, 1_000
"""Of the median home: more is a power read as an energy, less a unit of another size."""
FEWEST_COMMON_HOMES = 3
STUCK_DAYS = 3
"""So long no home's load stays the same to the Wh, unless nothing is measured."""
NIGHT_H = (22, 3)
"""Local standard time, in which no sun shines in inhabited places but in a polar summer."""
MOST_PV_AT_NIGHT = 0.01
"""Share of a home's generation: inverters and rounding leave less."""
MOST_NOON_OFFSET_H = 2.5
"""Hours between 12:00 and the mean hour of generation: roofs to east or west and wide zones need two."""
SUNLESS_NIGHTS = 0.9
"""Share of slots at night without any load, beyond which a load that has its middle at noon is PV."""
SUNNY_SHARE = 0.9
"""Share of such a load between 6:00 and 18:00."""


@dataclass(frozen=True)
class Doubt:
    """One thing that does not look right.

    kind:  in a word or two, the same for all doubts of this kind
    homes: whom it is about, in the order of the readings
    says:  what was seen, with its figure, and what it may be
    """

    kind: str
    homes: tuple[str, ...]
    says: str

    def sentence(self) -> str:
        """With the first home's name, and how many there are."""
        others = f" and {len(self.homes) - 1} more" if self.homes[1:] else ""
        return f"{self.homes[0]}{others}: {self.says}"


def doubts(readings: Readings) -> list[Doubt]:
    """All that looks implausible, none where nothing does."""
    return [doubt for check in _CHECKS for doubt in check(readings)]


def factories(readings: Readings) -> tuple[str, ...]:
    """Homes whose load is beyond any home's."""
    return _named(readings, _per_day(readings, readings.load_wh) > FACTORY_WH_PER_DAY)


def _factories(readings: Readings) -> Iterator[Doubt]:
    otherwise = {home for doubt in _units(readings) for home in doubt.homes}
    if names := tuple(home for home in factories(readings) if home not in otherwise):
        most_kwh = _per_day(readings, readings.load_wh).max() / WH_PER_KWH
        yield Doubt(
            "factory", names, f"up to {most_kwh:,.0f} kWh a day, which is a business, or another unit"
        )


def _counters(readings: Readings) -> Iterator[Doubt]:
    for what, energy_wh in (("load", readings.load_wh), ("PV", readings.pv_wh)):
        rising = np.array([_never_falls(own_wh) for own_wh in energy_wh])
        if names := _named(readings, rising):
            says = (
                f"the {what} rises and never falls, as a counter does; it should be the energy of each slot"
            )
            yield Doubt("counter", names, says)


def _constant(readings: Readings) -> Iterator[Doubt]:
    nothing = ~readings.load_wh.any(axis=1)
    if names := _named(readings, nothing):
        yield Doubt("zero", names, "the load is 0 Wh throughout")
    stretch = np.array([_longest_stretch(own_wh) for own_wh in readings.load_wh])
    stuck = (stretch >= STUCK_DAYS * readings.slots_per_day) & ~nothing
    if names := _named(readings, stuck):
        days = stretch[stuck].max() / readings.slots_per_day
        yield Doubt("stuck", names, f"the load stays the same to the Wh for up to {days:.1f} days")


def _units(readings: Readings) -> Iterator[Doubt]:
    per_day = _per_day(readings, readings.load_wh)
    taking = per_day[per_day > 0]
    if len(taking) < FEWEST_COMMON_HOMES:
        return
    common = float(np.median(taking))
    if not LEAST_COMMON_WH_PER_DAY <= common <= MOST_COMMON_WH_PER_DAY:
        may_be = "kW or W read as energy" if common > MOST_COMMON_WH_PER_DAY else "kWh read as Wh"
        says = (
            f"half of the homes take less than {common / WH_PER_KWH:,.3g} kWh a day, "
            f"homes take 4 to 40; this may be {may_be}"
        )
        yield Doubt("unit", readings.homes, says)
        return
    for factor, way in ((1_000, "more"), (1 / 1_000, "less")):
        ratio = per_day / common / factor
        if names := _named(readings, (ratio > 1 / 5) & (ratio < 5)):
            yield Doubt(
                "unit", names, f"takes some 1,000 times {way} than the median home, as another unit does"
            )


def _powers(readings: Readings) -> Iterator[Doubt]:
    """A meter of whole Wh (or 10, 100) read as power: every reading is a multiple of the slots of an hour."""
    per_hour = readings.slots_per_day // 24
    if per_hour < 2 or readings.slots_per_day % 24:
        return
    steps = {per_hour * size for size in (1, 10, 100, 1_000)}
    common = np.array([_common_factor(own_wh) in steps for own_wh in readings.load_wh])
    if names := _named(readings, common):
        says = f"every reading is a multiple of {per_hour}: a power in W that was read as energy is so"
        yield Doubt("power", names, says)


def _loads_that_are_pv(readings: Readings) -> Iterator[Doubt]:
    sunny = np.array([_looks_like_pv(readings, own_wh) for own_wh in readings.load_wh])
    if names := _named(readings, sunny):
        yield Doubt("load is PV", names, "the load is zero at night and has its middle at noon, as PV has")


def _pv_at_night(readings: Readings) -> Iterator[Doubt]:
    total = readings.pv_wh.sum(axis=1)
    if not total.any():
        return
    at_night = readings.pv_wh[:, _between(readings, *NIGHT_H)].sum(axis=1)
    share = np.divide(at_night, total, out=np.zeros(len(total)), where=total > 0)
    night = share > MOST_PV_AT_NIGHT
    if names := _named(readings, night):
        says = (
            f"{share[night].max():.1%} of the PV is generated between {NIGHT_H[0]}:00 and {NIGHT_H[1]}:00: "
            "times may be of another zone, or the column no PV"
        )
        yield Doubt("PV at night", names, says)
    offsets_h = np.array([_middle_h(readings, own_wh) - 12 for own_wh in readings.pv_wh])
    late = ~night & (total > 0) & (np.abs(offsets_h) > MOST_NOON_OFFSET_H)
    if names := _named(readings, late):
        most_h = offsets_h[late][np.abs(offsets_h[late]).argmax()]
        says = f"PV is generated {abs(most_h):.1f} h {'after' if most_h > 0 else 'before'} noon in the mean"
        yield Doubt("PV at night", names, f"{says}: times may be of another zone")


def _duplicates(readings: Readings) -> Iterator[Doubt]:
    same: dict[bytes, list[str]] = {}
    for name, own_wh in zip(readings.homes, readings.load_wh, strict=True):
        if own_wh.any():
            same.setdefault(own_wh.tobytes(), []).append(name)
    for first, *others in (names for names in same.values() if names[1:]):
        count = f"{others[0]} and {len(others) - 1} more have" if others[1:] else f"{others[0]} has"
        yield Doubt("duplicate", (first,), f"{count} the same load to the Wh")


_CHECKS: tuple[Callable[[Readings], Iterator[Doubt]], ...] = (
    _factories,
    _counters,
    _constant,
    _units,
    _powers,
    _loads_that_are_pv,
    _pv_at_night,
    _duplicates,
)


def _named(readings: Readings, which: Any) -> tuple[str, ...]:
    return tuple(name for name, own in zip(readings.homes, which, strict=True) if own)


def _per_day(readings: Readings, energy_wh: Ints) -> np.ndarray:
    """Mean energy a day in Wh: shape (homes,)."""
    return np.asarray(energy_wh.mean(axis=1) * readings.slots_per_day)


def _never_falls(energy_wh: Ints) -> bool:
    """Whether a series rises more than once and falls at no time, as no home's energy does for days."""
    steps = np.diff(energy_wh)
    return bool((steps >= 0).all() and np.count_nonzero(steps) > 1)


def _longest_stretch(energy_wh: Ints) -> int:
    """Slots of the longest run of equal readings."""
    edges = np.flatnonzero(np.diff(energy_wh)) + 1
    return int(np.diff(np.concatenate(([0], edges, [len(energy_wh)]))).max())


def _common_factor(energy_wh: Ints) -> int:
    """The greatest number that divides all readings; 0 where all are 0."""
    return reduce(gcd, np.unique(energy_wh).tolist(), 0)


def _hours(readings: Readings) -> np.ndarray:
    """The middle of each slot, in hours after midnight: shape (slots,)."""
    into_day_s = (readings.start - readings.start.replace(hour=0, minute=0, second=0)).seconds
    seconds = into_day_s + (np.arange(readings.slots) + 0.5) * readings.slot_s
    return np.asarray(seconds % (24 * 3_600) / 3_600)


def _between(readings: Readings, first_h: float, last_h: float) -> np.ndarray:
    """Which slots lie between two hours of the clock, over midnight where the first is later."""
    hours = _hours(readings)
    late, early = hours >= first_h, hours < last_h
    return late & early if first_h <= last_h else late | early


def _middle_h(readings: Readings, energy_wh: Ints) -> float:
    """The mean hour of the day, weighted by energy; 12 where there is none."""
    total = energy_wh.sum()
    return float((_hours(readings) * energy_wh).sum() / total) if total else 12.0


def _looks_like_pv(readings: Readings, load_wh: Ints) -> bool:
    night, day = _between(readings, *NIGHT_H), _between(readings, 6, 18)
    total = load_wh.sum()
    if not total or not night.any():
        return False
    dark = float((load_wh[night] == 0).mean())
    return dark >= SUNLESS_NIGHTS and float(load_wh[day].sum() / total) >= SUNNY_SHARE
