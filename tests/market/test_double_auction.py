import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.market.book import OrderBook
from sim.market.clearing import Clearing
from sim.market.merit_order import demand_curve, priority, ration, supply_curve
from tests.market.books import book, books, clear, ints, refusal
from tests.market.reference import reference_clear


def test_midpoint_of_the_last_filled_orders():
    clearing = clear(book((3, 100), (2, 80), (4, 50), (-4, 20), (-1, 70), (-9, 90)))
    assert (clearing.price, clearing.traded_wh, clearing.trades) == (75, 5, 4)
    assert clearing.fill_wh.tolist() == [3, 2, 0, 4, 1, 0]


def test_price_is_rounded_down():
    assert clear(book((1, 8), (-1, 5))).price == 6


def test_equal_limits_trade_and_the_next_price_does_not():
    assert clear(book((5, 7), (-5, 7))).traded_wh == 5
    assert clear(book((5, 7), (-5, 8))).traded_wh == 0


@pytest.mark.parametrize("orders", [[], [(5, 9)], [(-5, 1)], [(0, 9), (0, 1)], [(5, 3), (-5, 4)]])
def test_no_trade_has_no_price(orders):
    clearing = clear(book(*orders))
    assert clearing.price is None
    assert clearing.fill_wh.tolist() == [0] * len(orders)
    assert (clearing.traded_wh, clearing.trades) == (0, 0)


def test_margin_is_shared_pro_rata():
    clearing = clear(book((30, 9), (10, 9), (100, 9), (-70, 1)))
    assert clearing.fill_wh.tolist() == [15, 5, 50, 70]


def test_both_sides_fill_up_where_marginal_limits_are_equal():
    clearing = clear(book((2, 9), (6, 5), (2, 5), (-6, 1), (-1, 5), (-3, 5)))
    assert clearing.price == 5
    assert clearing.fill_wh.tolist() == [2, 6, 2, 6, 1, 3]


def test_price_may_be_one_that_an_unfilled_order_accepts():
    clearing = clear(book((1, 10), (1, 8), (-1, 1), (-1, 9)))
    assert (clearing.price, clearing.fill_wh.tolist()) == (5, [1, 0, 1, 0])


def test_priority_is_the_sha256_of_slot_and_home():
    # sha-256 of 64 zero bytes, the first node above two empty leaves in many Merkle trees.
    assert f"{priority(0, 0):x}" == "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b"
    assert priority(1, 0) != priority(0, 1)


def test_the_remainder_follows_priority_by_home_index():
    slot = 3
    first = min(range(1, 4), key=lambda home: priority(slot, home))
    fills = clear(book((-1, 1), (1, 5), (1, 5), (1, 5), slot=slot)).fill_wh.tolist()
    assert fills == [1] + [int(home == first) for home in range(1, 4)]


def test_the_fixed_order_favours_nobody_over_time():
    homes, over_wh, slots = 7, 3, 4_000
    extra = sum(ration(ints(*[1] * homes), over_wh, slot, np.arange(homes)) for slot in range(slots))
    share = over_wh / homes
    five_sigma = 5 * (slots * share * (1 - share)) ** 0.5
    assert extra.sum() == over_wh * slots
    assert np.abs(extra - share * slots).max() < five_sigma


def test_the_fixed_order_does_not_follow_the_index():
    earlier = [
        sum(priority(slot, a) < priority(slot, b) for slot in range(4_000)) for a, b in ((0, 1), (0, 255))
    ]
    assert all(abs(count - 2_000) < 5 * 4_000**0.5 / 2 for count in earlier)


@given(books())
def test_equals_the_reference(book):
    clearing = clear(book)
    assert (clearing.price, clearing.fill_wh.tolist()) == reference_clear(book)


@given(books())
def test_volume_is_the_most_that_any_single_price_can_trade(book):
    q, p = book.quantity_wh, book.limit_price
    at_price = [min(int(q[(q > 0) & (p >= x)].sum()), -int(q[(q < 0) & (p <= x)].sum())) for x in range(10)]
    assert clear(book).traded_wh == max(at_price)


@given(books(homes=4, most_wh=2, most_price=2))
def test_the_rules_leave_one_outcome(book):
    fills = itertools.product(*(range(abs(q) + 1) for q in book.quantity_wh.tolist()))
    candidates = [
        Clearing.at_one_price(book, ints(*fill), price)
        for fill in fills
        for price in ((0, 1, 2) if any(fill) else (0,))
    ]
    lawful = [c for c in candidates if refusal(book, c) is None]
    assert [(c.price, c.fill_wh.tolist()) for c in lawful] == [
        (clear(book).price, clear(book).fill_wh.tolist())
    ]


@given(books(), st.integers(1, 1_000))
def test_a_price_scale_changes_no_fill(book, factor):
    scaled = replace(book, limit_price=book.limit_price * 2 * factor)
    assert clear(scaled).fill_wh.tolist() == clear(book).fill_wh.tolist()


@pytest.mark.parametrize("prices", [(60_000, 220_000), (60_000, 60_004)])
def test_ten_thousand_large_orders_clear_exactly(prices):
    generator = np.random.default_rng(1)
    quantity_wh = generator.integers(-(2**23), 2**23, 10_000, endpoint=True)
    limit_price = generator.integers(*prices, 10_000, endpoint=True)
    large = OrderBook(8_759, quantity_wh, limit_price)
    assert clear(large).traded_wh > 2**33
    assert refusal(large, clear(large)) is None


def test_curves_are_steps_over_distinct_limits():
    both = book((3, 100), (2, 80), (4, 100), (-4, 20), (-1, 70), (-9, 20), (0, 50))
    assert demand_curve(both).price.tolist() == [100, 80]
    assert demand_curve(both).cumulative_wh.tolist() == [7, 9]
    assert supply_curve(both).price.tolist() == [20, 70]
    assert supply_curve(both).cumulative_wh.tolist() == [13, 14]


@pytest.mark.parametrize(
    ("slot", "quantity_wh", "limit_price", "message"),
    [
        (-1, ints(1), ints(1), "slot -1 should be at least 0"),
        (0, ints(1, 2), ints(1), r"shapes \(2,\) and \(1,\); both should be \(homes,\)"),
        (0, ints(1).reshape(1, 1), ints(1).reshape(1, 1), "should be"),
        (0, np.array([1.5]), ints(1), "are float64 and int64; both should be int64"),
        (0, ints(1), ints(-3), "limit price -3 should be at least 0"),
        (0, ints(2**32, -(2**32)), ints(1, 1), "should be at most"),
        (0, ints(-(2**63)), ints(1), "should be at most"),
    ],
)
def test_malformed_books_are_refused(slot, quantity_wh, limit_price, message):
    with pytest.raises(ValueError, match=message):
        OrderBook(slot, quantity_wh, limit_price)


def test_the_largest_book_that_fits_is_exact():
    largest = book((2**31 - 1, 2), (2**30, 1), (-(2**30) - 1, 1))
    assert refusal(largest, clear(largest)) is None
