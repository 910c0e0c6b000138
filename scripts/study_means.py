"""Print a measure of a study by two of its axes: means over seeds and all other axes, with intervals.

    python -m scripts.study_means results/reference/strategies savings_share market.mechanism market.strategy

Intervals are of 95 %, drawn over seeds (at least three, or there are none) and over the points of all other
axes, where these are three or more; otherwise the least and the most of these stand in brackets.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from sim.measures.table import measure
from sim.replicate.streets import Estimate
from sim.study.bootstrap import FEWEST_SEEDS
from sim.study.figures.outcomes import written


def main() -> None:
    """Read a study's cells and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("study", type=Path, help="a study's directory")
    parser.add_argument("measure", help="as in docs/measures.md")
    parser.add_argument("rows", help="an axis")
    parser.add_argument("columns", help="another axis")
    options = parser.parse_args()
    cells = pd.read_parquet(options.study / "cells.parquet")
    shown = measure(options.measure)
    cells = cells.assign(value=cells[options.measure] / shown.unit.scale)
    columns = list(dict.fromkeys(cells[options.columns]))
    print(f"| {shown.titled()} | {' | '.join(map(str, columns))} |\n|---{'|---' * len(columns)}|")
    for row in dict.fromkeys(cells[options.rows]):
        of_row = cells[cells[options.rows] == row]
        texts = [
            text(of_row[of_row[options.columns] == column], (options.rows, options.columns))
            for column in columns
        ]
        print(f"| {row} | {' | '.join(texts)} |")


def text(cells: pd.DataFrame, without: tuple[str, str]) -> str:
    """The mean of these cells, and in brackets where it lies."""
    others = [axis for axis in cells if "." in axis and axis not in without]
    values = cells.pivot_table(index="seed", columns=others or "community", values="value", dropna=False)
    found = values.to_numpy()
    if np.isnan(found).any():
        return "-"
    if len(found) >= FEWEST_SEEDS <= found.shape[1]:
        estimate = Estimate.of(found)
        low, high = estimate.low, estimate.high
    else:
        low, high = found.mean(axis=0).min(), found.mean(axis=0).max()
    return f"{written(found.mean())} ({written(low)} to {written(high)})"


if __name__ == "__main__":
    main()
