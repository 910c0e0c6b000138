"""What a figure shows, read back from its artists."""

from typing import NamedTuple

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import StepPatch
from matplotlib.text import Text

from sim.page.timeline import Perspective, Timeline, Viewer
from sim.page.views.homes import bills, forecast_and_actual
from sim.page.views.market import prices_and_volumes, supply_and_demand
from sim.page.views.neighbourhood import neighbourhood

PUBLIC = (supply_and_demand, prices_and_volumes, neighbourhood)
PRIVATE = (bills, forecast_and_actual)
NAMES = [view.__name__ for view in (*PUBLIC, *PRIVATE)]


class Word(NamedTuple):
    """A text as it was drawn; the box in pixels, (left, bottom, right, top)."""

    text: str
    box: np.ndarray


def drawn(
    name: str, timeline: Timeline, slot: int, viewer: Viewer = Viewer.EVERYTHING, home: int = 0
) -> Figure:
    for public in PUBLIC:
        if public.__name__ == name:
            return public(timeline, slot)
    (private,) = (view for view in PRIVATE if view.__name__ == name)
    return private(timeline, slot, Perspective(viewer, home))


def title(figure: Figure) -> str:
    return figure.get_suptitle()


def words(figure: Figure) -> list[Word]:
    """All texts that are drawn, and where."""
    found = []

    def noted(text: Text, renderer: RendererBase) -> None:
        if text.get_visible() and text.get_text().strip():
            found.append(Word(text.get_text(), text.get_window_extent(renderer).extents))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Text, "draw", noted)
        figure.draw_without_rendering()
    return found


def texts(figure: Figure) -> str:
    return "\n".join(text.get_text() for text in figure.findobj(Text))


def steps(axes: Axes, label: str) -> np.ndarray:
    """Heights of a stepped line or area by its label."""
    (found,) = (p for p in axes.patches if isinstance(p, StepPatch) and p.get_label() == label)
    return np.asarray(found.get_data().values, dtype=float)


def line(axes: Axes, label: str) -> np.ndarray:
    """Points of a line by its label: shape (points, 2)."""
    (found,) = (artist for artist in axes.lines if artist.get_label() == label)
    assert isinstance(found, Line2D)
    return np.asarray(found.get_xydata(), dtype=float)
