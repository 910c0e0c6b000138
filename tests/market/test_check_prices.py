"""The check of prices that shares nothing with the auction finds what is wrong, and nothing else."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.check_prices import violations
from sim.market.book import OrderBook
from sim.market.mechanisms import mechanisms
from tests.market.books import AVERAGE, book, books, ints

PARTLY_FILLED = book((3, 9), (2, 5), (-4, 2))
K = 0.25


def checked(orders: OrderBook, fill_wh: np.ndarray, price: int | None) -> dict[int, str]:
    """What is wrong with one slot's fills and price."""
    there = orders.quantity_wh != 0
    table = pd.DataFrame(
        {
            "slot": orders.slot,
            "side": np.where(orders.quantity_wh > 0, "buy", "sell"),
            "quantity_wh": np.abs(orders.quantity_wh),
            "limit_nano_per_wh": orders.limit_price,
            "fill_wh": fill_wh,
        }
    )[there]
    traded_wh = int(fill_wh[orders.quantity_wh > 0].sum())
    prices = pd.array([pd.NA if price is None else price], dtype="Int64")
    slots = pd.DataFrame({"slot": [orders.slot], "traded_wh": [traded_wh], "price_nano_per_wh": prices})
    traded, wide, wrong = violations(table, slots, K)
    assert wide <= traded == (traded_wh > 0)
    return wrong


@given(orders=books(most_price=40), moved=st.sampled_from([-1, 1, 7]))
def test_every_uniform_price_passes_and_every_other_one_is_found(orders: OrderBook, moved: int) -> None:
    clearing = mechanisms.make("uniform", {"k": K}).clear(orders)
    assert checked(orders, clearing.fill_wh, clearing.price) == {}
    if clearing.price is not None:
        assert checked(orders, clearing.fill_wh, clearing.price + moved)


@pytest.mark.parametrize(
    ("fill_wh", "price", "why"),
    [
        ((3, 1, 4), 5, None),
        ((3, 1, 4), AVERAGE.clear(PARTLY_FILLED).price, "3 is outside the clearing prices from 5 to 5"),
        (
            (2, 2, 4),
            5,
            "Order(quantity_wh=3, limit=9, fill_wh=2) is filled at a loss, or left at a gain, at 5",
        ),
        ((3, 2, 4), 5, "5 Wh are bought and 4 Wh sold, and 5 Wh are said to be traded"),
        ((4, 0, 4), 5, "Order(quantity_wh=3, limit=9, fill_wh=4) is filled beyond what it asks for"),
        ((0, 0, 0), 5, "nothing is traded, and 5 is a price"),
        ((0, 0, 0), None, "nothing is traded, and a bid and an ask accept each other"),
    ],
)
def test_forged(fill_wh: tuple[int, ...], price: int | None, why: str | None) -> None:
    assert checked(PARTLY_FILLED, ints(*fill_wh), price) == ({} if why is None else {0: why})
