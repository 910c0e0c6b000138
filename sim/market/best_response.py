"""What a home could gain by deviating alone in its limits, on the open book and if its forecast holds.

Found by trying limits. While no other limit is passed, a home's own one moves what it is filled and what a Wh
costs it in one direction, or not at all; so the best is at another order's limit or next to it. That is true
of every mechanism here; of one whose outcome depends otherwise on limits, the gain found is a lower bound.
Where homes name no limits there is nothing to gain by them; where they name one in each of several rounds,
the best answer is a plan for all rounds, which is not looked for.
"""

from bisect import bisect_left
from functools import cache

import numpy as np

from sim.arrays import Bools, Ints
from sim.errors import InputError
from sim.market.bills import OutsideOption
from sim.market.book import OrderBook
from sim.market.mechanisms import Mechanism
from sim.market.mechanisms.mechanism import OnePrice
from sim.market.mechanisms.rounds import InRounds
from sim.market.orders import Orders


def best_response(mechanism: Mechanism, book: OrderBook, home: int, value: int) -> tuple[int, int]:
    """The limit that gains a home most, and how much more than the one it has, nano-$; its own and 0 if none.

    value: what a Wh is worth to it outside the market, nano-$ per Wh

    Raises InputError where the mechanism clears in rounds.
    """
    if isinstance(mechanism, InRounds):
        raise InputError(
            f'mechanism "{mechanism.name}" clears in rounds, in each of which a home may name another limit, '
            "so that no one limit is a best response: should be a mechanism with one sealed call a slot"
        )
    own, quantity_wh = int(book.limit_price[home]), book.quantity_wh
    side = int(np.sign(quantity_wh[home]))
    if not (mechanism.asks_limits and np.any(quantity_wh * side < 0)):
        return own, 0  # no limit to name, or nobody to trade with

    @cache
    def outcome(limit: int) -> tuple[int, int]:
        limits = book.limit_price.copy()
        limits[home] = limit
        clearing = mechanism.clear(OrderBook(book.slot, quantity_wh, limits))
        return int(clearing.fill_wh[home]), int(clearing.payment[home])

    others = (quantity_wh != 0) & (np.arange(len(quantity_wh)) != home)
    near = {limit + step for limit in set(book.limit_price[others].tolist()) for step in (-1, 0, 1)}
    candidates = sorted(near - {-1}, key=lambda limit: side * limit)
    if isinstance(mechanism, OnePrice):  # from the last limit that is not filled to the first that is in full
        first, last = (
            bisect_left(candidates, wh, key=lambda limit: outcome(limit)[0])
            for wh in (1, abs(int(quantity_wh[home])))
        )
        candidates = candidates[max(first - 1, 0) : last + 1]
    gains = {}
    for limit in (own, *candidates):
        fill_wh, paid = outcome(limit)
        gains[limit] = side * value * fill_wh - paid
    best = max(gains, key=lambda limit: gains[limit])  # the first, so its own where no other gains more
    return best, gains[best] - gains[own]


def best_responses(mechanism: Mechanism, orders: Orders, outside: OutsideOption, slots: Ints) -> Ints:
    """The gain of every home's best response in every slot, all others as they order: (homes, slots), nano-$.

    orders: shapes (homes, slots); slots: their numbers, shape (slots,)

    Raises InputError as ``best_response`` does.
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
