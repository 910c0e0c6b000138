"""Series that would be read wrongly: of mixed steps, with midnights of the day before, counted by the day."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from sim.data.readings import DAY_S
from sim.errors import InputError
from sim.imports.answers import Answers, Label, Question
from sim.imports.export import Series, Stamps
from sim.imports.grid import Grid, rounded, shown
from sim.imports.homes import ImportedHome
from sim.imports.zones import Clock, Seconds, in_hours_left_out, seconds_of
from sim.runtime.wording import counted

_MOST_EMPTY = 0.6
_LONGEST_CHANCE = 12
"""So many equal steps in a row, longer than the file's, are no gaps."""
_FEWEST_DAYS, _FALLS_TO = 5, 10
"""So often it has been seen to begin anew, each time with less than a tenth."""


def with_midnights_of_the_day_before(series: Sequence[Series], remarks: list[str]) -> list[Series]:
    """Stamps in which a day's rows end with its own 00:00: that is the end of the day, a day later."""
    moved: dict[int, Stamps] = {}
    count = 0
    for each in series:
        key = id(each.stamps)
        if key not in moved:
            late = _late_midnights(seconds_of(each.stamps))
            count += int(late.sum())
            local = each.stamps.local + late * np.timedelta64(DAY_S, "s")
            moved[key] = replace(each.stamps, local=local) if late.any() else each.stamps
    if count:
        remarks.append(
            f"{counted(count, 'time')} of 00:00 after the last hour of their own day: taken as its end"
        )
    return [replace(each, stamps=moved[id(each.stamps)]) for each in series]


def _late_midnights(local_s: Seconds) -> NDArray[np.bool_]:
    """Which times are 00:00 though the row before is the last step of the same day, on most days."""
    steps = np.diff(local_s)
    forward = steps[steps > 0]
    late = np.zeros(len(local_s), dtype=np.bool_)
    if len(forward):
        step_s = int(np.median(forward))
        late[1:] = (steps == step_s - DAY_S) & (local_s[1:] % DAY_S == 0)
    days = len(np.unique(local_s // DAY_S))
    return late if late.sum() >= 2 and late.sum() * 2 > days else np.zeros_like(late)


def check_steps(series: Sequence[Series], times: Sequence[Seconds], step_s: int) -> None:
    """Raise InputError for a series that has longer steps than the file for a while: it would be a slot's."""
    for each, times_s in zip(series, times, strict=True):
        there = np.unique(rounded(times_s[~each.missing], step_s)[0])
        steps = np.diff(there) // step_s
        if not (steps > 1).any():
            continue
        place = 0
        for length, run in groupby(steps.tolist()):
            count = len(list(run))
            if length > 1 and count >= _LONGEST_CHANCE and each.kind != "counter":
                raise InputError(
                    f"{each.home}, {each.column}: from {shown(int(there[place]))} on, {count:,} readings in "
                    f"a row are {length * step_s / 60:g} minutes apart, and most of the file are "
                    f"{step_s / 60:g}; import what has one step, or name the home with --leave-out"
                )
            place += count


def daily_counters(series: Sequence[Series], times: Sequence[Seconds], answers: Answers) -> list[Question]:
    """What is asked of series that rise through each day and fall once, as energy since midnight does."""
    if answers.kind is not None:
        return []
    names = [
        f"{each.column} of {each.home}"
        for each, times_s in zip(series, times, strict=True)
        if each.kind == "energy" and _restarts_daily(times_s[~each.missing], each.values[~each.missing])
    ]
    if not names:
        return []
    asks = (
        f"{names[0]} {f'and {len(names) - 1} more rise' if names[1:] else 'rises'} through every day and "
        "falls once, as energy since midnight does, which is not read: write what each interval adds"
    )
    return [Question(asks, "--kind energy, if it is the energy of each interval")]


def _restarts_daily(times_s: Seconds, values: NDArray[np.int64]) -> bool:
    order = np.argsort(times_s, kind="stable")
    steps, days = np.diff(values[order]), len(np.unique(times_s // DAY_S))
    falls = np.flatnonzero(steps < 0)
    if not _FEWEST_DAYS <= len(falls) + 1 <= days + 1 or len(falls) < days - 2 or len(steps) < 6 * days:
        return False
    at, ordered = times_s[order][falls + 1] % DAY_S, values[order]
    from_zero = ordered[falls + 1] * _FALLS_TO <= ordered[falls]
    return bool((at == at[0]).all() and from_zero.all())


def mostly_empty(homes: Sequence[ImportedHome], grid: Grid, answers: Answers) -> list[Question]:
    """What is asked where most of the span from the first to the last time holds no reading."""
    share = float(np.mean([home.no_load.mean() for home in homes]))
    if share <= _MOST_EMPTY or answers.dates is not None:
        return []
    last_s = grid.start_s + grid.steps * grid.step_s
    asks = (
        f"{share:.1%} of the intervals from {shown(grid.start_s)} to {shown(last_s)} have no reading, as "
        "where day and month, or year, are taken for each other"
    )
    return [Question(asks, "--dates day-first or --dates month-first (which you also say where it is right)")]


def without_hours_left_out(
    series: list[Series], clock: Clock, label: Label, step_s: int, remarks: list[str]
) -> list[Series]:
    """Without the zeros that a portal lists for an hour that its clock does not have."""
    kept, count = [], 0
    for each in series:
        empty = in_hours_left_out(each.stamps, clock, label, step_s) & (each.values == 0) & ~each.missing
        empty &= each.kind != "counter"
        count += int(empty.sum())
        kept.append(replace(each, missing=each.missing | empty) if empty.any() else each)
    if count:
        remarks.append(f"{count:,} readings of zero in an hour that clocks leave out in spring are left out")
    return kept
