"""What the transactions of a market with sealed orders use of gas, as laws fitted to receipts.

A gate is cleared for the same gas however many homes there are, and a submission does not depend on what is
ordered, so that little has to be counted. Fitted to 300 receipts of runs with 5 to 60 homes, horizons of 1,
24 and 48 slots, flat and time-of-use tariffs, and settlement periods of 1 to 4 gates, under Cancun, and held
against runs of 96 slots.
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
    STUB,
    VERIFIER,
    VERIFIER_KEY,
    VERIFIER_KEY_PER_WORD,
    Proof,
    day_gas,
    priced_gas,
)
from sim.market.tariffs import TariffTable

_MARKET, _MARKET_PER_FURTHER_PERIOD = 5_392_800, 45_700
_REGISTRATION, _ENROLMENT = 215_000, 101_900
PLACEHOLDER = Proof(128, 25)

_SUBMIT, _FIRST_OF_PERIOD, _FIRST_OF_RUN = 124_000, 17_100, 17_100
_FIRST_OF_GATE, _PRICED_SLOT = 103_900, 2_660
_CLEAR, _CLEAR_PER_SLOT, _CLEAR_FIRST_OF_PERIOD = 186_000, 18_000, 33_500
# Where trades are proved: a column's digest kept, prices committed to, and a proof for each home and period.
_KEPT_DIGEST, _PRICE_POINT = 22_300, 8_260
_PROVE, _PROVE_PER_GATE = 500_000, 57_800
_SETTLEMENT_KEY, _SETTLEMENT_KEY_PER_GATE = 1_384_000, 58_800
_SETTLEMENT_CPU_S, _SETTLEMENT_CPU_S_PER_GATE = 0.13, 0.033
_SETTLE, _SETTLE_PER_HOME = 89_000, 19_600
_SETTLE_FIRST_PER_HOME, _SETTLE_LAST_PER_HOME = 17_900, -4_700  # balances are new; reservations end at zero


@dataclass(frozen=True)
class SealedGates:
    """What the laws need of the gates of a run.

    homes, horizon: how many
    day_slots:      slots of a day
    periods:        tariff periods of a day
    settlement:     shape (gates,), the settlement period of each gate, from 0 and rising
    proved:         whether trades are proved
    """

    homes: int
    horizon: int
    day_slots: int
    periods: int
    settlement: Ints
    proved: bool = False

    @property
    def per_period(self) -> int:
        """Gates of a settlement period, at most."""
        return int(np.count_nonzero(self.settlement == 0))

    @property
    def settlement_cpu_s(self) -> float:
        """CPU seconds of the proof of what a home trades in a period; 0 where the meter says it."""
        return (_SETTLEMENT_CPU_S + _SETTLEMENT_CPU_S_PER_GATE * self.per_period) * self.proved

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
    by_period = by_period + (_PROVE + _PROVE_PER_GATE * gates.per_period) * gates.proved
    submit = _SUBMIT + _KEPT_DIGEST * gates.proved + _FIRST_OF_PERIOD * gates.begins
    submit[0] += _FIRST_OF_RUN
    gas: Ints = proof_gas + submit + COMMIT_PER_HOME + gates.ends * by_period
    return gas


def shared_gas(gates: SealedGates) -> Ints:
    """Gas that is used however many homes there are, shape (gates,)."""
    priced = priced_gas(_PRICED_SLOT, gates.horizon, gates.day_slots, gates.periods)
    submit, clear = _FIRST_OF_GATE + priced, _CLEAR + _CLEAR_PER_SLOT * gates.horizon + priced
    clears = clear + _PRICE_POINT * gates.horizon * gates.proved + _CLEAR_FIRST_OF_PERIOD * gates.begins
    gas: Ints = COMMIT + submit + clears + _SETTLE * gates.ends
    return gas


def founding_gas(
    gates: SealedGates, tariffs: TariffTable, proofs: list[Proof], verified: bool, later_models: int
) -> int:
    """Gas spent once: contracts, the models' keys, the homes' enrolment.

    proofs:       of each model; placeholders where a stub stands in for the verifier
    verified:     whether none does
    later_models: how many of the models a forecaster gets after its first
    """
    market = _MARKET + _MARKET_PER_FURTHER_PERIOD * (tariffs.periods - 1) + LATER_MODEL * later_models
    market += day_gas(tariffs)
    words = sum(proof.key_words for proof in proofs)
    keys = (KEY + _REGISTRATION) * len(proofs) + KEY_PER_WORD * words
    if verified:
        keys += VERIFIER_KEY * len(proofs) + VERIFIER_KEY_PER_WORD * words
        keys += (_SETTLEMENT_KEY + _SETTLEMENT_KEY_PER_GATE * gates.per_period) * gates.proved
    return market + keys + (VERIFIER if verified else STUB) + _ENROLMENT * gates.homes
