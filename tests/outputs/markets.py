"""Small markets with cheats in them, for tests."""

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from sim.arrays import Ints
from sim.market.bills import OutsideOption
from sim.market.orders import Orders

SLOTS = 3


@dataclass(frozen=True)
class Market:
    """Readings, tariffs, an honest book with limits between the tariffs, and another book of any sort."""

    net_wh: Ints
    outside: OutsideOption
    honest: Orders
    wished: Orders


def column(*values: int) -> Ints:
    return np.array(values, dtype=np.int64).reshape(-1, 1)


def _ints(low: int, high: int, shape: tuple[int, int]) -> st.SearchStrategy[Ints]:
    return arrays.arrays(np.int64, shape, elements=st.integers(low, high))


@st.composite
def markets(draw: st.DrawFn, common: bool = False) -> Market:
    """Tariffs differ between homes and slots, or are one flat tariff for all."""
    shape, grid_fee = (draw(st.integers(2, 6)), SLOTS), draw(st.integers(0, 5))
    of_tariffs = (1, 1) if common else shape
    feed_in = np.broadcast_to(draw(_ints(0, 20, of_tariffs)), shape)
    spread = np.broadcast_to(draw(_ints(0, 20, of_tariffs)), shape)
    outside = OutsideOption(feed_in + grid_fee + spread, feed_in, grid_fee)
    value, cost = outside.retail - outside.buyer_fee, outside.feed_in + outside.seller_fee
    limits = cost + (value - cost) * draw(_ints(0, 4, shape)) // 4
    return Market(
        net_wh=draw(_ints(-30, 30, shape)),
        outside=outside,
        honest=Orders(draw(_ints(-30, 30, shape)), limits),
        wished=Orders(draw(_ints(-90, 90, shape)), draw(_ints(0, 60, shape))),
    )
