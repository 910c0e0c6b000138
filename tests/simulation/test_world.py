"""Whole runs on chain, without proofs: conservation, the time line, tariffs, strategies, refusals, audit."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from sim.errors import AuditError
from sim.market.bills import grid_only_bills
from sim.market.clearing import Trades
from sim.market.mechanisms.sharing import SHARING_RULES
from sim.outputs.outcome import Outcome
from sim.outputs.summary import summary_of
from sim.simulation.audit import audit
from tests.runs import run, scenario

# The audit at the end of every run ------------------------------------------------------------------------


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
    claimed = replace(outcome, prepared=replace(outcome.prepared, scenario=scenario("tiny")))
    assert summary_of(claimed)["proofs_verified_on_chain"] == 0
    with pytest.raises(AuditError, match='policy "all" ran with the wrong verifier contract'):
        audit(claimed)


def test_one_watt_hour_sold_to_nobody_is_found(outcome: Outcome) -> None:
    fill_wh = outcome.trades.fill_wh.copy()
    fill_wh[np.unravel_index(np.argmax(fill_wh), fill_wh.shape)] += 1
    with pytest.raises(AuditError, match="bought and sold energy differ"):
        audit(replace(outcome, trades=Trades.at_one_price(fill_wh, outcome.trades.price)))


# Whole runs on chain, without proofs: conservation, the time line, tariffs, strategies, refusals ----------


UNPROVED = ("proofs.policy=none", "chain.backend=revm")
STREET = ("population.agents=15", "population.pv_share=0.54", "time.days=2", "forecast.training=federated")
TIME_OF_USE = 'market.retail={"00:00" = 0.18, "16:00" = 0.34, "21:00" = 0.22}'


@pytest.fixture(scope="module")
def street() -> Outcome:
    return run(scenario("tiny", *UNPROVED, *STREET))


def expected_bills(outcome: Outcome, buyer_fee: int = 0, seller_fee: int = 0) -> list[int]:
    """The bill formula in plain Python integers, slot by slot."""
    prepared, bills = outcome.prepared, []
    for home in range(len(prepared.reading_wh)):
        bill = 0
        for slot, net in enumerate(prepared.reading_wh[home].tolist()):
            fill, price = int(outcome.trades.fill_wh[home, slot]), int(outcome.trades.price[slot])
            retail = int(prepared.outside.retail[home, slot])
            feed_in = int(prepared.outside.feed_in[home, slot])
            bill += price * fill + retail * max(net - fill, 0) - feed_in * max(fill - net, 0)
            bill += buyer_fee * max(fill, 0) + seller_fee * max(-fill, 0)
        bills.append(bill)
    return bills


def test_the_street_trades(street: Outcome) -> None:
    assert street.trades.traded_wh.sum() > 10_000
    assert summary_of(street)["orders_rejected"] == 0


def test_the_ledger_changes_by_exactly_zero(street: Outcome) -> None:
    assert sum(street.balances) == 0
    assert any(street.balances)


def test_every_balance_is_the_bill_to_the_unit(street: Outcome) -> None:
    assert [-balance for balance in street.balances[1:]] == expected_bills(street)


def test_the_community_saves_half_the_spread_on_what_trade_avoided(street: Outcome) -> None:
    prepared = street.prepared
    saving = int(grid_only_bills(prepared.reading_wh, prepared.outside).sum()) - sum(expected_bills(street))
    avoided = np.abs(prepared.reading_wh) - np.abs(prepared.reading_wh - street.trades.fill_wh)
    assert 2 * saving == (220_000 - 60_000) * int(avoided.sum())


def test_orders_are_the_forecasts(street: Outcome) -> None:
    assert np.array_equal(street.quantity_wh, street.prepared.forecast_wh)


def test_every_gate_goes_through_its_stages_in_order(street: Outcome) -> None:
    stages = Counter((sent.gate, sent.stage) for sent in street.sent)
    for name, times in {"commit": 1, "submit": 15, "clear": 24, "settle": 1}.items():
        assert stages[0, name] == stages[1, name] == times
    assert all(sent.receipt.ok for sent in street.sent)
    assert [block.timestamp for block in street.blocks] == sorted({b.timestamp for b in street.blocks})


def test_the_same_run_twice(street: Outcome) -> None:
    again = run(scenario("tiny", *UNPROVED, *STREET))
    assert (again.market_digest, again.blocks) == (street.market_digest, street.blocks)


def test_another_seed_is_another_market(street: Outcome) -> None:
    assert run(scenario("tiny", *UNPROVED, *STREET, "seed=8")).market_digest != street.market_digest


@pytest.mark.parametrize(
    "settings",
    [
        ("market.homes.home-03.retail=0.30", "market.homes.home-09.feed_in=0.10"),
        ("time.horizon=1", "time.lead=1"),
        ("time.start=2017-06-12T09:00:00", TIME_OF_USE),
        ("population.resampling=true", "population.agents=20"),
    ],
    ids=lambda settings: ",".join(settings),
)
def test_ledger_and_bills_agree_under(settings: tuple[str, ...]) -> None:
    outcome = run(scenario("tiny", *UNPROVED, "time.days=1", *settings))
    assert sum(outcome.balances) == 0
    assert [-balance for balance in outcome.balances[1:]] == expected_bills(outcome)
    assert outcome.trades.traded_wh.sum() > 0
    assert summary_of(outcome)["orders_rejected"] == 0


@pytest.mark.parametrize("fee", [10_000, 10_001])
def test_grid_fees_go_to_the_utility(fee: int) -> None:
    outcome = run(scenario("tiny", *UNPROVED, f"market.grid_fee={fee / 1_000_000}"))
    traded_wh = int(outcome.trades.traded_wh.sum())
    assert traded_wh > 0
    owed = expected_bills(outcome, buyer_fee=fee // 2, seller_fee=fee - fee // 2)
    assert [-balance for balance in outcome.balances[1:]] == owed
    assert sum(owed) - sum(expected_bills(outcome)) == fee * traded_wh


def test_without_pv_nothing_trades_and_nothing_breaks() -> None:
    summary = summary_of(run(scenario("tiny", *UNPROVED, "population.pv_share=0")))
    assert summary["traded_wh"] == 0
    assert summary["mean_price"] is None
    assert summary["delivered_share"] is None
    assert summary["community_bill"] == summary["community_bill_grid_only"]


def test_orders_beyond_the_credit_limit_are_refused_and_counted() -> None:
    outcome = run(scenario("tiny", *UNPROVED, "market.credit_limit=0.5"))
    summary = summary_of(outcome)
    refused = [s for s in outcome.sent if s.stage == "submit" and not s.receipt.ok]
    assert {s.receipt.revert_reason for s in refused} == {"credit limit exceeded"}
    assert summary["orders"] + summary["orders_rejected"] == np.count_nonzero(outcome.prepared.forecast_wh)
    assert summary["orders_rejected"] > 0
    audit(outcome)


def test_a_sample_policy_is_named_and_changes_nothing_in_the_market() -> None:
    none = run(scenario("tiny", *UNPROVED))
    summary = summary_of(none)
    assert summary["proof_policy"] == "none"
    assert summary["proofs_verified_on_chain"] == summary["proofs_made"] == 0
    sampled = run(scenario("tiny", "proofs.policy=sample:0.0001"))
    assert sampled.market_digest == none.market_digest
    assert summary_of(sampled)["proof_policy"] == "sample:0.0001"


@pytest.mark.parametrize("rule", [rule.name for rule in SHARING_RULES])
def test_sharing_rules_settle_on_chain_and_ask_for_no_limits(rule: str) -> None:
    shared = run(scenario("tiny", *UNPROVED, f"market.mechanism={rule}"))
    truthful = run(
        scenario(
            "tiny", *UNPROVED, "chain.backend=none", f"market.mechanism={rule}", "market.strategy=truthful"
        )
    )
    assert shared.market_digest == truthful.market_digest
    assert shared.trades.traded_wh.sum() > 0
    prices = shared.trades.price[shared.trades.traded_wh > 0]
    assert ((prices == 0) if rule == "bill-sharing" else (prices >= 60_000)).all()
