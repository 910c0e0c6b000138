"""Print a measure of a study by two of its axes: means over seeds and all other axes, with intervals.

    python -m scripts.study_means results/reference/strategies savings_share market.mechanism market.strategy
    python -m scripts.study_means results/reference/frontier forecast_mae_wh forecast.family,forecast.hidden

Axes that advance together are named together, joined by commas. With ``--against`` a row, the others are
shown less that one, paired. Intervals are of 95 %, drawn over seeds (at least three, or there are none) and
over the points of all other axes; where these are two, or seeds too few, the least and the most of these
points stand in brackets.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from sim.arrays import Floats
from sim.measures.table import all_measures
from sim.replicate.streets import Estimate
from sim.study.bootstrap import FEWEST_SEEDS
from sim.study.figures.outcomes import written


def main() -> None:
    """Read a study's cells and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("study", type=Path, help="a study's directory")
    parser.add_argument("measure", help="as in docs/measures.md, or another column of the study's cells")
    parser.add_argument("rows", help="an axis, or several joined by commas")
    parser.add_argument("columns", nargs="?", default="", help="likewise; left out: none")
    parser.add_argument("--against", help="a row, from which the others' difference is shown")
    options = parser.parse_args()
    cells = pd.read_parquet(options.study / "cells.parquet")
    known = {each.name: each for each in all_measures()}.get(options.measure)
    rows, columns = options.rows.split(","), [axis for axis in options.columns.split(",") if axis]
    others = [axis for axis in cells if "." in axis and axis not in (*rows, *columns)]
    cells = cells.assign(
        value=cells[options.measure].astype("float64") / (known.unit.scale if known else 1),
        row=joined(cells, rows),
        column=joined(cells, columns),
    )
    tables = {
        place: of_place.pivot_table(
            index="seed", columns=[*others, "column"], values="value", dropna=False
        ).to_numpy(np.float64)
        for place, of_place in cells.groupby(["row", "column"], sort=False)
    }
    titles, shown = list(dict.fromkeys(cells["column"])), list(dict.fromkeys(cells["row"]))
    if options.against not in (None, *shown):
        sys.exit(f"--against {options.against}: no such row; there are {'; '.join(shown)}")
    less = f", less {options.against}" if options.against else ""
    print(f"| {known.titled() if known else options.measure}{less} | {' | '.join(titles)} |")
    print(f"|---{'|---' * len(titles)}|")
    for row in shown:
        if row != options.against:
            texts = [
                text(tables.get((row, title)), tables.get((options.against, title), 0.0)) for title in titles
            ]
            print(f"| {row} | {' | '.join(texts)} |")


def joined(cells: pd.DataFrame, axes: Sequence[str]) -> list[str]:
    """The values of these axes in each cell, as one text."""
    return [",".join(map(str, values)) for values in zip(*(cells[axis] for axis in axes), strict=True)] or [
        ""
    ] * len(cells)


def text(values: Floats | None, less: Floats | float) -> str:
    """The mean of values of shape (seeds, points), less others, and in brackets where it lies."""
    if values is None or np.isnan(found := values - less).any():
        return "-"
    if len(found) >= FEWEST_SEEDS and found.shape[1] != 2:
        estimate = Estimate.of(found)
        low, high = estimate.low, estimate.high
    else:
        low, high = found.mean(axis=0).min(), found.mean(axis=0).max()
    return f"{written(found.mean())} ({written(low)} to {written(high)})"


if __name__ == "__main__":
    main()
