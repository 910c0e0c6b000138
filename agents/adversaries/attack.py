"""What an attack on the order book is: a false submission, and the orders it places where it is believed."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.chain.market_client import Submission
from sim.forecast.quantised import wh_from_outputs
from sim.market.orders import Orders
from sim.proofs.bids import BackedBid
from sim.proofs.field import signed

Ints = NDArray[np.int64]


class Moment(Enum):
    """When a cheat sends its submission."""

    AHEAD = "ahead of its honest one"
    INSTEAD = "in place of its honest one"
    BEHIND = "behind its honest one"
    LATE = "when the gate has closed"


@dataclass(frozen=True)
class Scene:
    """What a cheat has at hand at a gate; arrays of shape (horizon,).

    honest:       its own honest submission
    earlier:      its own of the gate before, None at the first
    neighbour:    another home's of this gate, seen on its way to the chain
    partner:      that of the home it trades with, for those who have one
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
    partner: Submission | None
    counterfeit: BackedBid | None
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
        """Signed Wh of public outputs, as the contract rounds and clips them."""
        outputs = np.array([signed(element) for element in instances], dtype=np.int64)
        return np.clip(wh_from_outputs(outputs, self.output_scale), -self.export_wh, self.import_wh)

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

    meaning: in a few words
    lawful:  whether it stays within the rules, so that nothing stops it
    """

    name: ClassVar[str]
    meaning: ClassVar[str]
    moment: ClassVar[Moment] = Moment.AHEAD
    lawful: ClassVar[bool] = False

    @abstractmethod
    def submission(self, scene: Scene) -> Submission | None:
        """What it sends; None where it cannot try at this gate."""

    def wish(self, scene: Scene, submission: Submission) -> Orders:
        """The orders it would have in the book were nothing verified."""
        return scene.orders(submission)
