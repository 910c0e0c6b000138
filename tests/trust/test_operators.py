"""Operators that lie or say nothing, on a small run with tariffs by the time of day and a fee."""

import numpy as np
import pytest

from scripts.trust.cases import (
    collusion_cases,
    limit_cases,
    meter_cases,
    phantom_cases,
    silence_cases,
    wash_cases,
    window_cases,
)
from scripts.trust.honest_run import HonestRun, honest_run
from scripts.trust.operators import (
    doctored,
    most_total_wh,
    settled,
    true_totals,
    unwelcome,
)
from sim.market.bills import grid_only_bills
from sim.outputs.counterfactual.effect import effect, voided
from sim.simulation.preparation import prepare
from tests.runs import QUIET, as_yesterday, run, scenario

SETTINGS = (
    "proofs.policy=none",
    "chain.backend=none",
    "time.horizon=12",
    "population.agents=6",
    "market.grid_fee=0.011",
    'market.retail={"00:00"=0.18, "16:00"=0.34}',
    "market.homes.home-09.retail=0.12",
)


@pytest.fixture(scope="module")
def honest() -> HonestRun:
    return honest_run(prepare(scenario("tiny", *SETTINGS), QUIET, as_yesterday(6, 24, 12)))


def test_the_yardstick_is_the_run_itself(honest: HonestRun):
    outcome = run(scenario("tiny", *SETTINGS))
    assert (-honest.money.bill_nano).tolist() == list(outcome.balances[1:])
    assert honest.money.takings_nano == outcome.balances[0]
    assert honest.trades.traded_wh.sum() > 0


def test_true_totals_settle_as_the_readings_do(honest: HonestRun):
    totals = true_totals(honest.prepared, honest.trades)
    assert totals.short_wh.shape == (6, 2, 2)
    money = settled(honest.prepared, honest.trades, totals)
    assert money.bill_nano.tolist() == honest.money.bill_nano.tolist()


def test_the_utility_pays_for_what_is_not_posted(honest: HonestRun):
    totals = true_totals(honest.prepared, honest.trades)
    kept_wh = totals.short_wh[2] - totals.short_wh[2] * 9 // 10
    found = effect(honest.money, settled(honest.prepared, honest.trades, totals.shortened(2, 10)), [2])
    gain_nano = int((kept_wh.sum(axis=0) * honest.prepared.tariffs.retail[2]).sum())
    assert found.attackers_gain_nano == -found.utility_gain_nano == gain_nano > 0
    assert found.honest_loss_nano == found.honest_worse_off == 0


def test_the_most_that_the_contract_takes(honest: HonestRun):
    """Of a gate of 12 slots at 12 kW: 288 kWh, at the feed-in price; of a home without PV half of that."""
    (has_pv, generates_nothing) = (home.has_pv for home in honest.prepared.population.homes[2:4])
    assert (has_pv, generates_nothing) == (True, False)
    most_wh = most_total_wh(honest.prepared, 2)
    assert most_wh == 2 * 12 * 12_000 == 2 * most_total_wh(honest.prepared, 3)
    totals = true_totals(honest.prepared, honest.trades).boundless(2, most_wh)
    assert totals.beyond_wh[2].sum() == 4 * most_wh
    assert totals.short_wh[2].sum() == 0 < totals.short_wh[3].sum()
    lied = settled(honest.prepared, honest.trades, totals)
    assert lied.bill_nano[2] < honest.money.bill_nano[2] - 288_000 * 60_000


def test_a_meter_that_never_settles_leaves_the_utility_the_fees(honest: HonestRun):
    nothing = true_totals(honest.prepared, honest.trades).none()
    money = settled(honest.prepared, honest.trades, nothing)
    assert money.takings_nano == 11_000 * honest.trades.traded_wh.sum()


def test_void_slots_are_the_grids(honest: HonestRun):
    net_wh, outside = honest.prepared.reading_wh, honest.prepared.outside
    every = np.ones(24, dtype=np.bool_)
    grid_only = grid_only_bills(net_wh, outside).sum(axis=1)
    assert honest.money_of(voided(honest.trades, every)).bill_nano.tolist() == grid_only.tolist()
    assert (
        honest.money_of(voided(honest.trades, ~every)).bill_nano.tolist() == honest.money.bill_nano.tolist()
    )
    first = voided(honest.trades, np.arange(24) < 12)
    assert not first.fill_wh[:, :12].any()
    assert first.price.tolist() == [0] * 12 + honest.trades.price[12:].tolist() != [0] * 24
    assert first.fill_wh[:, 12:].tolist() == honest.trades.fill_wh[:, 12:].tolist()


def test_a_friend_never_loses_by_what_is_left_out_for_it(honest: HonestRun):
    net_wh, outside = honest.prepared.reading_wh, honest.prepared.outside
    for friend in honest.homes:
        slots = unwelcome(net_wh, honest.trades, outside, friend)
        found = honest.effect_of(voided(honest.trades, slots), [friend])
        assert found.attackers_gain_nano >= 0
        assert (found.attackers_gain_nano > 0) == slots.any()


def test_a_doctored_window_changes_one_homes_orders_alone(honest: HonestRun):
    own = honest.prepared.windows_wh[1]
    same, other = doctored(honest.prepared, 1, own), doctored(honest.prepared, 1, np.full_like(own, 99_000))
    assert same.forecast_wh.tolist() == honest.prepared.forecast_wh.tolist()
    assert other.forecast_wh[1].tolist() == [12_000] * 24  # clipped to the connection
    others = [row for row in honest.homes if row != 1]
    assert other.forecast_wh[others].tolist() == honest.prepared.forecast_wh[others].tolist()


def test_every_case_conserves_money():
    day_ahead = honest_run(prepare(scenario("tiny", *SETTINGS, "time.horizon=24"), QUIET, as_yesterday(6)))
    found = [
        effect
        for cases in (meter_cases, window_cases, collusion_cases, limit_cases, silence_cases)
        for effects in cases([day_ahead]).values()
        for effect in effects
    ]
    found += [
        one.effect
        for cases in (phantom_cases, wash_cases)
        for each in cases([day_ahead]).values()
        for one in each
    ]
    assert len(found) > 100
    for one in found:
        assert one.attackers_gain_nano + one.utility_gain_nano == one.honest_loss_nano


def test_a_home_is_at_its_own_retail_price_once_in_each_phantom_case(honest: HonestRun):
    counts = {label: len(list(found)) for label, found in phantom_cases([honest]).items()}
    assert sorted(counts.values()) == [0, 0, 1, 3, 3, 5]  # three of six generate, and not the one apart
