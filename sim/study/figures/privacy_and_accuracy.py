"""How much bids give away, against how good their forecasts are and what their proofs cost."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.arrays import Floats
from sim.forecast.families import families
from sim.measures.measure import Measure
from sim.outputs.figures.style import BLACK, BLUE, GREY, WIDTH_IN
from sim.study.figures.names import distinct, point_label, value_label
from sim.study.figures.outcomes import (
    COST,
    FORECAST_ERROR,
    LEAK,
    LEAK_OF_BIDS,
    LEAK_OF_TOTALS,
    LEAK_WITH_HIDDEN,
    PERSISTENCE_ERROR,
    written,
)
from sim.study.figures.planned import FAMILY, HIDDEN
from sim.study.figures.study_figure import StudyTables
from sim.study.figures.welfare_and_cost import LETTER_IN, LONGEST_LABEL, more_labels, name_points
from sim.study.grid import Values

HEIGHT_IN = 5.4


def privacy_and_accuracy(study: StudyTables) -> Figure:
    """Two panels with one point per point of the study: leak against error, and against costs."""
    labels, key = distinct([_label(study.axes, values) for values in study.values], LONGEST_LABEL)
    subtitle = "; ".join(filter(None, ("as if every bid were on chain", study.intervals(), key)))
    figure = study.canvas(_title(study), subtitle, HEIGHT_IN * more_labels(len(labels)))
    names_in = 0.4 + LETTER_IN * max(map(len, labels))
    panel_in = (WIDTH_IN - names_in) / 2
    accuracy, cost, names = figure.subplots(
        1, 3, width_ratios=(1.15 * panel_in, 0.85 * panel_in, names_in), sharey=True
    )
    persistence = float(np.nanmean(PERSISTENCE_ERROR.values(study.points)))
    for axes, across, besides in ((accuracy, FORECAST_ERROR, [persistence]), (cost, COST, [])):
        _panel(axes, study, across, besides)
    accuracy.axvline(persistence, color=GREY, linewidth=1, linestyle="--", label=PERSISTENCE_ERROR.label)
    accuracy.set_ylabel(LEAK.titled())
    accuracy.set_ylim(0, 104)
    legend = accuracy.legend(
        loc="lower left", bbox_to_anchor=(-0.01, 0.99), ncols=5, columnspacing=1.2, handletextpad=0.5
    )
    legend.set_in_layout(False)  # it is as wide as both panels
    accuracy.set_title(" ")  # room for it
    name_points(cost, names, COST.values(study.points), LEAK.values(study.points), labels)
    return figure


def _title(study: StudyTables) -> str:
    leaks = LEAK.values(study.points)
    low, high = written(float(np.nanmin(leaks))), written(float(np.nanmax(leaks)))
    span = low if low == high else f"{low} to {high}"
    return f"Bids and totals tell {span} % of the readings' variance"


def _panel(axes: Axes, study: StudyTables, across: Measure, besides: Sequence[float]) -> None:
    """The leak with its intervals, and as a line that of the meter's totals alone.

    besides: what has to lie within the x axis beside the points
    """
    points, there = study.points, across.values(study.points)
    leak, totals = LEAK.values(points), float(np.nanmean(LEAK_OF_TOTALS.values(points)))
    axes.vlines(there, LEAK.values(points, "low"), LEAK.values(points, "high"), color=BLUE, linewidth=1.5)
    axes.hlines(leak, across.values(points, "low"), across.values(points, "high"), color=BLUE, linewidth=0.6)
    axes.plot(there, leak, "o", color=BLUE, markersize=6.5, label="bids and totals")
    if across is FORECAST_ERROR:
        _parts(axes, study, there)
    axes.axhline(totals, color=BLACK, linewidth=1, linestyle=":", label=LEAK_OF_TOTALS.label)
    axes.set_xlabel(across.titled() if across is FORECAST_ERROR else f"proofs and gas ({COST.unit.shown})")
    axes.margins(x=0.12)
    _wide(axes, np.array([*there, *besides]))


def _parts(axes: Axes, study: StudyTables, there: Floats) -> None:
    """The leak's bound, and that of bids alone."""
    bound, bids = LEAK_WITH_HIDDEN, LEAK_OF_BIDS
    axes.plot(there, bound.values(study.points), "^", color=BLACK, markersize=4.5, label=bound.label)
    (hollow,) = axes.plot(
        there, bids.values(study.points), "o", color=BLACK, markersize=4.5, label=bids.label
    )
    hollow.set_markerfacecolor("white")


def _wide(axes: Axes, values: Floats) -> None:
    """At least a twentieth of the value to both sides, so that small differences look small."""
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    left, right = axes.get_xlim()
    axes.set_xlim(min(left, 0.95 * low), max(right, 1.05 * high))


def _label(fields: tuple[str, ...], values: Values) -> str:
    """A point in words, its model as "mlp 8", or as "linear" where the family has no hidden neurons."""
    point = dict(zip(fields, values, strict=True))
    if not {FAMILY, HIDDEN} <= point.keys():
        return point_label(fields, values)
    family, hidden = point.pop(FAMILY), value_label(point.pop(HIDDEN))
    model = f"{family} {hidden}" if families[family].reads_hidden else family
    return ", ".join(filter(None, (model, point_label(list(point), tuple(point.values())))))
