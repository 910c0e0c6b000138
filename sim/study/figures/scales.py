"""The dimensions of a study as axes of figures: their names, where their steps stand, and their ticks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from sim.study.figures.names import distinct, field_label, value_label
from sim.study.grid import Dimension

LOG_SPAN = 100  # what spans more than two decades stands on a logarithmic axis
ROOM = 34  # letters that fit side by side below a panel, and digits
DIGITS = 27
GEOMETRIC = 4  # steps that grow by one factor do so too
MARGIN = 0.09
LONGEST = 16  # letters of a tick label that is written aslant
MOST_TICKS = 14  # of them that fit below a panel
LEANING: dict[str, Any] = {"rotation": 35, "horizontalalignment": "right", "rotation_mode": "anchor"}


@dataclass(frozen=True)
class Scale:
    """Where a dimension's steps stand.

    places: one per step; the step's number where steps are categories
    labels: of the steps, no two equal
    aslant: whether labels lie side by side only so
    key:    what labels do not say themselves, for a subtitle; mostly empty
    """

    title: str
    places: NDArray[np.float64]
    labels: tuple[str, ...]
    numeric: bool
    logarithmic: bool
    aslant: bool = False
    key: str = ""

    def dodged(self, series: int, of: int) -> NDArray[np.float64]:
        """The places, moved a little so that several series do not hide each other."""
        aside = (series - (of - 1) / 2) * (0.02 if self.numeric else 0.1)
        if self.logarithmic:
            return np.asarray(self.places * (self.places.max() / self.places.min()) ** aside)
        return np.asarray(self.places + aside * (np.ptp(self.places) if self.numeric else 1))

    def draw(self, axes: Axes, title: bool = True) -> None:
        """Scale, ticks and title of the x axis."""
        if self.logarithmic:
            axes.set_xscale("log")
            axes.minorticks_off()
        shown = (
            self._uncrowded() if self.numeric else list(range(0, len(self.places), self._apart(MOST_TICKS)))
        )
        labels = [self.labels[step] for step in shown]
        axes.set_xticks([self.places[step] for step in shown], labels, **(LEANING if self.aslant else {}))
        axes.set_xlim(self._limits())
        if not self.numeric:
            axes.grid(axis="x", visible=False)
        if title:
            axes.set_xlabel(self.title)

    def number(self, axes: Axes) -> None:
        """Ticks of an x axis on which steps stand at 0, 1, 2…, whatever they are."""
        apart = self._apart(
            MOST_TICKS if self.aslant else max(1, ROOM * len(self.labels) // _letters(self.labels))
        )
        leaning = LEANING if self.aslant else {}
        axes.set_xticks(range(0, len(self.labels), apart), self.labels[::apart], **leaning)
        axes.set_xlabel(self.title)

    def number_down(self, axes: Axes, most: int) -> None:
        """The same of a y axis, at most so many of them."""
        apart = self._apart(most)
        axes.set_yticks(range(0, len(self.labels), apart), self.labels[::apart])
        axes.set_ylabel(self.title)

    def _apart(self, most: int) -> int:
        """Every how many steps a tick stands where there is room for so many."""
        return -(-len(self.labels) // most)

    def _limits(self) -> tuple[float, float]:
        low, high = float(self.places.min()), float(self.places.max())
        if self.logarithmic:
            beside = (high / low) ** MARGIN
            return low / beside, high * beside
        beside = MARGIN * (high - low) if self.numeric and high > low else 0.6
        return low - beside, high + beside

    def _uncrowded(self) -> list[int]:
        """Steps whose labels have room, the first among them."""
        places = np.log(self.places) if self.logarithmic else self.places
        span, shown = np.ptp(places) or 1.0, [0]
        for step in range(1, len(places)):
            letters = (len(self.labels[step]) + len(self.labels[shown[-1]])) / 2 + 1
            if (places[step] - places[shown[-1]]) / span > letters / DIGITS:
                shown.append(step)
        return shown


def scale_of(dimension: Dimension) -> Scale:
    """Numbers stand where they are; on a logarithmic axis if they span two decades or grow by one factor."""
    title = ", ".join(field_label(field) for field in dimension.axes)
    labels = tuple("\n".join(map(value_label, step)) for step in dimension.steps)
    numbers = all(
        isinstance(step[0], int | float) and not isinstance(step[0], bool) for step in dimension.steps
    )
    if len(dimension.axes) > 1 or not numbers:
        return _categories(title, labels)
    places = np.array([float(step[0]) for step in dimension.steps])
    return Scale(title, places, labels, True, _logarithmic(places))


def _categories(title: str, labels: tuple[str, ...]) -> Scale:
    """Steps side by side, under labels as they are, or short ones aslant and a key to them."""
    places = np.arange(len(labels), dtype=np.float64)
    if _letters(labels) <= ROOM and len(set(labels)) == len(labels):
        return Scale(title, places, labels, False, False)
    short, key = distinct([label.replace("\n", ", ") for label in labels], LONGEST)
    aslant = _letters(short) > ROOM
    return Scale(title, places, short, False, False, aslant, f"{title}: {key}" if key else "")


def _logarithmic(places: NDArray[np.float64]) -> bool:
    if places.min() <= 0:
        return False
    ratios = places[1:] / places[:-1]
    geometric = len(places) >= GEOMETRIC and bool(np.allclose(ratios, ratios[0]))
    return geometric or bool(places.max() > LOG_SPAN * places.min())


def _letters(labels: Sequence[str]) -> int:
    return sum(max(map(len, label.split("\n"))) + 2 for label in labels)
