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
from sim.market.mechanisms.huang import Huang
from sim.market.mechanisms.mcafee import McAfee
from sim.market.mechanisms.mechanism import RULES
from sim.market.mechanisms.muda import Muda, in_turn
from sim.market.mechanisms.muda_balanced import MudaBalanced
from sim.market.mechanisms.muda_lottery import MudaLottery
from sim.market.mechanisms.rounds import InRounds
from sim.market.merit_order import match
from sim.market.orders import asks_least
from sim.market.trade_reduction import margins_of, reduced
from tests.market.books import book as written
from tests.market.books import books, refusal, small_books
from tests.plugins import every, plugged  # noqa: F401

AMONG_HOMES = [name for name in every(mechanisms) if name != "net-price"]
"""Where the utility takes what is left over, other things hold: tests/market/test_sealed.py."""


@pytest.fixture(scope="module", params=AMONG_HOMES)
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


def gain_by(
    mechanism: Mechanism, book: OrderBook, home: int, limit: int, honest: Clearing | None = None
) -> int:
    """What a home whose limit is what energy is worth to it gains by naming another one, nano-$."""

    def gain(clearing: Clearing) -> int:
        worth = int(book.limit_price[home]) * int(book.signed(clearing.fill_wh)[home])
        return worth - int(clearing.payment[home])

    limits = book.limit_price.copy()
    limits[home] = limit
    other = mechanism.clear(OrderBook(book.slot, book.quantity_wh, limits))
    return gain(other) - gain(honest or mechanism.clear(book))


@pytest.mark.parametrize("name", TRUTHFUL)
@given(book=books(most_wh=3, most_price=6), data=st.data())
def test_no_other_limit_gains_under_a_truthful_mechanism(name, book, data):
    if len(book.quantity_wh):
        home = data.draw(st.integers(0, len(book.quantity_wh) - 1))
        assert gain_by(mechanisms.make(name), book, home, data.draw(st.integers(0, 8))) <= 0


def gain_is_found(mechanism: Mechanism) -> bool:
    """Whether any limit from 0 to 6 gains any home anything, in any small book."""
    return any(
        gain_by(mechanism, each, home, limit, honest) > 0
        for each in small_books()
        for honest in [mechanism.clear(each)]
        for home in range(6)
        for limit in (0, 2, 4, 6)
    )


@pytest.mark.long
@pytest.mark.parametrize("name", [each.name for each in mechanisms if each.asks_limits])
def test_the_whole_search_of_small_books_finds_what_is_said(name):
    """Between, below and above all limits that there are: nothing under truthful rules, else something."""
    assert gain_is_found(mechanisms.make(name)) == (name not in TRUTHFUL)


class WithoutFees(MudaBalanced):
    """Who displaces others pays nothing for it."""

    fees = Muda.fees


class BestFirst(MudaLottery):
    """No lottery: the best limits are filled, without a fee."""

    order_of = MudaBalanced.order_of


class LastTrades(McAfee):
    """All at the last matched limits trade at them, and so set their own price."""

    def clear(self, book: OrderBook) -> Clearing:
        return mechanisms.make("average").clear(book)


class OwnPrices(Huang):
    """Sharing by merit in place of equal burdens."""

    def clear(self, book: OrderBook) -> Clearing:
        margins = margins_of(book)
        return (
            reduced(book, *margins, lambda wh, energy, *_: in_turn(wh, energy))
            if margins
            else super().clear(book)
        )


@pytest.mark.long
@pytest.mark.parametrize("spoiled", [WithoutFees, BestFirst, LastTrades, OwnPrices])
def test_the_search_finds_what_a_spoiled_rule_lets_gain(spoiled):
    assert gain_is_found(spoiled())


# Rounds -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [each.name for each in mechanisms if issubclass(each, InRounds)])
@given(book=books(), data=st.data())
def test_rounds_keep_to_limits_that_change(name, book, data):
    """No home beyond what it has left, nor beyond its limit that asked for least; bought equals sold."""
    mechanism = mechanisms.make(name)
    assert isinstance(mechanism, InRounds)
    session, homes = mechanism.session(book.slot, book.quantity_wh), len(book.quantity_wh)
    left_wh, least = book.quantity_wh.copy(), None
    for _ in range(min(mechanism.rounds, 4)):
        limits = np.array(
            data.draw(st.lists(st.integers(0, 8), min_size=homes, max_size=homes)), dtype=np.int64
        )
        least = limits if least is None else asks_least(left_wh, least, limits)
        fill_wh, payment = session.hold(limits)
        left_wh -= fill_wh
        assert (left_wh * book.quantity_wh >= 0).all()
        assert (fill_wh * book.quantity_wh >= 0).all()
        assert (payment <= least * fill_wh).all()
        assert (fill_wh.sum(), payment.sum()) == (0, 0)
