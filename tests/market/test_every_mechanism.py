"""What holds of every mechanism that is registered, and of those that the documentation shows as plug-ins."""

import doctest
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.market.book import OrderBook
from sim.market.clearing import Clearing
from sim.market.mechanisms import Mechanism, mechanisms
from sim.market.mechanisms.mechanism import RULES
from sim.market.merit_order import match
from tests.market.books import LIMITS, books, refusal, small_books
from tests.market.books import book as written
from tests.plugins import every, plugged  # noqa: F401


@pytest.fixture(scope="module", params=every(mechanisms))
def mechanism(request) -> Mechanism:
    return mechanisms.make(request.param)


def same(one: Clearing, other: Clearing) -> bool:
    return bool((one.fill_wh == other.fill_wh).all() and (one.payment == other.payment).all())


@contextmanager
def lots_of(order: Sequence[int]) -> Iterator[None]:
    """Position i draws the lots of home ``order[i]``."""

    def moved(draw: Callable[..., int]) -> Callable[..., int]:
        return lambda slot, home, *rest: draw(slot, order[home], *rest)

    with ExitStack() as stack:
        for name, module in list(sys.modules.items()):
            for lot in ("priority", "arrival") if name.startswith("sim.market") else ():
                if hasattr(module, lot):
                    stack.enter_context(patch.object(module, lot, moved(getattr(module, lot))))
        yield


class TestEveryMechanism:
    @given(book=books())
    def test_the_contract_accepts_what_it_makes(self, mechanism: Mechanism, book: OrderBook) -> None:
        """By the Python model of the rule that it names: fills, limits, balance, surplus, and prices."""
        clearing = mechanism.clear(book)
        assert clearing.slot == book.slot
        assert clearing.fill_wh.dtype == clearing.payment.dtype == np.int64
        assert clearing.fill_wh.shape == clearing.payment.shape == book.quantity_wh.shape
        assert np.all(clearing.payment * book.quantity_wh >= 0)  # buyers pay, sellers get
        assert mechanism.rule is None or mechanism.rule in RULES
        assert refusal(book, clearing, mechanism) is None
        if mechanism.rule and not RULES[mechanism.rule].at_own_prices:
            assert (clearing.price is None) == (clearing.traded_wh == 0)

    @given(book=books())
    def test_the_same_book_has_the_same_clearing(self, mechanism: Mechanism, book: OrderBook) -> None:
        """And stays as it was."""
        before = book.quantity_wh.copy(), book.limit_price.copy()
        assert same(mechanism.clear(book), mechanism.clear(book))
        assert np.array_equal(before, (book.quantity_wh, book.limit_price))

    @given(book=books(), extra=st.integers(0, 5))
    def test_homes_without_orders_change_nothing(
        self, mechanism: Mechanism, book: OrderBook, extra: int
    ) -> None:
        nobody = np.zeros(extra, dtype=np.int64)
        quantity_wh, limits = (np.append(each, nobody) for each in (book.quantity_wh, book.limit_price))
        clearing, wider = mechanism.clear(book), mechanism.clear(OrderBook(book.slot, quantity_wh, limits))
        assert wider.fill_wh.tolist() == clearing.fill_wh.tolist() + nobody.tolist()
        assert wider.payment.tolist() == clearing.payment.tolist() + nobody.tolist()

    @given(book=books(), data=st.data())
    def test_only_the_lottery_knows_the_order_of_homes(
        self, mechanism: Mechanism, book: OrderBook, data: st.DataObject
    ) -> None:
        """Homes in another order, and their lots with them, come to what they came to before, to the unit."""
        order = data.draw(st.permutations(range(len(book.quantity_wh))))
        before = mechanism.clear(book)
        with lots_of(order):
            after = mechanism.clear(OrderBook(book.slot, book.quantity_wh[order], book.limit_price[order]))
        assert after.fill_wh.tolist() == before.fill_wh[order].tolist()
        assert after.payment.tolist() == before.payment[order].tolist()

    def test_equals_are_treated_alike_over_time(self, mechanism: Mechanism) -> None:
        """Two buyers for what one seller has; then two sellers, and everything once more with a crowd."""
        for crowd in ((), ((7, 6), (-7, 2), (5, 7), (-5, 1))):
            for side in (1, -1):
                orders = (side * 10, 5), (side * 10, 5), (-side * 10, 4 if side > 0 else 6), *crowd
                fills_wh = np.array(
                    [mechanism.clear(written(*orders, slot=slot)).fill_wh[:2] for slot in range(150)]
                )
                mean, spread = fills_wh.mean(axis=0), fills_wh.std(axis=0).max() / 150**0.5
                assert abs(mean[0] - mean[1]) <= 6 * spread + 0.05

    @given(book=books())
    def test_it_has_the_properties_that_it_says(self, mechanism: Mechanism, book: OrderBook) -> None:
        """Balance and efficiency at any limits; truth has a search of its own."""
        clearing, said = mechanism.clear(book), mechanism.properties
        assert clearing.surplus >= 0
        if said and said.strongly_balanced:
            assert clearing.surplus == 0
        if said and said.efficient:
            fills = match(book), clearing.fill_wh
            best, made = (book.signed(fill_wh) @ book.limit_price for fill_wh in fills)
            assert made == best

    @given(book=books())
    def test_nothing_is_traded_where_no_limits_meet(self, mechanism: Mechanism, book: OrderBook) -> None:
        """Every ask above every bid."""
        apart = np.where(book.quantity_wh < 0, book.limit_price + 9, book.limit_price)
        clearing = mechanism.clear(OrderBook(book.slot, book.quantity_wh, apart))
        assert not clearing.fill_wh.any()
        assert not clearing.payment.any()

    @given(
        book=books(most_wh=2**23 - 1, most_price=10**9),
        odd=st.sampled_from([(1, 10**9), (-1, 0), (2**23 - 1, 10**9), (-(2**23 - 1), 0)]),
    )
    def test_the_largest_and_the_smallest_orders_balance(
        self, mechanism: Mechanism, book: OrderBook, odd: tuple[int, int]
    ) -> None:
        quantity_wh, limits = np.append(book.quantity_wh, odd[0]), np.append(book.limit_price, odd[1])
        wide = OrderBook(book.slot, quantity_wh, limits)
        assert refusal(wide, mechanism.clear(wide), mechanism) is None

    def test_the_examples_of_its_docstring_hold(self, mechanism: Mechanism) -> None:
        tried = doctest.testmod(sys.modules[type(mechanism).__module__])
        assert tried.failed == 0
        if type(mechanism).__module__.startswith("sim.") and mechanism.asks_limits:
            assert tried.attempted > 0


# Who gains by another limit ---------------------------------------------------------------------------------

TRUTHFUL = [
    each.name for each in mechanisms if each.asks_limits and each.properties and each.properties.truthful
]


def gain_by(mechanism: Mechanism, book: OrderBook, home: int, limit: int) -> int:
    """What a home whose limit is what energy is worth to it gains by naming another one, nano-$."""

    def gain(asked: OrderBook) -> int:
        clearing = mechanism.clear(asked)
        worth = int(book.limit_price[home]) * int(book.signed(clearing.fill_wh)[home])
        return worth - int(clearing.payment[home])

    limits = book.limit_price.copy()
    limits[home] = limit
    return gain(OrderBook(book.slot, book.quantity_wh, limits)) - gain(book)


@pytest.mark.parametrize("name", TRUTHFUL)
@given(book=books(most_wh=3, most_price=6), data=st.data())
def test_no_other_limit_gains_under_a_truthful_mechanism(name, book, data):
    if len(book.quantity_wh):
        home = data.draw(st.integers(0, len(book.quantity_wh) - 1))
        assert gain_by(mechanisms.make(name), book, home, data.draw(st.integers(0, 8))) <= 0


@pytest.mark.long
@pytest.mark.parametrize("name", [each.name for each in mechanisms if each.asks_limits])
def test_the_whole_search_of_small_books_finds_what_is_said(name):
    """Every limit of every home in every small book: a truthful rule lets none gain, others one."""
    mechanism = mechanisms.make(name)
    gains = (
        gain_by(mechanism, each, home, limit) > 0
        for each in small_books()
        for home in range(4)
        for limit in LIMITS
        if limit != each.limit_price[home]
    )
    assert any(gains) == (name not in TRUTHFUL)
