"""What a study is made of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sim.errors import InputError
from sim.runtime.wording import counted
from sim.schema.scenario import Scenario

NAME_LENGTH = 16


@dataclass(frozen=True)
class Cell:
    """One run of a study.

    values:  of the study's axes, in their order, as its tables show them
    address: names everything that decides the cell's results
    """

    scenario: Scenario
    values: tuple[Any, ...]
    address: str

    @property
    def name(self) -> str:
        """The cell's directory, and its name in tables."""
        return self.address[:NAME_LENGTH]

    @property
    def seed(self) -> int:
        """The cell's seed."""
        return self.scenario.seed


@dataclass(frozen=True)
class Design:
    """A scenario at many points.

    axes:  dotted names of scenario fields, in file order
    cells: point by point, the last axis fastest, and within a point seed by seed
    """

    name: str
    axes: tuple[str, ...]
    seeds: int
    cells: tuple[Cell, ...]

    @property
    def days(self) -> int:
        """The most days that a cell has."""
        return max(cell.scenario.time.days for cell in self.cells)

    @property
    def size(self) -> str:
        """How many cells there are, as points and seeds, for people."""
        points = counted(len(self.cells) // self.seeds, "point")
        return f"{counted(len(self.cells), 'cell')}, {points} x {counted(self.seeds, 'seed')}"

    def label(self, cell: Cell) -> str:
        """Where a cell stands, for people."""
        return f"{point_text(self.axes, cell.values)}, seed {cell.seed}"


def point_text(axes: Sequence[str], values: Iterable[Any]) -> str:
    """A point as people write it."""
    return ", ".join(f"{axis} = {value}" for axis, value in zip(axes, values, strict=True))


def check_whole(cell: Cell, days: int) -> None:
    """Raise InputError where gaps have shortened a cell's period: all cells of a study live the same days."""
    if days != cell.scenario.time.days:
        raise InputError(
            f'time.days = {cell.scenario.time.days}: population.gaps = "shorten" leaves '
            f"{counted(days, 'day')}, and all cells of a study should have the same; set time.days to the "
            "fewest"
        )
