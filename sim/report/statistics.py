"""What a study says at its points: means with their intervals, and paired differences with theirs."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from sim.arrays import Floats
from sim.report.document import Table, readable
from sim.report.numbers import NOTHING, decimal, listed
from sim.study.cells import point_text
from sim.study.figures.names import point_label
from sim.study.figures.outcomes import (
    AS_YESTERDAY,
    BREAK_EVEN,
    LEAK_OF_BIDS,
    LEAK_OF_TOTALS,
    LEAK_WITH_HIDDEN,
    SAVING,
    SAVING_AFTER_COSTS,
    Outcome,
)
from sim.study.figures.study_figure import StudyTables
from sim.study.grid import Dimension, values_of

BESIDE = (
    SAVING,
    SAVING_AFTER_COSTS,
    BREAK_EVEN,
    AS_YESTERDAY,
    LEAK_OF_BIDS,
    LEAK_OF_TOTALS,
    LEAK_WITH_HIDDEN,
)
"""Outcomes that tables show besides those that figures do."""
PUBLIC = (
    "welfare_share",
    "mean_price",
    "cost_per_home_day",
    "gas_per_order",
    "prove_cpu_s_per_proof",
    "chain_s",
)
"""Measures that no reading is in."""
NAMES = {
    LEAK_OF_BIDS: "leak of bids alone",
    LEAK_OF_TOTALS: "leak of totals alone",
    LEAK_WITH_HIDDEN: "leak, were hidden values public",
}
STATISTICS, OF_DIFFERENCE = ("mean", "low", "high"), ("difference", "low", "high")
MOST_COLUMNS = 4
MOST_DIGITS = 6
SURE = "*"
PAIRED = (
    "Paired differences: the same seeds and days at both points. Below them their 95 % intervals, where "
    f"there are any; {SURE} marks those that leave 0 out. An outcome that is the same everywhere has no "
    "column."
)


def outcomes_of(study: StudyTables) -> list[Outcome]:
    """Every outcome that is known of a study's points."""
    figured = study.outcomes
    return [*figured, *(each for each in BESIDE if each not in figured and each.known(study.points))]


def point_tables(study: StudyTables) -> Iterator[Table]:
    """Means and intervals at every point, a few outcomes to a table."""
    for outcomes in _groups(outcomes_of(study)):
        columns = []
        for outcome in outcomes:
            mean, low, high = (outcome.values(study.points, name) for name in STATISTICS)
            columns.append(_column(mean, low, high))
        yield _table("", list(zip(study.labels(), *columns, strict=True)), outcomes)


def difference_tables(study: StudyTables, differences: pd.DataFrame) -> Iterator[Table]:
    """Differences from the first step of each dimension, a few outcomes to a table."""
    for dimension in study.dimensions:
        own = differences[differences["against"] == point_text(dimension.axes, dimension.steps[0])]
        of = {measure: own[own["measure"] == measure] for measure in own["measure"].unique()}
        known = [outcome for outcome in outcomes_of(study) if outcome.measure in of]
        differing = [each for each in known if of[each.measure][list(OF_DIFFERENCE)].fillna(0).any(axis=None)]
        for outcomes in _groups(differing):
            yield _differences(study, dimension, of, outcomes)


def _differences(
    study: StudyTables, dimension: Dimension, of: dict[str, pd.DataFrame], outcomes: Sequence[Outcome]
) -> Table:
    points, columns = values_of(of[outcomes[0].measure], study.axes), []
    for outcome in outcomes:
        values = of[outcome.measure][list(OF_DIFFERENCE)].to_numpy(np.float64) / outcome.scale
        difference, low, high = values.T
        columns.append(_column(difference, low, high, signed=True))
    labels = [point_label(study.axes, each) for each in points]
    first = point_label(dimension.axes, dimension.steps[0])
    rows = list(zip(labels, *columns, strict=True))
    return _table(f", against {first}, all else equal", rows, outcomes)


def _table(where: str, rows: list[tuple[str, ...]], outcomes: Sequence[Outcome]) -> Table:
    shown, cut = readable(rows, "points")
    names = [NAMES.get(outcome, outcome.name) for outcome in outcomes]
    title = listed(names)
    return Table(
        title[0].upper() + title[1:] + where,
        "l" + "r" * len(outcomes),
        ("point", *(f"{name}\n({each.unit})" for name, each in zip(names, outcomes, strict=True))),
        shown,
        cut,
        private=outcomes[0].measure not in PUBLIC,
    )


def _groups(outcomes: Sequence[Outcome]) -> Iterator[Sequence[Outcome]]:
    """Private ones and public ones apart, in as few tables as will do, of about equal width."""
    public = [outcome for outcome in outcomes if outcome.measure in PUBLIC]
    for kind in ([outcome for outcome in outcomes if outcome not in public], public):
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
