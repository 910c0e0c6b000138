"""What a study knows of each of its points, as arrays by seed and day."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.arrays import Floats
from sim.study.daily_measures import DAILY_MEASURES, sums_by_day, with_homes_and_charges
from sim.study.grid import Values, ordered, values_of

FACTS = ("agents", "agents_with_pv", "clusters", "gates", "slots", "state_root")
"""Figures of a summary that say what a cell is, and not what came of it."""


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


def seed_measures_of(cells: pd.DataFrame, axes: Sequence[str]) -> list[str]:
    """The numbers of a summary that do not add up over days, in order."""
    others = {"cell", "seed", *axes, *FACTS, *DAILY_MEASURES}
    numbers = cells.select_dtypes("number").columns
    return [str(name) for name in numbers if name not in others]


def samples_of(cells: pd.DataFrame, days: pd.DataFrame, axes: Sequence[str]) -> dict[Values, Sample]:
    """The points of a study in order, and what is known of each; the order of rows changes nothing."""
    days = with_homes_and_charges(days, cells).sort_values(["cell", "day"], ignore_index=True)
    sums = sums_by_day(days)
    rows_of_cell = days.groupby("cell", sort=False).indices
    names = seed_measures_of(cells, axes)
    figures = cells[names].to_numpy(dtype=np.float64, na_value=np.nan)
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


def _placed(values: Floats, places: Sequence[int], seeds: int) -> Floats:
    """Runs' values at their seeds' places: shape (seeds, …), NaN elsewhere."""
    placed = np.full((seeds, *values.shape[1:]), np.nan)
    placed[places] = values
    return placed
