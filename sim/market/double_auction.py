"""Uniform-price double auction of one slot, in exact integers.

The rules, which leave exactly one price and one set of fills for every book:

1. Sort buy orders by falling and sell orders by rising limit. The volume is the largest at which the last bid
   is still at least the last ask; equality trades.
2. Nobody is filled past a strictly better order of the same side.
3. Orders at the marginal limit of a side share what is left for it: floor(F x q / Q) each, where F is the
   energy left, q the order and Q all orders at that limit. The Wh still over go, one each, to the first of
   these orders by ``priority``.
4. All trade at floor((lowest filled bid + highest filled ask) / 2).

This is a k-double auction with k = 1/2 (Rustichini, Satterthwaite and Williams, Econometrica 62(5), 1994,
1041-1063), except that theirs takes the middle of all market-clearing prices, this one the middle between the
last filled orders: an order left unfilled may have accepted the price. Money paid equals money received, so
the auction keeps no surplus.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

BUY, SELL = 1, -1
INT64_MAX = 2**63 - 1


@dataclass(frozen=True)
class OrderBook:
    """All orders of one slot, one row per home.

    slot:        number of the slot, at least 0
    quantity_wh: shape (homes,), int64: positive buys, negative sells, 0 is no order
    limit_price: shape (homes,), int64, nano-$ per Wh, at least 0; of no meaning without an order

    Raises ValueError where this does not hold, and where orders are too large to be rationed in int64.
    """

    slot: int
    quantity_wh: Ints
    limit_price: Ints

    def __post_init__(self) -> None:
        if self.slot < 0:
            raise ValueError(f"slot {self.slot} should be at least 0")
        if self.quantity_wh.ndim != 1 or self.quantity_wh.shape != self.limit_price.shape:
            shapes = f"{self.quantity_wh.shape} and {self.limit_price.shape}"
            raise ValueError(f"quantities and limits have shapes {shapes}; both should be (homes,)")
        if self.quantity_wh.dtype != np.int64 or self.limit_price.dtype != np.int64:
            types = f"{self.quantity_wh.dtype} and {self.limit_price.dtype}"
            raise ValueError(f"quantities and limits are {types}; both should be int64")
        if np.any(self.limit_price < 0):
            raise ValueError(f"limit price {self.limit_price.min()} should be at least 0")
        sizes_wh = [abs(quantity_wh) for quantity_wh in self.quantity_wh.tolist()]
        most = sum(sizes_wh) * max(sizes_wh, default=0)  # bounds F x q of rule 3
        if most > INT64_MAX:
            raise ValueError(f"all orders x the largest is {most} Wh^2, which should be at most {INT64_MAX}")


@dataclass(frozen=True)
class Clearing:
    """What the auction makes of one slot's orders.

    slot:    number of the slot
    price:   nano-$ per Wh, None without trade
    fill_wh: shape (homes,), at least 0; the side is the order's
    """

    slot: int
    price: int | None
    fill_wh: Ints

    @property
    def traded_wh(self) -> int:
        """Energy that changes hands: bought, which equals sold."""
        return int(self.fill_wh.sum()) // 2

    @property
    def trades(self) -> int:
        """How many orders are filled, at least in part; each is one trade against the pool."""
        return int(np.count_nonzero(self.fill_wh))


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


def clear(book: OrderBook) -> Clearing:
    """Clear one slot by the rules at the top of this file."""
    demand, supply = demand_curve(book), supply_curve(book)
    volume_wh = crossing_volume_wh(demand, supply)
    if volume_wh == 0:
        return Clearing(book.slot, None, np.zeros_like(book.quantity_wh))
    bid, ask = demand.marginal_price(volume_wh), supply.marginal_price(volume_wh)
    fill_wh = _side_fills(book, BUY, bid, volume_wh) + _side_fills(book, SELL, ask, volume_wh)
    return Clearing(book.slot, (bid + ask) // 2, fill_wh)


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


def priority(slot: int, home: int) -> int:
    """Rank of a home in a slot, lowest first: fixed before the gate, and favouring nobody over time.

    sha-256 of slot and home index (from 0), both as 32 bytes, big-endian, read as a big-endian integer.
    """
    digest = hashlib.sha256(slot.to_bytes(32, "big") + home.to_bytes(32, "big")).digest()
    return int.from_bytes(digest, "big")


def signed_fills_wh(book: OrderBook, clearing: Clearing) -> Ints:
    """Shape (homes,): fills with the side of their orders, positive bought and negative sold."""
    fill_wh: Ints = np.sign(book.quantity_wh) * clearing.fill_wh
    return fill_wh


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
