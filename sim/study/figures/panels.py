"""Outcomes in panels: against one dimension of a study, and as maps over its two."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from sim.arrays import Floats
from sim.measures.measure import Measure
from sim.outputs.figures.style import BLACK, GREY
from sim.study.figures.names import distinct
from sim.study.figures.outcomes import FORECAST_ERROR, PERSISTENCE_ERROR, written
from sim.study.figures.planned import NO_INTERVALS, averaged, averaged_in_map, wide_ones
from sim.study.figures.scales import LOG_SPAN, Scale, scale_of
from sim.study.figures.study_figure import (
    LONGEST_LEGEND,
    LOOKS,
    StudyTables,
    draw_values,
    series_legend,
    steps_of,
)
from sim.study.grid import Dimension

COLUMNS = 3
ROW_IN = 2.35
ASLANT_IN = 0.5  # more, where labels of ticks are written aslant
PALER = 0.45
MOST_MAPS, MOST_ROWS = 4, 12
MOST_NUMBERS = (12, 8)  # rows and columns of a map with room for a number in each field
COLOURS = "cividis"  # as light as its value for any colour vision, and in grey
DARK = 0.55


def outcomes_by_axis(study: StudyTables, dimension: Dimension) -> Figure:
    """A panel per outcome, a line per point of the other dimensions, or their mean where these are many."""
    outcomes = study.outcomes
    rows = -(-len(outcomes) // COLUMNS)
    scale, means = scale_of(dimension), averaged(dimension, study.dimensions)
    series = study.series(dimension)
    alone = means or len(series) == 1
    labels, key = ((), "") if alone else distinct([label for label, _ in series], LONGEST_LEGEND // 2 - 6)
    how = _of_means(study, means) if means else study.intervals()
    subtitle = "; ".join(filter(None, (how, scale.key, key)))
    height_in = 1.7 + (ROW_IN + ASLANT_IN * scale.aslant) * rows
    figure = study.canvas(study.range_of(outcomes[0]), subtitle, height_in)
    panels = figure.subplots(rows, COLUMNS, squeeze=False).ravel()
    draw = _mean_panel if means else _panel
    for place, (axes, outcome) in enumerate(zip(panels, outcomes, strict=False)):
        draw(axes, study, dimension, scale, outcome)
        _finish(axes, study, outcome)
        scale.draw(axes, title=place + COLUMNS >= len(outcomes))
    for axes in panels[len(outcomes) :]:
        axes.remove()
    if labels:
        series_legend(figure, labels)
    return figure


def _of_means(study: StudyTables, means: str) -> str:
    none = study.intervals() if study.few_seeds else NO_INTERVALS
    return f"large marks: {means}; dots: the points themselves; {none}"


def _panel(axes: Axes, study: StudyTables, dimension: Dimension, scale: Scale, outcome: Measure) -> None:
    series = study.series(dimension)
    for look, (_, points) in enumerate(series):
        places = scale.dodged(look, len(series))[steps_of(points, dimension)]
        draw_values(axes, places, outcome, points, look, scale.numeric)
        if outcome is FORECAST_ERROR:
            persistence = PERSISTENCE_ERROR.values(points)
            axes.plot(places, persistence, "_--", color=LOOKS[look][0], linewidth=0.8, markersize=9)


def _mean_panel(axes: Axes, study: StudyTables, dimension: Dimension, scale: Scale, outcome: Measure) -> None:
    """All points, pale, and the mean of those that differ in this dimension only."""
    places = scale.places[steps_of(study.points, dimension)]
    axes.plot(places, outcome.values(study.points), "o", color=GREY, alpha=PALER, markersize=3)
    color, marker = LOOKS[0]
    style = "-" if scale.numeric else ""
    means = marginal_means(study, dimension, outcome)
    axes.plot(scale.places, means, marker + style, color=color, markersize=5.5, linewidth=1.2)
    if outcome is FORECAST_ERROR:
        persistence = marginal_means(study, dimension, PERSISTENCE_ERROR)
        axes.plot(scale.places, persistence, "_--", color=BLACK, linewidth=0.8, markersize=9)


def marginal_means(study: StudyTables, dimension: Dimension, outcome: Measure) -> Floats:
    """By step of a dimension, the mean over the points of all others that have a value at every step.

    Shape (steps,); NaN where there is no such point: means over different points would differ for that alone.
    """
    rows = []
    for _, points in study.series(dimension):
        row = np.full(len(dimension.steps), np.nan)
        row[steps_of(points, dimension)] = outcome.values(points)
        rows.append(row)
    whole = np.array([row for row in rows if not np.isnan(row).any()])
    return np.asarray(whole.mean(axis=0)) if len(whole) else np.full(len(dimension.steps), np.nan)


def _finish(axes: Axes, study: StudyTables, outcome: Measure) -> None:
    axes.set_title(outcome.titled() + ("; dashed: persistence" if outcome is FORECAST_ERROR else ""))
    values = outcome.values(study.points)
    if 0 < np.nanmin(values) < np.nanmax(values) / LOG_SPAN:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axes.margins(y=0.12)


def heat_map(study: StudyTables) -> Figure:
    """The first outcomes that differ between points, over the last two axes; a field's number is the mean."""
    down, across = wide_ones(study.dimensions)[-2:]
    fields = {outcome: mean_field(study, outcome, down, across) for outcome in study.outcomes}
    outcomes = [each for each in study.outcomes if _differs(fields[each])][:MOST_MAPS] or study.outcomes[:1]
    rows = -(-len(outcomes) // 2)
    x, y = scale_of(across), scale_of(down)
    others = averaged_in_map(study.dimensions)
    means = f"means over seeds, by {y.title} and {x.title}"
    subtitle = "; ".join(filter(None, (means, others, y.key, x.key)))
    height_in = 1.5 + rows * (1.1 + ASLANT_IN * x.aslant + 0.42 * min(len(down.steps), MOST_ROWS))
    figure = study.canvas(study.range_of(outcomes[0]), subtitle, height_in)
    panels = figure.subplots(rows, min(2, len(outcomes)), squeeze=False).ravel()
    for axes, outcome in zip(panels, outcomes, strict=False):
        _map(axes, fields[outcome], outcome, x, y)
    for axes in panels[len(outcomes) :]:
        axes.remove()
    return figure


def mean_field(study: StudyTables, outcome: Measure, down: Dimension, across: Dimension) -> Floats:
    """Over two dimensions the mean over all others: shape (steps down, steps across).

    NaN where a point of the others is missing or has no value: means over different points would differ for
    that alone.
    """
    places = steps_of(study.points, down), steps_of(study.points, across)
    count, total = np.zeros((2, len(down.steps), len(across.steps)))
    np.add.at(count, places, 1)
    np.add.at(total, places, outcome.values(study.points))
    return np.divide(total, count, out=np.full_like(total, np.nan), where=count == count.max())


def _differs(field: Floats) -> bool:
    """Whether its numbers read differently."""
    return len({written(value) for value in field[~np.isnan(field)]}) > 1


def _map(axes: Axes, field: Floats, outcome: Measure, across: Scale, down: Scale) -> None:
    image = axes.imshow(field, cmap=COLOURS, aspect="auto")
    axes.set_title(outcome.titled())
    across.number(axes)
    down.number_down(axes, MOST_ROWS)
    axes.grid(visible=False)
    axes.figure.colorbar(image, ax=axes, pad=0.02)
    if field.shape[0] <= MOST_NUMBERS[0] and field.shape[1] <= MOST_NUMBERS[1]:
        least, span = np.nanmin(field), np.ptp(field[~np.isnan(field)]) or 1.0
        for (row, column), value in np.ndenumerate(field):
            color = "white" if (value - least) / span < DARK else "black"
            number = "-" if np.isnan(value) else written(float(value))
            axes.text(column, row, number, ha="center", va="center", color=color)
