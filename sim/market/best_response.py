"""What a home could gain by deviating alone in its limits, on the open book and if its forecast holds.

Found by trying limits. While no other limit is passed, a home's own one moves what it is filled and what a Wh
costs it in one direction, or not at all; so the best is at another order's limit or next to it. That is true
of every mechanism here; of one whose outcome depends otherwise on limits, the gain found is a lower bound.
Where homes name no limits there is nothing to gain by them.
"""

import numpy as np

from sim.arrays import Bools, Ints
from sim.market.bills import OutsideOption
from sim.market.book import OrderBook
from sim.market.mechanisms import Mechanism
from sim.market.orders import Orders


def best_response(mechanism: Mechanism, book: OrderBook, home: int, value: int) -> tuple[int, int]:
    """The limit that gains a home most, and how much more than the one it has, nano-$; its own and 0 if none.

    value: what a Wh is worth to it outside the market, nano-$ per Wh
    """
    own, quantity_wh = int(book.limit_price[home]), book.quantity_wh
    if not (mechanism.asks_limits and np.any(quantity_wh * quantity_wh[home] < 0)):
        return own, 0  # no limit to name, or nobody to trade with
    others = (quantity_wh != 0) & (np.arange(len(quantity_wh)) != home)
    near = {limit + step for limit in set(book.limit_price[others].tolist()) for step in (-1, 0, 1)}
    candidates = [own, *sorted(near - {own, -1})]
    gains = [_gain(mechanism, book, home, limit, value) for limit in candidates]
    best = int(np.argmax(gains))  # the first, so its own where no other gains more
    return candidates[best], gains[best] - gains[0]


def best_responses(mechanism: Mechanism, orders: Orders, outside: OutsideOption, slots: Ints) -> Ints:
    """The gain of every home's best response in every slot, all others as they order: (homes, slots), nano-$.

    orders: shapes (homes, slots); slots: their numbers, shape (slots,)
    """
    gains = np.zeros_like(orders.quantity_wh)
    values = outside.limits(orders.quantity_wh)
    for column, slot in enumerate(slots.tolist()):
        book = OrderBook(slot, orders.quantity_wh[:, column], orders.limit_price[:, column])
        for home in np.flatnonzero(book.quantity_wh).tolist():
            gains[home, column] = best_response(mechanism, book, home, int(values[home, column]))[1]
    return gains


def on_short_side(quantity_wh: Ints) -> Bools:
    """Which orders are on the side of their slot with less energy: shape (homes, slots); none of equal sides.

    quantity_wh: shape (homes, slots), signed
    """
    short: Bools = np.sign(quantity_wh) * np.sign(quantity_wh.sum(axis=0)) < 0
    return short


def _gain(mechanism: Mechanism, book: OrderBook, home: int, limit: int, value: int) -> int:
    """What a home gains over its outside option if it uses or delivers what it is filled with."""
    limits = book.limit_price.copy()
    limits[home] = limit
    clearing = mechanism.clear(OrderBook(book.slot, book.quantity_wh, limits))
    fill_wh = int(np.sign(book.quantity_wh[home])) * int(clearing.fill_wh[home])
    return value * fill_wh - int(clearing.payment[home])
