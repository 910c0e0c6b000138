"""Bundles with other proofs, models or SRS than they claim are refused; one that is all proved passes."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim.simulation.run
import sim.venues.on_chain
from sim.forecast.model_set import ModelSet
from sim.proofs.native import ezkl
from sim.proofs.srs import SHIPPED_SHA256, Srs
from sim.schema.scenario import Scenario
from tests.bundle.forgery import (
    ONE_MODEL,
    Files,
    Patch,
    bundle_of_run,
    claiming,
    no_bundle,
    refused,
    replaced,
    rewritten,
    verdict,
)
from tests.runs import as_yesterday, scenario

pytestmark = pytest.mark.usefixtures("no_processes")
TWO_HOMES = (*ONE_MODEL, "population.agents=2")


@pytest.fixture(scope="module")
def all_proved(tmp_path_factory) -> Scenario:
    """With a store of its own, so that what is made for one bundle serves others; verify looks into none."""
    return scenario("tiny", *TWO_HOMES, f"proofs.store={tmp_path_factory.mktemp('store')}")


@pytest.fixture(scope="module")
def proved(tmp_path_factory, all_proved) -> Path:
    """All of it is proved."""
    return bundle_of_run(tmp_path_factory.mktemp("proved") / "tiny.zkpet", all_proved)


def test_the_honest_bundle_with_proofs_passes(proved) -> None:
    holds, report = verdict(proved)
    assert holds, report
    assert "NONE" not in report


def phantom(homes: int) -> ModelSet:
    """A home-made model that sells 5 kWh in each slot, whatever was read."""
    (model,) = as_yesterday(homes).models
    bias = np.full(model.horizon, -5_000 << model.precision, dtype=np.int64)
    return ModelSet((0,) * homes, (replace(model, weights=(model.weights[0] * 0,), biases=(bias,)),))


def with_models(models: ModelSet) -> Callable[[Files, dict[str, Any]], None]:
    def change(files: Files, manifest: dict[str, Any]) -> None:
        before = manifest["models_digest"]
        manifest["models_digest"] = models.digest
        files["models.json"] = models.to_json().encode()
        files["summary.json"] = files["summary.json"].replace(before.encode(), models.digest.encode())

    return change


def with_stub(patch: Patch) -> None:
    """Nothing is proved, and everything says that all is."""

    def deploy(*most: Any) -> Any:
        return honest_deploy(*most[:-1], False)

    honest_deploy = sim.venues.on_chain.deploy_market
    patch.setattr(sim.venues.on_chain, "deploy_market", deploy)
    patch.setattr(sim.simulation.run, "audit", lambda _: None)


def test_a_stub_under_a_claim_of_proofs_for_all_is_refused(forged, all_proved) -> None:
    bundle_of_run(forged, all_proved, forge=with_stub)
    refused(forged, "a stub that accepts everything", "proofs are claimed for all")


def test_proofs_of_a_home_made_model_are_refused(forged, tmp_path, all_proved) -> None:
    """All proofs are real, and the verifier on chain took them; the bundle shows the honest model."""
    own = bundle_of_run(tmp_path / "own.zkpet", all_proved, models=phantom(2))
    rewritten(own, forged, with_models(as_yesterday(2)))
    refused(forged, "another verifying key than the bundled model")


def test_another_model_in_an_honest_bundle_is_refused(proved, forged) -> None:
    refused(rewritten(proved, forged, with_models(phantom(2))), "another verifying key")


def test_proofs_under_an_own_srs_are_refused(forged, tmp_path) -> None:
    """Who makes an SRS can prove anything under it."""
    own = tmp_path / "own.srs"
    ezkl.gen_srs(str(own), 10)
    srs = Srs(((10, own),), ("0" * 64,))

    def forge(patch: Patch) -> None:
        patch.setattr("sim.bundle.pack.load_srs", lambda _: srs)

    bundle_of_run(forged, scenario("tiny", *TWO_HOMES), forge=forge, srs=srs)
    rewritten(forged, forged, claiming(srs_sha256={"10": SHIPPED_SHA256[10]}))
    refused(forged, "another verifying key")


def test_an_srs_named_by_the_bundle_is_not_believed(proved, forged) -> None:
    rewritten(proved, forged, replaced("scenario.toml", 'srs = "shipped"', 'srs = "own.srs"'))
    (forged.parent / "own.srs").write_bytes(b"anything")
    no_bundle(forged, "--srs")


def test_a_policy_claimed_in_the_manifest_alone_is_refused(proved, forged) -> None:
    refused(rewritten(proved, forged, claiming(proof_policy="none")), "manifest.json", "proof_policy")


def everywhere(old: str, new: str) -> Callable[[Files, dict[str, Any]], None]:
    def change(files: Files, manifest: dict[str, Any]) -> None:
        manifest["proof_policy"] = new
        for name, form in (("scenario.toml", 'policy = "{}"'), ("summary.json", '"proof_policy": "{}"')):
            replaced(name, form.format(old), form.format(new))(files, manifest)

    return change


def test_proofs_claimed_for_a_sampled_run_are_refused(forged, tmp_path) -> None:
    settings = scenario("tiny", *TWO_HOMES, "proofs.policy=sample:0.0001")
    sampled = bundle_of_run(tmp_path / "sampled.zkpet", settings)
    assert "NONE of the orders is proved" in verdict(sampled)[1]
    rewritten(sampled, forged, everywhere("sample:0.0001", "all"))
    refused(forged, "a proof of 64 bytes of", "at gate 1", "makes them of at least")


def test_proofs_denied_everywhere_are_refused(proved, forged) -> None:
    refused(rewritten(proved, forged, everywhere("all", "none")), "not this checkout's AcceptAllStub")
