"""What a run says about welfare: one number per function, all from integers.

Arrays have shape (homes, slots) unless said otherwise. A share is None where it would be divided by zero.
"""

import numpy as np

from sim.market.bills import OutsideOption, money
from sim.market.double_auction import Ints
from sim.market.trades import Trades, clear_slots


def total(values: Ints) -> int:
    """Exact sum of bills or energy over homes and slots."""
    return int(values.sum())


def savings(grid_only_bill: Ints, bill: Ints) -> Ints:
    """What the market saves each home over all slots: shape (homes,), nano-$; negative is a loss."""
    saving: Ints = (grid_only_bill - bill).sum(axis=1)
    return saving


def homes_worse_off(grid_only_bill: Ints, bill: Ints) -> int:
    """How many homes pay more than they would without the market."""
    return int(np.count_nonzero(savings(grid_only_bill, bill) < 0))


def savings_share(grid_only_bill: Ints, bill: Ints, foresight_bill: Ints) -> float | None:
    """The community's saving over its saving under perfect foresight; negative where it loses by the market.

    At most 1 where homes have a common tariff. Where they do not, more can be saved than by trading readings:
    a home with a low tariff may buy from the utility for one with a high tariff.
    """
    return _share(total(grid_only_bill) - total(bill), total(grid_only_bill) - total(foresight_bill))


def gains_from_trade(fill_wh: Ints, outside: OutsideOption) -> int:
    """What signed fills are worth at outside options if all energy is used and delivered, nano-$.

    The sum of (R - buyer's fee) x bought - (F + seller's fee) x sold; the price drops out.
    """
    return total(money(outside.limits(fill_wh), fill_wh))


def welfare_share(quantity_wh: Ints, trades: Trades, slots: Ints, outside: OutsideOption) -> float | None:
    """Allocative efficiency: gains from trade over the most that the ordered quantities could have gained.

    The most is gained when all orders stand at their outside options and are cleared in merit order (Smith,
    Journal of Political Economy 70(2), 1962; Gode and Sunder, ibid. 101(1), 1993). slots: shape (slots,).
    """
    best = clear_slots(slots, quantity_wh, outside.limits(quantity_wh))
    return _share(gains_from_trade(trades.fill_wh, outside), gains_from_trade(best.fill_wh, outside))


def sold_backed_share(trades: Trades, net_wh: Ints) -> float | None:
    """Share of the sold energy that sellers really had to spare: sum of min(sold, max(-n, 0)) over sold."""
    sold_wh = np.maximum(-trades.fill_wh, 0)
    return _share(total(np.minimum(sold_wh, np.maximum(-net_wh, 0))), total(sold_wh))


def mean_price(trades: Trades) -> float | None:
    """Price weighted by volume, nano-$ per Wh."""
    return _share(total(money(trades.price, trades.traded_wh)), total(trades.traded_wh))


def traded_without_sun_wh(trades: Trades, pv_wh: Ints) -> int:
    """Energy traded in slots in which no home generates; pv_wh: shape (slots,), all homes together."""
    return total(trades.traded_wh[pv_wh == 0])


def mae_wh(forecast_wh: Ints, net_wh: Ints) -> float | None:
    """Mean absolute error of forecasts, Wh."""
    return _share(total(np.abs(forecast_wh - net_wh)), net_wh.size)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
