"""What an attack is: of a home, a false submission and the orders it would have; of an operator, false calls.

The scenario's schema imports this to know the names, so it imports nothing that runs a market.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from sim.arrays import Ints
from sim.chain.submission import Submission
from sim.forecast.model import wh_from_outputs
from sim.market.orders import Orders
from sim.proofs.field import signed

if TYPE_CHECKING:
    from agents.calls import Call
    from agents.operators import Meter
    from sim.forecast.model import IntegerModel
    from sim.market.book import OrderBook
    from sim.market.clearing import Clearing
    from sim.market.mechanisms import Mechanism
    from sim.proofs.bids import BackedBid


class Moment(Enum):
    """When a cheat sends its submission."""

    AHEAD = "ahead of its honest one"
    INSTEAD = "in place of its honest one"
    BEHIND = "behind its honest one"
    LATE = "when the gate has closed"


def ordered_wh(instances: Sequence[int], output_scale: int, import_wh: int, export_wh: int) -> Ints:
    """Signed Wh of public outputs, as the contract rounds and clips them: shape (horizon,)."""
    outputs = np.array([signed(element) for element in instances], dtype=np.int64)
    return np.clip(wh_from_outputs(outputs, output_scale), -export_wh, import_wh)


@dataclass(frozen=True)
class AttackContext:
    """What a cheat has at hand at a gate; arrays of shape (horizon,).

    honest:       its own honest submission
    earlier:      its own of the gate before, None at the first
    neighbour:    another home's of this gate, seen on its way to the chain
    partner_wh:   what the home that it trades with orders, signed, for those who have one
    counterfeit:  a proof it had made for the attack
    output_scale: binary logarithm of its model's outputs
    import_wh:    most it can take from the grid in a slot
    export_wh:    most it can feed in
    buyer_value:  most that energy is worth to it, nano-$ per Wh
    seller_cost:  least that it would take
    top_value:    most that energy is worth to anybody
    funds:        what it may owe yet, nano-$
    draws:        a stream of its own for this gate
    """

    honest: Submission
    earlier: Submission | None
    neighbour: Submission
    partner_wh: Ints | None
    counterfeit: "BackedBid | None"
    output_scale: int
    import_wh: int
    export_wh: int
    buyer_value: Ints
    seller_cost: Ints
    top_value: Ints
    funds: int
    draws: np.random.Generator

    def orders(self, submission: Submission) -> Orders:
        """What the contract would record of a submission of this home if it verified nothing."""
        quantity_wh = self.quantities_wh(submission.instances)
        limits = np.array(submission.limits, dtype=np.int64)
        return Orders(quantity_wh, np.where(quantity_wh == 0, 0, limits))

    def quantities_wh(self, instances: Sequence[int]) -> Ints:
        """Signed Wh of public outputs, as the contract rounds and clips them for this home."""
        return ordered_wh(instances, self.output_scale, self.import_wh, self.export_wh)

    def worth(self, quantity_wh: Ints) -> tuple[int, ...]:
        """Limits at the home's outside option: all it would pay, the least it would take."""
        limits: list[int] = np.where(quantity_wh > 0, self.buyer_value, self.seller_cost).tolist()
        return tuple(limits)

    def passed_off(self, proof: bytes, instances: tuple[int, ...]) -> Submission:
        """A submission of somebody else's or another day's outputs, at the home's outside option."""
        limits = self.worth(self.quantities_wh(instances))
        return Submission(self.honest.gate, proof, instances, limits)


class HomeAttack(ABC):
    """How a home cheats.

    meaning:        in a few words
    source:         who published it, or what it is an instance of
    lawful:         whether it stays within the rules, so that nothing stops it
    in_pairs:       whether homes that do it are paired, each the other's partner
    needs_proofs:   whether it is nothing where no proof is verified
    nothing_to_try: why it may have nothing to send at a gate
    """

    name: ClassVar[str]
    meaning: ClassVar[str]
    source: ClassVar[str]
    moment: ClassVar[Moment] = Moment.AHEAD
    lawful: ClassVar[bool] = False
    in_pairs: ClassVar[bool] = False
    needs_proofs: ClassVar[bool] = False
    nothing_to_try: ClassVar[str] = "it has nothing to try at this gate"

    @abstractmethod
    def submission(self, context: AttackContext) -> Submission | None:
        """What it sends; None where it cannot try at this gate."""

    def wish(self, context: AttackContext, submission: Submission) -> Orders:
        """The orders it would have in the book were nothing verified."""
        return context.orders(submission)

    # The counterfeit that it has proved beside its bid; by default none.

    def window_to_prove(self, windows_wh: Ints, gate: int) -> Ints | None:  # noqa: ARG002
        """Another window than the committed one; windows_wh: all of the home's, shape (gates, lookback)."""
        return None

    def model_to_prove(self, model: "IntegerModel") -> "IntegerModel | None":  # noqa: ARG002
        """Another model than the registered one, with a circuit of the same shape and size."""
        return None


@dataclass(frozen=True)
class ClearingContext:
    """What an auctioneer has at hand in a slot.

    lawful:  the clearing that the mechanism makes of the book
    friends: rows of the book, the best friend first
    """

    mechanism: "Mechanism"
    book: "OrderBook"
    lawful: "Clearing"
    friends: Sequence[int]


class OperatorAttack:
    """How the auctioneer or the meter cheats: it does one of what stands here.

    meaning, source, lawful: see ``HomeAttack``
    behind:   whether its proposal is sent behind the lawful clearing, and not ahead of it
    stranger: whether a home sends it, which holds no office
    breaks_precedence: whether it fills worse orders ahead of better ones, which the generic rule lets pass
    """

    name: ClassVar[str]
    meaning: ClassVar[str]
    source: ClassVar[str]
    lawful: ClassVar[bool] = False
    behind: ClassVar[bool] = False
    stranger: ClassVar[bool] = False
    breaks_precedence: ClassVar[bool] = False

    def skips(self, slot: int) -> bool:  # noqa: ARG002
        """Whether the auctioneer does not clear a slot, which others declare void then."""
        return False

    def proposal(self, at: ClearingContext) -> "Clearing | None":  # noqa: ARG002
        """What the auctioneer proposes beside the lawful clearing; None where it gains nothing by it."""
        return None

    def said(
        self,
        stage: Literal["commit", "submit", "settle"],  # noqa: ARG002
        meter: "Meter",  # noqa: ARG002
        gate: int,  # noqa: ARG002
        points: Sequence[bytes],  # noqa: ARG002
        honest: "Sequence[Call]",  # noqa: ARG002
    ) -> "list[Call]":
        """What the meter sends in a stage of a gate behind its own honest calls; ahead of bids at "submit".

        points: of the commitments that it made for the gate, by home
        """
        return []
