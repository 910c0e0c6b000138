"""What a run says about welfare, slot by slot, in integers that add up over any stretch of time.

Arrays go in with shape (homes, slots) and come out with shape (slots,), unless said otherwise; shares are
made of their sums.
"""

import numpy as np

from sim.arrays import Ints
from sim.market.bills import OutsideOption
from sim.market.clearing import Trades, money


def share(part: int, whole: int) -> float | None:
    """One sum over another; None where there is nothing to have a share of, or less."""
    return part / whole if whole > 0 else None


def savings(grid_only_bill: Ints, bill: Ints) -> Ints:
    """What the market saves each home over all slots: shape (homes,), nano-$; negative is a loss."""
    saving: Ints = (grid_only_bill - bill).sum(axis=1)
    return saving


def homes_worse_off(grid_only_bill: Ints, bill: Ints) -> int:
    """How many homes pay more than they would without the market."""
    return int(np.count_nonzero(savings(grid_only_bill, bill) < 0))


def gains_from_trade(fill_wh: Ints, outside: OutsideOption) -> Ints:
    """What signed fills are worth at outside options if all energy is used and delivered, nano-$.

    The sum of (R - buyer's fee) x bought - (F + seller's fee) x sold; the price drops out.
    """
    gains: Ints = money(outside.limits(fill_wh), fill_wh).sum(axis=0)
    return gains


def sold_wh(trades: Trades) -> Ints:
    """Energy that was sold."""
    sold: Ints = np.maximum(-trades.fill_wh, 0).sum(axis=0)
    return sold


def sold_backed_wh(trades: Trades, net_wh: Ints) -> Ints:
    """Energy that sellers really had to spare of what they sold: the sum of min(sold, max(-n, 0))."""
    backed: Ints = np.minimum(np.maximum(-trades.fill_wh, 0), np.maximum(-net_wh, 0)).sum(axis=0)
    return backed


def traded_without_sun_wh(trades: Trades, pv_wh: Ints) -> Ints:
    """Energy traded in slots in which no home generates; pv_wh: shape (slots,), all homes together."""
    return np.where(pv_wh == 0, trades.traded_wh, 0)


def absolute_error_wh(forecast_wh: Ints, net_wh: Ints) -> Ints:
    """Absolute errors of all homes' forecasts."""
    error: Ints = np.abs(forecast_wh - net_wh).sum(axis=0)
    return error


def mae_wh(forecast_wh: Ints, net_wh: Ints) -> float | None:
    """Mean absolute error of forecasts over homes and slots, Wh."""
    return share(int(absolute_error_wh(forecast_wh, net_wh).sum()), net_wh.size)
