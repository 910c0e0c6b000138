"""What homes gain by naming other limits, by hand and by trying every one."""

from itertools import islice, product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sim.errors import InputError
from sim.market.best_response import best_response, best_responses, on_short_side
from sim.market.book import OrderBook
from sim.market.mechanisms import Mechanism, mechanisms
from sim.market.mechanisms.rounds import InRounds
from sim.market.orders import Orders
from tests.market.books import AVERAGE, book, books, ints, small_books
from tests.market.worlds import flat

UNIFORM = mechanisms.make("uniform")
VALUE, COST = 9, 2
SEALED = [each.name for each in mechanisms if each.asks_limits and not issubclass(each, InRounds)]


@pytest.mark.parametrize(
    ("mechanism", "home", "limit", "gain"),
    [
        (AVERAGE, 0, COST, 3 * (5 - 2)),  # the buyer's limit is half of the price, which falls from 5 to 2
        (AVERAGE, 1, VALUE, 3 * (9 - 5)),
        (UNIFORM, 0, VALUE, 0),  # the price is what the seller asks, who is filled in part
        (UNIFORM, 1, VALUE, 3 * (9 - 2)),  # and without whom there is nothing to buy
        (mechanisms.make("mid-market"), 0, VALUE, 0),  # homes name no limits
    ],
)
def test_by_hand(mechanism: Mechanism, home: int, limit: int, gain: int) -> None:
    orders = book((3, VALUE), (-5, COST))
    assert best_response(mechanism, orders, home, int(orders.limit_price[home])) == (limit, gain)


def gain_of(mechanism: Mechanism, orders: OrderBook, home: int, limit: int, value: int) -> int:
    limits = orders.limit_price.copy()
    limits[home] = limit
    clearing = mechanism.clear(OrderBook(orders.slot, orders.quantity_wh, limits))
    return int(value * np.sign(orders.quantity_wh[home]) * clearing.fill_wh[home] - clearing.payment[home])


@settings(max_examples=40)
@given(orders=books(homes=6), value=st.integers(0, 12), data=st.data())
@pytest.mark.parametrize("name", SEALED)
def test_no_limit_answers_a_book_better(name: str, orders: OrderBook, value: int, data) -> None:
    assume(len(orders.quantity_wh))
    mechanism, home = mechanisms.make(name), data.draw(st.integers(0, len(orders.quantity_wh) - 1))
    limit, gained = best_response(mechanism, orders, home, value)
    now = gain_of(mechanism, orders, home, int(orders.limit_price[home]), value)
    best = max(gain_of(mechanism, orders, home, tried, value) for tried in range(14))
    assert gain_of(mechanism, orders, home, limit, value) == max(best, now) == now + gained


@pytest.mark.long
@pytest.mark.parametrize("name", SEALED)
def test_its_gain_is_that_of_the_best_of_all_limits_in_small_books(name: str) -> None:
    """Whatever energy is worth to the home; limits beyond those of the others are tried as well."""
    mechanism = mechanisms.make(name)
    for orders in islice(small_books(), 0, None, 7):  # of every kind of bids some with every kind of asks
        for home, value in product(range(4), (1, 3)):
            own = int(orders.limit_price[home])
            gains = [gain_of(mechanism, orders, home, limit, value) for limit in range(8)]
            assert best_response(mechanism, orders, home, value)[1] == max(gains) - gains[own]


def test_a_mechanism_in_rounds_is_refused() -> None:
    with pytest.raises(InputError, match=r'"repeated" clears in rounds.*should be a mechanism with one'):
        best_response(mechanisms.make("repeated"), book((3, VALUE), (-5, COST)), 0, VALUE)


quantities = st.lists(st.integers(-9, 9), min_size=1, max_size=8)


@settings(max_examples=40)
@given(quantity_wh=quantities, k=st.sampled_from([0, 0.5, 1]))
def test_at_a_clearing_price_only_pivotal_homes_of_the_long_side_gain(
    quantity_wh: list[int], k: float
) -> None:
    """All tell the truth, and every side has one value: then only who can make its side short gains."""
    wh = ints(*quantity_wh)[:, None]
    outside = flat(VALUE, COST, wh.shape)
    truthful = Orders(wh, outside.limits(wh))
    gains = best_responses(mechanisms.make("uniform", {"k": k}), truthful, outside, ints(0))
    over_wh = int(wh.sum())
    pivotal = abs(wh) > abs(over_wh)
    if over_wh:
        assert not gains[on_short_side(wh) | ~pivotal].any()
        assert (gains[on_short_side(wh)] == 0).all()
    assert (gains >= 0).all()


def test_each_slot_has_a_short_side_unless_both_are_equal() -> None:
    sides = on_short_side(ints(5, 3, 3, -4, -3, -9, 0, 0, 2).reshape(3, 3))
    assert sides.tolist() == [[False, False, True], [True, False, False], [False, False, True]]
