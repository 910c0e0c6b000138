"""McAfee's double auction: truthful in limits, and the money that is left over goes to the utility."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Ints
from sim.market.book import BUY, SELL, OrderBook
from sim.market.clearing import Clearing, money
from sim.market.mechanisms.mechanism import Mechanism, mechanisms
from sim.market.merit_order import Curve, crossing_volume_wh, demand_curve, match, ration, supply_curve


@mechanisms.register
@dataclass(frozen=True)
class McAfee(Mechanism):
    """All trade at the middle of the first limits left out, or the last matched orders give up their trade.

    McAfee's traders have one unit each; b(k) and s(k) are the limits of the last bid and ask that accept each
    other. Where (b(k+1) + s(k+1)) / 2 lies between them, all k trade at it. Else, and where there is no next
    bid or ask, k - 1 trade: buyers pay b(k), and sellers get s(k).

    Here a unit is a Wh, and an order has many. So that none in part filled sets its own price, all orders at
    the limits b(k) and s(k) give up their trade, not one Wh; the longer side shares what is left pro rata,
    whatever its limits: after Huang, Scheller-Wolf and Sycara (Computational Intelligence 18(4), 2002, pages
    596-617), with shares by quantity, which a home's proof fixes. A price at the middle is rounded down.
    """

    name = "mcafee"
    meaning = (
        "a double auction in which the last matched orders set the prices of the others and do not trade"
    )
    source = "McAfee, Journal of Economic Theory 56(2) (1992), 434-450"

    def clear(self, book: OrderBook) -> Clearing:
        """See ``Mechanism``."""
        demand, supply = demand_curve(book), supply_curve(book)
        last = crossing_volume_wh(demand, supply)
        if last == 0:
            return Clearing.at_one_price(book, np.zeros_like(book.quantity_wh), 0)
        bid, ask = demand.marginal_price(last), supply.marginal_price(last)
        next_bid, next_ask = (_limit_after(curve, last) for curve in (demand, supply))
        if next_bid is not None and next_ask is not None and 2 * ask <= next_bid + next_ask <= 2 * bid:
            return Clearing.at_one_price(book, match(book), (next_bid + next_ask) // 2)
        fill_wh = _shared(book, bid, ask)
        prices = np.where(book.quantity_wh > 0, bid, ask)
        return Clearing(book.slot, fill_wh, money(prices, book.signed(fill_wh)))


def _limit_after(curve: Curve, volume_wh: int) -> int | None:
    """The limit of the first Wh beyond a volume."""
    return curve.marginal_price(volume_wh + 1) if volume_wh < curve.cumulative_wh[-1] else None


def _shared(book: OrderBook, bid: int, ask: int) -> Ints:
    """What orders with better limits than these can trade, pro rata on the longer side: shape (homes,)."""
    better = {BUY: book.limit_price > bid, SELL: book.limit_price < ask}
    sides = [np.flatnonzero((side * book.quantity_wh > 0) & better[side]) for side in (BUY, SELL)]
    volume_wh = min(int(np.abs(book.quantity_wh[homes]).sum()) for homes in sides)
    fill_wh = np.zeros_like(book.quantity_wh)
    if volume_wh:
        for homes in sides:
            fill_wh[homes] = ration(np.abs(book.quantity_wh[homes]), volume_wh, book.slot, homes)
    return fill_wh
