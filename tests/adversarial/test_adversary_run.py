"""A whole run full of cheats: nothing illegitimate passes, nobody honest feels it."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pytest

from agents.adversaries import home_attacks, operator_attacks
from sim.chain.base import Receipt, Transaction
from sim.chain.contracts import MARKET, compiled
from sim.chain.market_client import Market
from sim.chain.py_evm import PyEvmChain
from sim.market.mechanisms.mechanism import AVERAGE_PRICE, RULES
from sim.outputs.outcome import Outcome
from sim.outputs.summary import summary_of
from sim.outputs.tables import tables_of
from sim.proofs.srs import load_srs
from sim.runtime.store import Store, open_store
from sim.simulation.run import simulate
from sim.terminal.run import report
from tests.adversarial.reasons import REASONS
from tests.bundle.conftest import no_processes  # noqa: F401
from tests.chain.two_evms import RememberingRevm, storage_root
from tests.runs import QUIET, ROOT, persistence_models, scenario

pytestmark = [pytest.mark.slow, pytest.mark.long, pytest.mark.usefixtures("no_processes")]

SHORT = ("time.days=1", "time.horizon=12", "forecast.lookback=12")
ALL = (*home_attacks.names, *operator_attacks.names)
WITHIN_THE_RULES = {each.name for each in (*home_attacks, *operator_attacks) if each.lawful}


class Mining(NamedTuple):
    """One call of ``Chain.mine``."""

    timestamp: int
    transactions: tuple[Transaction, ...]
    receipts: tuple[Receipt, ...]


class RecordingChain(RememberingRevm):
    """The faster EVM, and all that it was asked to mine."""

    def __init__(self, *founded_with: Any) -> None:
        super().__init__(*founded_with)
        self.founded_with = founded_with
        self.mined: list[Mining] = []

    def mine(self, timestamp: int, transactions: Sequence[Transaction]) -> list[Receipt]:
        receipts = super().mine(timestamp, transactions)
        self.mined.append(Mining(timestamp, tuple(transactions), tuple(receipts)))
        return receipts


@dataclass(frozen=True)
class Recorded:
    """A finished run and the chain it ran on."""

    outcome: Outcome
    chain: RecordingChain
    market: bytes


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Store:
    """So that every run has the same proofs, made once."""
    opened = open_store(str(tmp_path_factory.mktemp("store")))
    assert opened is not None
    return opened


@pytest.fixture(scope="module")
def run_with(store) -> Callable[..., Outcome]:
    models = persistence_models(15, 12, 12)

    def run(*settings: str) -> Outcome:
        return simulate(scenario("cheats", *SHORT, *settings), load_srs(), 1, QUIET, models, store)

    return run


@pytest.fixture(scope="module")
def cheated(run_with) -> Recorded:
    """The shipped scenario of cheats, all of them, shortened."""
    chains: list[RecordingChain] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "sim.venues.chain_venue.open_chain",
            lambda _, *founded_with: chains.append(RecordingChain(*founded_with)) or chains[0],
        )
        outcome = run_with()
    contracts = [r.contract for mining in chains[0].mined for r in mining.receipts if r.contract]
    return Recorded(outcome, chains[0], contracts[2])  # behind the verifier and the rule


@pytest.fixture(scope="module")
def honest(run_with) -> Outcome:
    return run_with("adversaries.homes={}", "adversaries.operators=[]", "chain.backend=revm")


def without(*names: str) -> tuple[str, str, str]:
    """Settings of the shipped adversaries but for some, on the fast backend."""
    given = scenario("cheats").adversaries
    homes = ", ".join(f"{name} = {share}" for name, share in given.homes.items() if name not in names)
    operators = ", ".join(f'"{name}"' for name in given.operators if name not in names)
    return (
        f"adversaries.homes={{ {homes} }}",
        f"adversaries.operators=[{operators}]",
        "chain.backend=revm",
    )


# Nothing illegitimate is accepted -------------------------------------------------------------------------


def test_every_attack_is_tried() -> None:
    given = scenario("cheats").adversaries
    assert {*given.homes, *given.operators} == set(ALL) == {*REASONS, *WITHIN_THE_RULES}


def test_all_is_refused_that_breaks_a_rule_and_for_the_right_reason(cheated) -> None:
    tried = tables_of(cheated.outcome)["attempts"]
    assert set(tried.attack) == set(ALL)
    for name, attempts in tried.groupby("attack"):
        if name in WITHIN_THE_RULES:
            assert attempts.accepted.all()
        else:
            assert not attempts.accepted.any()
            assert set(attempts.reason) <= REASONS[name]
    summary = summary_of(cheated.outcome)
    assert (summary["illegitimate_accepted"], summary["attempts"]) == (0, len(tried))
    assert summary["attempts_accepted"] == tried.accepted.sum() > 0


def test_everybody_submits_after_all(cheated) -> None:
    outcome = cheated.outcome
    assert np.array_equal(outcome.quantity_wh, outcome.prepared.forecast_wh)
    summary = summary_of(outcome)
    assert summary["orders_rejected"] == 0
    assert summary["proofs_verified_on_chain"] == 15 * 2 == summary["proofs_made"] + summary["proofs_cached"]


# With the refused calls deleted ---------------------------------------------------------------------------


def test_the_market_is_the_same_with_the_refused_calls_deleted(cheated) -> None:
    """The same storage and events: orders, money, reservations; on a chain that never saw them."""
    chain, deleted = RecordingChain(*cheated.chain.founded_with), 0
    for timestamp, transactions, receipts in cheated.chain.mined:
        pairs = zip(transactions, receipts, strict=True)
        kept = [(each, receipt.logs) for each, receipt in pairs if receipt.ok]
        mined = chain.mine(timestamp, [each for each, _ in kept])
        assert [(receipt.ok, receipt.logs) for receipt in mined] == [(True, logs) for _, logs in kept]
        deleted += len(transactions) - len(kept)
    assert deleted == (~tables_of(cheated.outcome)["attempts"].accepted).sum() > 50
    assert storage_root(chain, cheated.market) == storage_root(cheated.chain, cheated.market)


def test_both_evms_agree_on_all_that_cheats_send(cheated) -> None:
    chain = PyEvmChain(*cheated.chain.founded_with)
    for timestamp, transactions, receipts in cheated.chain.mined:
        assert chain.mine(timestamp, transactions) == list(receipts)


def test_refusals_leave_the_market_of_honest_homes(run_with, honest) -> None:
    """Where all that is tried is refused, the run has the digest of the run in which nothing is."""
    refused = run_with(*without(*WITHIN_THE_RULES))
    summary = summary_of(refused)
    assert summary["attempts"] > 50
    assert (summary["attempts_accepted"], refused.market_digest) == (0, honest.market_digest)
    assert refused.balances == honest.balances


# What is accepted -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("attack", sorted(WITHIN_THE_RULES))
def test_what_nothing_stops_is_measured_to_the_nano(run_with, honest, attack) -> None:
    """The table's gain and loss are the differences of two ledgers."""
    others = set(ALL) - {attack}
    alone = run_with(*without(*others))
    changes = np.array(alone.balances[1:]) - np.array(honest.balances[1:])
    cheats = np.array([own == attack for own in alone.attacks.by_home])
    (row,) = tables_of(alone)["attacks"].itertuples()
    assert (row.attack, row.lawful, row.refused, row.cost_nano) == (attack, True, 0, 0)
    assert row.profit_nano == changes[cheats].sum()
    assert row.others_loss_nano == -changes[~cheats].sum() != 0
    assert alone.market_digest != honest.market_digest


def test_silent_slots_are_void_and_nothing_stays_reserved(cheated) -> None:
    void = [sent.slot for sent in cheated.outcome.sent if sent.stage == "void"]
    assert void == [3, 7, 11, 15, 19, 23]
    assert not cheated.outcome.trades.fill_wh[:, void].any()
    assert cheated.outcome.quantity_wh[:, void].any()
    cleared = [sent.slot for sent in cheated.outcome.sent if sent.stage == "clear" and sent.attack is None]
    assert sorted(cleared + void) == list(range(24))
    market = Market(cheated.chain, cheated.market, b"", True, compiled(MARKET), RULES[AVERAGE_PRICE])
    assert [market.read("reserved", home) for home in range(1, 16)] == [0] * 15


# Tables ---------------------------------------------------------------------------------------------------


def test_attacks_add_up(cheated) -> None:
    tables = tables_of(cheated.outcome)
    attacks, tried = tables["attacks"], tables["attempts"]
    assert list(attacks.attack) == [
        *scenario("cheats").adversaries.homes,
        *scenario("cheats").adversaries.operators,
    ]
    assert attacks.attempts.sum() == len(tried)
    assert (attacks.accepted + attacks.refused == attacks.attempts).all()
    assert (attacks.attempts > 0).all()
    assert attacks.gas_wasted.sum() == tried[~tried.accepted].gas.sum()
    assert (attacks.cost_nano == 20 * attacks.gas_wasted).all()
    refused = attacks[attacks.accepted == 0]
    assert (refused.profit_nano == -refused.cost_nano).all()
    assert set(attacks[attacks.lawful].attack) == WITHIN_THE_RULES
    homes = Counter(own for own in cheated.outcome.attacks.by_home if own)
    assert dict(zip(attacks.attack, attacks.homes, strict=True)) == {
        name: homes[name] for name in attacks.attack
    }


def test_counterfactuals_are_of_homes_that_were_refused(cheated) -> None:
    """And sum to zero: what cheats and utility gain, other homes lose."""
    attacks = tables_of(cheated.outcome)["attacks"]
    told = attacks.attack.isin([each.name for each in home_attacks if not each.lawful])
    known = attacks[told]
    assert attacks[~told].counterfactual_gain_nano.isna().all()
    gains = known.counterfactual_gain_nano + known.counterfactual_utility_gain_nano
    assert (gains == known.counterfactual_honest_loss_nano).all()
    phantom = known[known.attack == "phantom-seller"].iloc[0]
    assert phantom.counterfactual_phantom_wh > 0
    assert phantom.counterfactual_phantom_gain_nano < 0  # under one tariff for all
    assert known[known.attack == "bit-flipper"].counterfactual_gain_nano.sum() == 0


def test_a_circuit_has_the_mean_of_its_proofs(cheated) -> None:
    tables = tables_of(cheated.outcome)
    (circuit,), proofs = tables["circuits"].itertuples(), tables["proofs"]
    assert circuit.prove_cpu_s == pytest.approx(proofs.prove_cpu_s.mean())
    assert circuit.verify_gas == pytest.approx(proofs.verify_gas.mean())
    assert circuit.verify_gas > 100_000


def test_wishes_stand_in_the_rows_of_cheats_alone(cheated) -> None:
    outcome, attacks = cheated.outcome, np.array([own or "" for own in cheated.outcome.attacks.by_home])
    wished = outcome.attacks.wished
    other_wh = wished.quantity_wh != outcome.quantity_wh
    differs = (other_wh | (wished.limit_price != outcome.limit_price)).any(axis=1)
    repriced = (outcome.attacks.honest_limit_price != outcome.limit_price).any(axis=1)
    unlike = ["phantom-seller", "home-made-model", "double-submitter", "late-bidder", "over-committer"]
    assert not differs[attacks == ""].any()
    assert differs[np.isin(attacks, unlike)].all()
    assert repriced[attacks == "wash-trader"].any()
    assert not repriced[attacks != "wash-trader"].any()


def test_where_nobody_cheats_there_is_no_word_of_it(honest) -> None:
    assert not {"attempts", "attacks"} & tables_of(honest).keys()
    assert "to cheat" not in report(summary_of(honest), ROOT)
    assert summary_of(honest)["attempts"] == 0


def test_illegitimate_acceptance_would_be_told(cheated) -> None:
    """Had the contract let one pass, the summary would say so."""
    sent = list(cheated.outcome.sent)
    at = next(i for i, each in enumerate(sent) if each.attack == "phantom-seller")
    sent[at] = replace(sent[at], receipt=replace(sent[at].receipt, ok=True, revert_reason=None))
    assert summary_of(replace(cheated.outcome, sent=tuple(sent)))["illegitimate_accepted"] == 1
