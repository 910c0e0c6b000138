"""What verification stops, and what nothing stops: the cases of scripts/measure_trust.py."""

import numpy as np
import pytest
from hypothesis import given, settings

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
from scripts.trust.traders import last_look, phantom
from sim.market.orders import Orders
from sim.simulation.preparation import prepare
from tests.market.books import AVERAGE, ints
from tests.outputs.markets import SLOTS, Market, markets
from tests.runs import QUIET, persistence_models, scenario

# Operators that lie or say nothing, on a small run with tariffs by the time of day and a fee --------------


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
    return honest_run(prepare(scenario("tiny", *SETTINGS), QUIET, persistence_models(6, 24, 12)))


def test_every_case_conserves_money():
    day_ahead = honest_run(
        prepare(scenario("tiny", *SETTINGS, "time.horizon=24"), QUIET, persistence_models(6))
    )
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


# Homes that stay within the rules, and those that would not -----------------------------------------------


@settings(max_examples=40)
@given(markets())
def test_a_last_look_changes_the_own_limits_alone_and_never_for_the_worse(market: Market):
    """Where every forecast holds, nothing is gained by any other home's doing."""
    honest, outside = market.honest, market.outside
    looked = last_look(AVERAGE, honest, 0, outside)
    assert looked.quantity_wh.tolist() == honest.quantity_wh.tolist()
    assert looked.limit_price[1:].tolist() == honest.limit_price[1:].tolist()
    value = outside.limits(honest.quantity_wh)[0]
    before, after = honest.cleared_by(AVERAGE), looked.cleared_by(AVERAGE)
    gained = (value - after.price) * after.fill_wh[0] - (value - before.price) * before.fill_wh[0]
    assert gained.min() >= 0


def test_a_phantom_seller_sells_what_it_has_and_more():
    honest = Orders(np.tile(ints(5, -3, 0), (2, 1)), np.full((2, SLOTS), 100))
    wish = phantom(honest, 1, 20, ints(60, 70, 80))
    assert wish.quantity_wh.tolist() == [[5, -3, 0], [-20, -23, -20]]
    assert wish.limit_price.tolist() == [[100] * 3, [60, 70, 80]]
