"""Tables as people calculate with them: $ and kWh, where the exact ones have nano-$ and Wh."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from sim.measures.table import all_measures
from sim.units import NANO, NANO_PER_WH_PER_DOLLAR_PER_KWH, WH_PER_KWH

ENDINGS = {
    "_nano_per_wh": ("_usd_per_kwh", NANO_PER_WH_PER_DOLLAR_PER_KWH),
    "_nano": ("_usd", NANO),
    "_wh": ("_kwh", WH_PER_KWH),
}
"""Ends of names in exact tables: what takes their place, and what values are divided by."""
_STORED = {"nano-$ per Wh": "_nano_per_wh", "nano-$ per home and day": "_nano", "nano-$": "_nano"}
"""Units of the table of measures, as ends of names."""
_NUMBERS_AND_NONE = (int, float, type(None))


def in_units(table: pd.DataFrame) -> pd.DataFrame:
    """A copy in $ and kWh, with the units in the names of the columns; other columns stay as they are."""
    columns = {}
    for name in table.columns:
        ending = next((each for each in ENDINGS if name.endswith(each)), None)
        if ending is None:
            columns[name] = table[name]
        else:
            unit, divisor = ENDINGS[ending]
            numbers = table[name].to_numpy(dtype=np.float64, na_value=np.nan)
            columns[name.removesuffix(ending) + unit] = pd.Series(numbers / divisor, index=table.index)
    return pd.DataFrame(columns)


@cache
def _units() -> dict[str, str]:
    """The unit that each measure is stored in, by its name."""
    return {each.name: each.unit.stored for each in all_measures()}


def in_unit(measure: str) -> tuple[str, float]:
    """A measure's name with the unit in it, and what its exact value is divided by."""
    name = measure + _STORED.get(_units().get(measure, ""), "")
    for ending, (unit, divisor) in ENDINGS.items():
        if name.endswith(ending):
            return name.removesuffix(ending) + unit, divisor
    return name, 1


def measures_of(summary: Mapping[str, Any]) -> pd.Series:
    """The numbers of a run's summary; NaN where one is not known."""
    values = {}
    for name, value in summary.items():
        if _units().get(name) not in (None, "text", "yes or no") and isinstance(value, _NUMBERS_AND_NONE):
            named, divisor = in_unit(name)
            values[named] = np.nan if value is None else value / divisor
    return pd.Series(values, dtype=np.float64, name="value")


def columns_in_units(table: pd.DataFrame, endings: Sequence[str] = ("",)) -> pd.DataFrame:
    """A study's cells, or its points, where each measure has columns of several endings."""
    columns = {}
    for column in table.columns:
        ending = next((each for each in endings if each and column.endswith(each)), "")
        name, divisor = in_unit(column.removesuffix(ending))
        columns[name + ending] = table[column] if divisor == 1 else table[column] / divisor
    return pd.DataFrame(columns)


def rows_in_units(table: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """A study's differences: one measure in each row."""
    units = {name: in_unit(name) for name in table["measure"].unique()}
    divisors = table["measure"].map(lambda name: units[name][1])
    in_them = {column: table[column] / divisors for column in columns}
    return table.assign(measure=table["measure"].map(lambda name: units[name][0]), **in_them)


class Table:
    """An attribute that is one of the exact tables in $ and kWh."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, owner: object, kind: type | None = None) -> pd.DataFrame:
        return in_units(owner.exact[self._name])  # type: ignore[attr-defined]
