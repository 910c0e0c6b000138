"""The dimensions of a study as axes of figures: their names, where their steps stand, and their ticks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from sim.outputs.figures.style import shortened
from sim.scenario import unit_of
from sim.study.grid import Dimension, Values

NAMES = {
    "population.agents": "homes",
    "population.pv_share": "share of homes with PV",
    "forecast.family": "model family",
    "forecast.hidden": "hidden neurons",
    "time.start": "first day",
    "proofs.policy": "proof policy",
    "costs.prover_power_w": "prover power",
}
LOG_SPAN = 100  # what spans more than two decades stands on a logarithmic axis
ROOM = 34  # letters that fit side by side below a panel, and digits
DIGITS = 27
GEOMETRIC = 4  # steps that grow by one factor do so too
MARGIN = 0.09
LONGEST = 14  # letters of a tick label that is written aslant


@dataclass(frozen=True)
class Scale:
    """Where a dimension's steps stand.

    places: one per step; the step's number where steps are categories
    labels: of the steps
    """

    title: str
    places: NDArray[np.float64]
    labels: tuple[str, ...]
    numeric: bool
    logarithmic: bool

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
        aslant = not self.numeric and _letters(self.labels) > ROOM
        shown = self._uncrowded() if self.numeric else range(len(self.places))
        labels = [self.labels[step] for step in shown]
        texts = [shortened(label.replace("\n", " "), LONGEST) for label in labels] if aslant else labels
        axes.set_xticks([self.places[step] for step in shown], texts)
        if aslant:
            axes.tick_params(axis="x", labelrotation=35)
            for label in axes.get_xticklabels():
                label.set(horizontalalignment="right", rotation_mode="anchor")
        axes.set_xlim(self._limits())
        if not self.numeric:
            axes.grid(axis="x", visible=False)
        if title:
            axes.set_xlabel(self.title)

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
    if len(dimension.axes) > 1 or not all(map(_is_number, (step[0] for step in dimension.steps))):
        return Scale(title, np.arange(len(labels), dtype=np.float64), labels, False, False)
    places = np.array([float(step[0]) for step in dimension.steps])
    return Scale(title, places, labels, True, _logarithmic(places))


def _logarithmic(places: NDArray[np.float64]) -> bool:
    if places.min() <= 0:
        return False
    ratios = places[1:] / places[:-1]
    geometric = len(places) >= GEOMETRIC and bool(np.allclose(ratios, ratios[0]))
    return geometric or bool(places.max() > LOG_SPAN * places.min())


def field_name(field: str) -> str:
    """A scenario field as people call it."""
    return NAMES.get(field, field.rpartition(".")[2].replace("_", " "))


def field_label(field: str) -> str:
    """A field's name with its unit, where the name does not say it."""
    section, _, key = field.partition(".")
    name, unit = field_name(field), unit_of(section, key)
    return f"{name} ({unit})" if unit and unit not in name else name


def value_label(value: Any) -> str:
    """A value of an axis, as short as can be."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,.10g}" if _is_number(value) else str(value).removesuffix("T00:00:00").strip("[]{} ")


def point_label(fields: Sequence[str], values: Values) -> str:
    """A point of a study in words, as "clusters 3, homes 15"."""
    return ", ".join(_with_name(field, value) for field, value in zip(fields, values, strict=True))


def _with_name(field: str, value: Any) -> str:
    speaks_for_itself = isinstance(value, str) and field in ("forecast.family", "time.start")
    return value_label(value) if speaks_for_itself else f"{field_name(field)} {value_label(value)}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _letters(labels: Sequence[str]) -> int:
    return sum(max(map(len, label.split("\n"))) + 2 for label in labels)
