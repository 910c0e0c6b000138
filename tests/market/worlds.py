"""Small markets of readings, trades and tariffs for tests."""

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from sim.arrays import Ints
from sim.market.bills import OutsideOption
from sim.market.clearing import Trades
from sim.market.trades import clear_slots
from tests.market.books import AVERAGE

SLOTS = 6


@dataclass(frozen=True)
class World:
    """Readings, orders, their trades, and tariffs that differ by home and slot."""

    slots: Ints
    net_wh: Ints
    quantity_wh: Ints
    trades: Trades
    outside: OutsideOption
    period_retail: Ints
    period_feed_in: Ints


def flat(retail: int, feed_in: int, shape: tuple[int, ...], grid_fee: int = 0) -> OutsideOption:
    return OutsideOption(np.full(shape, retail), np.full(shape, feed_in), grid_fee)


def _ints(low: int, high: int, shape: tuple[int, int]) -> st.SearchStrategy[Ints]:
    return arrays.arrays(np.int64, shape, elements=st.integers(low, high))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Orders need not be near readings; every home's retail is at least its feed-in plus the fee."""
    homes = draw(st.integers(1, 6))
    shape, grid_fee = (homes, SLOTS), draw(st.integers(0, 9))
    slots = np.arange(SLOTS) + draw(st.integers(0, 50))
    net_wh, quantity_wh = draw(_ints(-30, 30, shape)), draw(_ints(-30, 30, shape))
    trades = clear_slots(AVERAGE, slots, quantity_wh, draw(_ints(0, 40, shape)))
    feed_in, period_feed_in = draw(_ints(0, 20, shape)), draw(_ints(0, 20, (homes, 2)))
    return World(
        slots=slots,
        net_wh=net_wh,
        quantity_wh=quantity_wh,
        trades=trades,
        outside=OutsideOption(feed_in + grid_fee + draw(_ints(0, 20, shape)), feed_in, grid_fee),
        period_retail=period_feed_in + grid_fee + draw(_ints(0, 20, (homes, 2))),
        period_feed_in=period_feed_in,
    )
