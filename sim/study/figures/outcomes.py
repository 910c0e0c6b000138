"""Which measures the figures of studies show, and how they are written."""

import pandas as pd

from sim.measures.measure import Measure
from sim.measures.table import measure, results

SAVINGS_SHARE, FORECAST_ERROR = measure("savings_share"), measure("forecast_mae_wh")
PERSISTENCE_ERROR, BREAK_EVEN = measure("persistence_mae_wh"), measure("break_even_gas_price")
SAVING, COST = measure("saving_per_home_day"), measure("cost_per_home_day")
SAVING_AFTER_COSTS, GAS_PER_ORDER = measure("saving_after_costs_per_home_day"), measure("gas_per_order")
LEAK, LEAK_WITH_HIDDEN = measure("leak_share"), measure("leak_share_hidden")
LEAK_OF_BIDS, LEAK_OF_TOTALS = measure("leak_share_bids"), measure("leak_share_totals")


def panels(points: pd.DataFrame) -> list[Measure]:
    """The measures that have a panel, in their order, and of which the points have values."""
    placed = sorted((each for each in results() if each.panel), key=lambda each: each.panel)
    return [each for each in placed if each.known(points)]


def written(value: float) -> str:
    """A number with three significant digits."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:#.3g}".rstrip(".")


def amount(dollars: float) -> str:
    """Dollars with three significant digits: "$0.0582"; what is nothing has no sign."""
    text = written(abs(dollars)) if dollars else "0"
    return f"{'-' if dollars < 0 else ''}${text}"
