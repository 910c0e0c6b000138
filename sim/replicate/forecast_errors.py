"""What errors of forecasts cost homes that order by them."""

from functools import cache

import numpy as np

from sim.arrays import Floats
from sim.market.baselines import bills_if_ordered
from sim.market.bills import grid_only_bills
from sim.replicate.claim import Claim, Finding
from sim.replicate.streets import EVERY_MONTH, Estimate, Street, streets
from sim.replicate.zero_intelligence import UNIFORM, random_limits
from sim.units import dollars

BALANCES = {"under": 0.5, "balanced": 1.0, "over": 2.0}
"""PV over load in each of the supply scenarios."""
DAYS = 5


def savings(street: Street) -> tuple[float, float, float]:
    """What homes save together with what they expect, and with perfect foresight, at the same limits, $.

    And what they pay without the market.
    """
    limits, alone = random_limits(street, 0), grid_only_bills(street.reading_wh, street.outside)
    expected, foreseen = (
        dollars(
            int(
                (
                    alone
                    - bills_if_ordered(
                        UNIFORM, ordered_wh, limits, street.reading_wh, street.slots, street.outside
                    )
                ).sum()
            )
        )
        for ordered_wh in (street.expected_wh, street.reading_wh)
    )
    return expected, foreseen, dollars(int(alone.sum()))


@cache
def outcomes(balance: str) -> Floats:
    """Of each seed and month what ``savings`` says, shape (seeds, months, 3)."""
    rows = streets(EVERY_MONTH, DAYS, pv_per_load=BALANCES[balance])
    return np.array([[savings(each) for each in row] for row in rows])


@cache
def _found() -> dict[str, tuple[Estimate, Estimate]]:
    """Of each balance the saving with forecasts, and what is lost of foresight's, $ in all homes and days."""
    return {
        balance: (Estimate.of(both[:, :, 0]), Estimate.of(both[:, :, 0] - both[:, :, 1]))
        for balance in BALANCES
        for both in (outcomes(balance),)
    }


def _said(which: int) -> str:
    return "; ".join(f"{balance} {estimates[which].money}" for balance, estimates in _found().items())


def _cost() -> Finding:
    return Finding(_said(1), all(lost.high < 0 for _, lost in _found().values()))


def _surpass() -> Finding:
    return Finding(_said(0), any(saving.high < 0 for saving, _ in _found().values()))


KOSTMANN = (
    "Kostmann and Härdle, Energies 12(14), 2019, 2718; abstract read. Pattern alone: their data are not "
    "to be had, they forecast 15 minutes ahead, and here a home expects its day before"
)
SETTING = (
    f"Random prices under `uniform`, {DAYS} days in each of {len(EVERY_MONTH)} months x 5 seeds of 15 "
    "homes, PV scaled to half, all and twice of what is consumed:"
)
CLAIMS = (
    Claim(
        "forecast-errors-cost",
        KOSTMANN,
        "Errors of forecasts cost part of what a local market saves, in under-supply, balance and "
        "over-supply.",
        f"{SETTING} in each, savings with forecasts less those with perfect foresight have an interval "
        "below 0.",
        _cost,
    ),
    Claim(
        "forecast-errors-surpass-savings",
        KOSTMANN,
        "Settling errors can offset and even surpass what a local market saves.",
        f"{SETTING} in one of them at least, savings with forecasts have an interval below 0.",
        _surpass,
    ),
)
"""What is claimed of errors of forecasts."""
