"""The times of a CSV file of readings, and the regular grid that they lie on; missing rows are gaps in it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.data.readings import DAY_S
from sim.errors import InputError
from sim.units import YEARS

TIME_COLUMN = "time"
MIN_SLOT_S = 60
_MOST_SHOWN = 40


@dataclass(frozen=True)
class Grid:
    """When slots begin.

    places: shape (rows,), the slot of each row; None where no row is missing
    """

    start: datetime
    slot_s: int
    slots: int
    places: NDArray[np.int64] | None


def shown(text: str) -> str:
    """A cell in quotes, its beginning where it is long, and nothing that a terminal would act on."""
    start = text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"
    return f'"{"".join(each if each.isprintable() else ascii(each)[1:-1] for each in start)}"'


def time_in(path: Path, line: int, text: str) -> datetime:
    """The local time that a cell holds. Raises InputError naming the line where it holds none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        problem = f"{shown(text)} is not a time, should be like 2017-06-12T13:00" if text else "cell is empty"
        raise InputError(f"{path}, line {line}, column {TIME_COLUMN}: {problem}") from None
    if moment.tzinfo is not None:
        raise InputError(
            f"{path}, line {line}, column {TIME_COLUMN}: {text} should be local time without a zone"
        )
    if moment.year not in YEARS:
        raise InputError(
            f"{path}, line {line}, column {TIME_COLUMN}: {text} should be in the years "
            f"{YEARS[0]} to {YEARS[-1]}"
        )
    return moment


def grid_of(
    path: Path, lines: Sequence[int], times: Sequence[datetime], columns: int, most_rows: int, most_cells: int
) -> Grid:
    """The grid of all rows; a jump by several steps is a gap.

    Raises InputError at repetitions, steps back and odd resolutions, and where gaps make a grid of more than
    ``most_rows`` slots, or with so many ``columns`` of more than ``most_cells`` readings.
    """
    steps = Counter(after - before for before, after in pairwise(times) if after > before)
    step = min(steps, key=lambda each: (-steps[each], each)) if steps else timedelta()
    for line, (before, after) in zip(lines[1:], pairwise(times), strict=True):
        if after <= before or (after - before) % step:
            raise InputError(f"{path}, line {line}, column {TIME_COLUMN}: {_misstep(before, after, step)}")
    where = f"{path}, line {lines[0]}, column {TIME_COLUMN}"
    slot_s = int(step.total_seconds())
    if slot_s < MIN_SLOT_S or timedelta(seconds=slot_s) != step or DAY_S % slot_s:
        raise InputError(f"{where}: rows are {step} apart, should be at least 1 minute and divide a day")
    if (times[0] - datetime.combine(times[0], time())) % step:
        raise InputError(f"{where}: {times[0]} should be a multiple of {step} after midnight")
    slots = (times[-1] - times[0]) // step + 1
    if slots * slot_s < DAY_S:
        raise InputError(
            f"{path}: has too few rows, {len(times)} at {step}, should be at least one day of readings"
        )
    if slots > most_rows or slots * columns > most_cells:
        raise InputError(
            f"{path}: runs from {times[0]} to {times[-1]}, with its missing rows {slots:,} of {columns:,} "
            f"columns at {step}; should be at most {most_rows:,} rows and {most_cells:,} cells"
        )
    places = None if slots == len(times) else np.array([(at - times[0]) // step for at in times])
    return Grid(times[0], slot_s, slots, places)


def _misstep(before: datetime, after: datetime, step: timedelta) -> str:
    if after == before:
        return f"{after} stands there twice (times should run without daylight saving)"
    if after < before:
        return f"{after} goes backwards from {before}"
    return f"{after} is irregular, should be {before + step} as rows are {step} apart"
