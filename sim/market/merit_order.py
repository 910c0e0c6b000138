"""Matching in merit order: the fills that gain the most, and leave exactly one set of fills for every book.

1. Sort buy orders by falling and sell orders by rising limit. The volume is the largest at which the last bid
   is still at least the last ask; equality trades.
2. Nobody is filled past a strictly better order of the same side.
3. Orders at the marginal limit of a side share what is left for it: floor(F x q / Q) each, where F is the
   energy left, q the order and Q all orders at that limit. The Wh still over go, one each, to the first of
   these orders by ``priority``.
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from sim.arrays import Ints
from sim.market.book import BUY, INT64_MAX, SELL, OrderBook


@dataclass(frozen=True)
class Curve:
    """One side of a book as a step function, best limit first.

    price:         shape (steps,), the distinct limits, nano-$ per Wh
    cumulative_wh: shape (steps,), Wh ordered at this limit or a better one
    """

    price: Ints
    cumulative_wh: Ints

    def marginal_price(self, volume_wh: int) -> int:
        """The limit of the last Wh of a volume between 1 and the whole side's."""
        return int(self.price[np.searchsorted(self.cumulative_wh, volume_wh)])


def demand_curve(book: OrderBook) -> Curve:
    """Buy orders by falling limit."""
    return _curve(book, BUY)


def supply_curve(book: OrderBook) -> Curve:
    """Sell orders by rising limit."""
    return _curve(book, SELL)


def match(book: OrderBook) -> Ints:
    """Fills of one slot's orders by the rules at the top of this file: shape (homes,), at least 0."""
    demand, supply = demand_curve(book), supply_curve(book)
    volume_wh = crossing_volume_wh(demand, supply)
    if volume_wh == 0:
        return np.zeros_like(book.quantity_wh)
    bid, ask = demand.marginal_price(volume_wh), supply.marginal_price(volume_wh)
    return _side_fills(book, BUY, bid, volume_wh) + _side_fills(book, SELL, ask, volume_wh)


def last_filled(book: OrderBook, fill_wh: Ints) -> tuple[int, int] | None:
    """Limits of the lowest filled bid and the highest filled ask, nano-$ per Wh; None without trade."""
    bids, asks = (book.limit_price[(fill_wh > 0) & (side * book.quantity_wh > 0)] for side in (BUY, SELL))
    return (int(bids.min()), int(asks.max())) if len(bids) else None


def clearing_interval(book: OrderBook, fill_wh: Ints) -> tuple[int, int] | None:
    """The lowest and the highest market-clearing price of matched fills, nano-$ per Wh; None without trade.

    Lower end max(last filled ask, best bid left), upper end min(last filled bid, best ask left); an order
    that is filled in part counts as filled and as left, so that where there is one its limit is the price.
    """
    last = last_filled(book, fill_wh)
    if last is None:
        return None
    left_wh = np.abs(book.quantity_wh) - fill_wh
    bids, asks = (book.limit_price[(left_wh > 0) & (side * book.quantity_wh > 0)] for side in (BUY, SELL))
    (bid, ask), best_bid, best_ask = last, bids.max(initial=0), asks.min(initial=INT64_MAX)
    return max(ask, int(best_bid)), min(bid, int(best_ask))


def crossing_volume_wh(demand: Curve, supply: Curve) -> int:
    """The largest volume whose last bid is at least its last ask.

    D(p) Wh are wanted and S(p) Wh offered at price p; the volume is the maximum of min(D, S) over all bids p.
    """
    offers = np.searchsorted(supply.price, demand.price, side="right")
    offered_wh = np.concatenate((np.zeros(1, dtype=np.int64), supply.cumulative_wh))[offers]
    return int(np.minimum(demand.cumulative_wh, offered_wh).max(initial=0))


def ration(wanted_wh: Ints, energy_wh: int, slot: int, homes: Ints) -> Ints:
    """Share energy pro rata among orders of one limit, the Wh still over by ``priority``.

    wanted_wh: shape (orders,), each at least 1; energy_wh: between 0 and their sum; homes: shape (orders,)
    Returns the fills, shape (orders,): floor(energy x wanted / sum of wanted), plus at most 1.
    """
    fill_wh = energy_wh * wanted_wh // int(wanted_wh.sum())
    over_wh = energy_wh - int(fill_wh.sum())
    if over_wh:
        order = sorted(range(len(homes)), key=lambda i: priority(slot, int(homes[i])))
        fill_wh[order[:over_wh]] += 1
    return fill_wh


@lru_cache(1 << 16)
def priority(slot: int, home: int) -> int:
    """Rank of a home in a slot, lowest first: fixed before the gate, and favouring nobody over time.

    sha-256 of slot and home index (from 0), both as 32 bytes, big-endian, read as a big-endian integer.
    """
    digest = hashlib.sha256(slot.to_bytes(32, "big") + home.to_bytes(32, "big")).digest()
    return int.from_bytes(digest, "big")


def _curve(book: OrderBook, side: int) -> Curve:
    ordered = side * book.quantity_wh > 0
    merit, step = np.unique(-side * book.limit_price[ordered], return_inverse=True)
    step_wh = np.zeros(len(merit), dtype=np.int64)
    np.add.at(step_wh, step, np.abs(book.quantity_wh[ordered]))
    return Curve(price=-side * merit, cumulative_wh=np.cumsum(step_wh))


def _side_fills(book: OrderBook, side: int, marginal_price: int, volume_wh: int) -> Ints:
    wanted_wh = np.maximum(side * book.quantity_wh, 0)
    merit = side * (book.limit_price - marginal_price)
    fill_wh = np.where(merit > 0, wanted_wh, 0)
    marginal = np.flatnonzero((merit == 0) & (wanted_wh > 0))
    fill_wh[marginal] = ration(wanted_wh[marginal], volume_wh - int(fill_wh.sum()), book.slot, marginal)
    return fill_wh
