"""Outcomes of a study with two dimensions, as maps."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sim.measures.measure import Measure
from sim.study.figures.outcomes import differing, written
from sim.study.figures.scales import Scale, scale_of
from sim.study.figures.study_figure import StudyTables, steps_of
from sim.study.grid import Dimension

MOST_MAPS = 4
MOST_ROWS = 12
ASLANT_IN = 0.5
MOST_NUMBERS = (12, 8)  # rows and columns with room for a number in each field
COLOURS = "cividis"  # as light as its value for any colour vision, and in grey
DARK = 0.55


def heat_map(study: StudyTables, across: Dimension, down: Dimension) -> Figure:
    """The first outcomes that differ between points; a field is a point, its number the mean."""
    outcomes = differing(study.outcomes, study.points)[:MOST_MAPS] or study.outcomes[:1]
    rows = -(-len(outcomes) // 2)
    x, y = scale_of(across), scale_of(down)
    subtitle = "; ".join(filter(None, (f"means over seeds, by {y.title} and {x.title}", y.key, x.key)))
    height_in = 1.5 + rows * (1.1 + ASLANT_IN * x.aslant + 0.42 * min(len(down.steps), MOST_ROWS))
    figure = study.canvas(study.range_of(outcomes[0]), subtitle, height_in)
    panels = figure.subplots(rows, min(2, len(outcomes)), squeeze=False).ravel()
    for axes, outcome in zip(panels, outcomes, strict=False):
        _map(axes, _field(study.points, outcome, across, down), outcome, x, y)
    for axes in panels[len(outcomes) :]:
        axes.remove()
    return figure


def _field(points: pd.DataFrame, outcome: Measure, across: Dimension, down: Dimension) -> NDArray[np.float64]:
    """Values by step: shape (steps down, steps across), NaN where the study has no point."""
    field = np.full((len(down.steps), len(across.steps)), np.nan)
    field[steps_of(points, down), steps_of(points, across)] = outcome.values(points)
    return field


def _map(axes: Axes, field: NDArray[np.float64], outcome: Measure, across: Scale, down: Scale) -> None:
    image = axes.imshow(field, cmap=COLOURS, aspect="auto")
    axes.set_title(outcome.titled())
    across.number(axes)
    down.number_down(axes, MOST_ROWS)
    axes.grid(visible=False)
    axes.figure.colorbar(image, ax=axes, pad=0.02)
    if field.shape[0] <= MOST_NUMBERS[0] and field.shape[1] <= MOST_NUMBERS[1]:
        least, span = np.nanmin(field), np.ptp(field[~np.isnan(field)]) or 1.0
        for (row, column), value in np.ndenumerate(field):
            if not np.isnan(value):
                color = "white" if (value - least) / span < DARK else "black"
                axes.text(column, row, written(float(value)), ha="center", va="center", color=color)
