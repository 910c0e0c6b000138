"""Bundles of runs that train again: every model and root on the chain follows from what is bundled."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sim.bundle.replay import replay
from sim.chain.market_client import registrations
from sim.schema.scenario import Scenario
from sim.simulation.preparation import prepare
from tests.bundle.conftest import no_processes  # noqa: F401
from tests.bundle.forgery import Patch, bundle_of_run, refused, replaced, rewritten, verdict
from tests.runs import QUIET, scenario

pytestmark = pytest.mark.slow


def retraining(*settings: str) -> Scenario:
    days = ("time.days=2", "forecast.retraining_days=1", "forecast.training=federated")
    return scenario("tiny", *days, "proofs.store=off", *settings)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bundled(tmp_path_factory.mktemp("retrained") / "run.zkpet", "proofs.policy=none")


def bundled(path: Path, *settings: str, **how: Any) -> Path:
    again = retraining(*settings)
    return bundle_of_run(path, again, models=prepare(again, QUIET).forecasters, **how)


def test_it_verifies_and_replays(bundle: Path) -> None:
    holds, report = verdict(bundle)
    assert holds, report
    assert "2 models" in report
    again = replay(bundle, None, True, 1, QUIET)
    assert again.same
    assert again.retrained is not None
    assert again.retrained.same_models


def test_another_root_on_the_chain_is_refused(tmp_path: Path) -> None:
    def forged_registrations(market: Any, utility: Any, nonce: int, models: Any, horizon: int) -> Any:
        changed = [replace(each, training_root=b"\x07" * 32) for each in models]
        return registrations(market, utility, nonce, changed, horizon)

    def forge(patch: Patch) -> None:
        for module in ("agents.operators", "sim.bundle.markets.open_orders"):
            patch.setattr(f"{module}.registrations", forged_registrations)

    forged = bundled(tmp_path / "root.zkpet", "proofs.policy=none", forge=forge)
    refused(forged, "registers another model than follows from models.json")


@pytest.mark.parametrize(
    ("training", "words"), [(0, "register_model with training_root"), (1, "registers another model")]
)
def test_another_round_than_was_registered_is_refused(
    bundle: Path, tmp_path: Path, training: int, words: str
) -> None:
    (digest,) = prepare(retraining("proofs.policy=none"), QUIET).forecasters.trainings[training].rounds[0]
    forged = rewritten(bundle, tmp_path / "round.zkpet", replaced("models.json", digest, "0" * 64))
    refused(forged, words)


@pytest.mark.long
@pytest.mark.usefixtures("no_processes")
def test_with_real_proofs_too(tmp_path: Path) -> None:
    path = bundled(tmp_path / "proved.zkpet", "proofs.policy=all", "population.agents=2")
    holds, report = verdict(path)
    assert holds, report
    assert "all 4 accepted submissions proved" in report
    assert "2 verifying keys rebuilt" in report
    assert replay(path, None, False, 1, QUIET).same
