"""What figures of studies show of a point: which measures, in which units, and how they are written."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.arrays import Floats
from sim.units import NANO, NANO_PER_WH_PER_DOLLAR_PER_KWH


@dataclass(frozen=True)
class Outcome:
    """A measure as people read it: its value over ``scale``, in ``unit``."""

    measure: str
    name: str
    unit: str
    scale: float = 1.0

    @property
    def label(self) -> str:
        """For an axis."""
        return f"{self.name} ({self.unit})"

    def values(self, points: pd.DataFrame, statistic: str = "mean") -> Floats:
        """One value per point, NaN where there is none."""
        column = points[f"{self.measure}_{statistic}"]
        return column.to_numpy(dtype=np.float64, na_value=np.nan) / self.scale

    def known(self, points: pd.DataFrame) -> bool:
        """Whether any point has a value, other than zero throughout."""
        return f"{self.measure}_mean" in points and bool(np.nan_to_num(self.values(points)).any())


PERCENT = 0.01
SAVINGS_SHARE = Outcome("savings_share", "savings share", "% of foresight's", PERCENT)
FORECAST_ERROR = Outcome("forecast_mae_wh", "forecast error", "Wh")
AS_YESTERDAY = Outcome("persistence_mae_wh", "persistence's error", "Wh")
SAVING = Outcome("saving_per_home_day", "saving", "$ per home and day", NANO)
COST = Outcome("cost_per_home_day", "costs", "$ per home and day", NANO)
SAVING_AFTER_COSTS = Outcome(
    "saving_after_costs_per_home_day", "saving after costs", "$ per home and day", NANO
)
BREAK_EVEN = Outcome("break_even_gas_price", "break-even", "nano-$ per gas")
LEAK = Outcome("leak_share", "leak", "% of the readings' variance", PERCENT)
LEAK_WITH_HIDDEN = Outcome("leak_share_hidden", "were hidden values public", LEAK.unit, PERCENT)
LEAK_OF_BIDS = Outcome("leak_share_bids", "bids alone", LEAK.unit, PERCENT)
LEAK_OF_TOTALS = Outcome("leak_share_totals", "the meter's totals alone", LEAK.unit, PERCENT)
GAS_PER_ORDER = Outcome("gas_per_order", "gas per order", "thousands", 1_000)
OUTCOMES = (
    SAVINGS_SHARE,
    FORECAST_ERROR,
    Outcome("welfare_share", "allocative efficiency", "%", PERCENT),
    Outcome("mean_price", "mean price", "$/kWh", NANO_PER_WH_PER_DOLLAR_PER_KWH),
    Outcome("homes_worse_off", "worse off", "homes"),
    LEAK,
    COST,
    GAS_PER_ORDER,
    Outcome("prove_cpu_s_per_proof", "proving", "CPU-s per proof"),
    Outcome("chain_s", "time in the chain", "s"),
)


def known_outcomes(points: pd.DataFrame) -> list[Outcome]:
    """Those that the points have values of."""
    return [outcome for outcome in OUTCOMES if outcome.known(points)]


def differing(outcomes: Sequence[Outcome], points: pd.DataFrame) -> list[Outcome]:
    """Those that read differently at different points."""
    texts = {outcome: {written(value) for value in outcome.values(points)} for outcome in outcomes}
    return [outcome for outcome in outcomes if len(texts[outcome]) > 1]


def written(value: float) -> str:
    """A number with three significant digits."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:#.3g}".rstrip(".")


def amount(dollars: float) -> str:
    """Dollars with three significant digits: "$0.0582"; what is nothing has no sign."""
    text = written(abs(dollars)) if dollars else "0"
    return f"{'-' if dollars < 0 else ''}${text}"
