"""Order books for tests: written out, and drawn by hypothesis."""

import numpy as np
from hypothesis import strategies as st

from sim.market.arrays import Ints
from sim.market.book import OrderBook
from sim.market.mechanisms import mechanisms


def ints(*values: int) -> Ints:
    return np.array(values, dtype=np.int64)


def book(*orders: tuple[int, int], slot: int = 0) -> OrderBook:
    """Orders as (signed Wh, limit)."""
    return OrderBook(slot, ints(*(q for q, _ in orders)), ints(*(p for _, p in orders)))


@st.composite
def books(draw: st.DrawFn, homes: int = 12, most_wh: int = 9, most_price: int = 8) -> OrderBook:
    """Few distinct limits and small orders, so that ties and remainders are common."""
    quantity_wh, limit_price = st.integers(-most_wh, most_wh), st.integers(0, most_price)
    orders = draw(st.lists(st.tuples(quantity_wh, limit_price), max_size=homes))
    return book(*orders, slot=draw(st.integers(0, 10_000)))


DOUBLE_AUCTION = mechanisms.make("double-auction")
clear = DOUBLE_AUCTION.clear
