"""An attack of one's own: a home that rounds what it orders up to a whole kWh.

    [adversaries]
    homes = { rounds-up = 0.07 }

Its proof is a true one, of other quantities; so the contract's verifier refuses the submission.
"""

from dataclasses import dataclass

import numpy as np

from agents.adversaries import AttackContext, HomeAttack, home_attacks
from sim.chain.submission import Submission
from sim.proofs.field import MODULUS

KWH = 1_000


@home_attacks.register
@dataclass(frozen=True)
class RoundsUp(HomeAttack):
    """Orders in whole kWh, and bids what the energy is worth to it."""

    name = "rounds-up"
    meaning = "rounds every quantity up to a whole kWh, under the proof of the true one"
    source = "false data injection"
    nothing_to_try = "all its quantities are whole kWh, or none"

    def submission(self, context: AttackContext) -> Submission | None:
        """Its own with other outputs; none where rounding changes nothing."""
        quantity_wh = context.quantities_wh(context.honest.instances)
        rounded_wh = np.sign(quantity_wh) * -(-np.abs(quantity_wh) // KWH) * KWH
        if (rounded_wh == quantity_wh).all():
            return None
        instances = tuple((wh << context.output_scale) % MODULUS for wh in rounded_wh.tolist())
        return context.passed_off(context.honest.proof, instances)
