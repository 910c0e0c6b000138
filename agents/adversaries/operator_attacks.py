"""The attacks of the operators: an auctioneer with friends or asleep, and a meter that says things twice."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from agents.adversaries.attack import ClearingContext, OperatorAttack
from agents.calls import Call
from sim.arrays import Ints
from sim.market.book import BUY, SELL, OrderBook
from sim.market.clearing import Clearing
from sim.market.mechanisms import Mechanism
from sim.registry import Registry

if TYPE_CHECKING:
    from agents.operators import Meter

Stage = Literal["commit", "submit", "settle"]

SILENT_EVERY = 4
"""A silent auctioneer leaves out every fourth slot."""

operator_attacks = Registry("attack of operators", OperatorAttack, settable=False)


@operator_attacks.register
@dataclass(frozen=True)
class FavoursAFriend(OperatorAttack):
    """Fills a friend ahead of everybody, within all limits, at the price that is right for these fills."""

    name = "favours-a-friend"
    meaning = "fills a friend's order ahead of better ones"
    source = "collusion of auctioneer and bidder"
    breaks_precedence = True

    def proposal(self, at: ClearingContext) -> Clearing | None:
        """For the first friend it can serve: the clearing of a book in which that home's limit is best."""
        book, lawful = at.book, at.lawful
        for friend in at.friends:
            limits = book.limit_price.copy()
            limits[friend] = int(limits.max()) + 1 if book.quantity_wh[friend] > 0 else 0
            favoured = at.mechanism.clear(replace(book, limit_price=limits))
            bids, asks = _limits_filled(book, favoured.fill_wh)
            if favoured.fill_wh[friend] > lawful.fill_wh[friend] and bids.min() >= asks.max():
                return _at_rule(at.mechanism, book, favoured)
        return None


@operator_attacks.register
@dataclass(frozen=True)
class SkipsABetterOrder(OperatorAttack):
    """Passes over the best bid that would be filled."""

    name = "skips-a-better-order"
    meaning = "leaves out the best bid, and fills others in its place"
    source = "censorship of an order"
    breaks_precedence = True

    def proposal(self, at: ClearingContext) -> Clearing | None:
        """The clearing of a book without that bid."""
        book, lawful = at.book, at.lawful
        filled = (lawful.fill_wh > 0) & (book.quantity_wh > 0)
        if not filled.any():
            return None
        best = int(np.argmax(np.where(filled, book.limit_price, -1)))
        quantity_wh = book.quantity_wh.copy()
        quantity_wh[best] = 0
        return _at_rule(at.mechanism, book, at.mechanism.clear(replace(book, quantity_wh=quantity_wh)))


class LawfulClearing(OperatorAttack):
    """Proposes what is lawful when, or as whom, it may not."""

    def proposal(self, at: ClearingContext) -> Clearing | None:
        """Where anything trades."""
        return at.lawful if at.lawful.traded_wh else None


@operator_attacks.register
@dataclass(frozen=True)
class ClearsTwice(LawfulClearing):
    """Would have every trade booked twice."""

    name = "clears-twice"
    meaning = "proposes the lawful clearing once more"
    source = "replay attack"
    behind = True


@operator_attacks.register
@dataclass(frozen=True)
class ClearsAsAStranger(LawfulClearing):
    """Somebody without the office would hold it."""

    name = "clears-as-a-stranger"
    meaning = "a home that is not the auctioneer proposes the lawful clearing"
    source = "impersonation"
    stranger = True


@operator_attacks.register
@dataclass(frozen=True)
class Silent(OperatorAttack):
    """Does nothing: no contract can make it speak; others void the slot, which frees what was reserved."""

    name = "silent"
    meaning = f"never clears every {SILENT_EVERY}th slot, so that nothing trades in it: nothing stops that"
    source = "denial of service"
    lawful = True

    def skips(self, slot: int) -> bool:
        """Every fourth."""
        return slot % SILENT_EVERY == SILENT_EVERY - 1


class OtherCommitments(OperatorAttack):
    """Commits every home to another window, of nothing that was read."""

    stage: ClassVar[Stage]

    def said(
        self,
        stage: Stage,
        meter: "Meter",
        gate: int,
        points: Sequence[bytes],
        honest: Sequence[Call],  # noqa: ARG002
    ) -> list[Call]:
        """In its stage, once."""
        if stage != self.stage:
            return []
        from eth_hash.auto import keccak

        return [Call("commit", meter.commit(gate, [keccak(point) * 2 for point in points]))]


@operator_attacks.register
@dataclass(frozen=True)
class CommitsTwice(OtherCommitments):
    """Changes its mind at once."""

    name = "commits-twice"
    meaning = "commits to other windows, behind the first"
    source = "equivocation"
    stage = "commit"


@operator_attacks.register
@dataclass(frozen=True)
class CommitsLate(OtherCommitments):
    """Changes its mind when it could have seen bids."""

    name = "commits-late"
    meaning = "commits to other windows when bids have begun"
    source = "equivocation, after the fact"
    stage = "submit"


@operator_attacks.register
@dataclass(frozen=True)
class PostsTwice(OperatorAttack):
    """Would have every deviation paid twice."""

    name = "posts-twice"
    meaning = "posts a gate's totals once more"
    source = "replay attack"

    def said(
        self,
        stage: Stage,
        meter: "Meter",  # noqa: ARG002
        gate: int,  # noqa: ARG002
        points: Sequence[bytes],  # noqa: ARG002
        honest: Sequence[Call],
    ) -> list[Call]:
        """The very same."""
        return list(honest) if stage == "settle" else []


def skipped_by(operators: Sequence[str], slot: int) -> str | None:
    """The attack by which the auctioneer leaves out a slot, None where it clears it.

    operators: the names of the operators' attacks
    """
    return next((name for name in operators if operator_attacks.make(name).skips(slot)), None)


def _at_rule(mechanism: Mechanism, book: OrderBook, made: Clearing) -> Clearing:
    """Fills at the one price that the contract computes for them, so that the price is not what is refused.

    Where there are several, at what was paid in the book that they were made of.
    """
    price = mechanism.price_of(book, made.fill_wh)
    return made if price is None else Clearing.at_one_price(book, made.fill_wh, price)


def _limits_filled(book: OrderBook, fill_wh: Ints) -> tuple[Ints, Ints]:
    """Limits of the buy and of the sell orders that are filled."""
    side = np.where(fill_wh > 0, np.sign(book.quantity_wh), 0)
    return book.limit_price[side == BUY], book.limit_price[side == SELL]
