"""How reports write numbers: in the units that people use, a dash where nothing is known."""

from typing import Any

import pandas as pd

from sim.measures.table import measure
from sim.units import dollars, kwh

NOTHING = "-"
SPACE = "\N{NO-BREAK SPACE}"


def is_known(value: Any) -> bool:
    """Whether there is a value at all."""
    return value is not None and not pd.isna(value)


def records(table: pd.DataFrame) -> list[Any]:
    """A table's rows, with its columns as attributes."""
    return list(table.itertuples())


def from_one(index: Any) -> str:
    """What tables number from 0, as people count: from 1."""
    return f"{index + 1}"


def whole(value: Any) -> str:
    """A count."""
    return f"{round(value):,}" if is_known(value) else NOTHING


def decimal(value: Any, digits: int) -> str:
    """A real number with so many digits behind the point."""
    return _unsigned_zero(value, digits) if is_known(value) else NOTHING


def told(name: str, value: Any) -> str:
    """A value of a measure, in the unit that people use."""
    return measure(name).unit.write(value).replace(" ", SPACE) if is_known(value) else NOTHING


def amount(nano: Any, signed: bool = False) -> str:
    """nano-$ as $, for columns that say the unit themselves."""
    if not is_known(nano):
        return NOTHING
    sign = "+" if signed and round(dollars(nano), 2) > 0 else ""
    return sign + _unsigned_zero(dollars(nano), 2)


def energy(wh: Any) -> str:
    """Wh as kWh, for columns that say the unit themselves."""
    return decimal(kwh(wh), 1) if is_known(wh) else NOTHING


def listed(words: list[str]) -> str:
    """Words as a list in a sentence."""
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]])) if words else "none"


def _unsigned_zero(value: float, digits: int) -> str:
    return f"{round(value, digits) + 0.0:,.{digits}f}"
