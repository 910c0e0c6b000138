"""What holds of every mechanism that is registered, and of those that the documentation shows as plug-ins."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.market.book import OrderBook
from sim.market.clearing import Clearing
from sim.market.mechanisms import Mechanism, mechanisms
from sim.market.mechanisms.mechanism import RULES
from tests.market.books import books, refusal
from tests.plugins import every, plugged  # noqa: F401


@pytest.fixture(scope="module", params=every(mechanisms))
def mechanism(request) -> Mechanism:
    return mechanisms.make(request.param)


def same(one: Clearing, other: Clearing) -> bool:
    return bool((one.fill_wh == other.fill_wh).all() and (one.payment == other.payment).all())


class TestEveryMechanism:
    @given(book=books())
    def test_the_contract_accepts_what_it_makes(self, mechanism: Mechanism, book: OrderBook) -> None:
        """By the Python model of the rule that it names: fills, limits, balance, surplus, and one price."""
        clearing = mechanism.clear(book)
        assert clearing.slot == book.slot
        assert clearing.fill_wh.dtype == clearing.payment.dtype == np.int64
        assert clearing.fill_wh.shape == clearing.payment.shape == book.quantity_wh.shape
        assert np.all(clearing.payment * book.quantity_wh >= 0)  # buyers pay, sellers get
        assert mechanism.rule in RULES
        assert refusal(book, clearing, mechanism) is None
        if not mechanism.generic:
            assert clearing.surplus == 0
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
    def test_the_order_of_homes_matters_to_a_wh_at_most(
        self, mechanism: Mechanism, book: OrderBook, data: st.DataObject
    ) -> None:
        """The one that is left over where orders share what there is."""
        order = data.draw(st.permutations(range(len(book.quantity_wh))))
        before = mechanism.clear(book)
        after = mechanism.clear(OrderBook(book.slot, book.quantity_wh[order], book.limit_price[order]))
        assert (before.traded_wh, before.surplus, before.price) == (
            after.traded_wh,
            after.surplus,
            after.price,
        )
        assert np.abs(before.fill_wh[order] - after.fill_wh).max(initial=0) <= 1
