"""Sealed orders in plain integers: the price of a total, bills, reservations, and who bears remainders."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.market.bills import OutsideOption, bills
from sim.market.book import OrderBook
from sim.market.mechanisms.net_price import NetPrice
from sim.market.merit_order import clearing_interval, match
from sim.market.sealed import SealedBooks, SealedLedger, settlement_periods, worst_cost
from sim.market.trades import broken_rule, clear_slots

RETAIL, FEED_IN = 9, 2
SCALE = 3


@st.composite
def truthful_books(draw):
    quantity_wh = np.array(draw(st.lists(st.integers(-20, 20), min_size=1, max_size=6)), dtype=np.int64)
    return OrderBook(0, quantity_wh, np.where(quantity_wh > 0, RETAIL, FEED_IN))


@given(book=truthful_books())
def test_the_price_clears_truthful_orders_and_nobody_is_rationed(book):
    """It lies in the interval of prices at which the orders among homes clear."""
    clearing = NetPrice().clear(book)
    assert clearing.fill_wh.tolist() == np.abs(book.quantity_wh).tolist()
    if interval := clearing_interval(book, match(book)):
        assert interval[0] <= clearing.price <= interval[1]


@given(book=truthful_books())
def test_the_utility_takes_what_is_left_over_at_its_own_price(book):
    clearing, total = NetPrice().clear(book), int(book.quantity_wh.sum())
    assert clearing.surplus == total * (RETAIL if total > 0 else FEED_IN)
    orders = book.quantity_wh[:, None], book.limit_price[:, None]
    trades = clear_slots(NetPrice(), np.arange(1), *orders)
    assert broken_rule(NetPrice(), *orders, trades) is None
    assert int(trades.traded_wh[0]) == min(book.quantity_wh.clip(0).sum(), (-book.quantity_wh).clip(0).sum())


def test_between_tariffs_where_nothing_is_left_over():
    even = OrderBook(0, np.array([4, -4]), np.array([RETAIL, FEED_IN]))
    assert [NetPrice(k=k).clear(even).price for k in (0.0, 0.5, 1.0)] == [FEED_IN, 5, RETAIL]
    with pytest.raises(ValueError, match="six decimals"):
        NetPrice(k=1e-7)


@st.composite
def sealed_books(draw):
    homes, gates, horizon = draw(st.integers(3, 5)), draw(st.integers(1, 5)), draw(st.integers(1, 3))
    slots = gates * horizon
    of_all = st.lists(st.integers(-100, 100), min_size=homes * slots, max_size=homes * slots)
    output, net_wh = (np.array(draw(of_all), dtype=np.int64).reshape(homes, slots) for _ in range(2))
    retail, feed_in = np.full(slots, RETAIL), np.full(slots, FEED_IN)
    price = NetPrice().prices(output.sum(axis=0), retail, feed_in)
    period = np.repeat(settlement_periods(slots, draw(st.integers(1, gates)), horizon, horizon), horizon)
    return SealedBooks(SCALE, output, net_wh, price, retail, feed_in, period)


@given(books=sealed_books())
def test_no_money_is_made_and_remainders_are_the_utility_s(books):
    """What homes pay is what they owe, but for less than one nano-$ per home and period."""
    owed = Fraction(int((books.trade + books.deviation).sum()), 2**SCALE)
    unpaid = Fraction(int(books.unpaid.sum()), 2**SCALE)
    assert books.bills.sum() == owed - unpaid
    assert 0 <= unpaid < books.bills.size
    assert books.trade_sums.sum() == books.totals @ books.price
    assert books.bills_by_slot.sum() == books.bills.sum()


@given(books=sealed_books(), home=st.integers(0, 2))
def test_a_period_on_its_own_has_the_same_bills(books, home):
    last = books.during(slice(int(np.argmax(books.period == books.period[-1])), None))
    assert last.bills[home, 0] == books.bills[home, -1]
    assert last.bills_by_slot[home].sum() == last.bills[home, 0]


@given(books=sealed_books())
def test_at_whole_wh_bills_are_those_of_open_orders(books):
    """Rounded in no place: outputs that are whole Wh, at scale 1."""
    whole = SealedBooks(
        0,
        books.output,
        *(getattr(books, name) for name in ("net_wh", "price", "retail", "feed_in", "period")),
    )
    rows = len(books.output)
    outside = OutsideOption(np.tile(books.retail, (rows, 1)), np.tile(books.feed_in, (rows, 1)))
    limits = outside.limits(books.output)
    trades = clear_slots(NetPrice(), np.arange(books.output.shape[1]), books.output, limits)
    at = np.abs(books.output).sum(axis=0) > 0  # a slot without orders has no price to see
    assert trades.price[at].tolist() == books.price[at].tolist()
    assert whole.bills_by_slot.tolist() == bills(books.net_wh, trades, outside).tolist()


@given(bought=st.lists(st.integers(0, 50), min_size=2, max_size=2), sells=st.booleans())
def test_a_reservation_covers_the_worst(bought, sells):
    """Of a buyer that pays retail, and of a seller that has nothing."""
    retail, flat = np.array([RETAIL, 7]), np.zeros(2, dtype=np.int64)
    output = np.array([bought]) * (-1 if sells else 1)
    books = SealedBooks(SCALE, output, flat[None], flat if sells else retail, retail, flat, flat)
    owed = int((books.deviation if sells else books.trade).sum())
    assert owed <= worst_cost(50, retail, SCALE) * 2**SCALE
    assert owed <= worst_cost(max(bought), retail, SCALE) * 2**SCALE


def test_credit_is_reserved_gate_by_gate_and_freed():
    ledger = SealedLedger(2, credit_limit=10)
    assert ledger.reserve([10, 11]).tolist() == [True, False]
    assert ledger.reserve([1, 10]).tolist() == [False, True]
    ledger.settle([4, -3])
    ledger.free(0, 10)
    assert (ledger.balance, ledger.reserved) == ([-4, 3], [0, 10])
    assert ledger.reserve([7, 3]).tolist() == [False, True]
