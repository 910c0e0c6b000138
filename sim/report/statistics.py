"""What a study says at its points: means with their intervals, and paired differences with theirs."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from sim.arrays import Floats
from sim.measures.measure import Measure
from sim.measures.table import results
from sim.report.document import Table, long_table
from sim.report.numbers import NOTHING, decimal, listed
from sim.study.cells import point_text
from sim.study.figures.names import point_label
from sim.study.figures.study_figure import StudyTables
from sim.study.grid import Dimension, values_of

STATISTICS, OF_DIFFERENCE = ("mean", "low", "high"), ("difference", "low", "high")
MOST_COLUMNS = 4
MOST_DIGITS = 6
SURE = "*"
PAIRED = (
    "Paired differences: the same seeds and days at both points. Below them their 95 % intervals, where "
    f"there are any; {SURE} marks those that leave 0 out. A measure that is the same everywhere has no "
    "column."
)


def measures_of(study: StudyTables) -> list[Measure]:
    """What tables show: the measures of its figures, and others that are known and no detail."""
    figured = study.outcomes
    others = [each for each in results() if not (each.detail or each.panel) and each.known(study.points)]
    return [*figured, *(each for each in others if each not in figured)]


def point_tables(study: StudyTables) -> Iterator[Table]:
    """Means and intervals at every point, a few measures to a table."""
    for measures in _groups(measures_of(study)):
        columns = []
        for each in measures:
            mean, low, high = (each.values(study.points, name) for name in STATISTICS)
            columns.append(_column(mean, low, high))
        yield _table("", list(zip(study.labels(), *columns, strict=True)), measures)


def difference_tables(study: StudyTables, differences: pd.DataFrame) -> Iterator[Table]:
    """Differences from the first step of each dimension, a few measures to a table."""
    for dimension in study.dimensions:
        own = differences[differences["against"] == point_text(dimension.axes, dimension.steps[0])]
        of = {measure: own[own["measure"] == measure] for measure in own["measure"].unique()}
        known = [each for each in measures_of(study) if each.name in of]
        differing = [each for each in known if of[each.name][list(OF_DIFFERENCE)].fillna(0).any(axis=None)]
        for measures in _groups(differing):
            yield _differences(study, dimension, of, measures)


def _differences(
    study: StudyTables, dimension: Dimension, of: dict[str, pd.DataFrame], measures: Sequence[Measure]
) -> Table:
    points, columns = values_of(of[measures[0].name], study.axes), []
    for each in measures:
        values = of[each.name][list(OF_DIFFERENCE)].to_numpy(np.float64) / each.unit.scale
        difference, low, high = values.T
        columns.append(_column(difference, low, high, signed=True))
    labels = [point_label(study.axes, each) for each in points]
    first = point_label(dimension.axes, dimension.steps[0])
    rows = list(zip(labels, *columns, strict=True))
    return _table(f", against {first}, all else equal", rows, measures)


def _table(where: str, rows: list[tuple[str, ...]], measures: Sequence[Measure]) -> Table:
    title = listed([each.label for each in measures])
    return long_table(
        title[0].upper() + title[1:] + where,
        "l" + "r" * len(measures),
        ("point", *(each.titled("\n") for each in measures)),
        rows,
        "points",
        private=measures[0].private,
    )


def _groups(measures: Sequence[Measure]) -> Iterator[Sequence[Measure]]:
    """Private ones and public ones apart, in as few tables as will do, of about equal width."""
    for private in (True, False):
        kind = [each for each in measures if each.private == private]
        tables = -(-len(kind) // MOST_COLUMNS)
        width = -(-len(kind) // max(tables, 1))
        yield from (kind[table * width : (table + 1) * width] for table in range(tables))


def _column(middles: Floats, lows: Floats, highs: Floats, signed: bool = False) -> list[str]:
    rows = zip(middles.tolist(), lows.tolist(), highs.tolist(), strict=True)
    return [with_interval(*row, signed) for row in rows]


def with_interval(middle: float, low: float, high: float, signed: bool) -> str:
    """A number, and below it its interval where it has one, with three digits of the largest of the three.

    signed: for differences: with a plus, and with a mark where the interval leaves 0 out
    """
    if np.isnan(middle):
        return NOTHING
    largest = float(np.nanmax(np.abs([middle, low, high])))
    digits = int(np.clip(2 - np.floor(np.log10(largest)), 0, MOST_DIGITS)) if largest else 0
    plus = "+" if signed and round(middle, digits) > 0 else ""
    if np.isnan(low):
        return plus + decimal(middle, digits)
    sure = f" {SURE}" if signed and (low > 0 or high < 0) else ""
    return f"{plus}{decimal(middle, digits)}{sure}\n{decimal(low, digits)} to {decimal(high, digits)}"
