"""What the transactions of a market with sealed orders use of gas, as laws fitted to receipts.

A gate is cleared for the same gas however many homes there are, and a submission does not depend on what is
ordered, so that little has to be counted. Fitted to 300 receipts of runs with 5 to 60 homes, horizons of 1,
24 and 48 slots, flat and time-of-use tariffs, and settlement periods of 1 to 4 gates, under Cancun.
"""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Ints
from sim.costs.gas import (
    COMMIT,
    COMMIT_PER_HOME,
    KEY,
    KEY_PER_WORD,
    LATER_MODEL,
    MARKET_PER_LATER_SLOT,
    STUB,
    VERIFIER,
    VERIFIER_KEY,
    VERIFIER_KEY_PER_WORD,
    Proof,
)
from sim.market.tariffs import TariffTable

_MARKET, _MARKET_PER_FURTHER_PERIOD = 5_453_800, 45_700
_REGISTRATION, _ENROLMENT = 215_000, 101_900
PLACEHOLDER = Proof(128, 25)

_SUBMIT, _FIRST_OF_PERIOD, _FIRST_OF_RUN = 124_000, 17_100, 17_100
_FIRST_OF_GATE, _PRICED_SLOT = 103_900, 2_660
_CLEAR, _CLEAR_PER_SLOT, _CLEAR_FIRST_OF_PERIOD = 186_000, 18_000, 33_500
_SETTLE, _SETTLE_PER_HOME = 89_000, 19_600
_SETTLE_FIRST_PER_HOME, _SETTLE_LAST_PER_HOME = 17_900, -4_700  # balances are new; reservations end at zero


@dataclass(frozen=True)
class SealedGates:
    """What the laws need of the gates of a run.

    homes, horizon: how many
    periods:        tariff periods of a day
    settlement:     shape (gates,), the settlement period of each gate, from 0 and rising
    """

    homes: int
    horizon: int
    periods: int
    settlement: Ints

    @property
    def begins(self) -> Ints:
        """Shape (gates,), 1 where a settlement period begins."""
        return np.diff(self.settlement, prepend=-1)

    @property
    def ends(self) -> Ints:
        """Shape (gates,), 1 where one ends."""
        return np.diff(self.settlement, append=self.settlement[-1] + 1)


def own_gas(gates: SealedGates, proof_gas: Ints) -> Ints:
    """Gas that each home's bids cause, shape (homes, gates): commitment, submission, and its share of a bill.

    proof_gas: shape (homes, gates), see ``sim.costs.gas.proof_gas``
    """
    first, last = gates.settlement == 0, gates.settlement == gates.settlement[-1]
    by_period = _SETTLE_PER_HOME + first * _SETTLE_FIRST_PER_HOME + last * _SETTLE_LAST_PER_HOME
    submit = _SUBMIT + _FIRST_OF_PERIOD * gates.begins
    submit[0] += _FIRST_OF_RUN
    gas: Ints = proof_gas + submit + COMMIT_PER_HOME + gates.ends * by_period
    return gas


def shared_gas(gates: SealedGates) -> Ints:
    """Gas that is used however many homes there are, shape (gates,)."""
    priced = _PRICED_SLOT * gates.horizon if gates.periods > 1 else 0
    submit, clear = _FIRST_OF_GATE + priced, _CLEAR + _CLEAR_PER_SLOT * gates.horizon + priced
    clears = clear + _CLEAR_FIRST_OF_PERIOD * gates.begins
    gas: Ints = COMMIT + submit + clears + _SETTLE * gates.ends
    return gas


def founding_gas(
    homes: int, tariffs: TariffTable, proofs: list[Proof], proved: bool, later_models: int
) -> int:
    """Gas spent once: contracts, the models' keys, the homes' enrolment.

    proofs:       of each model; placeholders where a stub stands in for the verifier
    proved:       whether none does
    later_models: how many of the models a forecaster gets after its first
    """
    market = _MARKET + _MARKET_PER_FURTHER_PERIOD * (tariffs.periods - 1) + LATER_MODEL * later_models
    market += MARKET_PER_LATER_SLOT * int(np.count_nonzero(tariffs.period_of_day_slot))
    words = sum(proof.key_words for proof in proofs)
    keys = (KEY + _REGISTRATION) * len(proofs) + KEY_PER_WORD * words
    if proved:
        keys += VERIFIER_KEY * len(proofs) + VERIFIER_KEY_PER_WORD * words
    return market + keys + (VERIFIER if proved else STUB) + _ENROLMENT * homes
