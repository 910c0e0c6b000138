"""What is tried on a copy of the chain is answered as it would be in a run, and the run never notices."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace

import numpy as np
import pytest

from agents.adversaries import home_attacks
from agents.adversaries.assignment import attacks_of
from sim.outputs.tables import tables_of
from sim.page.attack_sandbox import AttackSandbox
from sim.page.attempt import Attempt, contract_sources
from sim.page.panels.cheat_panel import excerpt, transaction, verdict
from sim.plugins import plugged_in, read_plugins
from sim.proofs.srs import load_srs
from sim.runtime.store import Store, open_store
from sim.simulation.run import OpenMarket, open_market
from tests.adversarial.reasons import BY_VERIFIER, OF_HOMES
from tests.runs import PLUGINS, QUIET, as_yesterday, run, scenario

pytestmark = pytest.mark.slow

SHORT = ("time.horizon=12", "forecast.lookback=12", "market.credit_limit=1000")
GATES, HOMES = 2, 4
ASSIGNMENTS = (
    ("phantom-seller", "replayed-proof", "borrowed-proof", "stale-window"),
    ("home-made-model", "bit-flipper", "double-submitter", "late-bidder"),
    ("front-runner", "wash-trader", "wash-trader", "over-committer"),
)
PROVED_ANEW = {"stale-window", "home-made-model"}


def opened(*settings: str, store: Store | None = None) -> AbstractContextManager[OpenMarket]:
    return open_market(
        scenario("tiny", *SHORT, *settings), load_srs(), 2, QUIET, as_yesterday(HOMES, 12, 12), store
    )


def run_through(market: OpenMarket) -> OpenMarket:
    for _ in range(market.prepared.gates):
        market.step()
    return market


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Store:
    """So that every run has the same proofs, made once."""
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


def without_luck(attempt: Attempt) -> Attempt:
    """But for the gas of a proof made anew, whose bytes are never the same."""
    return replace(attempt, gas_used=0) if attempt.attack in PROVED_ANEW else attempt


# As in a run ----------------------------------------------------------------------------------------------


def test_the_casts_try_every_attack() -> None:
    assert {name for assignment in ASSIGNMENTS for name in assignment} == set(home_attacks.names)


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_attempts_are_answered_as_in_a_run_with_these_cheats(assignment, store, sandbox) -> None:
    shares = ", ".join(f"{name} = {assignment.count(name) / HOMES}" for name in dict.fromkeys(assignment))
    with opened(f"adversaries.homes={{ {shares} }}", "chain.backend=revm", store=store) as cheated:
        outcome = run_through(cheated).outcome()
        attacks = attacks_of(outcome.prepared)
        inside = AttackSandbox(cheated)
        names = [home.name for home in outcome.prepared.population.homes]
        tried = {(each.agent, each.gate): each for each in tables_of(outcome)["attempts"].itertuples()}
        for row, name in enumerate(names):
            for gate in range(GATES):
                attack = attacks[row]
                if attack == "wash-trader":  # in a run the two that cheat are a pair, here any two are
                    continue
                here = sandbox.attempt(attack, row, gate)
                if (name, gate) not in tried:
                    assert here.cannot
                    continue
                there = tried[name, gate]
                assert here.cannot is None
                assert (here.attack, here.home, here.gate) == (there.attack, name, gate)
                assert here.accepted == there.accepted
                assert here.reason == there.reason or (here.reason is None and there.accepted)
                again = inside.attempt(attack, row, gate)  # of a run that has cheats of its own
                assert (again.accepted, again.reason) == (here.accepted, here.reason)


@pytest.mark.parametrize("name", OF_HOMES)
def test_what_breaks_a_rule_is_refused_by_the_line_that_says_so(name, sandbox) -> None:
    attempt = sandbox.attempt(name, 0, 1)
    assert not attempt.accepted
    assert not attempt.lawful
    assert attempt.proves
    assert attempt.reason == OF_HOMES[name]
    assert attempt.by_verifier == (attempt.reason == BY_VERIFIER)
    (line,) = (line for line in attempt.excerpt if line.refused)
    assert contract_sources()[line.file][line.number - 1] == line.text
    assert ("staticcall Verifier(" if attempt.by_verifier else attempt.reason) in line.text
    assert ("the verifier says no" if attempt.by_verifier else attempt.reason) in verdict(attempt)
    assert f"<span>{line.number}</span>" in excerpt(attempt)


def test_a_pair_that_trades_with_itself_is_accepted_and_lawful(sandbox) -> None:
    attempt = sandbox.attempt("wash-trader", 0, 1)
    assert attempt.accepted
    assert attempt.lawful
    assert attempt.changes
    assert attempt.excerpt == ()
    assert "stays within the rules" in verdict(attempt)


@pytest.mark.parametrize("name", ["replayed-proof", "stale-window"])
def test_where_there_is_no_gate_before_it_says_so(name, sandbox) -> None:
    attempt = sandbox.attempt(name, 0, 0)
    assert attempt.cannot is not None
    assert "gate before" in attempt.cannot
    assert (attempt.sender, attempt.accepted, attempt.excerpt) == ("", False, ())


def test_an_attempt_names_its_home_its_market_and_the_orders_it_would_change(market, sandbox) -> None:
    world = market.world
    for row, home in enumerate(world.prosumers):
        attempt = sandbox.attempt("phantom-seller", row, 1)
        assert attempt.home == home.home.name
        assert attempt.sender == f"0x{home.account.address.hex()}"
        assert attempt.to == f"0x{world.venue.market.address.hex()}"
        assert attempt.calldata_bytes > 3_000
        assert attempt.changes
        for change in attempt.changes:
            assert 12 <= change.slot < 24
            assert change.honest_wh == world.history.quantity_wh[row, change.slot]
            assert change.honest_price == world.history.limit_price[row, change.slot]
            assert change.tried_wh == (-abs(change.honest_wh) if home.home.has_pv else 0)
        told = transaction(attempt)
        assert attempt.sender in told
        assert f"{attempt.calldata_bytes:,} bytes" in told


# The run goes on ------------------------------------------------------------------------------------------


def test_the_run_never_notices(store) -> None:
    with opened("chain.backend=revm", store=store) as disturbed:
        sandbox = AttackSandbox(disturbed)
        for gate in range(GATES):
            disturbed.step()
            blocks = len(disturbed.world.venue.chain.blocks)
            for name in home_attacks.names:
                sandbox.attempt(name, gate, gate)
            assert len(disturbed.world.venue.chain.blocks) == blocks
        outcome = disturbed.outcome()
    undisturbed = run(
        scenario("tiny", *SHORT, "chain.backend=none", "proofs.policy=none"), as_yesterday(HOMES, 12, 12)
    )
    assert outcome.market_digest == undisturbed.market_digest
    assert np.array_equal(outcome.trades.fill_wh, undisturbed.trades.fill_wh)
    assert outcome.trades.traded_wh.sum() > 0


@pytest.mark.parametrize("name", home_attacks.names)
def test_an_attempt_at_an_earlier_gate_may_be_made_again(name, sandbox) -> None:
    first = [without_luck(sandbox.attempt(name, 1, gate)) for gate in (1, 0)]
    again = [without_luck(sandbox.attempt(name, 1, gate)) for gate in (1, 0)]
    assert first == again


def test_both_evms_answer_alike_in_the_middle_of_a_run_and_at_its_end(store, sandbox) -> None:
    with opened("chain.backend=revm", store=store) as other:
        elsewhere = AttackSandbox(other)
        for gate in range(GATES):
            other.step()
            for name in home_attacks.names:
                if name not in PROVED_ANEW:
                    assert elsewhere.attempt(name, 2, gate) == sandbox.attempt(name, 2, gate)


# Without proofs, and without a chain ----------------------------------------------------------------------


def test_a_stub_believes_a_phantom_and_the_attempt_says_that_nothing_was_proved(unproved) -> None:
    attempt = AttackSandbox(unproved).attempt("phantom-seller", 0, 1)
    assert attempt.accepted
    assert not attempt.proves
    assert "a stub stands in the verifier's place" in verdict(attempt).unescape()
    assert "Please report" not in verdict(attempt)


@pytest.mark.parametrize("name", ["stale-window", "home-made-model", "bit-flipper"])
def test_what_needs_a_proof_says_so_where_none_is_verified(name, unproved) -> None:
    attempt = AttackSandbox(unproved).attempt(name, 0, 1)
    assert attempt.cannot is not None
    assert 'choose proof policy "all"' in attempt.cannot


@pytest.mark.parametrize("name", ["double-submitter", "late-bidder", "over-committer", "replayed-proof"])
def test_what_the_contract_refuses_without_proofs_it_refuses_all_the_same(name, unproved, sandbox) -> None:
    attempt = AttackSandbox(unproved).attempt(name, 0, 1)
    assert not attempt.accepted
    assert attempt.reason == sandbox.attempt(name, 0, 1).reason


def test_books_without_a_chain_cannot_be_cheated() -> None:
    with opened("proofs.policy=none", "chain.backend=none") as books:
        books.step()
        sandbox = AttackSandbox(books)
        for name in home_attacks.names:
            attempt = sandbox.attempt(name, 0, 0)
            assert attempt.cannot is not None
            assert "without a chain" in attempt.cannot


def test_a_home_that_was_refused_for_want_of_credit_cheats_nobody() -> None:
    settings = ("market.credit_limit=2", "proofs.policy=none", "chain.backend=revm")
    with opened(*settings) as poor:
        poor.step()
        sandbox = AttackSandbox(poor)
        submissions = [sent for sent in poor.world.venue.sent if sent.stage == "submit"]
        refused = [not sent.receipt.ok for sent in submissions]
        assert any(refused)
        assert not all(refused)
        for row, was_refused in enumerate(refused):
            attempt = sandbox.attempt("double-submitter", row, 0)
            assert not attempt.accepted
            assert ("want of credit" in (attempt.cannot or "")) == was_refused


# An attack of a user's own --------------------------------------------------------------------------------


def test_an_attack_of_a_plug_in_is_tried_as_in_a_run_with_it(store, sandbox) -> None:
    with plugged_in(read_plugins([PLUGINS / "rounding_home.py"])):
        here = sandbox.attempt("rounds-up", 0, 1)
        assert here.reason == BY_VERIFIER
        assert here.by_verifier
        assert here.changes
        with opened("adversaries.homes={ rounds-up = 1.0 }", "chain.backend=revm", store=store) as cheated:
            outcome = run_through(cheated).outcome()
        tried, attacks = (tables_of(outcome)[name] for name in ("attempts", "attacks"))
    assert len(tried) > HOMES
    assert set(tried.reason) == {BY_VERIFIER}
    assert attacks.reasons.tolist() == [f"{BY_VERIFIER} ({len(tried)})"]
    assert outcome.attacks.by_home == ("rounds-up",) * HOMES
