"""What a run came to, where a figure is no sum over its days: counts, gas, proving, roundings."""

from collections.abc import Callable
from typing import Any

import numpy as np

from sim.arrays import Floats
from sim.measures.distribution import gini
from sim.measures.forecasts import rounding_wh
from sim.outputs.attacks import attack_of, attempts
from sim.outputs.outcome import Outcome
from sim.units import share


def gas_used(outcome: Outcome) -> int | None:
    """Of all transactions; None without a chain."""
    return sum(sent.receipt.gas_used for sent in outcome.sent) if outcome.sent else None


def gas_per_order(outcome: Outcome) -> float | None:
    """Of what is no repelled attempt, by accepted order; None without a chain."""
    of_market = sum(sent.receipt.gas_used for sent in outcome.sent if not sent.repelled)
    return share(of_market, orders(outcome)) if of_market else None


def orders(outcome: Outcome) -> int:
    """Accepted: of sealed ones, of which nobody sees whether they are zero, one per home and slot."""
    if outcome.sealed:
        return int(np.count_nonzero(outcome.sealed.accepted)) * outcome.prepared.scenario.time.horizon
    return int(np.count_nonzero(outcome.quantity_wh))


def verified_on_chain(outcome: Outcome) -> int:
    """Bids whose proof the verifier took."""
    submitted = [sent.receipt.ok for sent in outcome.sent if sent.stage == "submit" and not sent.repelled]
    return sum(submitted) if outcome.verified_on_chain else 0


def prove_cpu_s(outcome: Outcome, re_used: bool = True) -> float:
    """What making the run's proofs took, with or without those taken from the store."""
    proofs = [proof for _, proof in sorted(outcome.proofs.items()) if re_used or not proof.cached]
    return sum((proof.prove_cpu_s for proof in proofs), start=0.0)


def not_worse_off(outcome: Outcome) -> float:
    """Share of homes that save at least nothing."""
    return float(np.mean(outcome.accounts.saving >= 0))


def equality(outcome: Outcome) -> float | None:
    """One less the Gini coefficient of the homes' savings; None where it has none."""
    uneven = gini(outcome.accounts.saving)
    return None if uneven is None else 1 - uneven


def sealing_gap(outcome: Outcome) -> int | None:
    """Nano-$ between bills at exact outputs and at orders in whole Wh; None where orders are open."""
    accounts = outcome.accounts
    return int((accounts.market - accounts.truthful).sum()) if outcome.sealed else None


def sealing_remainder(outcome: Outcome) -> float | None:
    """Nano-$ that rounding bills down leaves to the utility; None where orders are open."""
    books = outcome.sealed_books
    return int(books.unpaid.sum()) / 2**books.scale if books else None


def rounding(outcome: Outcome, of: Callable[[Floats], Any]) -> float | None:
    """A statistic of what integers change of forecasts, Wh; None without a file to compare with."""
    deviation = rounding_wh(outcome)
    return None if deviation is None else float(of(deviation))


def illegitimate(outcome: Outcome) -> int:
    """Accepted attempts at what is against the rules."""
    tried = attempts(outcome)
    unlawful = [not attack_of(outcome, name).lawful for name in tried.attack]
    return int((tried.accepted & np.array(unlawful, dtype=np.bool_)).sum())
