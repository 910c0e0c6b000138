"""Which homes cheat: shares, nesting, and what the choice does not depend on."""

from collections import Counter

import pytest

from agents.adversaries.assignment import attacks_of_homes
from sim.data.population import build_population
from sim.errors import InputError
from sim.seeds import Streams
from sim.simulation.feasibility import check_feasible
from sim.simulation.preparation import prepare
from tests.runs import QUIET, scenario

NAMES = [f"home-{number:02d}" for number in range(40)]
SHARES = {"phantom-seller": 0.1, "bit-flipper": 0.3}


def test_nobody_cheats_unless_told() -> None:
    assert attacks_of_homes(Streams(7), NAMES, {}) == (None,) * len(NAMES)
    assert attacks_of_homes(Streams(7), NAMES, {"bit-flipper": 0.0}) == (None,) * len(NAMES)


def test_all_may_cheat() -> None:
    assert set(attacks_of_homes(Streams(7), NAMES, {"bit-flipper": 1.0})) == {"bit-flipper"}


def test_shares_are_met_exactly_in_whatever_order_they_are_told() -> None:
    chosen = attacks_of_homes(Streams(7), NAMES, SHARES)
    assert Counter(chosen) == {None: 24, "phantom-seller": 4, "bit-flipper": 12}
    assert chosen == attacks_of_homes(Streams(7), NAMES, dict(reversed(SHARES.items())))


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (
            ["adversaries.homes={phantom = 0.1}"],
            'no attack of homes is called "phantom": should be one of phantom-seller',
        ),
        (
            ["adversaries.homes={bit-flipper = 1.1}"],
            "shares of homes should be at least 0 and sum to at most 1",
        ),
        (
            ["adversaries.homes={bit-flipper = -0.1}"],
            "shares of homes should be at least 0 and sum to at most",
        ),
        (["adversaries.homes={bit-flipper = true}"], "should be a number"),
        (["adversaries.homes=0.1"], "adversaries.homes = 0.1: should be a table"),
        (["adversaries.operators=silent"], 'should be a list of attacks, as ["favours-a-friend"]'),
        (
            ['adversaries.operators=["sleepy"]'],
            'no attack of operators is called "sleepy": should be one of favours-a',
        ),
        (['adversaries.operators=["silent", "silent"]'], "should name each attack once"),
        (
            ["adversaries.homes={bit-flipper = 0.1}", "proofs.policy=none"],
            'under proofs.policy = "none" nothing',
        ),
        (['adversaries.operators=["silent"]', "proofs.policy=sample:0.5"], 'set it to "all"'),
        (
            ["adversaries.homes={bit-flipper = 0.1}", "proofs.policy=none", "chain.backend=none"],
            'and chain.backend to "py-evm" or "revm"',
        ),
    ],
)
def test_bad_adversaries_are_refused_in_one_sentence(settings: list[str], sentence: str) -> None:
    with pytest.raises(InputError) as refusal:
        scenario("tiny", *settings)
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_share_of_nothing_needs_no_proofs() -> None:
    none = scenario("tiny", "adversaries.homes={bit-flipper = 0}", "proofs.policy=none")
    assert not none.adversaries.anybody
    assert scenario("tiny", "adversaries.homes={bit-flipper = 0.1}").adversaries.anybody


def test_too_many_attempts_for_a_gate_are_refused_before_anything_is_trained() -> None:
    """Or honest submissions would be mined when the gate has closed."""
    crowd = ("population.agents=200", "population.resampling=true", "forecast.history_days=8")
    all_run = scenario("tiny", *crowd, "adversaries.homes={front-runner = 1.0}")
    with pytest.raises(InputError, match=r"time.lead = 1: blocks have no room for 201 attempts of homes"):
        prepare(all_run, QUIET)
    few_run = scenario("tiny", *crowd, "adversaries.homes={front-runner = 0.2}")
    check_feasible(few_run, build_population(few_run, Streams(7)))
