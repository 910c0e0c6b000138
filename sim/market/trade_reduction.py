"""Trade reduction: the last matched orders set the prices of the others, and do not trade.

After McAfee, Journal of Economic Theory 56(2) (1992), 434-450, whose traders have one unit each. Here a unit
is a home's whole order: its quantity is fixed, since it is proved, and all of it has one limit. So all of the
last matched order gives up its trade, and not its last Wh alone: else it would set its own price. Orders of
one limit stand in the order of ``priority``.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sim.arrays import Ints
from sim.market.book import BUY, SELL, OrderBook
from sim.market.clearing import Clearing, money
from sim.market.merit_order import crossing_volume_wh, demand_curve, priority, supply_curve

Share = Callable[[Ints, int, int, Ints], Ints]
"""Shares energy among orders: wanted_wh, energy_wh, slot, homes -> fills, as ``merit_order.ration``."""


@dataclass(frozen=True)
class SideMargin:
    """Where one side of a book stops matching.

    last:  the limit of the last matched order, nano-$ per Wh
    ahead: the homes before it, in merit order
    next:  the limit of the first Wh left out, nano-$ per Wh; None where there is none
    """

    last: int
    ahead: Ints
    next: int | None


def margins_of(book: OrderBook) -> tuple[SideMargin, SideMargin] | None:
    """The margins of buyers and of sellers in merit order; None where no order accepts another."""
    volume_wh = crossing_volume_wh(demand_curve(book), supply_curve(book))
    if volume_wh == 0:
        return None
    return _margin(book, BUY, volume_wh), _margin(book, SELL, volume_wh)


def reduced(book: OrderBook, bids: SideMargin, asks: SideMargin, share: Share) -> Clearing:
    """Orders ahead of the margins trade: buyers pay the last bid's limit, and sellers get the last ask's.

    share: divides what there is on the side that has more
    """
    sides = bids.ahead, asks.ahead
    energy_wh = min(int(np.abs(book.quantity_wh[homes]).sum()) for homes in sides)
    fill_wh = np.zeros_like(book.quantity_wh)
    if energy_wh:
        for homes in sides:
            fill_wh[homes] = share(np.abs(book.quantity_wh[homes]), energy_wh, book.slot, homes)
    prices = np.where(book.quantity_wh > 0, bids.last, asks.last)
    return Clearing(book.slot, fill_wh, money(prices, book.signed(fill_wh)))


def nothing_traded(book: OrderBook) -> Clearing:
    """A slot without trade."""
    return Clearing(book.slot, *np.zeros((2, len(book.quantity_wh)), dtype=np.int64))


def _margin(book: OrderBook, side: int, volume_wh: int) -> SideMargin:
    merit = (-side * book.limit_price).tolist()
    ordered = np.flatnonzero(side * book.quantity_wh > 0).tolist()
    homes = np.array(sorted(ordered, key=lambda home: (merit[home], priority(book.slot, home))))
    up_to_wh = np.cumsum(np.abs(book.quantity_wh[homes]))
    last, left_out = (int(np.searchsorted(up_to_wh, wh)) for wh in (volume_wh, volume_wh + 1))
    limits = book.limit_price[homes]
    return SideMargin(
        int(limits[last]), homes[:last], int(limits[left_out]) if left_out < len(homes) else None
    )
