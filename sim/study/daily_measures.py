"""Measures that add up over days: sums of a study's ``days`` table, and ratios of such sums."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.arrays import Floats


@dataclass(frozen=True)
class DailyMeasure:
    """A sum over days of columns with their signs; with ``of``, its ratio to another such sum.

    A point has no value of it below ``least``.
    """

    sum: Mapping[str, int]
    of: Mapping[str, int] | None = None
    least: float = -np.inf


_TOTALS = {
    "orders": "orders",
    "trades": "trades",
    "traded_wh": "traded_wh",
    "traded_without_sun_wh": "traded_without_sun_wh",
    "community_bill": "bill_nano",
    "community_bill_grid_only": "bill_grid_only_nano",
    "community_bill_foresight": "bill_foresight_nano",
    "community_bill_persistence": "bill_persistence_nano",
}
_LESS_TO_PAY = {"bill_grid_only_nano": 1, "bill_nano": -1}
_SAVING = {**_LESS_TO_PAY, "charges_nano": 1}
_HOME_DAYS = {"home_days": 1}

DAILY_MEASURES: dict[str, DailyMeasure] = {
    **{name: DailyMeasure({column: 1}) for name, column in _TOTALS.items()},
    "mean_price": DailyMeasure({"paid_nano": 1}, {"traded_wh": 1}),
    "welfare_share": DailyMeasure({"welfare_nano": 1}, {"welfare_best_nano": 1}),
    "savings_share": DailyMeasure(_LESS_TO_PAY, {"bill_grid_only_nano": 1, "bill_foresight_nano": -1}),
    "sold_backed_share": DailyMeasure({"sold_backed_wh": 1}, {"sold_wh": 1}),
    "forecast_mae_wh": DailyMeasure({"forecast_abs_error_wh": 1}, {"readings": 1}),
    "persistence_mae_wh": DailyMeasure({"persistence_abs_error_wh": 1}, {"readings": 1}),
    "saving": DailyMeasure(_SAVING),
    "saving_per_home_day": DailyMeasure(_SAVING, _HOME_DAYS),
    "cost_per_home_day": DailyMeasure({"cost_nano": 1}, _HOME_DAYS),
    "break_even_gas_price": DailyMeasure({**_SAVING, "cost_energy_nano": -1}, {"gas": 1}, least=0),
    "saving_after_costs_per_home_day": DailyMeasure({**_SAVING, "cost_nano": -1}, _HOME_DAYS),
}
"""By the summary's names; savings without charges and after costs are told per home and day as well."""


def with_homes_and_charges(days: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Days with ``home_days`` and with ``charges_nano``, the costs that their bills hold."""
    of_cell = cells.set_index("cell")
    homes = days["cell"].map(of_cell["agents"])
    charged = days["cell"].map(of_cell["costs_charged"].astype(bool))
    return days.assign(home_days=homes, charges_nano=days["cost_nano"].where(charged, 0))


def sums_by_day(days: pd.DataFrame) -> tuple[Floats, Floats]:
    """Numerators and denominators of DAILY_MEASURES, each of shape (days, measures).

    Empty values are NaN; a measure that is a plain sum has the denominator NaN.
    """
    columns = {
        name: days[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in days.columns.drop(_KEYS)
    }
    plain = np.full(len(days), np.nan)
    above = [_signed(columns, measure.sum) for measure in DAILY_MEASURES.values()]
    below = [_signed(columns, measure.of) if measure.of else plain for measure in DAILY_MEASURES.values()]
    return np.column_stack(above), np.column_stack(below)


_KEYS = ["cell", "day", "date"]


def _signed(columns: Mapping[str, Floats], signs: Mapping[str, int]) -> Floats:
    total: Floats = np.sum([sign * columns[name] for name, sign in signs.items()], axis=0)
    return total
