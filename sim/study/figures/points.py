"""Figures with a labelled mark for each point of a study: what it saves, gives away and costs."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from sim.arrays import Floats
from sim.forecast.families import families
from sim.measures.measure import Measure
from sim.outputs.figures.style import BLACK, BLUE, GREY, VERMILLION, WIDTH_IN
from sim.runtime.wording import counted
from sim.study.figures.names import distinct, point_label, value_label
from sim.study.figures.outcomes import (
    COST,
    FORECAST_ERROR,
    LEAK,
    LEAK_OF_BIDS,
    LEAK_OF_TOTALS,
    LEAK_WITH_HIDDEN,
    PERSISTENCE_ERROR,
    SAVING,
    amount,
    written,
)
from sim.study.figures.planned import FAMILY, HIDDEN, ORDERS
from sim.study.figures.scales import LOG_SPAN
from sim.study.figures.study_figure import LOOKS, StudyTables
from sim.study.grid import Values

LABELS = 24  # with room in a figure of ordinary height
LONGEST_LABEL = 56
LABEL_PT, LETTER_IN = 8.5, 0.068
LINE_SHARE = 0.039  # of the panel's height, per label
COSTS = f"proofs and gas ({COST.unit.shown})"


def welfare_and_cost(study: StudyTables) -> Figure:
    """One labelled point per point of the study; above the line the saving pays for its proofs."""
    saving, cost = (_span(outcome.values(study.points), amount) for outcome in (SAVING, COST))
    figure, labels, names_in = _canvas(
        study,
        f"A home saves {saving} a day, and its proofs and gas cost {cost}",
        f"per home and day, whether homes are charged or not; {study.intervals()}",
        study.labels(),
        height_in=6.2,
    )
    axes, names = figure.subplots(1, 2, width_ratios=(WIDTH_IN - names_in, names_in), sharey=True)
    _marks(axes, study, COST, SAVING, across_width=1.5, markersize=6)
    axes.axhline(0, color=GREY, linewidth=1)
    axes.set_xlabel(COSTS)
    axes.set_ylabel(SAVING.titled())
    axes.margins(y=0.08)
    axes.set_ylim(axes.get_ylim())
    _equal(axes, COST.values(study.points))
    _name_points(axes, names, study, SAVING, labels)
    return figure


def _equal(axes: Axes, cost: Floats) -> None:
    """Where saving and cost are equal."""
    least, most = float(np.nanmin(cost)), float(np.nanmax(cost))
    logarithmic = 0 < least < most / LOG_SPAN
    axes.set_xscale("log" if logarithmic else "linear")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda cost, _: f"{cost:g}"))
    axes.set_xlim(least / 2 if logarithmic else 0, (2 if logarithmic else 1.25) * most)
    places = np.geomspace(least / 2, 2 * most, 200) if logarithmic else np.array([0, 2 * most])
    axes.plot(places, places, "--", color=GREY, linewidth=1, label="saving = cost", scaley=False)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 0.99))


def privacy_and_accuracy(study: StudyTables) -> Figure:
    """Two panels with one point per point of the study: leak against error, and against costs."""
    points = study.points
    figure, labels, names_in = _canvas(
        study,
        f"Bids and totals tell {_span(LEAK.values(points), written)} % of the readings' variance",
        f"as if every bid were on chain; {study.intervals()}",
        [_label(study.axes, values) for values in study.values],
        height_in=5.4,
    )
    panel_in = (WIDTH_IN - names_in) / 2
    accuracy, cost, names = figure.subplots(
        1, 3, width_ratios=(1.15 * panel_in, 0.85 * panel_in, names_in), sharey=True
    )
    persistence = float(np.nanmean(PERSISTENCE_ERROR.values(points)))
    _leaks(accuracy, study, FORECAST_ERROR, [persistence])
    _leaks(cost, study, COST, [])
    cost.set_xlabel(COSTS)
    accuracy.axvline(persistence, color=GREY, linewidth=1, linestyle="--", label=PERSISTENCE_ERROR.label)
    accuracy.set_xlabel(FORECAST_ERROR.titled())
    accuracy.set_ylabel(LEAK.titled())
    accuracy.set_ylim(0, 104)
    legend = accuracy.legend(
        loc="lower left", bbox_to_anchor=(-0.01, 0.99), ncols=5, columnspacing=1.2, handletextpad=0.5
    )
    legend.set_in_layout(False)  # it is as wide as both panels
    accuracy.set_title(" ")  # room for it
    _name_points(cost, names, study, LEAK, labels)
    return figure


def _leaks(axes: Axes, study: StudyTables, across: Measure, besides: Sequence[float]) -> None:
    """The leak with its intervals, and as a line that of the meter's totals alone.

    besides: what has to lie within the x axis beside the points; at least a twentieth of the value is left to
    both sides, so that small differences look small
    """
    points, there = study.points, across.values(study.points)
    _marks(axes, study, across, LEAK, across_width=0.6, markersize=6.5, label="bids and totals")
    if across is FORECAST_ERROR:  # the leak's bound, and that of bids alone
        bound, bids = LEAK_WITH_HIDDEN, LEAK_OF_BIDS
        small: dict[str, Any] = {"color": BLACK, "markersize": 4.5}
        axes.plot(there, bound.values(points), "^", label=bound.label, **small)
        axes.plot(there, bids.values(points), "o", label=bids.label, markerfacecolor="white", **small)
    totals = float(np.nanmean(LEAK_OF_TOTALS.values(points)))
    axes.axhline(totals, color=BLACK, linewidth=1, linestyle=":", label=LEAK_OF_TOTALS.label)
    axes.margins(x=0.12)
    (left, right), inside = axes.get_xlim(), [*there, *besides]
    axes.set_xlim(min(left, 0.95 * np.nanmin(inside)), max(right, 1.05 * np.nanmax(inside)))


def privacy_welfare_cost(study: StudyTables) -> Figure:
    """One mark per way to order: saving against leak, its area the cost; lines to the least and the most.

    Means over the points of the other axes.
    """
    dimension = next(each for each in study.dimensions if ORDERS in each.axes)
    groups = study.points.groupby(list(dimension.axes), sort=False)
    by_step = [groups.get_group(step) for step in dimension.steps]
    saving, leak = ([each.values(points) for points in by_step] for each in (SAVING, LEAK))
    cost = np.array([COST.values(points).mean() for points in by_step])
    costs = ["cost not known" if np.isnan(each) else f"{amount(each)} for proofs and gas" for each in cost]
    names = [
        f"{point_label(dimension.axes, step)}: {said}"
        for step, said in zip(dimension.steps, costs, strict=True)
    ]
    x, y = (np.array([values.mean() for values in each]) for each in (saving, leak))
    figure = study.canvas(
        f"Outsiders learn {_span(y, written)} % of the readings, a home saves {_span(x, amount)} a day",
        f"means over {counted(len(by_step[0]), 'point')} of the other axes, lines to the least and the most; "
        "area: proofs and gas per home and day, hollow where not known",
        height_in=5.2,
    )
    axes, looks = figure.subplots(), (*LOOKS, (VERMILLION, "P"))
    largest = float(np.nanmax(np.append(cost, 0))) or 1.0
    for place, (savings, leaks, name) in enumerate(zip(saving, leak, names, strict=True)):
        color, marker = looks[place % len(looks)]
        axes.hlines(y[place], savings.min(), savings.max(), color=color, linewidth=0.8)
        axes.vlines(x[place], leaks.min(), leaks.max(), color=color, linewidth=0.8)
        known = not np.isnan(cost[place])
        area = 40 + 160 * cost[place] / largest if known else 60
        face = color if known else "white"
        axes.scatter(
            [x[place]], [y[place]], area, facecolor=face, edgecolor=color, marker=marker, label=name, zorder=3
        )
    axes.set_xlabel(SAVING.titled())
    axes.set_ylabel(LEAK.titled())
    axes.set_ylim(0, 104)
    axes.legend(loc="lower left", bbox_to_anchor=(-0.01, 1.0), markerscale=0.7)
    return figure


def _label(fields: tuple[str, ...], values: Values) -> str:
    """A point in words, its model as "mlp 8", or as "linear" where the family has no hidden neurons."""
    point = dict(zip(fields, values, strict=True))
    if not {FAMILY, HIDDEN} <= point.keys():
        return point_label(fields, values)
    family, hidden = point.pop(FAMILY), value_label(point.pop(HIDDEN))
    model = f"{family} {hidden}" if families[family].reads_hidden else family
    return ", ".join(filter(None, (model, point_label(list(point), tuple(point.values())))))


def _canvas(
    study: StudyTables, title: str, subtitle: str, names: Sequence[str], height_in: float
) -> tuple[Figure, Sequence[str], float]:
    """A figure high enough for the points' names, these as labels, and how wide a column of them is."""
    labels, key = distinct(names, LONGEST_LABEL)
    below = "; ".join(filter(None, (subtitle, key)))
    figure = study.canvas(title, below, height_in * _more_labels(len(labels)))
    return figure, labels, 0.4 + LETTER_IN * max(map(len, labels))


def _span(values: Floats, text: Callable[[float], str]) -> str:
    low, high = (text(float(end)) for end in (np.nanmin(values), np.nanmax(values)))
    return low if low == high else f"{low} to {high}"


def _marks(
    axes: Axes, study: StudyTables, across: Measure, up: Measure, across_width: float, **how: Any
) -> None:
    """A mark at every point, with both intervals."""
    points, x, y = study.points, across.values(study.points), up.values(study.points)
    axes.vlines(x, up.values(points, "low"), up.values(points, "high"), color=BLUE, linewidth=1.5)
    axes.hlines(
        y, across.values(points, "low"), across.values(points, "high"), color=BLUE, linewidth=across_width
    )
    axes.plot(x, y, "o", color=BLUE, **how)


def _more_labels(labels: int) -> float:
    """How many times its ordinary height a figure needs for so many labels."""
    return max(1.0, labels / LABELS)


def _name_points(axes: Axes, names: Axes, study: StudyTables, up: Measure, labels: Sequence[str]) -> None:
    """Labels in a column beside the panel, as high as their points where there is room, and lines to them."""
    low, high = axes.get_ylim()
    x, y = COST.values(study.points), up.values(study.points)
    names.set_axis_off()
    order = np.argsort(y, kind="stable")
    heights = _spread((y[order] - low) / (high - low), LINE_SHARE / _more_labels(len(labels)))
    for point, height in zip(order, heights, strict=True):
        if np.isnan(y[point]):
            continue
        name = names.annotate(
            labels[point],
            xy=(x[point], y[point]),
            xycoords=axes.transData,
            xytext=(0.0, height),
            textcoords=names.transAxes,
            va="center",
            fontsize=LABEL_PT,
            color=BLACK,
            arrowprops={
                "arrowstyle": "-",
                "color": GREY,
                "linewidth": 0.5,
                "relpos": (0, 0.5),
                "shrinkA": 2,
                "shrinkB": 5,
            },
        )
        name.set_in_layout(False)


def _spread(heights: Floats, apart: float) -> Floats:
    """Ascending heights moved up, and then down from 1 where need be, until they are ``apart``."""
    placed = heights.copy()
    for i in range(1, len(placed)):
        placed[i] = max(placed[i], placed[i - 1] + apart)
    highest: Floats = 1 - apart * np.arange(len(placed), dtype=np.float64)[::-1]
    return np.minimum(placed, highest)
