"""Outcomes of a study with two dimensions, as maps."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sim.study.figures.outcomes import Outcome, differing, written
from sim.study.figures.scales import scale_of
from sim.study.figures.study_figure import StudyTables
from sim.study.grid import Dimension, values_of

MOST_MAPS = 4
MOST_NUMBERS = (12, 8)  # rows and columns with room for a number in each field
COLOURS = "cividis"  # as light as its value for any colour vision, and in grey
DARK = 0.55


def heat_map(study: StudyTables, across: Dimension, down: Dimension) -> Figure:
    """The first outcomes that differ between points; a field is a point, its number the mean."""
    outcomes = differing(study.outcomes, study.points)[:MOST_MAPS] or study.outcomes[:1]
    rows = -(-len(outcomes) // 2)
    names = f"{scale_of(down).title} and {scale_of(across).title}"
    height_in = 1.5 + rows * (1.1 + 0.42 * min(len(down.steps), 12))
    figure = study.canvas(study.range_of(outcomes[0]), f"means over seeds, by {names}", height_in)
    panels = figure.subplots(rows, min(2, len(outcomes)), squeeze=False).ravel()
    for axes, outcome in zip(panels, outcomes, strict=False):
        _map(axes, _field(study.points, outcome, across, down), outcome, across, down)
    for axes in panels[len(outcomes) :]:
        axes.remove()
    return figure


def _field(points: pd.DataFrame, outcome: Outcome, across: Dimension, down: Dimension) -> NDArray[np.float64]:
    """Values by step: shape (steps down, steps across), NaN where the study has no point."""
    field = np.full((len(down.steps), len(across.steps)), np.nan)
    rows, columns = (
        [dimension.steps.index(step) for step in values_of(points, dimension.axes)]
        for dimension in (down, across)
    )
    field[rows, columns] = outcome.values(points)
    return field


def _map(
    axes: Axes, field: NDArray[np.float64], outcome: Outcome, across: Dimension, down: Dimension
) -> None:
    image = axes.imshow(field, cmap=COLOURS, aspect="auto")
    axes.set_title(outcome.label)
    x, y = scale_of(across), scale_of(down)
    axes.set_xticks(range(len(x.labels)), x.labels)
    axes.set_yticks(range(len(y.labels)), y.labels)
    axes.set_xlabel(x.title)
    axes.set_ylabel(y.title)
    axes.grid(visible=False)
    axes.figure.colorbar(image, ax=axes, pad=0.02)
    if field.shape[0] <= MOST_NUMBERS[0] and field.shape[1] <= MOST_NUMBERS[1]:
        least, span = np.nanmin(field), np.ptp(field[~np.isnan(field)]) or 1.0
        for (row, column), value in np.ndenumerate(field):
            if not np.isnan(value):
                color = "white" if (value - least) / span < DARK else "black"
                axes.text(column, row, written(float(value)), ha="center", va="center", color=color)
