"""The attacks of homes."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from agents.adversaries.attack import AttackContext, HomeAttack, Moment
from sim.arrays import Ints
from sim.chain.bounds import MAX_PRICE
from sim.chain.submission import Submission
from sim.errors import InputError
from sim.market.orders import Orders
from sim.proofs.field import COMMITMENT_BYTES, MODULUS, signed
from sim.registry import Registry

if TYPE_CHECKING:
    from sim.forecast.model import IntegerModel


home_attacks = Registry("attack of homes", HomeAttack, settable=False)  # type: ignore[type-abstract]


@home_attacks.register
@dataclass(frozen=True)
class PhantomSeller(HomeAttack):
    """Keeps its proof and turns the quantities: it offers what it has not got."""

    name = "phantom-seller"
    meaning = "sells in every slot as much as it is forecast to take"
    source = "false data injection"
    nothing_to_try = "it buys nothing at this gate, so there is nothing to turn round"

    def submission(self, context: AttackContext) -> Submission | None:
        """The sign of every bought quantity turned; none where it buys nothing."""
        honest = context.honest
        instances = tuple(-abs(signed(element)) % MODULUS for element in honest.instances)
        return None if instances == honest.instances else context.passed_off(honest.proof, instances)


@home_attacks.register
@dataclass(frozen=True)
class ReplayedProof(HomeAttack):
    """Saves itself a forecast."""

    name = "replayed-proof"
    meaning = "sends its own proof of the gate before once more"
    source = "replay attack"
    nothing_to_try = "it has no proof of a gate before this one"

    def submission(self, context: AttackContext) -> Submission | None:
        """From the second gate on."""
        earlier = context.earlier
        return context.passed_off(earlier.proof, earlier.instances) if earlier else None


@home_attacks.register
@dataclass(frozen=True)
class BorrowedProof(HomeAttack):
    """Takes a neighbour's forecast for its own."""

    name = "borrowed-proof"
    meaning = "sends a neighbour's proof under its own name"
    source = "copied proof"

    def submission(self, context: AttackContext) -> Submission:
        """The neighbour's quantities at limits of its own."""
        return context.passed_off(context.neighbour.proof, context.neighbour.instances)


class OtherForecast(HomeAttack):
    """Has another forecast proved than the one it should have."""

    needs_proofs = True

    def submission(self, context: AttackContext) -> Submission | None:
        """A true proof, where it had one made."""
        made = context.counterfeit
        return context.passed_off(made.proof, made.instances) if made else None


@home_attacks.register
@dataclass(frozen=True)
class StaleWindow(OtherForecast):
    """Chooses the day that its forecast is made from; from the second gate on."""

    name = "stale-window"
    meaning = "proves its model's forecast from the readings of the gate before"
    source = "replay attack, on the model's input"
    nothing_to_try = "there is no other window of a gate before this one"

    def window_to_prove(self, windows_wh: Ints, gate: int) -> Ints | None:
        """That of the gate before."""
        return windows_wh[gate - 1] if gate else None


@home_attacks.register
@dataclass(frozen=True)
class HomeMadeModel(OtherForecast):
    """Chooses the model: a circuit that nobody registered, on the very window that the meter committed to."""

    name = "home-made-model"
    meaning = "proves a model of its own, its forecast turned round, from the committed window"
    source = "model substitution"

    def model_to_prove(self, model: "IntegerModel") -> "IntegerModel":
        """It sells what will be used. Raises InputError where the family has no such model."""
        if (opposite := model.negated()) is None:
            raise InputError(
                f'adversaries.homes: no model of the family "{model.family}" has the opposite forecasts of '
                f"another, which {self.name} proves"
            )
        return opposite


@home_attacks.register
@dataclass(frozen=True)
class BitFlipper(HomeAttack):
    """Looks for a second form of its proof."""

    name = "bit-flipper"
    meaning = "flips one bit of its proof, behind the commitment"
    source = "proof malleability"
    needs_proofs = True

    def submission(self, context: AttackContext) -> Submission:
        """The bit is drawn."""
        proof = bytearray(context.honest.proof)
        bit = int(context.draws.integers(8 * COMMITMENT_BYTES, 8 * len(proof)))
        proof[bit // 8] ^= 1 << bit % 8
        return replace(context.honest, proof=bytes(proof))


@home_attacks.register
@dataclass(frozen=True)
class DoubleSubmitter(HomeAttack):
    """Orders what it ordered once more."""

    name = "double-submitter"
    meaning = "submits twice"
    source = "replay attack"
    moment = Moment.BEHIND

    def submission(self, context: AttackContext) -> Submission:
        """The very same."""
        return context.honest

    def wish(self, context: AttackContext, submission: Submission) -> Orders:
        """Both submissions counted."""
        once = context.orders(submission)
        return Orders(2 * once.quantity_wh, once.limit_price)


@home_attacks.register
@dataclass(frozen=True)
class LateBidder(HomeAttack):
    """Waits until it has seen everybody's orders."""

    name = "late-bidder"
    meaning = "submits again when the gate has closed, and goes to the limit of what it would pay or take"
    source = "last look"
    moment = Moment.LATE

    def submission(self, context: AttackContext) -> Submission:
        """The same quantities, so that it need not forgo any trade that gains."""
        return replace(context.honest, limits=context.worth(context.quantities_wh(context.honest.instances)))


@home_attacks.register
@dataclass(frozen=True)
class FrontRunner(HomeAttack):
    """Sees a submission on its way to the chain, and is there before it."""

    name = "front-runner"
    meaning = "sends a neighbour's calldata, ahead of the neighbour"
    source = "front-running: Daian et al., Flash Boys 2.0, IEEE S&P 2020"

    def submission(self, context: AttackContext) -> Submission:
        """To the last byte."""
        return context.neighbour


@home_attacks.register
@dataclass(frozen=True)
class WashTrader(HomeAttack):
    """One owner, two homes: where one buys and the other sells, both go ahead of everybody.

    Its quantities are proved and any limit is allowed, so nothing stops it.
    """

    name = "wash-trader"
    meaning = "a pair that prices to trade with itself: within the rules, on its own account"
    source = "wash trading"
    moment = Moment.INSTEAD
    lawful = True
    in_pairs = True
    nothing_to_try = "it and its partner take the same side in every slot of this gate"

    def submission(self, context: AttackContext) -> Submission | None:
        """Its own order with the limit changed where the partner takes the other side; else it is honest."""
        if context.partner_wh is None:
            return None
        own = context.orders(context.honest).quantity_wh
        meets = own * context.partner_wh < 0
        if not meets.any():
            return None
        ahead = np.where(own > 0, context.top_value, 0)
        limits = np.where(meets, ahead, np.array(context.honest.limits, dtype=np.int64))
        return replace(context.honest, limits=tuple(limits.tolist()))


@home_attacks.register
@dataclass(frozen=True)
class OverCommitter(HomeAttack):
    """Promises money that it has not got, and needs for the sales that it may fall short of.

    Its quantities are proved, so it can commit too much by price alone.
    """

    name = "over-committer"
    meaning = "bids so high that it could not pay, were it short of what it sells"
    source = "uncovered order"
    nothing_to_try = "no limit that fits into an order is beyond its credit; lower market.credit_limit"

    def submission(self, context: AttackContext) -> Submission | None:
        """The least limit, one for all it buys, that its funds do not cover; none where there is none."""
        wanted_wh = np.maximum(context.orders(context.honest).quantity_wh, 0)
        limit = max(context.funds, 0) // max(int(wanted_wh.sum()), 1) + 1
        if not wanted_wh.any() or limit > MAX_PRICE:
            return None
        honest = np.array(context.honest.limits, dtype=np.int64)
        limits = np.where(wanted_wh > 0, np.maximum(honest, limit), honest)
        return replace(context.honest, limits=tuple(limits.tolist()))
