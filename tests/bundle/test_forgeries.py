"""Forged bundles, each consistent in itself, are refused by name; the honest one beside them passes."""

import json
import stat
import warnings
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from eth.vm.forks.cancun import CancunVM

import agents.operators
import sim.bundle.town
import sim.chain.market_client
import sim.run
import sim.venues.on_chain
import sim.world
from sim.bundle.archive import read_archive, write_archive
from sim.bundle.calls import call_of
from sim.bundle.town import Town
from sim.chain.accounts import account
from sim.chain.base import Transaction
from sim.chain.blocks import BLOCK_S, CHAIN_ID
from sim.chain.contracts import MARKET, compiled
from sim.data import sierra_crest
from sim.data.readings import DAY_S
from sim.errors import InputError
from sim.forecast.model_set import ModelSet
from sim.proofs.native import ezkl
from sim.proofs.srs import SHIPPED_SHA256, Srs
from sim.scenario import Scenario
from sim.seeds import Streams
from tests.bundle.forgery import (
    Chain,
    Files,
    Patch,
    Sealed,
    bundle_of_chain,
    bundle_of_run,
    claiming,
    no_processes,  # noqa: F401  (a fixture)
    replaced,
    rewritten,
    verdict,
)
from tests.runs import as_yesterday, scenario

# One circuit, and the faster EVM; packing executes all of it again on py-evm.
ONE_MODEL = (
    "forecast.family=linear",
    "forecast.training=federated",
    "proofs.store=off",
    "chain.backend=revm",
)
UNPROVED = (*ONE_MODEL, "proofs.policy=none")
TWO_HOMES = (*ONE_MODEL, "population.agents=2")
ELSEWHERE = Streams(99)


@pytest.fixture(scope="module")
def honest(tmp_path_factory) -> Path:
    """Nothing is proved in it, so that it is quickly made and checked."""
    return bundle_of_run(tmp_path_factory.mktemp("honest") / "tiny.zkpet", scenario("tiny", *UNPROVED))


@pytest.fixture(scope="module")
def all_proved(tmp_path_factory) -> Scenario:
    """With a store of its own, so that what is made for one bundle serves others; verify looks into none."""
    return scenario("tiny", *TWO_HOMES, f"proofs.store={tmp_path_factory.mktemp('store')}")


@pytest.fixture(scope="module")
def proved(tmp_path_factory, all_proved) -> Path:
    """All of it is proved."""
    return bundle_of_run(tmp_path_factory.mktemp("proved") / "tiny.zkpet", all_proved)


@pytest.fixture
def forged(tmp_path) -> Path:
    return tmp_path / "forged.zkpet"


def kinds(table: Iterable[str]) -> Any:
    """A parameter for each kind."""
    return pytest.mark.parametrize("kind", list(table))


def refused(bundle: Path, *words: str) -> None:
    """Exit code 1, and a sentence that names what is wrong."""
    holds, report = verdict(bundle)
    last = report.splitlines()[-1]
    assert not holds, report
    assert last.startswith("NOT VERIFIED: ")
    assert [word for word in words if word not in last] == [], last


def no_bundle(bundle: Path, *words: str) -> None:
    """Exit code 2, and one sentence that names the file and what is wrong."""
    with pytest.raises(InputError) as refusal:
        verdict(bundle)
    sentence = str(refusal.value)
    assert str(bundle) in sentence
    assert "\n" not in sentence
    assert [word for word in words if word not in sentence] == [], sentence


def test_the_honest_bundle_passes(honest) -> None:
    holds, report = verdict(honest)
    assert holds, report
    assert "NONE of the orders is proved" in report


def test_the_honest_bundle_with_proofs_passes(proved) -> None:
    holds, report = verdict(proved)
    assert holds, report
    assert "NONE" not in report


# Another foundation ---------------------------------------------------------------------------------------


def changed_market(name: str) -> Any:
    """The market with other words in its code, and so another contract."""
    artifact = compiled(name)
    if name != MARKET:
        return artifact
    assert b"only the meter" in artifact.initcode
    code = artifact.initcode.replace(b"only the meter", b"only one meter")
    return replace(artifact, initcode=code)


def own_contract(patch: Patch) -> None:
    patch.setattr(sim.chain.market_client, "compiled", changed_market)


def extra_account(patch: Patch) -> None:
    def open_chain(backend: str, accounts: Any, *rest: Any) -> Any:
        return honest_chain(backend, [*accounts, account(ELSEWHERE, "friend")], *rest)

    honest_chain = sim.venues.on_chain.open_chain
    patch.setattr(sim.venues.on_chain, "open_chain", open_chain)


def other_genesis_time(patch: Patch) -> None:
    patch.setattr(sim.venues.on_chain, "DAY_S", 2 * DAY_S)


def other_block_gas_limit(patch: Patch) -> None:
    def open_chain(*most: Any) -> Any:
        return honest_chain(*most[:-1], most[-1] * 2)

    honest_chain = sim.venues.on_chain.open_chain
    patch.setattr(sim.venues.on_chain, "open_chain", open_chain)


def with_account_of(name: str, forged_account: Callable[[Streams], Any]) -> Callable[[Patch], None]:
    def accounts(streams: Streams, asked: str) -> Any:
        found = forged_account(streams) if asked == name else account(streams, asked)
        return replace(found, name=asked)

    def forge(patch: Patch) -> None:
        for module in ("sim.venues.on_chain", "sim.world", "sim.bundle.town"):
            patch.setattr(f"{module}.account", accounts)

    return forge


def enrolling(**changes: Callable[[Any], Any]) -> Callable[[Patch], None]:
    """The utility enrols homes under other terms than the scenario's."""

    def enrol(utility: Any, homes: Any, tariffs: Any, limit_wh: int, credit: int) -> Any:
        given = {"tariffs": tariffs, "limit_wh": limit_wh, "credit": credit}
        changed = given | {name: change(given[name]) for name, change in changes.items()}
        return honest_enrol(utility, homes, *changed.values())

    honest_enrol = agents.operators.Utility.enrol
    return lambda patch: patch.setattr(agents.operators.Utility, "enrol", enrol)


def dearer(patch: Patch) -> None:
    """Everybody's feed-in tariff is a nano-$ higher than the scenario says, in contract and books alike."""

    def home_tariffs(*given: Any) -> Any:
        table = honest_tariffs(*given)
        return replace(table, feed_in=table.feed_in + 1)

    honest_tariffs = sim.preparation.home_tariffs
    patch.setattr(sim.preparation, "home_tariffs", home_tariffs)


FOUNDATIONS = {
    "own contract": (own_contract, ["deploys code that is not this checkout's EnergyMarket"]),
    "extra funded account": (extra_account, ["genesis"]),
    "other genesis time": (other_genesis_time, ["genesis"]),
    "other block gas limit": (other_block_gas_limit, ["genesis"]),
    "own meter": (with_account_of("meter", lambda _: account(ELSEWHERE, "meter")), ["genesis"]),
    "the utility as meter": (with_account_of("meter", lambda s: account(s, "utility")), ["genesis"]),
    "a home with its own key": (
        with_account_of("home-10", lambda _: account(ELSEWHERE, "home-10")),
        ["genesis"],
    ),
    "more credit": (enrolling(credit=lambda nano: nano + 1), ["enrol", "credit_limit"]),
    "higher connection": (enrolling(limit_wh=lambda wh: wh + 1), ["enrol", "connection_limit_wh"]),
    "other tariffs": (dearer, ["enrol", "feed_in"]),
}


@kinds(FOUNDATIONS)
def test_another_foundation_is_refused(kind: str, forged: Path) -> None:
    forge, words = FOUNDATIONS[kind]
    refused(bundle_of_run(forged, scenario("tiny", *UNPROVED), forge=forge), *words)


# Other proofs ---------------------------------------------------------------------------------------------


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
    patch.setattr(sim.run, "audit", lambda _: None)


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
    refused(forged, "a stub that accepts everything", "proofs are claimed for all")


def test_proofs_denied_everywhere_are_refused(proved, forged) -> None:
    refused(rewritten(proved, forged, everywhere("all", "none")), "not this checkout's AcceptAllStub")


# Another chain --------------------------------------------------------------------------------------------


def first(chain: Chain, sender: str) -> int:
    """The first block of what homes, meter or auctioneer do."""
    return next(n for n, sealed in enumerate(chain) if sealed.transactions[0].sender.name.startswith(sender))


def changed(chain: Chain, stage: str, change: Callable[[tuple[Transaction, ...]], Any]) -> Chain:
    """Other transactions in that block."""
    number = first(chain, stage)
    sealed = replace(chain[number], transactions=tuple(change(chain[number].transactions)))
    return [*chain[:number], sealed, *chain[number + 1 :]]


def removed(_: Town, chain: Chain) -> Chain:
    """One home's orders are gone."""
    return changed(chain, "home", lambda transactions: transactions[1:])


def unsettled(_: Town, chain: Chain) -> Chain:
    """The meter's totals are gone: nobody pays for what it did not deliver."""
    assert [transaction.sender.name for transaction in chain[-1].transactions] == ["meter"]
    return chain[:-1]


def uncleared(_: Town, chain: Chain) -> Chain:
    """One slot is not cleared."""
    return changed(chain, "auctioneer", lambda transactions: transactions[1:])


def spoiled(stage: str, spoil: Callable[[dict[str, Any]], object]) -> Callable[[Town, Chain], Chain]:
    """The first call of a stage is there, and with other arguments, so that the contract refuses it."""

    def change(town: Town, chain: Chain) -> Chain:
        def spoilt(transactions: tuple[Transaction, ...]) -> list[Transaction]:
            call = call_of(transactions[0].data)
            assert call
            arguments = dict(call.arguments)
            spoil(arguments)
            data = town.market.artifact.encode(call.function, *arguments.values())
            return [replace(transactions[0], data=data), *transactions[1:]]

        return changed(chain, stage, spoilt)

    return change


def starved(_: Town, chain: Chain) -> Chain:
    """The meter's totals run out of gas."""
    return changed(chain, "meter", lambda sent: [replace(each, gas_limit=100_000) for each in sent])


def reordered(_: Town, chain: Chain) -> Chain:
    """The homes submit the other way round."""
    return changed(chain, "home", lambda transactions: transactions[::-1])


def repeated(_: Town, chain: Chain) -> Chain:
    """A home submits twice; the second time is refused, and costs gas."""
    return changed(chain, "home", lambda transactions: (*transactions, transactions[0]))


def before(chain: Chain, transaction: Transaction) -> Chain:
    """One more block, a minute before the first gate's business."""
    return [Sealed(chain[0].timestamp - 60, (transaction,)), *chain]


def enrolled_late(town: Town, chain: Chain) -> Chain:
    """Another home that no bundle names."""
    tariffs, (utility, _, auctioneer) = town.prepared.tariffs, town.accounts[:3]
    prices = tariffs.retail[0].tolist(), tariffs.feed_in[0].tolist()
    enrol = town.market.enrol(utility, auctioneer.address, 0, 12_000, 10**12, *prices)
    return before(chain, enrol)


def registered_late(town: Town, chain: Chain) -> Chain:
    utility = town.accounts[0]
    call = ("register_model", 7, utility.address, b"\x01" * 32, 24, 4, 64, 0)
    return before(chain, town.market.transaction(utility, *call, gas_limit=2_000_000))


def ether_sent(town: Town, chain: Chain) -> Chain:
    return before(chain, Transaction(town.accounts[0], town.accounts[1].address, b"", 21_000))


def later(_: Town, chain: Chain) -> Chain:
    """The meter commits a minute late, which the contract allows."""
    return [replace(chain[0], timestamp=chain[0].timestamp + 60), *chain[1:]]


def spread(_: Town, chain: Chain) -> Chain:
    """The homes' submissions in two blocks, where a run seals one."""
    number = next(
        n for n, sealed in enumerate(chain) if sealed.transactions[0].sender.name.startswith("home")
    )
    timestamp, transactions = chain[number].timestamp, chain[number].transactions
    two = [Sealed(timestamp, transactions[:1]), Sealed(timestamp + BLOCK_S, transactions[1:])]
    return [*chain[:number], *two, *chain[number + 1 :]]


CHAINS = {
    "orders removed": (removed, ["a run has submit 0 by home-10"]),
    "settlement removed": (unsettled, ["29 calls after the set-up"]),
    "clearing removed": (uncleared, ["a run has clear 0 by auctioneer"]),
    "clearing refused": (
        spoiled("auctioneer", lambda call: call.update(price=call["price"] + 1)),
        ["no clear 0 by auctioneer that was accepted"],
    ),
    "orders refused": (
        spoiled("home", lambda call: call.update(limits=(2**255, *call["limits"][1:]))),
        ["no submit 0 by home-10 that was accepted"],
    ),
    "commitments refused": (starved, ["no commit 0 by meter that was accepted"]),
    "submissions reordered": (reordered, ["a run has submit 0 by home-10"]),
    "submission repeated": (repeated, ["a run has clear 0 by auctioneer"]),
    "home enrolled late": (enrolled_late, ["enrol after the set-up"]),
    "model registered late": (registered_late, ["register_model after the set-up"]),
    "ether sent": (ether_sent, ["no call of the market"]),
    "committed a minute late": (later, ["is stamped", "no run seals"]),
    "submissions spread": (spread, ["not in block", "where a run seals it"]),
}


@kinds(CHAINS)
def test_another_chain_is_refused(kind: str, honest: Path, forged: Path) -> None:
    change, words = CHAINS[kind]
    refused(bundle_of_chain(honest, forged, change), *words)


def test_a_chain_packed_again_unchanged_is_the_same_bundle(honest, forged) -> None:
    """So what the forger's chains are refused for is what was changed in them."""
    assert bundle_of_chain(honest, forged, lambda _, chain: chain).read_bytes() == honest.read_bytes()


def with_blocks(change: Callable[[list[dict[str, Any]]], object]) -> Callable[[Files, dict[str, Any]], None]:
    """The recorded blocks changed without executing anything."""

    def edit(files: Files, _: dict[str, Any]) -> None:
        blocks = json.loads(files["chain.json"])["blocks"]
        change(blocks)
        lines = (json.dumps(block, sort_keys=True, separators=(",", ":")) for block in blocks)
        files["chain.json"] = ('{"blocks":[\n' + ",\n".join(lines) + "\n]}\n").encode()

    return edit


def signed(town_account: Any, **fields: Any) -> str:
    """A transaction with any fields, in hex."""
    usual = {"nonce": 0, "gas_price": 10**9, "gas": 10**6, "to": b"\x11" * 20, "value": 0, "data": b""}
    unsigned = CancunVM.get_transaction_builder().create_unsigned_transaction(**usual | fields)
    return str(unsigned.as_signed_transaction(town_account.key, chain_id=CHAIN_ID).encode().hex())


METER = account(Streams(7), "meter")
RECORDS = {
    "block fabricated": (
        lambda blocks: blocks[-1].update(timestamp=blocks[-1]["timestamp"] + 1),
        ["hash"],
    ),
    "block without hash": (lambda blocks: blocks[-1].update(hash="", state_root=""), ["no number, hash"]),
    "other state root": (lambda blocks: blocks[-1].update(state_root="00" * 32), ["state root"]),
    "other receipts": (lambda blocks: blocks[-1].update(receipts="00" * 32), ["receipts"]),
    "block doubled": (lambda blocks: blocks.append(blocks[-1]), ["number"]),
    "no blocks": (lambda blocks: blocks.clear(), ["set-up has 0 transactions"]),
    "empty block": (lambda blocks: blocks[-1].update(transactions=[]), ["empty"]),
    "no transaction": (lambda blocks: blocks[-1].update(transactions=["c0"]), ["not a signed transaction"]),
    "typed transaction": (
        lambda blocks: blocks[-1].update(transactions=["02c0"]),
        ["not a signed transaction"],
    ),
    "signed by a stranger": (
        lambda blocks: blocks[-1].update(transactions=[signed(account(ELSEWHERE, "meter"))]),
        ["signed by 0x", "no run of this seed"],
    ),
    "more gas than a block": (
        lambda blocks: blocks[-1].update(transactions=[signed(METER, gas=10**12)]),
        ["gas"],
    ),
    "less gas than any call": (
        lambda blocks: blocks[-1].update(transactions=[signed(METER, gas=1)]),
        ["gas"],
    ),
    "more gas than one can pay": (
        lambda blocks: blocks[-1].update(transactions=[signed(METER, gas=2**255)]),
        ["gas"],
    ),
}


@kinds(RECORDS)
def test_a_fabricated_record_is_refused(kind: str, honest: Path, forged: Path) -> None:
    change, words = RECORDS[kind]
    refused(rewritten(honest, forged, with_blocks(change)), *words)


# Other readings -------------------------------------------------------------------------------------------


def reading(**changes: Any) -> Callable[[Patch], None]:
    """Readings of the forger's own, under the name of the embedded ones."""

    def forge(patch: Patch) -> None:
        load = sierra_crest.load
        patch.setattr(sierra_crest, "load", lambda: replace(load(), **changes))
        patch.setattr(sim.bundle.town, "check_claims", lambda _: None)

    return forge


INVENTED = tuple(f"home-{number}" for number in range(21, 36))
READINGS = {
    "homes that the data do not have": (reading(homes=INVENTED), ["homes are not those"]),
    "half hours of hourly data": (reading(slot_s=1_800, start=datetime(2017, 1, 1)), ["slot_s = 1800"]),
    "names that clear the terminal": (
        reading(homes=tuple(f"{name}\x1b[2J" for name in INVENTED)),
        ["which cannot be shown"],
    ),
}


@kinds(READINGS)
def test_what_the_embedded_data_cannot_be_is_refused(kind: str, forged: Path) -> None:
    """Their homes, resolution and period stand in this checkout's code, where the data do not."""
    forge, words = READINGS[kind]
    settings = scenario("tiny", *UNPROVED, "population.connection_limit_kw=24")
    refused(bundle_of_run(forged, settings, forge=forge), *words)


# Other claims ---------------------------------------------------------------------------------------------

CLAIMS = {
    "table": (replaced("tables/trades.csv", ",buy,", ",sell,"), ["tables/trades.csv", "line"]),
    "figure": (replaced("summary.json", '"trades": ', '"trades": 1'), ["summary.json", "line"]),
    "figure without end": (
        replaced("summary.json", '"trades": ', '"more": NaN, "trades": '),
        ["summary.json"],
    ),
    "name": (replaced("scenario.toml", 'name = "tiny"', 'name = "huge"'), ["summary.json"]),
    "retail": (replaced("scenario.toml", "retail = 0.22", "retail = 0.23"), ["set-up"]),
    "feed-in": (replaced("scenario.toml", "feed_in = 0.06", "feed_in = 0.05"), ["set-up"]),
    "days": (replaced("scenario.toml", "days = 1", "days = 2"), ["set-up"]),
    "seed": (replaced("scenario.toml", "seed = 7", "seed = 8"), ["homes are not those"]),
    "homes": (claiming(homes=["home-10", "home-09", "home-13", "home-03"]), ["homes are not those"]),
    "training": (replaced("scenario.toml", '"federated"', '"local"'), ["makes 4 models"]),
    "precision": (
        replaced("scenario.toml", 'policy = "none"', 'policy = "none"\nprecision = 9'),
        ["precision = 9"],
    ),
    "embedded data": (claiming(data_sha256="0" * 64), ["data_sha256"]),
    "genesis": (claiming(genesis={}), ["genesis"]),
    "SRS": (claiming(srs_sha256={"10": "0" * 64}), ["SRS"]),
    "SRS of another kind": (claiming(srs_sha256={"10": []}), ["SRS"]),
    "contract": (claiming(contracts={}), ["manifest.json", "contracts"]),
    "market digest": (claiming(market_digest="0" * 64), ["manifest.json", "market_digest"]),
    "something more": (claiming(checked_by="everybody"), ["manifest.json", "checked_by"]),
}


@kinds(CLAIMS)
def test_another_claim_is_refused(kind: str, honest: Path, forged: Path) -> None:
    change, words = CLAIMS[kind]
    refused(rewritten(honest, forged, change), *words)


def test_another_bundle_than_the_published_one_is_refused(honest, forged) -> None:
    """It is as honest; but it is another."""
    bundle_of_run(forged, scenario("tiny", *UNPROVED, "seed=8"))
    published = json.loads(read_archive(honest)["manifest.json"])["market_digest"]
    assert verdict(honest, published)[0]
    holds, report = verdict(forged, published)
    assert not holds
    assert f"not the expected {published}" in report.splitlines()[-1]


def test_a_digest_that_is_none_is_refused(honest) -> None:
    with pytest.raises(InputError, match="--expect 12ab: should be a market digest"):
        verdict(honest, "12ab")


# No bundles -----------------------------------------------------------------------------------------------


def edited(bundle: Path, path: Path, change: Callable[[Files], object]) -> Path:
    """Files changed, and the manifest left as it is."""
    files = read_archive(bundle)
    change(files)
    write_archive(path, files)
    return path


def widest(files: Files, _: dict[str, Any]) -> None:
    """A layer with a neuron too many."""
    models = json.loads(files["models.json"])
    models["models"][0]["weights"][0].append([0] * 24)
    files["models.json"] = json.dumps(models, separators=(",", ":")).encode()


NO_BUNDLES = {
    "extra file": (lambda files, _: files.update({"tables/readings.csv": b"1"}), ["tables/readings.csv"]),
    "missing file": (lambda files, _: files.pop("tables/gas.csv"), ["tables/gas.csv"]),
    "future version": (claiming(format="zkpet-bundle-2"), ["zkpet-bundle-2", "zkpet-bundle-1"]),
    "no version": (lambda _, manifest: manifest.pop("format"), ["format"]),
    "unknown field": (replaced("scenario.toml", "days = 1", "days = 1\nnights = 1"), ["nights"]),
    "wrong field": (replaced("scenario.toml", "days = 1", "days = 0"), ["time.days"]),
    "scenario with a comment": (replaced("scenario.toml", "days = 1", "days = 1 # one"), ["scenario.toml"]),
    "other lookback": (replaced("scenario.toml", "lookback = 24", "lookback = 25"), ["models.json"]),
    "other family": (replaced("scenario.toml", '"linear"', '"mlp"'), ["models.json"]),
    "ragged model": (widest, ["models.json"]),
    "model in other words": (replaced("models.json", ",", ", "), ["models.json"]),
    "one home twice": (claiming(homes=["home-10"] * 4), ["different names"]),
    "one home fewer": (claiming(homes=["home-10", "home-09", "home-03"]), ["3 homes"]),
    "a name that is no text": (
        claiming(homes=["home-10", "home-09", "home-03", "\ud800"]),
        ["names"],
    ),
    "homes that are numbers": (claiming(homes=[1, 2, 3, 4]), ["names"]),
    "slot of no length": (claiming(slot_s=0), ["slot_s"]),
    "files that are a list": (lambda files, _: files.update({"chain.json": b"[1]"}), ["chain.json"]),
}


@kinds(NO_BUNDLES)
def test_what_is_no_bundle_is_refused(kind: str, honest: Path, forged: Path) -> None:
    change, words = NO_BUNDLES[kind]
    no_bundle(rewritten(honest, forged, change), *words)


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b"[" * 5_000, b"\xff", b"null"])
@pytest.mark.parametrize("name", ["manifest.json", "scenario.toml", "models.json", "chain.json"])
def test_no_text_is_too_odd(name: str, text: bytes, honest: Path, forged: Path) -> None:
    no_bundle(edited(honest, forged, lambda files: files.update({name: text})), name)


@kinds(("manifest.json", "scenario.toml", "models.json", "chain.json"))
def test_no_text_is_too_deep(kind: str, honest: Path, forged: Path) -> None:
    """In a process of its own, which it may crash."""
    deep = {"manifest.json": '{"a":', "scenario.toml": "a = ", "models.json": "", "chain.json": '{"blocks":'}
    text = (deep[kind] + "[" * 10**6).encode()
    edited(honest, forged, lambda files: files.update({kind: text}))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking beside threads
        process = get_context("fork").Process(target=no_bundle, args=(forged, kind))
        process.start()
    process.join()
    assert process.exitcode == 0


def zipped(path: Path, members: list[tuple[zipfile.ZipInfo, bytes]], comment: bytes = b"") -> Path:
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w") as archive:
        warnings.simplefilter("ignore")  # of names that are there twice
        for member, content in members:
            archive.writestr(member, content)
        archive.comment = comment
    return path


def member(name: str, **fields: Any) -> zipfile.ZipInfo:
    """As a bundle has it, but for ``fields``."""
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.create_system, info.external_attr = 3, 0o644 << 16
    for field, value in fields.items():
        setattr(info, field, value)
    return info


LINK = member("chain.json", external_attr=(stat.S_IFLNK | 0o777) << 16), b"/etc/passwd"
BOMB = member("chain.json", compress_type=zipfile.ZIP_DEFLATED), bytes(2**26)
ZIPS = {
    "a name twice": [(member("chain.json"), b"1"), (member("chain.json"), b"2")],
    "a path upwards": [(member("../chain.json"), b"1")],
    "an absolute path": [(member("/tmp/chain.json"), b"1")],
    "a path with a backslash": [(member("tables\\slots.csv"), b"1")],
    "a folder": [(member("tables/"), b"")],
    "a link": [LINK],
    "a bomb": [BOMB],
    "another time": [(member("chain.json", date_time=(2020, 1, 1, 0, 0, 0)), b"1")],
    "a field of its own": [(member("chain.json", extra=b"\x99\x99\x04\x00read"), b"1")],
    "a comment on a file": [(member("chain.json", comment=b"read me"), b"1")],
    "unsorted files": [(member("models.json"), b"1"), (member("chain.json"), b"1")],
    "very many files": [(member(f"tables/{'a' * n}.csv"), b"") for n in range(1, 100)],
}


@kinds(ZIPS)
def test_zip_tricks_are_refused(kind: str, forged: Path) -> None:
    no_bundle(zipped(forged, ZIPS[kind]), "not a bundle, or damaged")


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content[:0],
        lambda content: b"#!/bin/sh\n" + content,
        lambda content: content + b"\n",
        lambda content: content[:-1],
        lambda content: content[:-2] + b"\x02\x00hi",
        lambda content: content + content,
    ],
    ids=["nothing", "something before", "something after", "cut short", "a comment", "twice"],
)
def test_a_bundle_with_more_or_less_around_it_is_refused(
    change: Callable[[bytes], bytes], honest: Path, forged: Path
) -> None:
    forged.write_bytes(change(honest.read_bytes()))
    no_bundle(forged, "not a bundle, or damaged")


def test_no_file_is_no_bundle(forged, tmp_path) -> None:
    no_bundle(forged, "cannot read")
    no_bundle(tmp_path, "cannot read")
