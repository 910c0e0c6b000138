"""Homes that stay within the rules, and those that would not."""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scripts.trust.traders import absent, best_response, last_look, phantom, truthful, washed
from sim.market.book import OrderBook
from sim.market.orders import Orders
from tests.market.books import DOUBLE_AUCTION, book, books, clear, ints
from tests.outputs.counterfactual.markets import SLOTS, Market, column, markets


def gain(orders: OrderBook, row: int, limit: int, value: int) -> int:
    limits = orders.limit_price.copy()
    limits[row] = limit
    answered = OrderBook(orders.slot, orders.quantity_wh, limits)
    clearing = clear(answered)
    return (value - (clearing.price or 0)) * int(answered.signed(clearing.fill_wh)[row])


@settings(max_examples=40)
@given(books(homes=6), st.integers(0, 12), st.data())
def test_no_limit_answers_a_book_better(orders: OrderBook, value: int, data):
    assume(len(orders.quantity_wh))
    row = data.draw(st.integers(0, len(orders.quantity_wh) - 1))
    best = max(gain(orders, row, limit, value) for limit in range(14))
    assert gain(orders, row, best_response(DOUBLE_AUCTION, orders, row, value), value) == best


def test_the_last_buyer_bids_just_what_the_cheapest_seller_asks():
    orders = book((5, 200), (-5, 80), (-9, 90))
    assert best_response(DOUBLE_AUCTION, orders, 0, 220) == 80
    assert best_response(DOUBLE_AUCTION, book((5, 200), (3, 100)), 0, 220) == 200


@settings(max_examples=40)
@given(markets())
def test_a_last_look_changes_the_own_limits_alone_and_never_for_the_worse(market: Market):
    """Where every forecast holds, nothing is gained by any other home's doing."""
    honest, outside = market.honest, market.outside
    looked = last_look(DOUBLE_AUCTION, honest, 0, outside)
    assert looked.quantity_wh.tolist() == honest.quantity_wh.tolist()
    assert looked.limit_price[1:].tolist() == honest.limit_price[1:].tolist()
    value = outside.limits(honest.quantity_wh)[0]
    before, after = honest.cleared_by(DOUBLE_AUCTION), looked.cleared_by(DOUBLE_AUCTION)
    gained = (value - after.price) * after.fill_wh[0] - (value - before.price) * before.fill_wh[0]
    assert gained.min() >= 0


@settings(max_examples=40)
@given(markets())
def test_a_pair_that_washes_is_filled_with_its_own_energy(market: Market):
    """Where one buys and one sells they trade at least the smaller of both, whatever others ask."""
    limits = np.clip(market.honest.limit_price, 1, None)
    outside = market.outside
    assume(limits.max() < 2 * outside.retail[:2].min())
    honest = Orders(market.honest.quantity_wh, limits)
    pair = honest.quantity_wh[:2]
    opposed = pair[0] * pair[1] < 0
    both = washed(honest, (0, 1), outside)
    fill_wh = np.abs(both.cleared_by(DOUBLE_AUCTION).fill_wh[:2])
    assert np.all(fill_wh.min(axis=0) >= np.where(opposed, np.abs(pair).min(axis=0), 0))
    assert both.limit_price[2:].tolist() == limits[2:].tolist()
    assert both.limit_price[:, ~opposed].tolist() == limits[:, ~opposed].tolist()


def test_a_pair_cannot_name_each_other():
    """Asking for more than the others do, the sister is passed over: the book knows no pairs."""
    orders = Orders(column(4, -4, -4), column(300, 200, 80))
    assert orders.cleared_by(DOUBLE_AUCTION).fill_wh[:, 0].tolist() == [4, 0, -4]


def test_a_phantom_seller_sells_what_it_has_and_more():
    honest = Orders(np.tile(ints(5, -3, 0), (2, 1)), np.full((2, SLOTS), 100))
    wish = phantom(honest, 1, 20, ints(60, 70, 80))
    assert wish.quantity_wh.tolist() == [[5, -3, 0], [-20, -23, -20]]
    assert wish.limit_price.tolist() == [[100] * 3, [60, 70, 80]]


@settings(max_examples=30)
@given(markets())
def test_who_is_absent_or_truthful_changes_nothing_of_others(market: Market):
    without, own = absent(market.honest, 0), truthful(market.honest, (0,), market.outside)
    assert not without.cleared_by(DOUBLE_AUCTION).fill_wh[0].any()
    assert without.quantity_wh[1:].tolist() == market.honest.quantity_wh[1:].tolist()
    assert own.limit_price[0].tolist() == market.outside.limits(market.honest.quantity_wh)[0].tolist()
    assert own.limit_price[1:].tolist() == market.honest.limit_price[1:].tolist()
