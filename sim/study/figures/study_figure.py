"""What all figures of a study have in common: its points, and a canvas that says how it was made."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D

from sim.arrays import Floats
from sim.measures.measure import Measure
from sim.outputs.figures.style import BLACK, BLUE, GREEN, ORANGE, canvas
from sim.study.bootstrap import FEWEST_SEEDS, basis_of_intervals
from sim.study.figures.names import point_label
from sim.study.figures.outcomes import GAS_PER_ORDER, SAVING_AFTER_COSTS, SAVINGS_SHARE, panels, written
from sim.study.figures.planned import MOST_SERIES
from sim.study.grid import Dimension, Values, dimensions_of, values_of

LOOKS = ((BLUE, "o"), (ORANGE, "s"), (BLACK, "^"), (GREEN, "D"))
assert len(LOOKS) == MOST_SERIES
LONGEST_LEGEND = 105  # letters side by side
LEGEND_ROW_IN = 0.22


@dataclass(frozen=True)
class StudyTables:
    """A study as its figures see it: name, axes, and the tables of cells and points."""

    name: str
    axes: tuple[str, ...]
    cells: pd.DataFrame
    points: pd.DataFrame

    @cached_property
    def values(self) -> list[Values]:
        """The axes' values at each point."""
        return values_of(self.points, self.axes)

    @cached_property
    def dimensions(self) -> tuple[Dimension, ...]:
        """What the axes span."""
        return dimensions_of(self.values, self.axes)

    @cached_property
    def outcomes(self) -> list[Measure]:
        """What is known of its points; gas only where a verifier used it, and not a stub.

        Where homes are charged, what is left after costs stands in place of its share of foresight's, which
        is charged as much and may save nothing.
        """
        proved = bool((self.cells["proof_policy"] == "all").all())
        charged = bool(self.cells["costs_charged"].astype(bool).any())
        unfit = {
            outcome for outcome, fits in ((GAS_PER_ORDER, proved), (SAVINGS_SHARE, not charged)) if not fits
        }
        known = [outcome for outcome in panels(self.points) if outcome not in unfit]
        return [SAVING_AFTER_COSTS, *known] if charged and SAVING_AFTER_COSTS.known(self.points) else known

    def labels(self) -> list[str]:
        """The points in words."""
        return [point_label(self.axes, values) for values in self.values]

    def series(self, dimension: Dimension) -> list[tuple[str, pd.DataFrame]]:
        """Points that differ in one dimension only: the others' values in words, and these points."""
        others = [axis for axis in self.axes if axis not in dimension.axes]
        if not others:
            return [("", self.points)]
        rest = values_of(self.points, others)
        return [
            (point_label(others, which), self.points[[each == which for each in rest]])
            for which in dict.fromkeys(rest)
        ]

    def canvas(self, title: str, subtitle: str, height_in: float) -> Figure:
        """An empty figure, the study's name, seeds and proof policy as its small print."""
        seeds = sorted(set(self.cells["seed"]))
        policies = sorted(set(self.cells["proof_policy"].astype(str)))
        summary = {
            "scenario": self.name,
            "seed": f"{seeds[0]}" if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}",
            "proof_policy": ", ".join(policies),
            "chain_backend": ", ".join(sorted(set(self.cells["chain_backend"].astype(str)))),
        }
        return canvas(title, subtitle, summary, height_in)

    def range_of(self, outcome: Measure) -> str:
        """Between what an outcome lies, and where it is highest if intervals leave no doubt."""
        texts = [written(value) for value in outcome.values(self.points)]
        values, unit = outcome.values(self.points), f" {outcome.unit.shown.split(' ')[0]}".rstrip()
        lowest, highest = int(np.nanargmin(values)), int(np.nanargmax(values))
        name = outcome.label.capitalize()
        unknown = int(np.isnan(values).sum())
        where = f" at the {len(values) - unknown} of {len(values)} points that have one" if unknown else ""
        if texts[lowest] == texts[highest]:
            return f"{name} is {texts[lowest]}{unit}{where or ' everywhere'}"
        best = f", highest at {self.labels()[highest]}" if self._stands_out(outcome, highest) else ""
        return f"{name} lies between {texts[lowest]} and {texts[highest]}{unit}{where or best}"

    def _stands_out(self, outcome: Measure, point: int) -> bool:
        """Whether a point's interval lies above those of all others."""
        low, high = outcome.values(self.points, "low"), outcome.values(self.points, "high")
        return bool((low[point] > np.delete(high, point)).all())  # never where one is unknown

    def intervals(self) -> str:
        """What the bars of a figure are, or why there are none."""
        seeds, days = int(self.points["seeds"].max()), int(self.points["days"].max())
        basis = basis_of_intervals(seeds, days)
        return basis if self.few_seeds else f"bars: {basis}"

    @property
    def few_seeds(self) -> bool:
        """Whether no point has seeds enough for intervals."""
        return int(self.points["seeds"].max()) < FEWEST_SEEDS


def steps_of(points: pd.DataFrame, dimension: Dimension) -> list[int]:
    """At which step of a dimension each point is."""
    return [dimension.steps.index(step) for step in values_of(points, dimension.axes)]


def draw_values(
    axes: Axes, places: Floats, outcome: Measure, points: pd.DataFrame, look: int, line: bool
) -> None:
    """Means with their intervals."""
    color, marker = LOOKS[look]
    style = "-" if line else ""
    axes.vlines(
        places, outcome.values(points, "low"), outcome.values(points, "high"), color=color, linewidth=2
    )
    axes.plot(places, outcome.values(points), marker + style, color=color, markersize=5, linewidth=1)


def series_legend(figure: Figure, labels: Sequence[str]) -> None:
    """A legend between subtitle and panels, which make room for it."""
    columns = len(labels) if sum(len(label) + 6 for label in labels) <= LONGEST_LEGEND else 2
    handles = [
        Line2D([], [], marker=marker, color=color, markersize=5, linewidth=1, label=label)
        for (color, marker), label in zip(LOOKS, labels, strict=False)
    ]
    engine = figure.get_layout_engine()
    assert isinstance(engine, ConstrainedLayoutEngine)
    left, bottom, width, height = engine.get()["rect"]
    legend = figure.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(0, bottom + height), ncols=columns
    )
    legend.set_in_layout(False)
    room = (LEGEND_ROW_IN * -(-len(labels) // columns) + 0.1) / figure.get_size_inches()[1]
    engine.set(rect=(left, bottom, width, height - room))
