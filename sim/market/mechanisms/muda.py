"""MUDA, a truthful multi-unit double auction: two half markets, each cleared at the other one's price."""

from abc import abstractmethod

import numpy as np

from sim.arrays import Bools, Ints
from sim.market.book import BUY, SELL, OrderBook
from sim.market.clearing import Clearing, money
from sim.market.mechanisms.mechanism import Mechanism
from sim.market.merit_order import clearing_interval, match, priority


class Muda(Mechanism):
    """Halves by the last bit of ``priority``, which nobody can choose; no home's limit sets its own price.

    A half's price is the middle of its clearing prices; where it has both sides but no trade, the middle of
    its best bid and best ask; and where it lacks a side there is none, so that the other half does not trade.

    At a price given to it, a half has all orders trade that accept it, on the side that wants less; the rules
    differ in who does on the other side.
    """

    def clear(self, book: OrderBook) -> Clearing:
        """See ``Mechanism``."""
        halves = in_halves(book)
        prices = [half_price(book, half) for half in halves]
        fill_wh, payment = np.zeros((2, len(book.quantity_wh)), dtype=np.int64)
        for half, price in zip(halves, reversed(prices), strict=True):
            if price is not None:
                filled_wh, fees = self.trade_at(book, half, price)
                fill_wh += filled_wh
                payment += money(np.array(price), book.signed(filled_wh)) + fees
        return Clearing(book.slot, fill_wh, payment)

    def trade_at(self, book: OrderBook, half: Bools, price: int) -> tuple[Ints, Ints]:
        """Fills of a half at a price from outside, at least 0, and fees in nano-$: shapes (homes,)."""
        bids = half & (book.quantity_wh > 0) & (book.limit_price >= price)
        asks = half & (book.quantity_wh < 0) & (book.limit_price <= price)
        wanted_wh = np.abs(book.quantity_wh)
        demand_wh, supply_wh = (int(wanted_wh[side].sum()) for side in (bids, asks))
        energy_wh = min(demand_wh, supply_wh)
        short, long = (bids, asks) if demand_wh <= supply_wh else (asks, bids)
        order = np.array(self.order_of(book, np.flatnonzero(long)), dtype=np.int64)
        fill_wh = np.where(short & (energy_wh > 0), wanted_wh, 0)
        fill_wh[order] = in_turn(wanted_wh[order], energy_wh)
        return fill_wh, self.fees(book, order, fill_wh, price)

    @abstractmethod
    def order_of(self, book: OrderBook, homes: Ints) -> list[int]:
        """In which order homes of the longer side are filled."""

    def fees(self, book: OrderBook, order: Ints, fill_wh: Ints, price: int) -> Ints:  # noqa: ARG002
        """What the longer side pays besides the price, nano-$, shape (homes,), at least 0."""
        return np.zeros_like(fill_wh)


def in_halves(book: OrderBook) -> tuple[Bools, Bools]:
    """Which homes are in the first half, and in the second; shapes (homes,)."""
    odd = np.array([priority(book.slot, home) & 1 for home in range(len(book.quantity_wh))], dtype=bool)
    return ~odd, odd


def half_price(book: OrderBook, half: Bools) -> int | None:
    """The price that a half makes for the other, nano-$ per Wh; None where it lacks a side."""
    own = OrderBook(book.slot, np.where(half, book.quantity_wh, 0), book.limit_price)
    interval = clearing_interval(own, match(own))
    if interval is None:
        bids, asks = (book.limit_price[side * own.quantity_wh > 0] for side in (BUY, SELL))
        if not (len(bids) and len(asks)):
            return None
        interval = int(bids.max()), int(asks.min())
    return sum(interval) // 2


def in_turn(wanted_wh: Ints, energy_wh: int) -> Ints:
    """Each gets what it wants of what those before it have left: shape (orders,)."""
    before_wh = np.cumsum(wanted_wh) - wanted_wh
    filled: Ints = np.clip(energy_wh - before_wh, 0, wanted_wh)
    return filled
