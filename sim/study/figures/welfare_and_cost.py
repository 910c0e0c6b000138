"""What the market saves a home, against what its proofs and gas cost."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from sim.arrays import Floats
from sim.outputs.figures.style import BLACK, BLUE, GREY, WIDTH_IN
from sim.study.figures.names import distinct
from sim.study.figures.outcomes import COST, SAVING, amount
from sim.study.figures.scales import LOG_SPAN
from sim.study.figures.study_figure import StudyTables

LABELS = 24  # with room in a figure of ordinary height
LONGEST_LABEL = 56
LABEL_PT, LETTER_IN = 8.5, 0.068
HEIGHT_IN = 6.2
LINE_SHARE = 0.039  # of the panel's height, per label


def welfare_and_cost(study: StudyTables) -> Figure:
    """One labelled point per point of the study; above the line the saving pays for its proofs."""
    subtitle = f"per home and day, whether homes are charged or not; {study.intervals()}"
    labels, key = distinct(study.labels(), LONGEST_LABEL)
    height_in = HEIGHT_IN * more_labels(len(labels))
    figure = study.canvas(_title(study), "; ".join(filter(None, (subtitle, key))), height_in)
    names_in = 0.4 + LETTER_IN * max(map(len, labels))
    axes, names = figure.subplots(1, 2, width_ratios=(WIDTH_IN - names_in, names_in), sharey=True)
    cost, saving = COST.values(study.points), SAVING.values(study.points)
    for outcome, lines, there in ((SAVING, axes.vlines, cost), (COST, axes.hlines, saving)):
        ends = outcome.values(study.points, "low"), outcome.values(study.points, "high")
        lines(there, *ends, color=BLUE, linewidth=1.5)
    axes.plot(cost, saving, "o", color=BLUE, markersize=6)
    axes.axhline(0, color=GREY, linewidth=1)
    axes.set_xlabel(f"proofs and gas ({COST.unit.shown})")
    axes.set_ylabel(SAVING.titled())
    axes.margins(y=0.08)
    axes.set_ylim(axes.get_ylim())
    _line(axes, cost)
    name_points(axes, names, cost, saving, labels)
    return figure


def _title(study: StudyTables) -> str:
    saving, cost = (_span(outcome.values(study.points)) for outcome in (SAVING, COST))
    return f"A home saves {saving} a day, and its proofs and gas cost {cost}"


def _span(values: Floats) -> str:
    low, high = (amount(float(end)) for end in (np.nanmin(values), np.nanmax(values)))
    return low if low == high else f"{low} to {high}"


def _line(axes: Axes, cost: Floats) -> None:
    """Where saving and cost are equal."""
    least, most = float(np.nanmin(cost)), float(np.nanmax(cost))
    logarithmic = 0 < least < most / LOG_SPAN
    axes.set_xscale("log" if logarithmic else "linear")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda cost, _: f"{cost:g}"))
    axes.set_xlim(least / 2 if logarithmic else 0, (2 if logarithmic else 1.25) * most)
    places = np.geomspace(least / 2, 2 * most, 200) if logarithmic else np.array([0, 2 * most])
    axes.plot(places, places, "--", color=GREY, linewidth=1, label="saving = cost", scaley=False)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 0.99))


def more_labels(labels: int) -> float:
    """How many times its ordinary height a figure needs for so many labels."""
    return max(1.0, labels / LABELS)


def name_points(axes: Axes, names: Axes, cost: Floats, saving: Floats, labels: Sequence[str]) -> None:
    """Labels in a column beside the panel, as high as their points where there is room, and lines to them."""
    low, high = axes.get_ylim()
    names.set_axis_off()
    order = np.argsort(saving, kind="stable")
    heights = spread((saving[order] - low) / (high - low), LINE_SHARE / more_labels(len(labels)))
    for point, height in zip(order, heights, strict=True):
        if np.isnan(saving[point]):
            continue
        name = names.annotate(
            labels[point],
            xy=(cost[point], saving[point]),
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


def spread(heights: Floats, apart: float) -> Floats:
    """Ascending heights moved up, and then down from 1 where need be, until they are ``apart``."""
    placed = heights.copy()
    for i in range(1, len(placed)):
        placed[i] = max(placed[i], placed[i - 1] + apart)
    highest: Floats = 1 - apart * np.arange(len(placed), dtype=np.float64)[::-1]
    return np.minimum(placed, highest)
