"""What is tried on a copy of the chain is answered as it would be in a run, and the run never notices."""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager

import numpy as np
import pytest

from agents.adversaries import home_attacks
from agents.adversaries.assignment import attacks_of
from sim.outputs.tables import tables_of
from sim.page.attack_sandbox import AttackSandbox
from sim.page.attempt import Attempt, contract_sources
from sim.page.panels.cheat_panel import excerpt, verdict
from sim.proofs.srs import load_srs
from sim.runtime.store import Store, open_store
from sim.simulation.run import OpenMarket, open_market
from tests.adversarial.reasons import BY_VERIFIER, OF_HOMES
from tests.bundle.conftest import no_processes  # noqa: F401
from tests.runs import QUIET, persistence_models, run, scenario

# The excerpt shows the line of the contract that refuses, whatever the reason -----------------------------


REASONS = [
    words
    for source in contract_sources().values()
    for line in source
    for words in re.findall(r'assert .*, "([^"]+)"', line)
]


def attempt(reason: str | None = None, **facts: object) -> Attempt:
    return Attempt("bit-flipper", False, "ahead", "home-01", 0, reason=reason, **facts)


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_of_the_contract_has_its_line(reason) -> None:
    excerpt = attempt(reason).excerpt
    (marked,) = (line for line in excerpt if line.refused)
    assert (len(REASONS) > 50, REASONS.count(reason)) == (True, 1)
    assert re.search(f'assert .*, "{re.escape(reason)}"', marked.text)
    assert all(contract_sources()[line.file][line.number - 1] == line.text for line in excerpt)
    numbers = [line.number for line in excerpt]
    assert numbers == list(range(numbers[0], numbers[-1] + 1))
    assert numbers[0] < marked.number <= numbers[-1]


def test_a_refusal_of_the_verifier_points_to_its_call() -> None:
    (call,) = (
        line for line in attempt("reverted without a reason", by_verifier=True).excerpt if line.refused
    )
    assert "staticcall IVerifier(" in call.text
    assert "verify" in call.text.lower()


@pytest.mark.parametrize("reason", [None, "words of nobody", "", "reverted without a reason"])
def test_what_no_line_says_has_no_excerpt(reason) -> None:
    assert attempt(reason, accepted=reason is None).excerpt == ()


# What is tried on a copy of the chain is answered as it would be in a run, and the run never notices ------


SHORT = ("time.horizon=12", "forecast.lookback=12", "market.credit_limit=1000")
GATES, HOMES = 2, 4
CHEATS = ("front-runner", "wash-trader", "wash-trader", "over-committer")
"""What the four homes try. ``OF_HOMES`` tells what others are refused with, here and in runs."""


def opened(*settings: str, store: Store | None = None) -> AbstractContextManager[OpenMarket]:
    return open_market(
        scenario("tiny", *SHORT, *settings), load_srs(), 1, QUIET, persistence_models(HOMES, 12, 12), store
    )


def run_through(market: OpenMarket) -> OpenMarket:
    for _ in range(market.prepared.gates):
        market.step()
    return market


@pytest.fixture(scope="module")
def store(tmp_path_factory, no_processes: None) -> Store:  # noqa: F811
    """So that every run has the same proofs, made once."""
    del no_processes
    kept = open_store(str(tmp_path_factory.mktemp("store")))
    assert kept is not None
    return kept


@pytest.fixture(scope="module")
def market(store) -> Iterator[OpenMarket]:
    """A market of four homes, two gates and eight proofs, run to its end."""
    with opened(store=store) as started:
        yield run_through(started)


@pytest.fixture(scope="module")
def sandbox(market) -> AttackSandbox:
    return AttackSandbox(market)


@pytest.fixture(scope="module")
def unproved() -> Iterator[OpenMarket]:
    with opened("proofs.policy=none", "chain.backend=revm") as started:
        yield run_through(started)


# As in a run ----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_attempts_are_answered_as_in_a_run_with_these_cheats(store, sandbox) -> None:
    shares = ", ".join(f"{name} = {CHEATS.count(name) / HOMES}" for name in dict.fromkeys(CHEATS))
    with opened(f"adversaries.homes={{ {shares} }}", "chain.backend=revm", store=store) as cheated:
        outcome = run_through(cheated).outcome()
        inside = AttackSandbox(cheated)
        tried = {(each.agent, each.gate): each for each in tables_of(outcome)["attempts"].itertuples()}
        assert {each.attack for each in tried.values()} == set(CHEATS)
        homes, attacks = outcome.prepared.population.homes, attacks_of(outcome.prepared)
        for row, (home, attack) in enumerate(zip(homes, attacks, strict=True)):
            for gate in range(GATES):
                if attack == "wash-trader":  # in a run the two that cheat are a pair, here any two are
                    continue
                here = sandbox.attempt(attack, row, gate)
                again = inside.attempt(attack, row, gate)  # of a run that has cheats of its own
                assert (again.accepted, again.reason) == (here.accepted, here.reason)
                there = tried[home.name, gate]
                assert (here.attack, here.accepted) == (there.attack, there.accepted)
                assert here.reason == there.reason or (here.reason is None and there.accepted)


@pytest.mark.slow
@pytest.mark.parametrize("name", OF_HOMES)
def test_what_breaks_a_rule_is_refused_by_the_line_that_says_so(name, sandbox) -> None:
    attempt = sandbox.attempt(name, 0, 1)
    assert not attempt.accepted
    assert not attempt.lawful
    assert attempt.proves
    assert (attempt.reason, attempt.by_verifier) == (OF_HOMES[name], attempt.reason == BY_VERIFIER)
    (line,) = (line for line in attempt.excerpt if line.refused)
    assert contract_sources()[line.file][line.number - 1] == line.text
    assert ("staticcall IVerifier(" if attempt.by_verifier else attempt.reason) in line.text
    assert ("the verifier says no" if attempt.by_verifier else attempt.reason) in verdict(attempt)
    assert f"<span>{line.number}</span>" in excerpt(attempt)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["replayed-proof", "stale-window"])
def test_where_there_is_no_gate_before_it_says_so(name, sandbox) -> None:
    attempt = sandbox.attempt(name, 0, 0)
    assert attempt.cannot is not None
    assert "gate before" in attempt.cannot
    assert (attempt.sender, attempt.accepted, attempt.excerpt) == ("", False, ())


# The run goes on ------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_run_never_notices(store) -> None:
    with opened("chain.backend=revm", store=store) as disturbed:
        sandbox = AttackSandbox(disturbed)
        for gate in range(GATES):
            disturbed.step()
            blocks = len(disturbed.world.venue.chain.blocks)
            for name in home_attacks.names[gate::2]:
                sandbox.attempt(name, gate, gate)
            assert len(disturbed.world.venue.chain.blocks) == blocks
        outcome = disturbed.outcome()
    undisturbed = run(
        scenario("tiny", *SHORT, "chain.backend=none", "proofs.policy=none"),
        persistence_models(HOMES, 12, 12),
    )
    assert outcome.market_digest == undisturbed.market_digest
    assert np.array_equal(outcome.trades.fill_wh, undisturbed.trades.fill_wh)
    assert outcome.trades.traded_wh.sum() > 0


# Without proofs, and without a chain ----------------------------------------------------------------------


@pytest.mark.slow
def test_a_stub_believes_a_phantom_and_the_attempt_says_that_nothing_was_proved(unproved) -> None:
    attempt = AttackSandbox(unproved).attempt("phantom-seller", 0, 1)
    assert attempt.accepted
    assert not attempt.proves
    assert "a stub stands in the verifier's place" in verdict(attempt).unescape()
    assert "Please report" not in verdict(attempt)
