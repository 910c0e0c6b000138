"""Gjerstad-Dickhaut traders: they believe what past bids and asks came to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from agents.strategies.draws import Draws
from agents.strategies.strategy import Cleared, Strategy, View, strategies
from sim.arrays import Floats, Ints
from sim.market.orders import Orders
from sim.registry import parameter


class Book(NamedTuple):
    """The public orders of a cleared gate and their signed fills, shapes (all homes, slots)."""

    quantity_wh: Ints
    limit_price: Ints
    fill_wh: Ints


@strategies.register
@dataclass(frozen=True)
class GjerstadDickhaut(Strategy):
    """Asks for the limit at which expected profit is largest: gain per Wh x belief that it is accepted.

    Of the remembered orders, a buyer believes a bid at b to be accepted with

        (bids taken up to b + asks up to b) / (bids taken up to b + asks up to b + bids rejected from b on)

    and a seller an ask at a with the same mirrored: asks taken from a on and all bids from a on, against asks
    rejected up to a. Between the limits that occurred, a belief is the cubic with slope 0 at both.

    Where this market differs from theirs, a continuous double auction of single units:

    - An order has many Wh, of which some may be taken: what is counted are Wh.
    - They remember what led to the last trades; here it is the last calls, each slot of a gate on its own, as
      there are other sellers at noon than at night. All rounds of a gate are calls.
    - Their beliefs end at 0 and at a price that nobody would bid. Here the utility always sells at retail and
      buys at feed-in, so that a home is certain of its outside option. Where it expects nothing at any price
      it asks for that.
    - Nobody sees a standing bid or ask in a sealed call, so that none cuts a belief off.

    They hear all limits and fills of the slots cleared. On a chain with open orders these are public; where
    orders are sealed this strategy has nothing to learn from.
    """

    name = "gd"
    meaning = "at the limit of the largest profit that they expect by past bids and asks, filled and not"
    source = "Gjerstad and Dickhaut, Price formation in double auctions, Games Econ. Behav. 22(1) (1998)"

    memory: int = parameter(5, "calls that are remembered", "calls", least=1, most=100)
    prices: int = parameter(100, "prices compared, evenly between tariffs", "prices", least=2, most=1_000)

    def begin(self, homes: int, draws: Draws) -> tuple[Book, ...]:
        """Nothing is remembered."""
        del homes, draws
        return ()

    def orders(self, view: View, state: tuple[Book, ...], draws: Draws) -> Orders:
        """Deterministic: homes with the same outside options ask for the same."""
        del draws
        limit_price = view.worth
        for slot in range(limit_price.shape[1]):
            for sign in (1, -1):
                rows = sign * view.forecast_wh[:, slot] > 0
                low, worth = np.sort(
                    sign * np.stack([view.seller_cost[rows, slot], view.buyer_value[rows, slot]]), axis=0
                )
                belief = believed(sign, [Book(*(each[:, slot] for each in book)) for book in state])
                limit_price[rows, slot] = sign * best_price(low, worth, *belief, self.prices)
        return view.priced(limit_price)

    def learn(self, told: Cleared, state: tuple[Book, ...], draws: Draws) -> tuple[Book, ...]:
        """The last calls, this one among them."""
        del draws
        heard = Book(*(each.copy() for each in (*told.book, told.book_fill_wh)))
        return (*state, heard)[-self.memory :]


def believed(sign: int, books: Sequence[Book]) -> tuple[Floats, Floats]:
    """The limits that occurred in a slot, ascending, and how likely an order at each is accepted.

    Limits are negated for sellers (sign -1), so that to give way is to go up for both sides.
    """
    if not books:
        return np.zeros(0), np.zeros(0)
    quantity_wh, limit_price, fill_wh = (np.concatenate(each) for each in zip(*books, strict=True))
    ordered, own = quantity_wh != 0, sign * quantity_wh > 0
    size_wh, taken_wh = np.abs(quantity_wh), np.abs(fill_wh)
    price, at = np.unique(sign * limit_price[ordered], return_inverse=True)
    taken, rejected = (
        np.bincount(at, each[ordered], len(price))
        for each in (np.where(own, taken_wh, size_wh), np.where(own, size_wh - taken_wh, 0))
    )
    taken, rejected = np.cumsum(taken), np.cumsum(rejected[::-1])[::-1]
    return price.astype(np.float64), taken / (taken + rejected)


def best_price(low: Ints, worth: Ints, price: Floats, belief: Floats, steps: int) -> Ints:
    """Of prices between what others would take at least and its own worth, the one of the largest profit.

    low, worth: shape (homes,); price, belief: as ``believed`` gives them; the largest of equally good ones
    """
    ends = np.stack([low, worth], dtype=np.float64)[:, :, None]
    tried = ends[0] + (ends[1] - ends[0]) * np.linspace(0, 1, steps)
    price, belief = np.array([-np.inf, *price, np.inf]), np.array([0, *belief, 1])
    below = np.searchsorted(price, tried, side="right") - 1
    start, end = np.maximum(price[below], ends[0]), np.minimum(price[below + 1], ends[1])
    first = np.where(price[below] < ends[0], 0, belief[below])
    last = np.where(price[below + 1] >= ends[1], 1, belief[below + 1])
    way = (tried - start) / np.maximum(end - start, 1)
    profit = (ends[1] - tried) * (first + (last - first) * way * way * (3 - 2 * way))
    best = steps - 1 - np.argmax(profit[:, ::-1], axis=1)
    chosen: Ints = np.rint(tried[np.arange(len(low)), best]).astype(np.int64)
    return chosen
