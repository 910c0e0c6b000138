"""What a study knows of each of its points, as arrays by seed and day."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.arrays import Floats
from sim.measures.measure import Daily, signed
from sim.measures.table import results
from sim.study.grid import Values, ordered, values_of


@dataclass(frozen=True)
class Sample:
    """One point's runs; the seeds are those of the whole study, and NaN is what is not known of one.

    by_seed:      measures that do not add up over days, shape (seeds, measures)
    above, below: numerators and denominators of daily measures, shape (seeds, days, measures)
    runs:         how many of the seeds the point has
    """

    by_seed: Floats
    above: Floats
    below: Floats
    runs: int


def measures_of(cells: pd.DataFrame) -> tuple[list[tuple[str, Daily]], list[str]]:
    """What came of cells: measures that add up over days, with their formulas, and the others, by name."""
    daily = [(each.name, each.formula) for each in results() if isinstance(each.formula, Daily)]
    others = [each.name for each in results() if not isinstance(each.formula, Daily)]
    return daily, [name for name in others if name in cells]


def samples_of(cells: pd.DataFrame, days: pd.DataFrame, axes: Sequence[str]) -> dict[Values, Sample]:
    """The points of a study in order, and what is known of each; the order of rows changes nothing."""
    daily, others = measures_of(cells)
    days = days.sort_values(["cell", "day"], ignore_index=True)
    sums = _sums_by_day(days, [formula for _, formula in daily])
    rows_of_cell = days.groupby("cell", sort=False).indices
    figures = cells[others].to_numpy(dtype=np.float64, na_value=np.nan)
    seeds = {seed: number for number, seed in enumerate(sorted(set(cells["seed"])))}
    runs: dict[Values, list[int]] = {}
    for row, point in enumerate(values_of(cells, axes)):
        runs.setdefault(point, []).append(row)
    samples = {}
    for point in ordered(list(runs)):
        in_days = [rows_of_cell[cells["cell"].iloc[row]] for row in runs[point]]
        places = [seeds[cells["seed"].iloc[row]] for row in runs[point]]
        above, below = (
            _placed(np.stack([each[rows] for rows in in_days]), places, len(seeds)) for each in sums
        )
        samples[point] = Sample(_placed(figures[runs[point]], places, len(seeds)), above, below, len(places))
    return samples


def _sums_by_day(days: pd.DataFrame, formulas: Sequence[Daily]) -> tuple[Floats, Floats]:
    """Numerators and denominators, each of shape (days, formulas).

    Empty values are NaN; a formula that is a plain sum has the denominator NaN.
    """

    def column(name: str) -> Floats:
        values: Floats = days[name].to_numpy(dtype=np.float64, na_value=np.nan)
        return values

    plain = np.full(len(days), np.nan)
    above = [signed(each.sum, column) for each in formulas]
    below = [signed(each.over, column) if each.over else plain for each in formulas]
    return np.column_stack(above), np.column_stack(below)


def _placed(values: Floats, places: Sequence[int], seeds: int) -> Floats:
    """Runs' values at their seeds' places: shape (seeds, …), NaN elsewhere."""
    placed = np.full((seeds, *values.shape[1:]), np.nan)
    placed[places] = values
    return placed
