"""Bundles of sealed runs: a stranger checks totals, prices and bills, and has no quantity."""

import hashlib
import json
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim.chain.sealed_client
import sim.simulation.run
from agents.sealed_operators import SealedMeter
from sim.bundle import community
from sim.bundle.archive import read_archive, write_archive
from sim.bundle.calls import data_of
from sim.bundle.community import Community
from sim.bundle.contents import required
from sim.bundle.markets import sealed_orders
from sim.bundle.replay import replay
from sim.bundle.verify import check_files
from sim.chain.base import Transaction
from sim.chain.market_client import gate_times
from sim.chain.sealed_client import SealedMarket
from sim.cli import main
from sim.data import population, sierra_crest
from sim.errors import BundleError
from sim.forecast.dense import IntegerDense
from sim.forecast.forecasters import Forecasters
from sim.market.mechanisms.net_price import NetPrice
from sim.outputs import chain_record
from sim.outputs.run_directory import CHAIN, MANIFEST, SUMMARY
from sim.proofs.columns import Columns
from sim.proofs.field import MODULUS
from sim.proofs.native import ezkl
from sim.proofs.srs import SHIPPED_SHA256, Srs
from sim.venues.chain_venue import market_terms
from tests.bundle.conftest import PackedRun, assert_public_is_the_runs_own, packed_run
from tests.bundle.forgery import (
    UNPROVED,
    Chain,
    Patch,
    Sealed,
    bundle_of_chain,
    bundle_of_run,
    claiming,
    kinds,
    no_bundle,
    refused,
    replaced,
    rewritten,
    verdict,
)
from tests.bundle.test_forged_chains import changed, first, removed, spoiled
from tests.runs import QUIET, scenario

SEALED = (
    "market.orders=sealed",
    "market.mechanism=net-price",
    "market.strategy=truthful",
    "forecast.family=linear",
    "chain.backend=revm",
)
TWO_DAYS = ("time.days=2", "market.settlement_days=1")


def affine(homes: int = 4) -> Forecasters:
    """A map of full rank whose forecasts are no readings."""
    dice = np.random.default_rng(8)
    weights = dice.integers(-3, 4, (24, 24)) + (np.eye(24, dtype=np.int64) << 6)
    model = IntegerDense("linear", 6, (weights,), (np.arange(24, dtype=np.int64),))
    return Forecasters.trained_once((0,) * homes, (model,))


@pytest.fixture(scope="module")
def unproved(tmp_path_factory) -> PackedRun:
    """Commitments and their openings are real; nothing else is proved."""
    folder = tmp_path_factory.mktemp("sealed")
    return packed_run(folder, *SEALED, *TWO_DAYS, "proofs.policy=none", models=affine())


@pytest.fixture(scope="module")
def honest(tmp_path_factory) -> Path:
    """To forge others from."""
    settings = scenario("tiny", *UNPROVED, *SEALED)
    return bundle_of_run(tmp_path_factory.mktemp("honest") / "tiny.zkpet", settings)


@pytest.fixture
def no_data(monkeypatch, tmp_path) -> None:
    """A checkout without the readings."""
    monkeypatch.setattr(sierra_crest, "FILE", tmp_path / "deleted.npy")
    for module in (population, community):
        monkeypatch.setattr(module, "build_population", pytest.fail, raising=False)


# What holds -------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("no_data")
def test_totals_prices_and_bills_are_verified_without_the_data(unproved, capsys) -> None:
    digest = unproved.outcome.market_digest
    assert main(["verify", "--quiet", "--jobs", "1", str(unproved.bundle), "--expect", digest]) == 3
    report = " ".join(capsys.readouterr().out.split())
    for sentence in (
        "the totals of 2 gates open the sums of all signed orders",
        "no order is in the bundle",
        "how what all homes traded divides among them, which is the meter's word",
        "VERIFIED, but not proved",
    ):
        assert sentence in report


def test_public_tables_and_figures_are_the_runs_own(unproved) -> None:
    assert_public_is_the_runs_own(unproved)
    assert set(read_archive(unproved.bundle)) == set(required(sealed=True))


def test_replay_in_plain_integers_gives_the_chains_digest(unproved, capsys) -> None:
    assert main(["replay", "--quiet", "--jobs", "1", str(unproved.bundle)]) == 0
    assert "in plain integers" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.long
def test_gates_that_overlap_periods_of_tariffs_and_a_void_gate(tmp_path: Path) -> None:
    """Credit covers one gate; the next closes before the first is settled, and so is void."""
    settings = (
        *("time.days=3", "market.settlement_days=2", "time.lead=30", "market.credit_limit=70"),
        'market.retail={ "00:00" = 0.18, "16:00" = 0.34 }',
    )
    bundle = bundle_of_run(tmp_path / "void.zkpet", scenario("tiny", *UNPROVED, *SEALED, *settings))
    holds, report = verdict(bundle)
    assert holds, report
    assert "8 of them refused again" in report
    assert "the totals of 1 gate open" in report
    assert replay(bundle, None, False, 1, QUIET).same
    assert b"1,24,0,,4,\n" in read_archive(bundle)["tables/totals.csv"]


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.usefixtures("no_processes")
@pytest.mark.parametrize("policy", ["none", "all"])
def test_settlement_by_proof(policy: str, tmp_path: Path) -> None:
    settings = (
        "time.days=2",
        "market.settlement_days=2",
        "market.settlement=proved",
        f"proofs.policy={policy}",
    )
    bundle = bundle_of_run(tmp_path / "settled.zkpet", scenario("tiny", *UNPROVED, *SEALED, *settings))
    holds, report = verdict(bundle)
    assert holds, report
    assert ("all 4 trades proved" in report) == (policy == "all")
    assert ("which is the auctioneer's word" in " ".join(report.split())) == (policy == "none")
    assert replay(bundle, None, False, 1, QUIET).same


# No quantity ------------------------------------------------------------------------------------------------


def numbers_in(run: PackedRun) -> Iterator[int]:
    """Quantities at scale and in whole Wh, and readings: of more than three digits."""
    prepared = run.outcome.prepared
    for secret in (prepared.outputs, prepared.forecast_wh, prepared.reading_wh):
        yield from {int(each) for each in secret.ravel() if abs(each) > 999}


def found(numbers: Collection[int], files: dict[str, bytes]) -> list[str]:
    """As decimals in any file, and as words of calls, which begin with offsets that are multiples of 32."""
    texts = {name: set(re.findall(rb"(?<![0-9a-z])[0-9]+(?![0-9a-z])", text)) for name, text in files.items()}
    written = [(n, name) for n in numbers for name, held in texts.items() if str(abs(n)).encode() in held]
    words, no_offsets = words_in(files[CHAIN]), (n for n in numbers if n % 32 or abs(n) > 9_999)
    called = [(n, CHAIN) for n in no_offsets if {n % 2**256, n % MODULUS} & words]
    return [f"{n} in {name}" for n, name in (*written, *called)]


def words_in(chain: bytes) -> set[int]:
    """Of all calls, in either order of bytes."""
    signed = (each for mined in chain_record.from_json(chain.decode()) for each in mined.block.transactions)
    calls = [data[4:] for data in map(data_of, signed)]
    words = [data[at : at + 32] for data in calls for at in range(0, len(data), 32)]
    return {int.from_bytes(word, order) for word in words for order in ("big", "little")}


def test_no_file_has_a_quantity(unproved) -> None:
    files = read_archive(unproved.bundle)
    numbers = set(numbers_in(unproved))
    assert len(numbers) > 200
    assert found(numbers, files) == []
    total = int(unproved.outcome.sealed.totals[0])
    assert found([total], files) == [f"{total} in tables/totals.csv", f"{total} in {CHAIN}"]


SMUGGLED = ("tables/quantities.csv", "tables/orders.csv", "tables/deviations.csv", "columns.json")


@pytest.mark.parametrize("name", SMUGGLED)
def test_no_further_file_is_taken(name: str, honest, forged) -> None:
    write_archive(forged, {**read_archive(honest), name: b"agent,slot,quantity_wh\nhome-10,0,1234\n"})
    no_bundle(forged, f"holds {name}, which no bundle of its kind does")


# What does not ----------------------------------------------------------------------------------------------


PUBLIC = {
    "tables/totals.csv": rb"0,0,0,(\d+),",
    "tables/bills.csv": rb"(\d+)\n$",
    "tables/agents.csv": rb"truthful,-(\d+),",
    SUMMARY: rb'"surplus": (-?\d+)',
}


@pytest.mark.parametrize("name", [*PUBLIC, "tables/totals.csv: price"])
def test_another_total_price_or_bill_is_noticed(name: str, honest, forged) -> None:
    """As every other file is: see ``test_verify``."""
    file = name.partition(":")[0]
    text = read_archive(honest)[file]
    match = re.search(rb"(\d+)\n0,1," if ": price" in name else PUBLIC[file], text)
    assert match
    other = text[: match.start(1)] + str(int(match[1]) + 1).encode() + text[match.end(1) :]
    rewritten(honest, forged, lambda files, _: files.update({file: other}))
    with pytest.raises(BundleError, match=f"{file} is not what the contract's events make: line"):
        check_files(read_archive(forged), read_archive(honest))


def swapped(call: dict[str, Any]) -> None:
    one, other, *rest = call["opened"]
    call.update(opened=(other, one, *rest))


def unsigned(_: Community, chain: Chain) -> Chain:
    """The first home submits under another home's signature."""

    def exchanged(sent: tuple[Transaction, ...]) -> list[Transaction]:
        return [replace(sent[0], data=sent[0].data[:-96] + sent[1].data[-96:]), *sent[1:]]

    return changed(chain, "home", exchanged)


def voided(community: Community, chain: Chain) -> Chain:
    """The auctioneer withholds a gate that enough homes have ordered at; homes pay their readings alone."""
    delivery, market = gate_times(market_terms(community.prepared), 0).delivery, community.market
    assert isinstance(market, SealedMarket)
    number = first(chain, "auctioneer")
    void = Sealed(delivery, (market.void(community.accounts[3], 0, 4),))
    settled = chain[-1].transactions[0]
    sums = community.call_of(settled.data)
    assert sums
    data = market.artifact.encode("settle", 0, [0] * 4, sums.arguments["deviation_sums"])
    last = replace(chain[-1], transactions=(replace(settled, data=data),))
    return [*chain[:number], void, *chain[number + 1 : -1], last]


CHAINS: dict[str, tuple[Callable[[Community, Chain], Chain], list[str]]] = {
    "submission missing": (removed, ["a run has submit of gate 1 by home-10"]),
    "another total": (
        spoiled("auctioneer", lambda call: call.update(totals=(call["totals"][0] + 1, *call["totals"][1:]))),
        ["no clear of gate 1 by auctioneer that was accepted"],
    ),
    "opening swapped": (
        spoiled("auctioneer", swapped),
        ["no clear of gate 1 by auctioneer that was accepted"],
    ),
    "another home's signature": (unsigned, ["no submit of gate 1 by home-10 that was accepted"]),
    "gate withheld": (voided, ["gate 1 is void, where a run clears the orders of 4 homes"]),
}


@kinds(CHAINS, "submission missing", "opening swapped", "gate withheld")
def test_another_chain_is_refused(kind: str, honest: Path, forged: Path) -> None:
    change, words = CHAINS[kind]
    refused(bundle_of_chain(honest, forged, change), *words)


def test_a_chain_packed_again_unchanged_is_the_same_bundle(honest, forged) -> None:
    assert bundle_of_chain(honest, forged, lambda _, chain: chain).read_bytes() == honest.read_bytes()


def test_another_settlement_period_is_refused(unproved, forged) -> None:
    change = replaced("scenario.toml", "settlement_days = 1", "settlement_days = 2")
    words = "constructs SealedMarket with settlement_gates = 1, where it follows to be 2"
    refused(rewritten(unproved.bundle, forged, change), words)


def larger(patch: Patch) -> None:
    """A model registered with twice its largest output."""
    bounds = sim.simulation.run.output_bounds
    patch.setattr(sim.simulation.run, "output_bounds", lambda p: tuple(2 * each for each in bounds(p)))


@pytest.mark.long
def test_another_largest_output_is_refused(forged: Path) -> None:
    bundle_of_run(forged, scenario("tiny", *UNPROVED, *SEALED, "population.agents=3"), forge=larger)
    refused(forged, "calls register_model with largest_output", "where it follows to be")


@pytest.mark.long
def test_commitments_under_an_own_srs_are_refused(honest, forged, tmp_path) -> None:
    """Who makes an SRS can open a commitment to anything."""
    (logrows,) = map(int, json.loads(read_archive(honest)[MANIFEST])["srs_sha256"])
    own = tmp_path / "own.srs"
    ezkl.gen_srs(str(own), logrows)
    srs = Srs(((logrows, own),), (hashlib.sha256(own.read_bytes()).hexdigest(),))
    bundle_of_run(
        forged,
        scenario("tiny", *UNPROVED, *SEALED, "population.agents=3"),
        forge=lambda patch: patch.setattr("sim.bundle.pack.load_srs", lambda _: srs),
        srs=srs,
    )
    rewritten(forged, forged, claiming(srs_sha256={str(logrows): SHIPPED_SHA256[logrows]}))
    refused(forged, "constructs SealedMarket with srs")


def divided(patch: Patch) -> None:
    """The meter charges one home's trade to another; the sum stays."""

    def settle(meter: Any, period: int, trades: list[int], deviations: list[int]) -> Any:
        return honest_settle(meter, period, [trades[0] - 16, trades[1] + 16, *trades[2:]], deviations)

    honest_settle = SealedMeter.settle
    patch.setattr(SealedMeter, "settle", settle)
    patch.setattr(sim.simulation.run, "audit", lambda _: None)


@pytest.mark.long
def test_how_trades_divide_is_the_meters_word_and_a_replay_finds_it_out(forged: Path) -> None:
    bundle_of_run(forged, scenario("tiny", *UNPROVED, *SEALED, "population.agents=3"), forge=divided)
    assert verdict(forged)[0]
    assert not replay(forged, None, False, 1, QUIET).same


@pytest.mark.long
@pytest.mark.parametrize(
    ("of", "name", "instead", "words"),
    [
        (Columns, "all_open", False, "the totals of gate 1 do not open the sum of its orders"),
        (SealedMarket, "is_signed", False, "home 1 at gate 1 has no signature of the auctioneer"),
        (sealed_orders, "output_bounds", (1,), "where homes can order 4 together"),
        (NetPrice, "prices", np.zeros(24), "slot 1 does not have the price of its total"),
        (SealedMarket, "balances", [0] * 5, "the ledger holds (0, 0, 0, 0, 0) nano-$, where the events make"),
    ],
)
def test_what_the_contract_checks_is_checked_natively_too(
    honest, monkeypatch, of, name, instead, words
) -> None:
    monkeypatch.setattr(of, name, lambda *_: instead)
    refused(honest, words)


def test_homes_and_gates_are_those_on_the_chain(honest, forged, monkeypatch) -> None:
    monkeypatch.setattr(community, "_public_population", pytest.fail)
    path = rewritten(honest, forged, replaced("scenario.toml", "days = 1\n", "days = 30\n"))
    refused(path, "the chain holds 15 transactions", "a run of 4 homes and 720 slots has at least 154,")


# With proofs ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def proved(tmp_path_factory) -> PackedRun:
    return packed_run(tmp_path_factory.mktemp("proved"), *SEALED, models=affine())


@pytest.mark.slow
@pytest.mark.usefixtures("no_processes", "no_data")
def test_every_proof_is_verified_and_no_salt_is_in_the_bundle(proved, capsys) -> None:
    assert main(["verify", "--quiet", "--jobs", "1", str(proved.bundle), "--require-proofs"]) == 0
    report = " ".join(capsys.readouterr().out.split())
    assert (
        "all 4 accepted submissions proved: by EZKL, and by its verifier on chain; the totals of 1 gate"
        in report
    )
    assert report.endswith(" VERIFIED")
    secrets = {salt for proof in proved.outcome.proofs.values() for salt in (*proof.salts, *proof.column)}
    everything = b"".join(read_archive(proved.bundle).values())
    assert len(secrets) > 4 * 26
    for secret in secrets:
        for order in ("big", "little"):
            assert (secret % MODULUS).to_bytes(32, order).hex().encode() not in everything
    point = next(iter(proved.outcome.proofs.values())).output_point
    assert point.hex().encode() in everything
