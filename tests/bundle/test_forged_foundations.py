"""Bundles on another foundation, with other claims or proofs than a run's: refused by what differs."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import agents.operators
import sim.bundle.community
import sim.chain.market_client
import sim.simulation.preparation
import sim.simulation.run
import sim.venues.chain_venue
import sim.venues.on_chain
from sim.bundle.archive import read_archive
from sim.bundle.verify import check_files
from sim.chain.accounts import account
from sim.chain.contracts import MARKET, compiled
from sim.data.source import source_readings
from sim.errors import BundleError
from sim.forecast.forecasters import Forecasters
from sim.proofs.native import ezkl
from sim.proofs.srs import SHIPPED_SHA256, Srs
from sim.schema.scenario import Scenario
from sim.seeds import Streams
from tests.bundle.forgery import (
    ELSEWHERE,
    ONE_MODEL,
    UNPROVED,
    Files,
    Patch,
    bundle_of_run,
    claiming,
    kinds,
    refused,
    replaced,
    rewritten,
    verdict,
)
from tests.runs import persistence_models, scenario

# Bundles that claim what does not follow from their transactions are refused by the claim -----------------


CLAIMS = {
    "retail": (replaced("scenario.toml", "retail = 0.22", "retail = 0.23"), ["set-up"]),
    "feed-in": (replaced("scenario.toml", "feed_in = 0.06", "feed_in = 0.05"), ["set-up"]),
    "days": (
        replaced("scenario.toml", "days = 1", "days = 2"),
        ["4 homes and 48 slots has at least"],
    ),
    "seed": (replaced("scenario.toml", "seed = 7", "seed = 8"), ["homes are not those"]),
    "who has PV": (claiming(has_pv=[True] * 4), ["has_pv does not follow"]),
    "homes": (claiming(homes=["home-10", "home-09", "home-13", "home-03"]), ["homes are not those"]),
    "training": (replaced("scenario.toml", '"federated"', '"local"'), ["makes 4 models"]),
    "precision": (
        replaced("scenario.toml", 'policy = "none"', 'policy = "none"\nprecision = 9'),
        ["precision = 9"],
    ),
    "embedded data": (claiming(data_sha256="0" * 64), ["data_sha256"]),
    "genesis": (claiming(genesis={}), ["genesis"]),
    "no genesis": (claiming(genesis=None), ["genesis"]),
    "SRS": (claiming(srs_sha256={"10": "0" * 64}), ["SRS"]),
    "SRS of another kind": (claiming(srs_sha256={"10": []}), ["SRS"]),
    "market digest": (claiming(market_digest="0" * 64), ["manifest.json", "market_digest"]),
    "something more": (claiming(checked_by="everybody"), ["manifest.json", "fields that no bundle has"]),
}


@kinds(CLAIMS)
def test_another_claim_is_refused(kind: str, honest: Path, forged: Path) -> None:
    change, words = CLAIMS[kind]
    refused(rewritten(honest, forged, change), *words)


LAST_CLAIMS = {
    "figure without end": (
        replaced("summary.json", '"trades": ', '"more": NaN, "trades": '),
        ["summary.json"],
    ),
    "circuits": (claiming(circuits=[{"digest": "0x00"}]), ["manifest.json"]),
    "models digest": (claiming(models_digest="0" * 64), ["models"]),
    "scenario": (claiming(scenario="street"), ["manifest.json", "scenario"]),
    "contract": (claiming(contracts={}), ["manifest.json", "contracts"]),
    "policy": (claiming(proof_policy="all"), ["manifest.json", "proof_policy"]),
}
"""Held against what follows once all else has been found right."""


@kinds(LAST_CLAIMS)
def test_another_claim_than_follows_is_refused(kind: str, honest: Path, forged: Path) -> None:
    change, words = LAST_CLAIMS[kind]
    with pytest.raises(BundleError) as refusal:
        check_files(read_archive(rewritten(honest, forged, change)), read_archive(honest))
    assert [word for word in words if word not in str(refusal.value)] == []


# Bundles on another foundation, or over other data, than a run's: refused by what differs -----------------


def with_own(contract: str, words: bytes, other: bytes) -> Callable[[Patch], None]:
    """One contract has other words in its code, and so is another."""

    def changed(name: str) -> Any:
        artifact = compiled(name)
        if name != contract:
            return artifact
        assert words in artifact.initcode
        return replace(artifact, initcode=artifact.initcode.replace(words, other))

    return lambda patch: patch.setattr(sim.chain.market_client, "compiled", changed)


def extra_account(patch: Patch) -> None:
    def open_chain(backend: str, accounts: Any, *rest: Any) -> Any:
        return honest_chain(backend, [*accounts, account(ELSEWHERE, "friend")], *rest)

    honest_chain = sim.venues.chain_venue.open_chain
    patch.setattr(sim.venues.chain_venue, "open_chain", open_chain)


def own_chain_id(patch: Patch) -> None:
    patch.setattr(sim.venues.on_chain, "founding_chain_id", lambda *_: 1)


def with_account_of(name: str, forged_account: Callable[[Streams], Any]) -> Callable[[Patch], None]:
    def accounts(streams: Streams, asked: str) -> Any:
        found = forged_account(streams) if asked == name else account(streams, asked)
        return replace(found, name=asked)

    def forge(patch: Patch) -> None:
        for module in ("sim.venues.chain_venue", "sim.simulation.world", "sim.bundle.community"):
            patch.setattr(f"{module}.account", accounts)

    return forge


def enrolling(**changes: Callable[[Any], Any]) -> Callable[[Patch], None]:
    """The utility enrols homes under other terms than the scenario's."""

    def enrol(utility: Any, homes: Any) -> Any:
        changed = [
            replace(home, **{name: change(getattr(home, name)) for name, change in changes.items()})
            for home in homes
        ]
        return honest_enrol(utility, changed)

    honest_enrol = agents.operators.Utility.enrol
    return lambda patch: patch.setattr(agents.operators.Utility, "enrol", enrol)


def dearer(patch: Patch) -> None:
    """Everybody's feed-in tariff is a nano-$ higher than the scenario says, in contract and books alike."""

    def home_tariffs(*given: Any) -> Any:
        table = honest_tariffs(*given)
        return replace(table, feed_in=table.feed_in + 1)

    honest_tariffs = sim.simulation.preparation.home_tariffs
    patch.setattr(sim.simulation.preparation, "home_tariffs", home_tariffs)


FOUNDATIONS = {
    "own contract": (
        with_own(MARKET, b"only the meter", b"only one meter"),
        ["deploys code that is not this checkout's EnergyMarket"],
    ),
    "own rule": (
        with_own("AveragePrice", b"price off the rule", b"price on the table"),
        ["deploys code that is not this checkout's AveragePrice"],
    ),
    "extra funded account": (extra_account, ["genesis"]),
    "own meter": (with_account_of("meter", lambda _: account(ELSEWHERE, "meter")), ["genesis"]),
    "the utility as meter": (with_account_of("meter", lambda s: account(s, "utility")), ["genesis"]),
    "a home with its own key": (
        with_account_of("home-10", lambda _: account(ELSEWHERE, "home-10")),
        ["genesis"],
    ),
    "more credit": (enrolling(credit_limit=lambda nano: nano + 1), ["enrol", "credit_limit"]),
    "higher import": (enrolling(import_limit_wh=lambda wh: wh + 1), ["enrol", "import_limit_wh"]),
    "everybody may sell": (enrolling(export_limit_wh=lambda _: 12_000), ["enrol", "export_limit_wh"]),
    "another market's chain": (own_chain_id, ["transaction 1 of the set-up", "chain id"]),
    "other tariffs": (dearer, ["enrol", "feed_in"]),
}


@kinds(
    FOUNDATIONS,
    "own contract",
    "own rule",
    "own meter",
    "more credit",
    "another market's chain",
    "other tariffs",
)
def test_another_foundation_is_refused(kind: str, forged: Path) -> None:
    forge, words = FOUNDATIONS[kind]
    refused(
        bundle_of_run(
            forged,
            scenario("tiny", *UNPROVED, "population.agents=2", "market.mechanism=average"),
            forge=forge,
        ),
        *words,
    )


# Other readings -------------------------------------------------------------------------------------------


def reading(**changes: Any) -> Callable[[Patch], None]:
    """Readings of the forger's own, under the name of the embedded ones."""

    def forge(patch: Patch) -> None:
        patch.setattr(
            "sim.data.population.source_readings", lambda *given: replace(source_readings(*given), **changes)
        )
        patch.setattr(sim.bundle.community, "check_claims", lambda _: None)

    return forge


INVENTED = tuple(f"home-{number}" for number in range(21, 36))
READINGS = {
    "homes that the data do not have": (reading(homes=INVENTED), ["homes are not those"]),
    "half hours of hourly data": (reading(slot_s=1_800, start=datetime(2017, 1, 1)), ["slot_s = 1800"]),
}


@kinds(READINGS)
def test_what_the_embedded_data_cannot_be_is_refused(kind: str, forged: Path) -> None:
    """Their homes, resolution and period stand in this checkout's code, where the data do not."""
    forge, words = READINGS[kind]
    settings = scenario("tiny", *UNPROVED, "population.connection_limit_kw=24")
    refused(bundle_of_run(forged, settings, forge=forge), *words)


# Bundles with other proofs, models or SRS than they claim are refused ------------------------------------


TWO_HOMES = (*ONE_MODEL, "population.agents=2")


@pytest.fixture(scope="module")
def all_proved(tmp_path_factory) -> Scenario:
    """With a store of its own, so that what is made for one bundle serves others; verify looks into none."""
    return scenario("tiny", *TWO_HOMES, f"proofs.store={tmp_path_factory.mktemp('store')}")


def phantom(homes: int) -> Forecasters:
    """A home-made model that sells 5 kWh in each slot, whatever was read."""
    (model,) = persistence_models(homes).models
    bias = np.full(model.horizon, -5_000 << model.precision, dtype=np.int64)
    return Forecasters.trained_once(
        (0,) * homes, (replace(model, weights=(model.weights[0] * 0,), biases=(bias,)),)
    )


def with_models(models: Forecasters) -> Callable[[Files, dict[str, Any]], None]:
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


@pytest.mark.long
@pytest.mark.usefixtures("no_processes")
def test_a_stub_under_a_claim_of_proofs_for_all_is_refused(forged, all_proved) -> None:
    bundle_of_run(forged, all_proved, forge=with_stub)
    refused(forged, "a stub that accepts everything", "proofs are claimed for all")


@pytest.mark.long
@pytest.mark.usefixtures("no_processes")
def test_proofs_of_a_home_made_model_are_refused(forged, tmp_path, all_proved) -> None:
    """All proofs are real, and the verifier on chain took them; the bundle shows the honest model."""
    own = bundle_of_run(tmp_path / "own.zkpet", all_proved, models=phantom(2))
    rewritten(own, forged, with_models(persistence_models(2)))
    refused(forged, "another verifying key than the bundled model")


@pytest.mark.long
@pytest.mark.usefixtures("no_processes")
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


def everywhere(old: str, new: str) -> Callable[[Files, dict[str, Any]], None]:
    def change(files: Files, manifest: dict[str, Any]) -> None:
        manifest["proof_policy"] = new
        for name, form in (("scenario.toml", 'policy = "{}"'), ("summary.json", '"proof_policy": "{}"')):
            replaced(name, form.format(old), form.format(new))(files, manifest)

    return change


@pytest.mark.usefixtures("no_processes")
def test_proofs_claimed_for_a_sampled_run_are_refused(forged, tmp_path) -> None:
    settings = scenario("tiny", *TWO_HOMES, "proofs.policy=sample:0.0001")
    sampled = bundle_of_run(tmp_path / "sampled.zkpet", settings)
    assert "NONE of the orders is proved" in verdict(sampled)[1]
    rewritten(sampled, forged, everywhere("sample:0.0001", "all"))
    refused(forged, "a proof of 64 bytes of", "at gate 1", "makes them of at least")
