"""The attacks of homes."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from agents.adversaries.attack import HomeAttack, Moment, Scene
from sim.chain.market_client import PRICE_BITS, Submission
from sim.market.orders import Orders
from sim.proofs.circuit import COMMITMENT_BYTES
from sim.proofs.field import MODULUS, signed


class PhantomSeller(HomeAttack):
    """Keeps its proof and turns the quantities: it offers what it has not got."""

    name = "phantom-seller"
    meaning = "sells in every slot as much as it is forecast to take"

    def submission(self, scene: Scene) -> Submission | None:
        """The sign of every bought quantity turned; none where it buys nothing."""
        honest = scene.honest
        instances = tuple(-abs(signed(element)) % MODULUS for element in honest.instances)
        return None if instances == honest.instances else scene.passed_off(honest.proof, instances)


class ReplayedProof(HomeAttack):
    """Saves itself a forecast."""

    name = "replayed-proof"
    meaning = "sends its own proof of the gate before once more"

    def submission(self, scene: Scene) -> Submission | None:
        """From the second gate on."""
        earlier = scene.earlier
        return scene.passed_off(earlier.proof, earlier.instances) if earlier else None


class BorrowedProof(HomeAttack):
    """Takes a neighbour's forecast for its own."""

    name = "borrowed-proof"
    meaning = "sends a neighbour's proof under its own name"

    def submission(self, scene: Scene) -> Submission:
        """The neighbour's quantities at limits of its own."""
        return scene.passed_off(scene.neighbour.proof, scene.neighbour.instances)


class OtherForecast(HomeAttack):
    """Has another forecast proved than the one it should have."""

    def submission(self, scene: Scene) -> Submission | None:
        """A true proof, where it had one made."""
        made = scene.counterfeit
        return scene.passed_off(made.proof, made.instances) if made else None


class StaleWindow(OtherForecast):
    """Chooses the day that its forecast is made from; from the second gate on."""

    name = "stale-window"
    meaning = "proves its model's forecast from the readings of the gate before"


class HomeMadeModel(OtherForecast):
    """Chooses the model: a circuit that nobody registered, on the very window that the meter committed to."""

    name = "home-made-model"
    meaning = "proves a model of its own, its forecast turned round, from the committed window"


class BitFlipper(HomeAttack):
    """Looks for a second form of its proof."""

    name = "bit-flipper"
    meaning = "flips one bit of its proof, behind the commitment"

    def submission(self, scene: Scene) -> Submission:
        """The bit is drawn."""
        proof = bytearray(scene.honest.proof)
        bit = int(scene.draws.integers(8 * COMMITMENT_BYTES, 8 * len(proof)))
        proof[bit // 8] ^= 1 << bit % 8
        return replace(scene.honest, proof=bytes(proof))


class DoubleSubmitter(HomeAttack):
    """Orders what it ordered once more."""

    name = "double-submitter"
    meaning = "submits twice"
    moment = Moment.BEHIND

    def submission(self, scene: Scene) -> Submission:
        """The very same."""
        return scene.honest

    def wish(self, scene: Scene, submission: Submission) -> Orders:
        """Both submissions counted."""
        once = scene.orders(submission)
        return Orders(2 * once.quantity_wh, once.limit_price)


class LateBidder(HomeAttack):
    """Waits until it has seen everybody's orders."""

    name = "late-bidder"
    meaning = "submits again when the gate has closed, and goes to the limit of what it would pay or take"
    moment = Moment.LATE

    def submission(self, scene: Scene) -> Submission:
        """The same quantities, so that it need not forgo any trade that gains."""
        return replace(scene.honest, limits=scene.worth(scene.quantities_wh(scene.honest.instances)))


class FrontRunner(HomeAttack):
    """Sees a submission on its way to the chain, and is there before it."""

    name = "front-runner"
    meaning = "sends a neighbour's calldata, ahead of the neighbour"

    def submission(self, scene: Scene) -> Submission:
        """To the last byte."""
        return scene.neighbour


class WashTrader(HomeAttack):
    """One owner, two homes: where one buys and the other sells, both go ahead of everybody.

    Its quantities are proved and any limit is allowed, so nothing stops it.
    """

    name = "wash-trader"
    meaning = "a pair that prices to trade with itself: within the rules, on its own account"
    moment = Moment.INSTEAD
    lawful = True

    def submission(self, scene: Scene) -> Submission | None:
        """Its own order with the limit changed where the partner takes the other side; else it is honest."""
        if scene.partner is None:
            return None
        own, other = (scene.orders(each).quantity_wh for each in (scene.honest, scene.partner))
        meets = own * other < 0
        if not meets.any():
            return None
        ahead = np.where(own > 0, scene.top_value, 0)
        limits = np.where(meets, ahead, np.array(scene.honest.limits, dtype=np.int64))
        return replace(scene.honest, limits=tuple(limits.tolist()))


class OverCommitter(HomeAttack):
    """Promises money that it has not got, and needs for the sales that it may fall short of.

    Its quantities are proved, so it can commit too much by price alone.
    """

    name = "over-committer"
    meaning = "bids so high that it could not pay, were it short of what it sells"

    def submission(self, scene: Scene) -> Submission | None:
        """The least limit, one for all it buys, that its funds do not cover; none where there is none."""
        wanted_wh = np.maximum(scene.orders(scene.honest).quantity_wh, 0)
        limit = max(scene.funds, 0) // max(int(wanted_wh.sum()), 1) + 1
        if not wanted_wh.any() or limit >= 1 << PRICE_BITS:
            return None
        honest = np.array(scene.honest.limits, dtype=np.int64)
        limits = np.where(wanted_wh > 0, np.maximum(honest, limit), honest)
        return replace(scene.honest, limits=tuple(limits.tolist()))


HOME_ATTACKS: Mapping[str, HomeAttack] = {
    attack.name: attack
    for attack in (
        PhantomSeller(),
        ReplayedProof(),
        BorrowedProof(),
        StaleWindow(),
        HomeMadeModel(),
        BitFlipper(),
        DoubleSubmitter(),
        LateBidder(),
        FrontRunner(),
        WashTrader(),
        OverCommitter(),
    )
}
