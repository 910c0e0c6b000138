"""Whole runs under every rule: all venues have the same market, and the utility what surplus there is."""

import numpy as np
import pytest

from sim.errors import InputError
from sim.market.bills import utility_takings
from sim.market.ledger import Ledger
from sim.market.mechanisms import mechanisms
from sim.simulation.audit import audit
from tests.adversarial.reference_rules import AT_OWN_PRICES
from tests.market.worlds import flat
from tests.runs import run, scenario

UNPROVED = ("proofs.policy=none", "population.agents=8", "market.grid_fee=0.010001")
OFF_CHAIN = (*UNPROVED, "chain.backend=none")
IN_ROUNDS = [each.name for each in mechanisms if each.rule is None and not each.sealable]


@pytest.mark.parametrize("name", AT_OWN_PRICES)
def test_every_venue_has_the_same_market_and_the_utility_the_surplus(name):
    outcomes = [
        run(scenario("tiny", *UNPROVED, f"market.mechanism={name}", f"chain.backend={backend}"))
        for backend in ("revm", "none")
    ]
    one, other = outcomes
    assert (one.market_digest, one.balances) == (other.market_digest, other.balances)
    for each in outcomes:
        audit(each)
    prepared, trades = one.prepared, one.trades
    assert trades.traded_wh.any()
    assert mechanisms[name].properties is not None
    assert (trades.surplus.sum() > 0) != mechanisms[name].properties.strongly_balanced
    assert one.balances[0] == utility_takings(prepared.reading_wh, trades, prepared.outside).sum()


@pytest.mark.parametrize("name", IN_ROUNDS)
def test_rounds_run_without_a_chain_and_say_so(name):
    with pytest.raises(InputError, match=f'"{name}": no contract checks it; set chain.backend to "none"'):
        scenario("tiny", *UNPROVED, f"market.mechanism={name}")
    with pytest.raises(InputError, match="so that nothing is known of its gas; leave it false"):
        scenario("tiny", *OFF_CHAIN, f"market.mechanism={name}", "costs.charged=true")
    outcome = run(scenario("tiny", *OFF_CHAIN, f"market.mechanism={name}"))
    audit(outcome)
    assert outcome.accounts.costs is None


def test_more_rounds_trade_more_and_one_is_the_sealed_call():
    def traded_wh(*settings: str) -> int:
        return int(run(scenario("tiny", *OFF_CHAIN, *settings)).trades.traded_wh.sum())

    calls = [
        traded_wh("market.mechanism=repeated", f"market.parameters.repeated.calls={n}") for n in (1, 2, 10)
    ]
    assert calls == sorted(calls)
    assert calls[0] == traded_wh("market.mechanism=uniform") < calls[2]


def test_a_home_without_credit_for_a_higher_bid_stays_at_what_it_bid():
    settings = (*OFF_CHAIN, "market.mechanism=repeated", "market.parameters.repeated.calls=10")
    free, poor = (run(scenario("tiny", *settings, *more)) for more in ((), ("market.credit_limit=1.5",)))
    audit(poor)
    assert (free.limit_price > poor.limit_price)[free.quantity_wh > 0].any()

    ledger, bid = Ledger(1, credit_limit=50), np.array([[10]])
    assert ledger.reserve(bid, np.array([[3]]), flat(9, 1, (1, 1))).all()
    assert [bool(ledger.raise_bids(bid, np.array([[more]]))[0]) for more in (3, 2, 1)] == [False, True, False]
