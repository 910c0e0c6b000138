"""The attacks of the operators: an auctioneer with friends or asleep, and a meter that says things twice."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.market.book import BUY, SELL, OrderBook
from sim.market.clearing import Clearing
from sim.market.mechanisms import Mechanism

Ints = NDArray[np.int64]

SILENT_EVERY = 4
"""A silent auctioneer leaves out every fourth slot."""


@dataclass(frozen=True)
class ClearingContext:
    """What an auctioneer has at hand in a slot.

    lawful:  the clearing that the mechanism makes of the book
    friends: rows of the book, the best friend first
    """

    mechanism: Mechanism
    book: OrderBook
    lawful: Clearing
    friends: Sequence[int]


class AuctioneerAttack(ABC):
    """What an auctioneer proposes beside the lawful clearing.

    behind:   whether after it, and not ahead of it
    stranger: whether somebody else sends it, who holds no office
    lawful:   whether it stays within the rules, so that nothing stops it
    """

    name: ClassVar[str]
    meaning: ClassVar[str]
    behind: ClassVar[bool] = False
    stranger: ClassVar[bool] = False
    lawful: ClassVar[bool] = False

    @abstractmethod
    def proposal(self, at: ClearingContext) -> Clearing | None:
        """What it proposes; None where there is nothing to gain by it."""


class FavoursAFriend(AuctioneerAttack):
    """Fills a friend ahead of everybody, within all limits, at the price that is right for these fills."""

    name = "favours-a-friend"
    meaning = "fills a friend's order ahead of better ones"

    def proposal(self, at: ClearingContext) -> Clearing | None:
        """For the first friend it can serve: the clearing of a book in which that home's limit is best."""
        book, lawful = at.book, at.lawful
        for friend in at.friends:
            limits = book.limit_price.copy()
            limits[friend] = int(limits.max()) + 1 if book.quantity_wh[friend] > 0 else 0
            favoured = at.mechanism.clear(replace(book, limit_price=limits)).fill_wh
            bids, asks = _limits_filled(book, favoured)
            if favoured[friend] > lawful.fill_wh[friend] and bids.min() >= asks.max():
                return _at_rule(at.mechanism, book, favoured)
        return None


class SkipsABetterOrder(AuctioneerAttack):
    """Passes over the best bid that would be filled."""

    name = "skips-a-better-order"
    meaning = "leaves out the best bid, and fills others in its place"

    def proposal(self, at: ClearingContext) -> Clearing | None:
        """The clearing of a book without that bid."""
        book, lawful = at.book, at.lawful
        filled = (lawful.fill_wh > 0) & (book.quantity_wh > 0)
        if not filled.any():
            return None
        best = int(np.argmax(np.where(filled, book.limit_price, -1)))
        quantity_wh = book.quantity_wh.copy()
        quantity_wh[best] = 0
        return _at_rule(
            at.mechanism, book, at.mechanism.clear(replace(book, quantity_wh=quantity_wh)).fill_wh
        )


class LawfulClearing(AuctioneerAttack):
    """Proposes what is lawful when, or as whom, it may not."""

    def proposal(self, at: ClearingContext) -> Clearing | None:
        """Where anything trades."""
        return at.lawful if at.lawful.traded_wh else None


class ClearsTwice(LawfulClearing):
    """Would have every trade booked twice."""

    name = "clears-twice"
    meaning = "proposes the lawful clearing once more"
    behind = True


class ClearsAsAStranger(LawfulClearing):
    """Somebody without the office would hold it."""

    name = "clears-as-a-stranger"
    meaning = "a home that is not the auctioneer proposes the lawful clearing"
    stranger = True


class Silent(AuctioneerAttack):
    """Does nothing: no contract can make it speak; others void the slot, which frees what was reserved."""

    name = "silent"
    meaning = f"never clears every {SILENT_EVERY}th slot, so that nothing trades in it: nothing stops that"
    lawful = True

    def proposal(self, at: ClearingContext) -> Clearing | None:  # noqa: ARG002
        """Nothing."""
        return None


def is_silent(operators: Sequence[str], slot: int) -> bool:
    """Whether the auctioneer leaves out a slot, by the names of the operators' attacks."""
    return Silent.name in operators and slot % SILENT_EVERY == SILENT_EVERY - 1


def _at_rule(mechanism: Mechanism, book: OrderBook, fill_wh: Ints) -> Clearing:
    """Fills at the price that the contract computes for them, so that it is not the price that is refused."""
    return Clearing.at_one_price(book, fill_wh, mechanism.price_of(book, fill_wh) or 0)


def _limits_filled(book: OrderBook, fill_wh: Ints) -> tuple[Ints, Ints]:
    """Limits of the buy and of the sell orders that are filled."""
    side = np.where(fill_wh > 0, np.sign(book.quantity_wh), 0)
    return book.limit_price[side == BUY], book.limit_price[side == SELL]


@dataclass(frozen=True)
class MeterAttack:
    """What a meter says besides what it should.

    stage: in which it does; at "settle" its own totals once more, else commitments to other windows
    """

    name: str
    meaning: str
    stage: str
    lawful: bool = False


AUCTIONEER_ATTACKS: Mapping[str, AuctioneerAttack] = {
    attack.name: attack
    for attack in (FavoursAFriend(), SkipsABetterOrder(), ClearsTwice(), ClearsAsAStranger(), Silent())
}
METER_ATTACKS: Mapping[str, MeterAttack] = {
    attack.name: attack
    for attack in (
        MeterAttack("commits-twice", "commits to other windows, behind the first", "commit"),
        MeterAttack("commits-late", "commits to other windows when bids have begun", "submit"),
        MeterAttack("posts-twice", "posts a gate's totals once more", "settle"),
    )
}
