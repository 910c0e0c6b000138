"""What a measure is: how it is computed, in which unit it is stored and shown, and what it means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import floor, inf
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.arrays import Floats
from sim.units import share

if TYPE_CHECKING:
    import pandas as pd

    from sim.outputs.outcome import Outcome


@dataclass(frozen=True)
class Unit:
    """How values are stored, and how people read them: over ``scale``, with so many decimals.

    of: on axes, what a share is of
    """

    stored: str
    shown: str = ""
    scale: float = 1
    decimals: int = 0
    of: str = ""

    def write(self, value: Any) -> str:
        """A value with its unit: "547 Wh", "-$7.17", "$0.134/kWh"; what rounds to nothing has no sign."""
        if isinstance(value, str):
            return value
        number = round(value / self.scale, self.decimals)
        sign, size = "-" if number < 0 else "", f"{abs(number):,.{self.decimals}f}"
        if self.shown.startswith("$"):
            return f"{sign}${size}{self.shown[1:]}"
        return f"{sign}{size} {self.shown}".rstrip()


@dataclass(frozen=True)
class Daily:
    """A sum over days of columns of the table ``days``, or the ratio of two such sums.

    sum, over: columns with their signs, as in "bill_grid_only_nano - bill_nano"; ``over`` is empty for a sum
    least:     below it there is no value
    steps:     how many a unit has, to which a run's value is rounded down exactly; 0 leaves it as it is
    """

    sum: str
    over: str = ""
    least: float = -inf
    steps: int = 0

    def __str__(self) -> str:
        if not self.over:
            return self.sum
        return " / ".join(f"({each})" if " " in each else each for each in (self.sum, self.over))

    def of_run(self, total: Callable[[str], int | None]) -> int | float | None:
        """Its value in a run, of the columns' totals; None where one is unknown, or the ratio of nothing."""
        above: int | None = signed(self.sum, total)
        below: int | None = signed(self.over, total) if self.over else 1
        if above is None or below is None:
            return None
        value = share(above, below) if self.over else above
        if value is None or value < self.least:
            return None
        return floor(Fraction(above, below) * self.steps) / self.steps if self.steps else value


def signed(columns: str, of: Callable[[str], Any]) -> Any:
    """The sum of what columns hold, with their signs; None where one is None."""
    first, *others = columns.split()
    values = [of(name) for name in (first, *others[1::2])]
    if any(value is None for value in values):
        return None
    return sum(
        (value if sign == "+" else -value for sign, value in zip(others[::2], values[1:], strict=True)),
        start=values[0],
    )


@dataclass(frozen=True)
class Measure:
    """One row of the table of measures.

    formula: per day, or of the finished run where it does not add up over days
    label:   its name for people
    meaning: what it says, in a few words
    source:  where it is defined, if anywhere
    stated:  the formula in symbols, where it is no sum over days
    private: whether readings are in it
    of_orders: whether quantities are in it, which sealed orders keep private
    varies:  whether it differs from one run of a scenario to the next: by clocks, by the gas of proofs, which
             are random, or by what the store held
    bundled: whether a bundle has it, computed from the chain alone
    panel:   its place among the panels of a study's figures; 0 is none
    detail:  whether tables of a study's report leave it out
    """

    name: str
    formula: Daily | Callable[[Outcome], Any]
    unit: Unit
    label: str
    meaning: str
    source: str = ""
    stated: str = ""
    private: bool = False
    of_orders: bool = False
    varies: bool = False
    bundled: bool = False
    panel: int = 0
    detail: bool = False

    def titled(self, between: str = " ") -> str:
        """The label with its unit, for an axis or a column."""
        unit = f"{self.unit.shown} {self.unit.of}".strip()
        return f"{self.label}{between}({unit})" if unit else self.label

    def values(self, points: pd.DataFrame, statistic: str = "mean") -> Floats:
        """One value per point of a study, in the unit shown, NaN where there is none."""
        column = points[f"{self.name}_{statistic}"]
        return column.to_numpy(dtype=np.float64, na_value=np.nan) / self.unit.scale

    def known(self, points: pd.DataFrame) -> bool:
        """Whether any point of a study has a value, other than zero throughout."""
        return f"{self.name}_mean" in points and bool(np.nan_to_num(self.values(points)).any())
