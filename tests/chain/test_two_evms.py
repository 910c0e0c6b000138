"""Run against run: py-evm and revm leave the same receipts, storage and market."""

import pytest

from tests.chain.two_evms import compare, run_on
from tests.runs import persistence_models, scenario


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings",
    [
        pytest.param((), marks=pytest.mark.long),
        pytest.param(("time.horizon=6", "time.lead=8"), marks=pytest.mark.long),
        ("market.credit_limit=0.5", "time.days=2"),
    ],
    ids=lambda settings: ",".join(settings) or "defaults",
)
def test_a_run_without_proofs_is_the_same(settings, tmp_path):
    models = persistence_models(4, horizon=6 if "time.horizon=6" in settings else 24)
    ran, _ = compare(scenario("tiny", "proofs.policy=none", *settings), tmp_path, models)
    refused = [sent.receipt.ok for sent in ran.outcome.sent].count(False)
    assert (refused > 0, len(ran.storage_roots)) == ("market.credit_limit=0.5" in settings, 4)
    assert len(set(ran.storage_roots.values())) == 2  # only the market keeps anything


@pytest.mark.slow
@pytest.mark.long
def test_a_proved_run_is_the_same(tmp_path):
    ran, _ = compare(scenario("tiny"), tmp_path, persistence_models(4))
    assert ran.outcome.verified_on_chain
    assert len(set(ran.storage_roots.values())) == 3  # the verifier knows its key


@pytest.mark.slow
@pytest.mark.long
def test_other_markets_are_told_apart(tmp_path):
    """Or nothing above would say anything."""
    one, other = (
        run_on("revm", scenario("tiny", "proofs.policy=none", *settings), tmp_path, persistence_models(4))
        for settings in ((), ("market.strategy=truthful",))
    )
    assert one.storage_roots.keys() == other.storage_roots.keys()
    assert one.storage_roots != other.storage_roots
