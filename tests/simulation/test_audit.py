"""The audit at the end of every run."""

from dataclasses import replace

import numpy as np
import pytest

from sim.errors import AuditError
from sim.market.clearing import Trades
from sim.outputs.outcome import Outcome
from sim.outputs.summary import summary_of
from sim.simulation.audit import audit
from tests.runs import run, scenario


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return run(scenario("tiny", "proofs.policy=none"))


def test_an_honest_run_passes(outcome: Outcome) -> None:
    audit(outcome)


def test_one_nano_that_appears_from_nowhere_is_found(outcome: Outcome) -> None:
    utility, *homes = outcome.balances
    with pytest.raises(AuditError, match="the ledger sums to 1 nano"):
        audit(replace(outcome, balances=(utility + 1, *homes)))


def test_one_nano_on_the_wrong_account_is_found(outcome: Outcome) -> None:
    utility, first, second, *rest = outcome.balances
    with pytest.raises(AuditError, match="the ledger says"):
        audit(replace(outcome, balances=(utility, first + 1, second - 1, *rest)))


def test_a_stub_cannot_pass_for_the_verifier(outcome: Outcome) -> None:
    scenario_of_all = scenario("tiny")
    claimed = replace(outcome, prepared=replace(outcome.prepared, scenario=scenario_of_all))
    assert summary_of(claimed)["proofs_verified_on_chain"] == 0
    with pytest.raises(AuditError, match='policy "all" ran with the wrong verifier contract'):
        audit(claimed)


def test_one_watt_hour_sold_to_nobody_is_found(outcome: Outcome) -> None:
    fill_wh = outcome.trades.fill_wh.copy()
    fill_wh[np.unravel_index(np.argmax(fill_wh), fill_wh.shape)] += 1
    with pytest.raises(AuditError, match="bought and sold energy differ"):
        audit(replace(outcome, trades=Trades.at_one_price(fill_wh, outcome.trades.price)))
