"""A bundle is checked without data, from this checkout alone, and every byte of it counts."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from sim.bundle.archive import read_archive, write_archive
from sim.bundle.contents import FILES, canonical_json, required
from sim.bundle.verify import check_files
from sim.chain.market_client import Market
from sim.cli import main
from sim.errors import BundleError, InputError
from sim.outputs.run_directory import CHAIN, MANIFEST, MODELS, SCENARIO, SUMMARY
from tests.bundle.conftest import PackedRun, assert_public_is_the_runs_own, packed_run
from tests.bundle.forgery import claiming, rewritten, verdict

# What holds -------------------------------------------------------------------------------------------------


INTRICATE = (
    "proofs.policy=none",
    "time.days=2",
    "time.lead=30",  # a gate commits before the last has been cleared
    'market.retail={ "00:00" = 0.18, "16:00" = 0.34 }',
    "market.grid_fee=0.01",
    "market.homes={ home-09 = { retail = 0.4, feed_in = 0.1 } }",
    "market.credit_limit=2.5",  # too little for one home
)


@pytest.fixture(scope="module")
def intricate(tmp_path_factory) -> dict[str, PackedRun]:
    """One run on both backends, in which submissions are refused."""
    return {
        backend: packed_run(tmp_path_factory.mktemp(backend), *INTRICATE, f"chain.backend={backend}")
        for backend in ("py-evm", "revm")
    }


def test_public_tables_and_figures_are_the_runs_own(unproved) -> None:
    assert_public_is_the_runs_own(unproved)


@pytest.mark.slow
@pytest.mark.long
def test_refusals_periods_and_overlapping_gates_are_executed_again(intricate) -> None:
    for run in intricate.values():
        assert_public_is_the_runs_own(run)
        holds, report = verdict(run.bundle)
        assert holds, report
        stages = [sent.stage for sent in run.outcome.sent]
        refused = [sent for sent in run.outcome.sent if not sent.receipt.ok]
        assert 0 < len(refused) < stages.count("submit")
        assert f"{len(refused)} of them refused again" in report
        assert run.outcome.prepared.tariffs.periods == 2
        assert run.outcome.trades.traded_wh.any()


@pytest.mark.slow
@pytest.mark.long
def test_a_run_on_revm_is_packed_as_the_same_chain(intricate) -> None:
    one, other = (read_archive(run.bundle) for run in intricate.values())
    differing = {name for name in one if one[name] != other[name]}
    assert differing == {SCENARIO, MANIFEST}  # these name the backend
    assert json.loads((intricate["revm"].folder / CHAIN).read_text())["blocks"][0]["hash"] == ""


# What does not ----------------------------------------------------------------------------------------------


CHANGED = {
    SCENARIO: (b'name = "tiny"', b'name = "tidy"'),
    MODELS: (b'"biases":[[0,', b'"biases":[[1,'),
    CHAIN: (b'"gas_used":', b'"gas_used":1'),
    SUMMARY: (b'"orders": ', b'"orders": 1'),
    **{f"tables/{name}.csv": (b"1", b"2") for name in ("slots", "orders", "trades", "blocks", "gas")},
    "tables/agents.csv": (b"zic", b"zip"),
    "tables/deviations.csv": (b"short_wh", b"short_Wh"),
    "tables/proofs.csv": (b"agent", b"agents"),
    "tables/circuits.csv": (b"model", b"models"),
    "tables/trainings.csv": (b"0,", b"1,"),
    "tables/rounds.csv": (b"round", b"rounds"),
}


def test_every_file_is_tried() -> None:
    assert {*CHANGED, MANIFEST} == set(required(sealed=False))


@pytest.mark.parametrize("name", CHANGED)
def test_a_changed_file_is_noticed_also_when_its_hash_is_made_right(unproved, tmp_path, name) -> None:
    """The first three by what follows from them; all others are held against what does, as one is here."""
    old, new = CHANGED[name]
    files = read_archive(unproved.bundle)

    def change(files: dict[str, bytes], _: object) -> None:
        assert old in files[name]
        files[name] = files[name].replace(old, new, 1)

    path = rewritten(unproved.bundle, tmp_path / "changed.zkpet", change)
    if name in (SCENARIO, MODELS, CHAIN, SUMMARY):
        assert refusal(path)
    if name not in (SCENARIO, MODELS, CHAIN):
        with pytest.raises(BundleError, match=f"{name} is not what the contract's events make: line"):
            check_files(read_archive(path), files)


def test_a_hash_that_the_manifest_has_wrong_is_noticed(unproved, tmp_path) -> None:
    files = read_archive(unproved.bundle)
    manifest = json.loads(files[MANIFEST])
    manifest[FILES][SUMMARY] = "0" * 64
    path = tmp_path / "x.zkpet"
    write_archive(path, {**files, MANIFEST: canonical_json(manifest)})
    assert f"{SUMMARY} does not have the sha-256 that {MANIFEST} names" in verdict(path)[1]


def test_a_ledger_that_the_events_do_not_make_is_refused(unproved, monkeypatch) -> None:
    monkeypatch.setattr(Market, "balances", lambda _, homes: [0] * (homes + 1))
    holds, report = verdict(unproved.bundle)
    assert not holds
    assert "the ledger holds (0, 0, 0, 0, 0) nano-$, where the events make" in report


# Bad input --------------------------------------------------------------------------------------------------


def refusal(bundle: Path) -> str | None:
    """The sentence with which a bundle is refused, None where it is not."""
    try:
        holds, report = verdict(bundle)
    except InputError as error:
        return str(error)
    return None if holds else report.splitlines()[-1]


# The command line -------------------------------------------------------------------------------------------


def test_exit_codes(unproved, tmp_path, capsys) -> None:
    bundle = str(unproved.bundle)
    assert main(["verify", bundle, "--quiet", "--expect", "0" * 64]) == 1
    told = capsys.readouterr()
    assert f"not the expected {'0' * 64}\n" in told.out
    assert told.err == ""
    for arguments, sentence in [
        (["verify", str(unproved.folder / SUMMARY)], "not a bundle, or damaged"),
        (["verify", bundle, "--expect", "0x12"], "--expect 0x12: should be a market digest"),
        (["verify", bundle, "--srs", "my.srs"], "not proved under a ceremony's SRS"),
        (["bundle", str(tmp_path), "-o", str(tmp_path / "x")], "holds no finished run"),
    ]:
        assert main(arguments) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert sentence in captured.err
        assert captured.err.count("\n") == 1


def test_that_nothing_is_proved_is_told_by_the_exit_code(unproved, capsys) -> None:
    """The market digest is the same with and without proofs, so it cannot tell."""
    command = ["verify", "--quiet", str(unproved.bundle), "--expect", unproved.outcome.market_digest]
    assert main(command) == 3
    printed = capsys.readouterr().out
    assert "a stub stood in the verifier's place" in printed
    assert "which a market has with and without proofs" in " ".join(printed.split())
    assert "stands for this market" not in printed
    assert printed.endswith('VERIFIED, but not proved: NONE of the orders is proved (policy "none")\n')
    assert main([*command, "--require-proofs"]) == 1
    assert capsys.readouterr().out.endswith(
        'NOT VERIFIED: NONE of the orders is proved: policy "none", '
        "and --require-proofs asks for a proof of each\n"
    )


PAINT = "\x1b[2J\x1b[3J\x1b[HVERIFIED\x1b[8m\nVERIFIED"


@pytest.mark.parametrize(
    "claims", [{PAINT: 1}, {"genesis": PAINT}, {"srs_sha256": {PAINT: PAINT}}, {"contracts": {PAINT: 1}}]
)
def test_nothing_of_a_bundle_paints_the_screen(unproved, tmp_path, capsys, claims) -> None:
    path = rewritten(unproved.bundle, tmp_path / "x.zkpet", lambda _, manifest: manifest.update(claims))
    assert main(["verify", str(path), "--quiet", "--jobs", "1"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert all(line.isprintable() for line in lines)
    assert not any(line.startswith("VERIFIED") for line in lines)
    assert lines[-1].startswith("NOT VERIFIED: ")


@pytest.mark.parametrize("name", ["market_digest", "data_sha256"])
@pytest.mark.parametrize("digest", [PAINT, "0" * 63, "A" * 64, 1])
def test_digests_are_hex(unproved, tmp_path, name, digest) -> None:
    path = rewritten(unproved.bundle, tmp_path / "x.zkpet", claiming(**{name: digest}))
    with pytest.raises(InputError, match=f"{name} should be 64 digits of hex"):
        verdict(path)


NASTY = (None, True, 0, 1, -1, 2**31, 2**63, 2**70, 1e300, "", "0x", "00", "é\n", [], [1], [[]], {}, {"a": 1})


@pytest.mark.long
@pytest.mark.parametrize("seed", range(6))
def test_no_json_makes_it_stumble(unproved, tmp_path, seed) -> None:
    """Anything may stand anywhere: it is one sentence or a verdict, and never holds."""
    dice = random.Random(seed)
    name = (MANIFEST, MODELS, CHAIN)[seed % 3]

    def change(files: dict[str, bytes], manifest: dict[str, Any]) -> None:
        document = manifest if name == MANIFEST else json.loads(files[name])
        place, key = document, dice.choice(sorted(set(document) - {FILES, "not_checked"}))
        while isinstance(place[key], dict | list) and place[key] and dice.random() < 0.8:
            place = place[key]
            key = dice.choice(sorted(place) if isinstance(place, dict) else range(len(place)))
        place[key] = dice.choice([value for value in NASTY if repr(value) != repr(place[key])])
        if name == MODELS:
            files[name] = _compact(document).encode()
        elif name == CHAIN:
            rows = document["blocks"] if isinstance(document["blocks"], list) else [document]
            files[name] = ('{"blocks":[\n' + ",\n".join(map(_compact, rows)) + "\n]}\n").encode()

    path = rewritten(unproved.bundle, tmp_path / "x.zkpet", change)
    sentence = refusal(path)
    assert sentence
    assert "\n" not in sentence


def _compact(document: object) -> str:
    return json.dumps(document, sort_keys=True, separators=(",", ":"))
