"""Order books for tests: written out, and drawn by hypothesis."""

from collections.abc import Iterator
from itertools import combinations_with_replacement, product

import numpy as np
from hypothesis import strategies as st

from sim.arrays import Ints
from sim.market.book import OrderBook
from sim.market.clearing import Clearing
from sim.market.mechanisms import Mechanism, mechanisms
from sim.market.mechanisms.mechanism import RULES
from tests.adversarial.reference_clearing import (
    Order,
    RefusedError,
    check_clearing,
    check_own_prices,
)
from tests.adversarial.reference_rules import check_at_own_prices

"""Of small books."""


def ints(*values: int) -> Ints:
    return np.array(values, dtype=np.int64)


def book(*orders: tuple[int, int], slot: int = 0) -> OrderBook:
    """Orders as (signed Wh, limit)."""
    return OrderBook(slot, ints(*(q for q, _ in orders)), ints(*(p for _, p in orders)))


def small_books() -> Iterator[OrderBook]:
    """Every book of three bids and three asks of 1 or 2 Wh at limits of 1, 3 and 5, up to sides' order.

    Each in a slot of its own, so that lots deal them into halves in many ways.
    """
    sides = list(combinations_with_replacement(list(product((1, 2), (1, 3, 5))), 3))
    for number, (bids, asks) in enumerate(product(sides, sides)):
        yield book(*bids, *((-wh, limit) for wh, limit in asks), slot=number)


@st.composite
def books(draw: st.DrawFn, homes: int = 12, most_wh: int = 9, most_price: int = 8) -> OrderBook:
    """Few distinct limits and small orders, so that ties and remainders are common."""
    quantity_wh, limit_price = st.integers(-most_wh, most_wh), st.integers(0, most_price)
    orders = draw(st.lists(st.tuples(quantity_wh, limit_price), max_size=homes))
    return book(*orders, slot=draw(st.integers(0, 10_000)))


AVERAGE, UNIFORM = mechanisms.make("average"), mechanisms.make("uniform")
clear = AVERAGE.clear


def refusal(book: OrderBook, clearing: Clearing, mechanism: Mechanism = AVERAGE) -> str | None:
    """Why the contract would refuse it, by its reference; all rules ask that limits and balance are kept."""
    rows = zip(book.quantity_wh.tolist(), book.limit_price.tolist(), strict=True)
    orders = {home: Order(wh < 0, abs(wh), limit) for home, (wh, limit) in enumerate(rows, start=1) if wh}
    fills, payments = (
        dict(enumerate(each.tolist(), start=1)) for each in (clearing.fill_wh, abs(clearing.payment))
    )
    try:
        check_own_prices(orders, fills, payments)
        rule = mechanism.rule and RULES[mechanism.rule]
        if rule and rule.at_own_prices:
            check_at_own_prices(mechanism.checked_by, book.slot, orders, fills, payments)
        elif rule:
            check_clearing(book.slot, orders, clearing.price or 0, fills, *mechanism.rule_arguments)
    except RefusedError as error:
        return str(error)
    return None
