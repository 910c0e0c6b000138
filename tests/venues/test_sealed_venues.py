"""Whole runs with sealed orders: every venue, policy and kind of settlement has the same public market."""

import numpy as np
import pytest

from sim.errors import InputError
from sim.outputs.outcome import Outcome
from tests.runs import SEALED, run, scenario

DAYS = ("time.days=2", "market.settlement_days=1")
OFF_CHAIN = ("proofs.policy=none", "chain.backend=none")
ON_CHAIN = ("proofs.policy=none", "chain.backend=revm")


def sealed(*settings: str) -> Outcome:
    return run(scenario("tiny", *SEALED, *settings))


def gas_of(outcome: Outcome, stage: str) -> list[int]:
    return [sent.receipt.gas_used for sent in outcome.sent if sent.stage == stage]


def test_every_venue_has_the_same_public_market():
    """The audit of each run holds it against the plain computation, to the unit."""
    plain = sealed(*OFF_CHAIN, *DAYS)
    metered = sealed(*ON_CHAIN, *DAYS)
    proved = sealed(*ON_CHAIN, *DAYS, "market.settlement=proved")
    assert plain.market_digest == metered.market_digest == proved.market_digest
    assert plain.balances == metered.balances == proved.balances
    assert len(gas_of(proved, "prove")) == 4 * 2
    assert not gas_of(metered, "prove")


@pytest.mark.slow
def test_proofs_change_nothing_that_is_public():
    """Forecasts and trades proved, by the verifier."""
    settings = ("proofs.store=off", "market.settlement_days=run", "market.settlement=proved")
    proved, plain = sealed(*settings, "chain.backend=py-evm"), sealed(*OFF_CHAIN, *settings[1:])
    assert proved.verified_on_chain
    assert proved.market_digest == plain.market_digest


def test_without_credit_nothing_is_accepted_and_gates_are_void():
    """Worst cost of a day: 12 kWh in each hour at retail, $63.36."""
    for limit, accepted in (("63.35", 0), ("63.36", 4)):
        one, other = (sealed(*venue, f"market.credit_limit={limit}") for venue in (OFF_CHAIN, ON_CHAIN))
        assert one.market_digest == other.market_digest
        assert one.sealed is not None
        assert one.sealed.accepted.sum() == accepted
        assert one.sealed.cleared.tolist() == [accepted > 0]
        assert len(gas_of(other, "void")) == (accepted == 0)


def test_settlement_periods_change_no_bill_by_more_than_remainders():
    by_days = [sealed(*OFF_CHAIN, "time.days=4", f"market.settlement_days={days}") for days in (1, 2)]
    daily, rarely = (np.array(outcome.balances[1:]) for outcome in by_days)
    assert (np.abs(daily - rarely) <= 2).all()
    assert by_days[0].market_digest != by_days[1].market_digest


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("forecast.family=mlp", "looks secrets up"),
        ("population.agents=2", "at least 3"),
        ("forecast.training=clustered", "one model for all"),
        ("market.mechanism=uniform", "set mechanism to net-price"),
        ("market.grid_fee=0.01", "common to all homes and no grid fee"),
        ("market.settlement_days=1", "should hold whole gates"),
        ("market.settlement_days=9999999999999999999", 'a number of days from 1 to 366, or "run"'),
        ("adversaries.operators=['silent']", "on open orders"),
    ],
)
def test_what_cannot_be_sealed_is_refused_in_one_sentence(setting, words):
    with pytest.raises(InputError, match=words):
        sealed(*OFF_CHAIN, "time.days=2", "time.horizon=48", "market.settlement_days=2", setting)
