"""A run that is all proved, its cheats refused: verified without its data, giving nothing private away."""

from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO

import pandas as pd
import pytest

from sim.bundle import community
from sim.bundle import verify as verifying
from sim.bundle.archive import read_archive
from sim.bundle.community import Community
from sim.chain.accounts import OPERATORS, account
from sim.chain.base import Transaction
from sim.cli import main
from sim.data import population, sierra_crest
from sim.proofs.field import MODULUS
from sim.runtime.store import DEFAULT_STORE, open_store
from tests.bundle.conftest import PackedRun, assert_public_is_the_runs_own, packed_run
from tests.bundle.forgery import Chain, bundle_of_chain, refused
from tests.bundle.test_forged_chains import changed
from tests.runs import QUIET

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("no_processes")]


@pytest.fixture(scope="module")
def proved(tmp_path_factory) -> PackedRun:
    """It ran on revm, where some slots were void and some calls refused."""
    cheats = 'adversaries.operators=["silent", "clears-twice", "posts-twice"]'
    return packed_run(tmp_path_factory.mktemp("proved"), "chain.backend=revm", cheats)


@pytest.fixture
def made_before(monkeypatch) -> None:
    """Circuits come from the store that packing has filled; a verification looks into none."""

    def founded(*given):
        return community.founded(*given[:4], open_store(DEFAULT_STORE), QUIET)

    monkeypatch.setattr(verifying, "founded", founded)


def test_it_is_verified_on_a_machine_without_its_data(proved, monkeypatch, tmp_path, capsys) -> None:
    monkeypatch.setattr(sierra_crest, "FILE", tmp_path / "deleted.npy")
    for module in (population, community):
        monkeypatch.setattr(module, "build_population", pytest.fail, raising=False)
    digest, sent = proved.outcome.market_digest, proved.outcome.sent
    command = ["verify", "--quiet", "--jobs", "1", str(proved.bundle), "--expect", digest]
    assert main([*command, "--require-proofs"]) == 0
    report, repelled = capsys.readouterr().out, sum(each.repelled for each in sent)
    assert sum(each.stage == "void" for each in sent) == 6
    assert repelled >= 7
    for sentence in (
        "all 4 accepted submissions proved",
        f"{repelled} of them refused again",
        f"digest {digest}, as expected",
        "forged no proof",
        "whoever published it stands for this market",
    ):
        assert sentence in " ".join(report.split())
    assert report.endswith("\nVERIFIED\n")
    assert "NONE" not in report


def test_public_tables_and_figures_are_the_runs_own(proved) -> None:
    assert_public_is_the_runs_own(proved, "gas_total", "gas_per_order")  # without refusals


@pytest.mark.usefixtures("made_before")
def test_a_proof_that_does_not_verify_natively_is_refused(proved, monkeypatch) -> None:
    """The contract's verifier has accepted it; EZKL has to as well."""
    monkeypatch.setattr(verifying, "verifies", lambda *_: False)
    refused(proved.bundle, "the proof of home-10 at gate 1 does not verify")


@pytest.mark.usefixtures("made_before")
def test_cheats_call_no_more_often_than_they_can(proved, forged) -> None:
    """Their calls may be refused ones, and as many as the scenario's cheats make."""

    def many(_: Community, chain: Chain) -> Chain:
        def again(sent: tuple[Transaction, ...]) -> list[Transaction]:
            return [*sent, *sent[:1] * 9]

        return changed(chain, "meter", again)

    bundle_of_chain(proved.bundle, forged, many)
    refused(forged, "commit of gate 1 by meter, which no run calls so often")


# Bundles, terminal and chain hold no reading, salt or key, searched for by value in every likely writing --


IN_A_ROW = 3
SEPARATORS = (",", ", ", " ", "\n", ",\n  ")


def writings(numbers: tuple[int, ...]) -> Iterator[bytes]:
    """How a sequence of integers may stand in a file, a log or calldata."""
    for separator in SEPARATORS if len(numbers) > 1 else [""]:
        yield separator.join(map(str, numbers)).encode()
    for order in ("big", "little"):
        for width in (2, 4, 5, 8, 32):
            if all(-(2 ** (8 * width - 1)) <= number < 2 ** (8 * width - 1) for number in numbers):
                yield from _raw_and_hex([n.to_bytes(width, order, signed=True) for n in numbers])
        yield from _raw_and_hex([(number % MODULUS).to_bytes(32, order) for number in numbers])


def _raw_and_hex(words: Iterable[bytes]) -> Iterator[bytes]:
    words = list(words)
    yield b"".join(words)
    for separator in ("", ",", '","', '", "'):
        yield separator.join(word.hex() for word in words).encode()


def found(needles: Mapping[str, tuple[int, ...]], hay: Mapping[str, bytes]) -> list[str]:
    return [
        f"{what} in {where}"
        for what, numbers in needles.items()
        for needle in set(writings(numbers))
        for where, content in hay.items()
        if needle in content
    ]


def runs_of(name: str, numbers: list[int]) -> dict[str, tuple[int, ...]]:
    """All readings, three in a row, but for rows that say nothing, like three zeros."""
    rows = [tuple(numbers[at : at + IN_A_ROW]) for at in range(len(numbers) - IN_A_ROW + 1)]
    return {f"{name} from {at}": row for at, row in enumerate(rows) if len(set(row)) == IN_A_ROW}


def secrets_of(run: PackedRun) -> dict[str, tuple[int, ...]]:
    """Windows, later readings, load and PV apart, salts, keys."""
    prepared, needles = run.outcome.prepared, {}
    population = prepared.population
    for row, home in enumerate(population.homes):
        for gate in range(prepared.gates):
            needles |= runs_of(f"window of {home.name}, {gate}", prepared.inputs[row, gate, :24].tolist())
        needles |= runs_of(f"net of {home.name}", prepared.reading_wh[row].tolist())
        during = slice(population.first_slot, None)
        needles |= runs_of(f"load of {home.name}", population.readings.load_wh[row, during].tolist())
        needles |= runs_of(f"PV of {home.name}", population.readings.pv_wh[row, during].tolist())
    for (home_row, gate), proof in run.outcome.proofs.items():
        for number, salt in enumerate(proof.salts):
            needles[f"salt {number} of {home_row}, {gate}"] = (salt,)
    for name in (*OPERATORS, *(home.name for home in population.homes)):
        key = account(prepared.streams, name).key
        needles[f"key of {name}"] = (int.from_bytes(key.to_bytes(), "big"),)
    return needles


def public_of(run: PackedRun) -> dict[str, bytes]:
    """Every byte that a stranger gets to see, unpacked as far as it can be."""
    files = dict(read_archive(run.bundle))
    hay = {**files, "terminal": run.printed.encode()}
    hay["transactions"] = b"".join(raw for block in run.outcome.blocks for raw in block.transactions)
    hay["logs"] = b"".join(log.data for sent in run.outcome.sent for log in sent.receipt.logs)
    for name, content in files.items():
        if name.endswith(".csv"):
            columns = pd.read_csv(BytesIO(content), dtype=str)
            hay |= {f"{name}: {column}": ",".join(map(str, columns[column])).encode() for column in columns}
    return hay


def test_bundle_terminal_and_chain_hold_no_reading_salt_or_key(proved) -> None:
    needles = secrets_of(proved)
    assert sum(name.startswith("salt") for name in needles) >= 4 * 11
    assert sum(name.startswith("window") for name in needles) > 60
    assert proved.printed
    assert found(needles, public_of(proved)) == []


def test_the_search_finds_what_is_there(proved) -> None:
    """In the run's directory, which is the homes' own; in a planted file; and in what is public anyway."""
    needles = secrets_of(proved)
    readings = pd.read_parquet(proved.folder / "forecasts.parquet")["actual_wh"]
    assert found(needles, {"forecasts": ",".join(map(str, readings)).encode()})
    window = next(name for name in needles if name.startswith("window"))
    for what in ("salt 0 of 0, 0", "key of meter", window):
        for planted in writings(needles[what]):
            assert found({what: needles[what]}, {"planted": b"... " + planted + b" ..."})
    instances = {"outputs": tuple(proved.outcome.prepared.outputs[0, 0, :IN_A_ROW].tolist())}
    assert sorted(found(instances, public_of(proved))) == ["outputs in chain.json", "outputs in transactions"]
