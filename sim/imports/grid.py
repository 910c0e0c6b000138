"""A series on a regular grid: sorted, duplicates dropped or asked about, counters as differences.

Of all energy that is read, an account says what is used and what is left out, and why.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from sim.data.csv_file import MAX_CELLS, MAX_READING_WH, MAX_ROWS
from sim.data.csv_grid import MIN_SLOT_S
from sim.data.readings import DAY_S
from sim.errors import InputError
from sim.imports.answers import Answers
from sim.imports.energy import Energy, Integers, energy_of, kwh, none
from sim.imports.export import Series, Stamps
from sim.imports.zones import Seconds, seconds_of

Bools = NDArray[np.bool_]
_MOST_JITTER_S = 59
_SAMPLED = 64
EQUAL, OTHER, NEGATIVE, PARTLY, ACROSS = (
    "equal readings of one time",
    "other readings of one time",
    "readings below zero",
    "slots of which a part is missing",
    "gaps of counters",
)
"""Why energy is left out."""


@dataclass(frozen=True)
class Grid:
    """Steps of ``step_s`` seconds from ``start_s``, seconds of local standard time since 1970."""

    start_s: int
    step_s: int
    steps: int

    def shown(self, place: int) -> str:
        """When a step begins."""
        return shown(self.start_s + place * self.step_s)


@dataclass(frozen=True)
class Account:
    """What became of energy, in parts of a Wh: what is read is what is used and what is left out.

    counts: how many readings, by what was done about them
    asked:  how many readings, by what has to be asked about them, and an example of each
    """

    read: int = 0
    used: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    asked: Mapping[str, tuple[int, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Placed:
    """A series on the grid: energy of each step, and where there is none."""

    energy: Energy
    missing: Bools
    account: Account


def shown(second: int) -> str:
    """Local time of seconds since 1970, to the minute, or to the second where it has some."""
    moment = datetime.fromtimestamp(second, UTC)
    return moment.strftime("%Y-%m-%d %H:%M:%S" if moment.second else "%Y-%m-%d %H:%M")


def step_of(stamps: Sequence[Stamps]) -> int:
    """Seconds between most neighbouring times. Raises InputError where they make no regular grid."""
    steps: Counter[int] = Counter()
    for each in stamps[:_SAMPLED]:
        utc_s = seconds_of(each) - (0 if each.offset_s is None else each.offset_s)
        found, counts = np.unique(np.diff(np.unique(utc_s)), return_counts=True)
        steps.update(dict(zip(found.tolist(), counts.tolist(), strict=True)))
    if not steps:
        raise InputError("has no two different times, should have at least one day of readings")
    step_s = min(steps, key=lambda step: (-steps[step], step))
    minutes = round(step_s / 60)
    step_s = minutes * 60 if minutes and abs(step_s - minutes * 60) <= 2 else step_s
    if DAY_S % step_s:
        raise InputError(f"most times are {step_s:,} seconds apart, should divide a day")
    return step_s


def slot_of(step_s: int, slot_minutes: int | None) -> int:
    """Seconds of a slot. Raises InputError where the readings' step does not make it up."""
    slot_s = step_s if slot_minutes is None else slot_minutes * 60
    if slot_s < MIN_SLOT_S or slot_s % step_s or DAY_S % slot_s:
        raise InputError(
            f"readings are {step_s:,} seconds apart: --slot-minutes should be a multiple of that, at least 1 "
            f"minute, and divide a day; it is {slot_minutes or 'not given'}"
        )
    return slot_s


def grid_of(spans: Sequence[tuple[int, int]], step_s: int, slot_s: int, columns: int) -> Grid:
    """Whole slots around all times, from spans of firsts and lasts. Raises InputError for too many."""
    first, last = min(low for low, _ in spans), max(high for _, high in spans)
    start_s = first // slot_s * slot_s
    slots = (last - start_s) // slot_s + 1
    if slots > MAX_ROWS or slots * columns > MAX_CELLS:
        raise InputError(
            f"readings run from {shown(first)} to {shown(last)}: {slots:,} slots of {columns:,} columns, "
            f"should be at most {MAX_ROWS:,} and {MAX_CELLS:,} cells; is a date wrong? Else give fewer homes "
            "or longer slots (--slot-minutes)"
        )
    return Grid(start_s, step_s, slots * (slot_s // step_s))


def rounded(times_s: Seconds, step_s: int) -> tuple[Seconds, Bools, Bools]:
    """Times on multiples of the step; which were seconds beside one, and which are on none."""
    on_grid = (times_s + step_s // 2) // step_s * step_s
    off = np.abs(times_s - on_grid)
    beside = off > min(_MOST_JITTER_S, step_s // 10)
    return on_grid, (off > 0) & ~beside, beside


def placed(series: Series, times_s: Seconds, grid: Grid, answers: Answers) -> Placed:
    """A series on the grid; ``times_s``: when its readings' intervals begin, or of a counter its instants.

    Raises InputError for a reading beside the grid, or one that is impossibly large.
    """
    on_grid, jitter, beside = rounded(times_s, grid.step_s)
    there = ~series.missing
    if (wrong := beside & there).any():
        at = shown(int(times_s[np.argmax(wrong)]))
        raise InputError(
            f"{series.home}, {series.column}: the reading of {at} is beside the grid of {grid.step_s:,} "
            "seconds that most readings are on"
        )
    counts = {
        "times rounded, seconds beside the grid": int((jitter & there).sum()),
        "times beside the grid without a reading left out": int(beside.sum()),
    }
    places = (on_grid[there] - grid.start_s) // grid.step_s
    values = series.values[there]
    if (np.diff(places) < 0).any():
        counts["readings out of order, sorted"] = int((np.diff(places) < 0).sum())
        order = np.argsort(places, kind="stable")
        places, values = places[order], values[order]
    if series.kind == "counter":
        return _of_counter(series, places, values, grid, counts, answers)
    return _of_amounts(series, places, _energy(series, values, grid), grid, counts, answers)


def _energy(series: Series, values: Integers, grid: Grid) -> Energy:
    try:
        energy = energy_of(values, series.kind, series.unit, grid.step_s)
    except OverflowError:
        largest = MAX_READING_WH + 1
    else:
        largest = int(np.abs(energy.wh).max()) if len(values) else 0
    if largest > MAX_READING_WH:
        raise InputError(
            f"{series.home}, {series.column}: a reading is more than {MAX_READING_WH:,} Wh, should be less; "
            "is the unit wrong (--unit)?"
        )
    return energy


def _of_amounts(
    series: Series, places: Integers, energy: Energy, grid: Grid, counts: dict[str, int], answers: Answers
) -> Placed:
    read, left_out, asked = energy.total(), {}, {}
    if (again := np.diff(places, prepend=-1) == 0).any():
        differ = again & ((np.diff(energy.wh, prepend=0) != 0) | (np.diff(energy.parts, prepend=0) != 0))
        differing = np.isin(places, places[differ])
        if differ.any() and answers.duplicates is None:
            example = f"{series.home} at {grid.shown(int(places[np.argmax(differ)]))}"
            asked["duplicates"] = (int(differ.sum()), example)
        if answers.duplicates == "sum":
            firsts = np.flatnonzero(~again)
            energy = _grouped(energy, firsts)
            counts["readings of one time, added up"] = int(again.sum())
            places = places[firsts]
        else:
            later = np.append(again[1:], False)
            gone = np.where(differing, later, again) if answers.duplicates == "last" else again
            for reason, some in ((EQUAL, gone & ~differing), (OTHER, gone & differing)):
                left_out[reason] = energy[some].total()
                counts[f"{reason}, left out"] = int(some.sum())
            energy, places = energy[~gone], places[~gone]
    whole, missing = none(grid.steps), np.ones(grid.steps, dtype=bool)
    whole.wh[places], whole.parts[places], missing[places] = energy.wh, energy.parts, False
    return Placed(whole, missing, Account(read, energy.total(), left_out, counts, asked))


def _of_counter(
    series: Series, places: Integers, values: Integers, grid: Grid, counts: dict[str, int], answers: Answers
) -> Placed:
    """Differences of readings one step apart; over a gap, and where a counter falls, there is none."""
    asked = {}
    if (again := np.diff(places, prepend=-1) == 0).any():
        differ = again & (np.diff(values, prepend=0) != 0)
        if differ.any() and answers.duplicates in (None, "sum"):
            example = f"{series.home} at {grid.shown(int(places[np.argmax(differ)]))}"
            asked["duplicates of counters"] = (int(differ.sum()), example)
        gone = np.append(again[1:], False) if answers.duplicates == "last" else again
        counts[f"{EQUAL}, left out"] = int((again & ~differ).sum())
        counts[f"{OTHER}, left out"] = int(differ.sum())
        places, values = places[~gone], values[~gone]
    steps, rises = np.diff(places), np.diff(values)
    counts["times a counter falls, taken for a reset: a gap"] = int((rises < 0).sum())
    rising = rises >= 0
    over = rising & (steps > 1)
    used = rising & (steps == 1)
    lost = _energy(series, rises[over], grid).total()
    energy = _energy(series, rises[used], grid)
    whole, missing = none(grid.steps), np.ones(grid.steps, dtype=bool)
    at = places[:-1][used]
    whole.wh[at], whole.parts[at], missing[at] = energy.wh, energy.parts, False
    total = energy.total()
    return Placed(whole, missing, Account(total + lost, total, {ACROSS: lost}, counts, asked))


def _grouped(energy: Energy, firsts: Integers) -> Energy:
    """Sums of the groups that begin at ``firsts``."""
    ended = np.append(firsts[1:], len(energy.wh))
    sizes = ended - firsts
    grouped = none(len(firsts))
    for each in range(int(sizes.max())):
        within = sizes > each
        part = none(len(firsts))
        part.wh[within] = energy.wh[firsts[within] + each]
        part.parts[within] = energy.parts[firsts[within] + each]
        grouped = grouped + part
    return grouped


def summed(one: Placed, groups: int) -> Placed:
    """So many steps to a slot; where one of them is missing, so is the slot."""
    if groups == 1:
        return one
    partly = one.missing.reshape(-1, groups)
    missing = np.asarray(partly.any(axis=1))
    lost = one.energy.where(~one.missing & np.repeat(missing, groups)).total()
    account = Account(
        one.account.read,
        one.account.used - lost,
        {**one.account.left_out, PARTLY: lost},
        {**one.account.counts, PARTLY: int((missing & ~partly.all(axis=1)).sum())},
        one.account.asked,
    )
    return Placed(one.energy.summed(groups).where(~missing), missing, account)


def together(accounts: Sequence[Account]) -> Account:
    """All accounts as one."""
    left_out: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    asked: dict[str, tuple[int, str]] = {}
    for each in accounts:
        left_out.update(each.left_out)
        counts.update(each.counts)
        for what, (count, example) in each.asked.items():
            asked[what] = (asked.get(what, (0, ""))[0] + count, asked.get(what, (0, example))[1])
    return Account(
        sum(each.read for each in accounts),
        sum(each.used for each in accounts),
        {reason: parts for reason, parts in left_out.items() if parts},
        {what: count for what, count in counts.items() if count},
        asked,
    )


def shown_kwh(parts: int) -> str:
    """Energy for people."""
    return f"{kwh(parts):,.3f} kWh"
