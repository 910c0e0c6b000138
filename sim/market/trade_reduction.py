"""Trade reduction: the last matched orders set the prices of the others, and do not trade.

After McAfee, Journal of Economic Theory 56(2) (1992), 434-450, whose traders have one unit each. Here a unit
is a home's whole order: its quantity is fixed, since it is proved, and all of it has one limit. So all
orders at the limits of the last matched Wh give up their trade, not that Wh alone: else an order filled in
part would set its own price.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sim.arrays import Ints
from sim.market.book import BUY, SELL, OrderBook
from sim.market.clearing import Clearing, money
from sim.market.merit_order import Curve, crossing_volume_wh, demand_curve, supply_curve

Share = Callable[[Ints, int, int, Ints], Ints]
"""Shares energy among orders: wanted_wh, energy_wh, slot, homes -> fills, as ``merit_order.ration``."""


@dataclass(frozen=True)
class Margin:
    """Limits of the last matched Wh and of the first Wh left out, nano-$ per Wh; None where there is none."""

    bid: int
    ask: int
    next_bid: int | None
    next_ask: int | None


def margin_of(book: OrderBook) -> Margin | None:
    """The margin of merit order; None where no order accepts another."""
    demand, supply = demand_curve(book), supply_curve(book)
    last = crossing_volume_wh(demand, supply)
    if last == 0:
        return None
    bid, ask = demand.marginal_price(last), supply.marginal_price(last)
    return Margin(bid, ask, *(_limit_after(curve, last) for curve in (demand, supply)))


def reduced(book: OrderBook, margin: Margin, share: Share) -> Clearing:
    """Orders with better limits than the margin's trade: buyers pay its bid, and sellers get its ask.

    share: divides what there is on the side that has more
    """
    better = {BUY: book.limit_price > margin.bid, SELL: book.limit_price < margin.ask}
    sides = [np.flatnonzero((side * book.quantity_wh > 0) & better[side]) for side in (BUY, SELL)]
    volume_wh = min(int(np.abs(book.quantity_wh[homes]).sum()) for homes in sides)
    fill_wh = np.zeros_like(book.quantity_wh)
    if volume_wh:
        for homes in sides:
            fill_wh[homes] = share(np.abs(book.quantity_wh[homes]), volume_wh, book.slot, homes)
    prices = np.where(book.quantity_wh > 0, margin.bid, margin.ask)
    return Clearing(book.slot, fill_wh, money(prices, book.signed(fill_wh)))


def nothing_traded(book: OrderBook) -> Clearing:
    """A slot without trade."""
    return Clearing(book.slot, *np.zeros((2, len(book.quantity_wh)), dtype=np.int64))


def _limit_after(curve: Curve, volume_wh: int) -> int | None:
    """The limit of the first Wh beyond a volume."""
    return curve.marginal_price(volume_wh + 1) if volume_wh < curve.cumulative_wh[-1] else None
