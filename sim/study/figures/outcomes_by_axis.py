"""Outcomes against one dimension of a study, in panels."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from sim.study.figures.outcomes import AS_YESTERDAY, FORECAST_ERROR, Outcome
from sim.study.figures.scales import LOG_SPAN, Scale, scale_of
from sim.study.figures.study_figure import (
    LOOKS,
    StudyTables,
    draw_values,
    places_of,
    series_legend,
)
from sim.study.grid import Dimension

COLUMNS = 3
ROW_IN = 2.35


def outcomes_by_axis(study: StudyTables, dimension: Dimension) -> Figure:
    """A panel per outcome, a line per point of the other dimensions."""
    outcomes = study.outcomes
    rows = -(-len(outcomes) // COLUMNS)
    figure = study.canvas(study.range_of(outcomes[0]), study.intervals(), height_in=1.7 + ROW_IN * rows)
    panels = figure.subplots(rows, COLUMNS, squeeze=False).ravel()
    scale = scale_of(dimension)
    for place, (axes, outcome) in enumerate(zip(panels, outcomes, strict=False)):
        _panel(axes, study, dimension, scale, outcome)
        scale.draw(axes, title=place + COLUMNS >= len(outcomes))
    for axes in panels[len(outcomes) :]:
        axes.remove()
    labels = [label for label, _ in study.series(dimension)]
    if len(labels) > 1:
        series_legend(figure, labels)
    return figure


def _panel(axes: Axes, study: StudyTables, dimension: Dimension, scale: Scale, outcome: Outcome) -> None:
    series = study.series(dimension)
    for look, (_, points) in enumerate(series):
        places = places_of(points, dimension, scale.dodged(look, len(series)))
        draw_values(axes, places, outcome, points, look, scale.numeric)
        if outcome is FORECAST_ERROR:
            yesterday = AS_YESTERDAY.values(points)
            axes.plot(places, yesterday, "_--", color=LOOKS[look][0], linewidth=0.8, markersize=9)
    axes.set_title(outcome.label + ("; dashed: as yesterday" if outcome is FORECAST_ERROR else ""))
    values = outcome.values(study.points)
    if 0 < np.nanmin(values) < np.nanmax(values) / LOG_SPAN:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axes.margins(y=0.12)
