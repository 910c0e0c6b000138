"""The uniform price is market-clearing: nobody filled loses, nobody left strictly gains."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.market.book import OrderBook
from sim.market.clearing import Clearing
from sim.market.mechanisms import mechanisms
from tests.market.books import AVERAGE, book, books, refusal

UNIFORM = mechanisms.make("uniform")


def is_market_clearing(book: OrderBook, clearing: Clearing, price: int) -> bool:
    """By what each order says of a price, and nothing of how fills or price were found."""
    for order_wh, limit, fill_wh in zip(book.quantity_wh, book.limit_price, clearing.fill_wh, strict=True):
        gain = (limit - price) * np.sign(order_wh)
        if (fill_wh > 0 and gain < 0) or (fill_wh < abs(order_wh) and gain > 0):
            return False
    return True


@given(book=books(most_wh=6, most_price=20), k_ppm=st.integers(0, 10**6))
def test_it_lies_k_of_the_way_up_all_market_clearing_prices(book: OrderBook, k_ppm: int) -> None:
    mechanism = mechanisms.make("uniform", {"k": k_ppm / 10**6})
    clearing = mechanism.clear(book)
    assert refusal(book, clearing, mechanism) is None
    if clearing.price is not None:
        prices = [price for price in range(-1, 23) if is_market_clearing(book, clearing, price)]
        assert prices == list(range(prices[0], prices[-1] + 1))
        assert clearing.price == prices[0] + (prices[-1] - prices[0]) * k_ppm // 10**6


@pytest.mark.parametrize(
    ("orders", "traded_wh", "price"),
    [
        # 6 buyers at 300, 11 sellers at 100: the long side gets its cost
        ((*((1, 300),) * 6, *((-1, 100),) * 11), 6, 100),
        # a last bid filled in part, a last ask filled in part, and neither
        (((3, 9), (2, 5), (-4, 2)), 4, 5),
        (((3, 9), (-2, 2), (-4, 4)), 3, 4),
        (((3, 9), (-3, 4)), 3, 6),
        (((3, 9), (1, 6), (-3, 4), (-1, 8)), 3, 7),
    ],
)
def test_by_hand(orders: tuple[tuple[int, int], ...], traded_wh: int, price: int) -> None:
    clearing = UNIFORM.clear(book(*orders))
    assert (clearing.traded_wh, clearing.price) == (traded_wh, price)


def test_the_average_of_the_last_filled_orders_is_not() -> None:
    """The ask of 2 is left in part, and would gain at 5: the price between 9 and 2."""
    partly = book((3, 9), (-5, 2))
    assert (AVERAGE.clear(partly).price, UNIFORM.clear(partly).price) == (5, 2)
    assert not is_market_clearing(partly, AVERAGE.clear(partly), 5)
    assert is_market_clearing(partly, UNIFORM.clear(partly), 2)


def test_k_is_what_the_contract_can_hold() -> None:
    assert mechanisms.make("uniform", {"k": 0.333333}).rule_arguments == (333_333,)
    with pytest.raises(ValueError, match=r"k = 0\.3333333 should have at most six decimals"):
        mechanisms.make("uniform", {"k": 0.3333333})
