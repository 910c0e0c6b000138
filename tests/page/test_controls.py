"""Controls change what they name and nothing else, and say in a sentence what cannot be combined."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from agents.adversaries import home_attacks
from agents.strategies import strategies
from sim.chain.backends import backends
from sim.costs.estimate import estimate
from sim.data.population import build_population
from sim.errors import InputError
from sim.market.mechanisms import mechanisms
from sim.page import controls as module
from sim.page.controls import (
    NOBODY,
    OPEN,
    POLICIES,
    SEALED,
    Controls,
    beyond_controls,
    checked,
    controls_of,
    cost_of,
    scenario_with,
    with_share,
)
from sim.page.opened import NextRun, Opened
from sim.page.panels.sidebar import _cost, read_number
from sim.schema.file import read_document
from sim.schema.scenario import Scenario
from sim.seeds import Streams
from tests.runs import ROOT, scenario

RUNS = sorted(path.stem for path in (ROOT / "scenarios").glob("*.toml") if "sweep" not in read_document(path))
TIME_OF_USE = 'market.retail={"00:00" = 0.18, "16:00" = 0.34}'
OWN = "market.homes={home-10 = {retail = 0.5}}"
BASES = {
    "tiny": scenario("tiny"),
    "street": scenario("street"),
    "time of use, own tariffs": scenario("street", TIME_OF_USE, OWN),
    "two attacks": scenario("street", "adversaries.homes={bit-flipper = 0.1, wash-trader = 0.26}"),
    "hidden layers": scenario("tiny", "forecast.hidden=[12, 7]", "market.strategy=truthful"),
    "shares that are no whole per cent": scenario(
        "tiny", "market.strategy={zic = 0.6667, truthful = 0.3333}"
    ),
}


@pytest.fixture(autouse=True)
def as_fast_as_the_reference(monkeypatch) -> None:
    """No test depends on the machine that it runs on."""
    monkeypatch.setattr(module, "_slowness", lambda: 1.0)


@pytest.mark.parametrize("base", [*BASES.values(), *map(scenario, RUNS)], ids=[*BASES, *RUNS])
def test_controls_that_nobody_touched_change_nothing(base) -> None:
    """Nor do they with settings that no control can say."""
    assert scenario_with(base, controls_of(base)) == base


ASKED = {
    "homes": some.integers(2, 40),
    "days": some.integers(1, 20),
    "clusters": some.integers(1, 12),
    "family": some.sampled_from(["mlp", "linear"]),
    "width": some.integers(1, 40),
    "mechanism": some.sampled_from(mechanisms.names),
    "orders": some.sampled_from([OPEN, SEALED]),
    "shares": some.tuples(some.sampled_from(strategies.names), some.integers(0, 100)).map(
        lambda share: with_share((("zic", 100),), (), *share)
    ),
    "retail": some.none() | some.integers(6, 40).map(lambda cents: cents / 100),
    "feed_in": some.none() | some.integers(0, 20).map(lambda cents: cents / 100),
    "attack": some.sampled_from([NOBODY, *home_attacks.names]),
    "cheats_percent": some.integers(0, 100),
    "policy": some.sampled_from(POLICIES),
    "chain": some.sampled_from(backends.names),
    "seed": some.integers(0, 2**63 - 1),
}


def as_the_scenario_says(asked: Controls, base: Scenario) -> Controls:
    """The same controls: what no home does nobody is said to do, and no price is the price there was."""
    before = controls_of(base)
    if asked.attack == NOBODY or not asked.cheats_percent:
        asked = replace(asked, attack=NOBODY, cheats_percent=0)
    return replace(
        asked,
        retail=before.retail if asked.retail is None else asked.retail,
        feed_in=before.feed_in if asked.feed_in is None else asked.feed_in,
    )


def scenario_or_sentence(base: Scenario, asked: Controls) -> Scenario | str:
    try:
        return scenario_with(base, asked)
    except InputError as error:
        return str(error)


@settings(max_examples=40)
@given(base=some.sampled_from(list(BASES.values())), changes=some.fixed_dictionaries({}, optional=ASKED))
def test_what_is_asked_for_is_a_scenario_or_a_sentence(base, changes) -> None:
    asked = replace(controls_of(base), **changes)
    made = scenario_or_sentence(base, asked)
    if isinstance(made, str):
        assert "\n" not in made
        return
    assert controls_of(made) == as_the_scenario_says(asked, base)
    rest = {"costs", "name"}
    assert made.model_dump(include=rest) == base.model_dump(include=rest)
    assert (made.market.homes, made.adversaries.operators) == (base.market.homes, base.adversaries.operators)


LAWFUL = {
    "homes": 9,
    "days": 3,
    "clusters": 1,
    "family": "linear",
    "width": 5,
    "shares": (("truthful", 30), ("zic", 70)),
    "retail": 0.4,
    "feed_in": 0.03,
    "seed": 12,
    "policy": "none",
    "chain": "revm",
}
FIELDS = {
    "homes": ("population", {"agents", "resampling"}),
    "days": ("time", {"days"}),
    "clusters": ("forecast", {"clusters"}),
    "family": ("forecast", {"family"}),
    "width": ("forecast", {"hidden"}),
    "mechanism": ("market", {"mechanism"}),
    "shares": ("market", {"strategy"}),
    "retail": ("market", {"retail"}),
    "feed_in": ("market", {"feed_in"}),
    "policy": ("proofs", {"policy"}),
    "chain": ("chain", {"backend"}),
}


@pytest.mark.parametrize("name", LAWFUL)
@pytest.mark.parametrize("base", ["tiny", "time of use, own tariffs", "hidden layers"])
def test_a_control_leaves_alone_what_is_not_its_own(base, name) -> None:
    before = BASES[base]
    made = scenario_with(before, replace(controls_of(before), **{name: LAWFUL[name]}))
    assert getattr(controls_of(made), name) == LAWFUL[name]
    section, keys = FIELDS.get(name, ("", {"seed"}))
    old, new = before.model_dump(), made.model_dump()
    changed = old[section] if section else old
    for key in keys:
        changed[key] = (new[section] if section else new)[key]
    assert old == new


def test_shares_stay_exact_until_theirs_is_touched() -> None:
    base = BASES["shares that are no whole per cent"]
    now = controls_of(base)
    assert now.shares == (("truthful", 33), ("zic", 67))
    assert scenario_with(base, replace(now, days=2)).market.strategy == {"zic": 0.6667, "truthful": 0.3333}
    for percent, shares in ((100, {"truthful": 1.0}), (40, {"truthful": 0.4, "zic": 0.6})):
        touched = replace(now, shares=with_share(now.shares, now.shares, "truthful", percent))
        assert scenario_with(base, touched).market.strategy == shares


THREE = (("a", 50), ("b", 30), ("zic", 20))


@pytest.mark.parametrize(
    ("now", "base", "name", "percent", "then"),
    [
        (THREE, THREE, "c", 20, (("a", 40), ("b", 24), ("c", 20), ("zic", 16))),
        (THREE, THREE, "a", 75, (("a", 75), ("b", 15), ("zic", 10))),
        (THREE, THREE, "zic", 0, (("a", 63), ("b", 37))),
        (THREE, THREE, "b", 100, (("b", 100),)),
        ((("b", 100),), THREE, "b", 30, (("a", 50), ("b", 30), ("zic", 20))),
        ((("a", 100),), (("a", 100),), "a", 60, (("a", 60), ("zic", 40))),
        ((("zic", 100),), (("zic", 100),), "zic", 90, (("truthful", 10), ("zic", 90))),
    ],
)
def test_a_share_that_is_moved_leaves_the_others_in_proportion(now, base, name, percent, then) -> None:
    """A mixture stays one: nobody becomes of another strategy because a third one's share was moved."""
    assert with_share(now, base, name, percent) == then


@pytest.mark.parametrize(
    ("homes", "resampled", "words"),
    [
        (14, False, "14 homes are drawn from the 15 in the data"),
        (15, False, ""),
        (16, True, "16 homes are more than the 15 in the data"),
    ],
)
def test_homes_beyond_the_source_are_resampled_and_a_cost_says_so(homes, resampled, words) -> None:
    cost = cost_of(scenario_with(BASES["tiny"], replace(controls_of(BASES["tiny"]), homes=homes)), 1)
    assert (cost.homes, cost.in_data, cost.scenario.population.resampling) == (homes, 15, resampled)
    assert len(build_population(cost.scenario, Streams(7)).homes) == homes
    assert words in _cost(cost)
    assert ("in the data" in _cost(cost)) == bool(words)


@pytest.mark.parametrize(
    ("setting", "beyond"),
    [
        ("forecast.hidden=[6, 5]", "forecast.hidden = [6, 5]"),
        (
            "market.strategy={zic=0.335, truthful=0.665}",
            'market.strategy = { "truthful" = 0.665, "zic" = 0.335 }',
        ),
        ('market.retail={"00:00"=0.2, "16:00"=0.3}', 'market.retail = { "00:00" = 0.2, "16:00" = 0.3 }'),
        (
            "adversaries.homes={bit-flipper=0.25, late-bidder=0.25}",
            'adversaries.homes = { "bit-flipper" = 0.25, "late-bidder" = 0.25 }',
        ),
        ('adversaries.operators=["silent"]', 'adversaries.operators = ["silent"]'),
    ],
)
def test_what_no_control_shows_is_told(setting, beyond) -> None:
    assert beyond_controls(scenario("tiny", setting)) == (beyond,)
    assert (
        beyond_controls(scenario("tiny", "adversaries.homes={late-bidder=0.25}", "forecast.hidden=6")) == ()
    )


@pytest.mark.parametrize(
    ("words", "kind", "read"),
    [
        ("7", int, 7),
        (" 7 ", int, 7),
        ("abc", int, "abc"),
        ("1e3", int, "1e3"),
        ("", int, ""),
        ("0.2", float, 0.2),
    ],
)
def test_what_is_typed_is_a_number_or_stays_what_it_is(words, kind, read) -> None:
    assert read_number(words, kind) == read
    assert read_number(words or "x", kind, optional=True) == (read or "x")
    assert read_number("", kind, optional=True) is None


def test_a_run_that_follows_is_of_the_controls_as_they_are_or_of_none(monkeypatch) -> None:
    begun = []
    monkeypatch.setattr("sim.page.opened.LiveRun", lambda found, *_: begun.append(found) or "a run")
    following = NextRun(Opened(Path("tiny.toml"), BASES["tiny"], None, 1))
    following.change(clusters=9)
    assert following.begin() is None
    assert not begun
    following.change(clusters=1, seed=8)
    following.share("truthful", 40)
    assert following.begin() == "a run"
    assert [(found.forecast.clusters, found.seed) for found in begun] == [(1, 8)]
    assert begun[0].market.strategy == {"truthful": 0.4, "zic": 0.6}


# What cannot be -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"homes": 1}, "population.agents", "1"),
        ({"days": 0}, "time.days", "0"),
        ({"clusters": 5}, "forecast.clusters", "5"),
        ({"clusters": 0}, "forecast.clusters", "0"),
        ({"family": "forest"}, "forecast.family", "forest"),
        ({"width": 0}, "forecast.hidden", "0"),
        ({"shares": (("zic", 120),)}, "market", "strategy"),
        ({"chain": "none"}, "proofs.policy", "without a chain"),
        ({"chain": "bitcoin"}, "chain.backend", "bitcoin"),
        ({"retail": 0.05}, "retail", "feed_in"),
        ({"retail": -1.0}, "market.retail", "-1"),
        ({"feed_in": float("nan")}, "market.feed_in", "NaN"),
        ({"retail": float("inf")}, "market.retail", "Infinity"),
        ({"attack": "late-bidder", "cheats_percent": 110}, "adversaries", "at most 1"),
        ({"attack": "late-bidder", "cheats_percent": 25, "policy": "none"}, "adversaries", "proofs.policy"),
        ({"policy": "some"}, "proofs.policy", "some"),
        ({"seed": -1}, "seed", "-1"),
        ({"seed": None}, "seed", ""),
        ({"seed": "abc"}, "seed", '"abc"'),
        ({"seed": ""}, "seed", '""'),
        ({"retail": "0,22"}, "market.retail", '"0,22"'),
        ({"feed_in": "cheap"}, "market.feed_in", '"cheap"'),
        ({"days": 366}, "time", "days"),
    ],
)
def test_what_cannot_be_combined_names_the_field(changes, field, value) -> None:
    base = BASES["tiny"]
    said = checked(base, replace(controls_of(base), **changes), 1)
    assert isinstance(said, str)
    assert "\n" not in said
    assert field in said
    assert value in said


# What a run would cost ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "proofs", "circuits"),
    [
        (BASES["tiny"], 4, 2),
        (scenario("tiny", "proofs.policy=none", "forecast.training=local"), 0, 0),
    ],
)
def test_costs_are_those_of_the_estimate(base, proofs, circuits) -> None:
    found = checked(base, controls_of(base), 2)
    assert not isinstance(found, str)
    expected = estimate(base, build_population(base, Streams(base.seed)), 2, 1.0)
    assert (found.scenario, found.expected) == (base, expected)
    assert (expected.proofs, expected.circuits) == (proofs, circuits)
    assert 0 < expected.setup_s < found.wall_s < expected.wall_s
