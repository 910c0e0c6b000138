"""The operators' attacks one by one: the reason of each refusal, and the honest call that follows."""

import numpy as np
import pytest

from agents.adversaries import ClearingContext, operator_attacks
from agents.adversaries.operator_attacks import SILENT_EVERY, skipped_by
from sim.chain.base import Transaction
from sim.market.book import OrderBook
from sim.market.clearing import Clearing
from tests.market.books import AVERAGE, clear
from tests.market_on_chain import Community, found

# Home 4 bids least and is left out; home 3 is at the margin.
BOOK = {
    1: (300, 200_000),
    2: (200, 180_000),
    3: (100, 150_000),
    4: (100, 130_000),
    5: (-400, 90_000),
    6: (-150, 120_000),
}
FRIEND = 3  # the row of home 4


@pytest.fixture
def community() -> Community:
    community = found(homes=6, horizon=1)
    community.trade_slot(0, BOOK)
    return community


def proposal(attack: str, book: OrderBook, *friends: int) -> Clearing | None:
    at = ClearingContext(AVERAGE, book, clear(book), friends or [FRIEND])
    return operator_attacks.make(attack).proposal(at)


def call(community: Community, what: Clearing | None) -> Transaction:
    assert what is not None
    return community.clear(0, what.price, what.fill_wh.tolist())


def lawful(community: Community) -> Transaction:
    clearing = clear(community.book(0))
    return community.clear(0, clearing.price or 0, clearing.fill_wh.tolist())


@pytest.mark.parametrize(
    ("attack", "reason"),
    [
        ("favours-a-friend", "better bid passed over"),
        ("skips-a-better-order", "orders that accept each other left"),
    ],
)
def test_a_partial_clearing_is_refused_and_the_lawful_one_accepted(community, attack, reason) -> None:
    community.refuse(reason, call(community, proposal(attack, community.book(0))))
    community.accept(lawful(community))


def test_the_friend_would_be_filled_ahead_of_its_betters(community) -> None:
    book, lawful_fills = community.book(0), clear(community.book(0)).fill_wh
    favoured = proposal("favours-a-friend", book)
    assert (lawful_fills[FRIEND], favoured.fill_wh[FRIEND]) == (0, BOOK[4][0])
    assert favoured.fill_wh.sum() == lawful_fills.sum()


def test_who_is_filled_or_asks_too_much_cannot_be_favoured() -> None:
    filled = OrderBook(0, np.array([10, -10]), np.array([9, 3]))
    dear = OrderBook(0, np.array([10, 10, -10]), np.array([9, 2, 3]))
    absent = OrderBook(0, np.array([10, 0, -10]), np.array([9, 0, 3]))
    assert proposal("favours-a-friend", filled, 0) is None
    assert proposal("favours-a-friend", dear, 1) is None
    assert proposal("favours-a-friend", absent, 1) is None


def test_the_best_friend_who_can_be_served_is() -> None:
    book = OrderBook(0, np.array([10, 10, 10, -10]), np.array([9, 8, 7, 3]))
    assert proposal("favours-a-friend", book, 0, 2, 1).fill_wh.tolist() == [0, 0, 10, 10]
    assert proposal("favours-a-friend", book, 1, 2).fill_wh.tolist() == [0, 10, 0, 10]


def test_a_silent_auctioneer_leaves_a_slot_to_be_void(community) -> None:
    slots = range(2 * SILENT_EVERY)
    assert [skipped_by(["clears-twice", "silent"], slot) for slot in slots].count("silent") == 2
    assert not any(skipped_by(["clears-twice"], slot) for slot in slots)
    community.refuse("clearing is not over", community.void(0))
    community.accept(community.void(0), community.times(0).delivery)
    assert community.reserved() == [0] * 6
