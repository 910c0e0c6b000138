"""Outcomes of a study with two dimensions, as maps."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.arrays import Floats
from sim.measures.measure import Measure
from sim.study.figures.outcomes import differing, written
from sim.study.figures.planned import wide_ones
from sim.study.figures.scales import Scale, scale_of
from sim.study.figures.study_figure import StudyTables, steps_of

MOST_MAPS = 4
MOST_ROWS = 12
ASLANT_IN = 0.5
MOST_NUMBERS = (12, 8)  # rows and columns with room for a number in each field
COLOURS = "cividis"  # as light as its value for any colour vision, and in grey
DARK = 0.55


def heat_map(study: StudyTables) -> Figure:
    """The first outcomes that differ between points; a field is a point, its number the mean."""
    down, across = wide_ones(study.dimensions)
    outcomes = differing(study.outcomes, study.points)[:MOST_MAPS] or study.outcomes[:1]
    rows = -(-len(outcomes) // 2)
    x, y = scale_of(across), scale_of(down)
    subtitle = "; ".join(filter(None, (f"means over seeds, by {y.title} and {x.title}", y.key, x.key)))
    height_in = 1.5 + rows * (1.1 + ASLANT_IN * x.aslant + 0.42 * min(len(down.steps), MOST_ROWS))
    figure = study.canvas(study.range_of(outcomes[0]), subtitle, height_in)
    panels = figure.subplots(rows, min(2, len(outcomes)), squeeze=False).ravel()
    for axes, outcome in zip(panels, outcomes, strict=False):
        field = np.full((len(down.steps), len(across.steps)), np.nan)  # where the study has no point
        field[steps_of(study.points, down), steps_of(study.points, across)] = outcome.values(study.points)
        _map(axes, field, outcome, x, y)
    for axes in panels[len(outcomes) :]:
        axes.remove()
    return figure


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
            if not np.isnan(value):
                color = "white" if (value - least) / span < DARK else "black"
                axes.text(column, row, written(float(value)), ha="center", va="center", color=color)
