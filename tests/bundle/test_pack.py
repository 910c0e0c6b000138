"""What is packed is what was run, and nothing private; what cannot be checked is not packed."""

import json
import shutil
from pathlib import Path

import pytest

from sim.bundle.archive import read_archive
from sim.bundle.contents import required
from sim.bundle.pack import pack
from sim.cli import main
from sim.errors import InputError
from sim.outputs.chain_record import from_json, to_json
from sim.outputs.run_directory import CHAIN, MANIFEST, MODELS, SCENARIO
from sim.plugins import read_plugins
from tests.bundle.conftest import packed_run
from tests.bundle.forgery import rewritten
from tests.runs import QUIET, TRADE_REDUCTION

# What is packed is what was run, and what cannot be checked is not packed ---------------------------------


@pytest.fixture
def run(unproved, tmp_path) -> Path:
    """A copy of a run directory, to be tampered with."""
    return Path(shutil.copytree(unproved.folder, tmp_path / "run"))


def refusal(run: Path) -> str:
    with pytest.raises(InputError) as refused:
        pack(run, run.parent / "x.zkpet", 1, QUIET)
    assert not (run.parent / "x.zkpet").exists()
    assert "\n" not in str(refused.value)
    return str(refused.value)


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def test_packing_again_gives_the_same_bytes(unproved, run, tmp_path) -> None:
    pack(run, tmp_path / "again.zkpet", 1, QUIET)
    assert (tmp_path / "again.zkpet").read_bytes() == unproved.bundle.read_bytes()
    assert set(read_archive(unproved.bundle)) == set(required(sealed=False))


def test_the_store_that_a_run_directory_names_is_left_alone_and_not_packed(run, unproved, tmp_path) -> None:
    change(run / SCENARIO, 'store = "off"', f'store = "{tmp_path / "cache"}"')
    pack(run, tmp_path / "x.zkpet", 1, QUIET)
    assert not (tmp_path / "cache").exists()
    packed = read_archive(tmp_path / "x.zkpet")[SCENARIO]
    assert packed == read_archive(unproved.bundle)[SCENARIO].replace(b'store = "off"', b'store = "default"')


def test_the_srs_that_a_run_directory_names_is_not_read(run, unproved, tmp_path) -> None:
    """Where nothing is proved none is needed; else it is the user who says where the ceremony's file is."""
    change(run / SCENARIO, 'srs = "shipped"', f'srs = "{tmp_path / "ours.srs"}"')
    pack(run, tmp_path / "x.zkpet", 1, QUIET)
    assert b'srs = "ours.srs"' in read_archive(tmp_path / "x.zkpet")[SCENARIO]
    with pytest.raises(InputError, match=r"--srs ours: .* was not proved under a ceremony's SRS"):
        pack(unproved.folder, tmp_path / "y.zkpet", 1, QUIET, Path("ours"))
    change(run / SCENARIO, 'policy = "none"', 'policy = "all"')
    with pytest.raises(InputError, match=r"under a ceremony's SRS, ours\.srs; name that file with --srs"):
        pack(run, tmp_path / "z.zkpet", 1, QUIET)


def test_a_run_without_a_chain_is_refused(run, tmp_path, capsys) -> None:
    change(run / SCENARIO, 'backend = "py-evm"', 'backend = "none"')
    (run / CHAIN).unlink()
    assert main(["bundle", str(run), "-o", str(tmp_path / "x.zkpet")]) == 2
    assert capsys.readouterr().err == (
        f'zkpet: {run}: was run with chain.backend = "none", so it has no chain to check\n'
    )


def test_another_market_digest_is_refused(run) -> None:
    digest = json.loads((run / MANIFEST).read_text())["market_digest"]
    change(run / MANIFEST, digest, "0" * 64)
    assert f"claims market {'0' * 64}, its chain holds {digest}" in refusal(run)


@pytest.mark.parametrize(
    ("file", "old", "new", "sentence"),
    [
        (CHAIN, '"receipts":"', '"receipts":"0', "no chain record in the one form"),
        (SCENARIO, "feed_in = 0.06", "feed_in = 0.05", "calls enrol home-10 with feed_in"),
        (SCENARIO, "seed = 7", "seed = 8", "homes are not those that a run of the scenario has"),
        (MODELS, '"biases":[[0,', '"biases":[[1,', "stores another verifying key"),
        (SCENARIO, "lookback = 24", "lookback = 25", "another family, shape or precision"),
        (MANIFEST, '"slot_s"', '"slots"', "is not as a run leaves it"),
    ],
)
def test_a_changed_run_is_refused(run, file, old, new, sentence) -> None:
    change(run / file, old, new)
    assert sentence in refusal(run)


def test_the_chain_has_one_form(unproved) -> None:
    text = (unproved.folder / CHAIN).read_text()
    assert (to_json(from_json(text)), from_json('{"blocks":[\n\n]}\n')) == (text, [])
    others = text.replace(",", ", "), text + "\n", text.replace('"hash":"', '"hash":"AB'), "{}", "[]", "1"
    for other in (*others, '{"blocks":[\n]}\n', '{"blocks":[\n{}\n]}\n'):
        with pytest.raises(ValueError, match="no chain record"):
            from_json(other)


# Bundles of runs with plug-ins, checked with and without them ---------------------------------------------


PLUGIN = ["--plugin", str(TRADE_REDUCTION)]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = (
        "market.mechanism=trade-reduction",
        "market.strategy=truthful",
        "proofs.policy=none",
        "chain.backend=revm",
    )
    return packed_run(tmp_path_factory.mktemp("reduction"), *settings, options=PLUGIN).bundle


def verdict(bundle: Path, capsys, *options: str) -> tuple[int, str]:
    capsys.readouterr()
    return main(["verify", str(bundle), "--quiet", *options]), "".join(capsys.readouterr())


def test_with_the_plugin_the_mechanisms_rule_is_checked(bundle: Path, capsys):
    code, said = verdict(bundle, capsys, *PLUGIN)
    assert code == 3  # not proved
    assert "all slots are as trade-reduction clears them" in said
    assert "\nVERIFIED" in said


@pytest.mark.parametrize("another", [False, True])
def test_without_it_the_rest_is_checked_and_what_is_not_is_said(bundle: Path, tmp_path, capsys, another):
    """As where another plug-in has its name."""
    other = tmp_path / "trade_reduction.py"
    other.write_text(TRADE_REDUCTION.read_text() + "\n# by somebody else\n")
    code, said = verdict(bundle, capsys, *(["--plugin", str(other)] if another else []))
    assert code == 1
    assert "VERIFIED" not in said
    assert 'CHECKED IN PART, but not the rule of mechanism "trade-reduction"' in said
    assert f"trade_reduction.py (sha-256 {read_plugins([TRADE_REDUCTION])[0].sha256})" in said


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("rule", "average-price", "the contract"),
        ("rule", "none", "no mechanism is called"),
        ("plugins", {}, "no mechanism is called"),
        ("plugins", {"../trade_reduction.py": "0" * 64}, "should give the sha-256 of each file by its name"),
        ("plugins", {"trade_reduction.py": "0"}, "should give the sha-256 of each file by its name"),
        ("plugins", {str(i): "0" * 64 for i in range(17)}, "should name at most 16 files"),
    ],
)
def test_a_manifest_cannot_claim_the_rule_away(
    bundle: Path, tmp_path: Path, capsys, field: str, value: object, said: str
):
    def change(_, manifest) -> None:
        (manifest["not_checked"] if field == "plugins" else manifest)[field] = value

    code, report = verdict(rewritten(bundle, tmp_path / "forged.zip", change), capsys)
    assert code in (1, 2)
    assert said in report or (field == "rule" and "NOT VERIFIED" in report)


def test_replay_needs_the_plugin(bundle: Path, capsys):
    assert main(["replay", str(bundle), "--quiet"]) == 2
    assert 'no mechanism is called "trade-reduction"' in "".join(capsys.readouterr())
    assert main(["replay", str(bundle), "--quiet", *PLUGIN]) == 0
