"""What a layout reads from an export, and which layouts there are."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from sim.imports.answers import Answers, Kind, Label, Question
from sim.imports.sheet import Numbers, Sheet
from sim.registry import Registry

Quantity = Literal["load", "pv", "import", "export", "temperature"]
QUANTITIES: tuple[Quantity, ...] = ("load", "pv", "import", "export", "temperature")


@dataclass(frozen=True)
class Stamps:
    """Times as a file gives them; one object for all series that share them.

    local:    wall clock as written, datetime64[s], shape (readings,)
    offset_s: seconds east of UTC, int64, shape (readings,), where the file gives them, else None
    """

    local: NDArray[np.datetime64]
    offset_s: NDArray[np.int64] | None = None


@dataclass(frozen=True)
class Series:
    """The readings of one quantity of one home, in the file's order; several of one home and quantity add up.

    home:     as the file calls it
    column:   what the quantity is called in the file
    unit:     Wh, kWh, MWh (energy, counter), W, kW, MW (power) or °C
    values:   10^-9 of the unit, int64, shape (readings,)
    missing:  where there is no value, shape (readings,)
    """

    home: str
    quantity: Quantity
    column: str
    kind: Kind
    unit: str
    stamps: Stamps
    values: NDArray[np.int64]
    missing: NDArray[np.bool_]


@dataclass(frozen=True)
class Export:
    """All that one file holds.

    label:     whether times are starts or ends of intervals, where the layout's public description says it
    zone:      IANA name of the zone of the times, where the layout's public description says it
    taken:     what each column was taken for, a line each, printed
    questions: what the file leaves open; series then hold any value in its place, and nothing is written
    """

    series: tuple[Series, ...]
    label: Label | None = None
    zone: str | None = None
    taken: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()


class Layout(ABC):
    """A layout that exports come in: a frozen dataclass without fields, registered in ``layouts``.

    name:    what ``--layout`` calls it
    meaning: what it is, in a few words
    source:  where it is described in public
    generic: whether it is a shape that many exports have, which an adapter's own layout goes before; what its
             titles say of units is then doubted where no home could have such readings
    """

    name: ClassVar[str]
    meaning: ClassVar[str]
    source: ClassVar[str]
    generic: ClassVar[bool] = False

    @abstractmethod
    def recognises(self, sheet: Sheet) -> bool:
        """Whether a sheet is in this layout, by its titles and first rows."""

    @abstractmethod
    def export(self, sheet: Sheet, answers: Answers) -> Export:
        """All readings of a sheet. Raises InputError for what is no reading, naming line and column, and
        OpenQuestionsError where nothing can be read before they are answered."""


layouts = Registry[Layout]("layout", Layout, settable=False, in_scenarios=False)  # type: ignore[type-abstract]


def series_of(
    home: str, quantity: Quantity, column: str, kind: Kind, unit: str, stamps: Stamps, numbers: Numbers
) -> Series:
    """A series of the numbers of a column."""
    return Series(home, quantity, column, kind, unit, stamps, numbers.values, numbers.missing)


def homes_of(series: Iterable[Series]) -> tuple[str, ...]:
    """Homes in the order of their first series; the temperature is nobody's."""
    return tuple(dict.fromkeys(each.home for each in series if each.quantity != "temperature"))
