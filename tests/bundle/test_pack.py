"""What is packed is what was run, and what cannot be checked is not packed."""

import json
import shutil
from pathlib import Path

import pytest

from sim.bundle.archive import read_archive
from sim.bundle.contents import REQUIRED
from sim.bundle.pack import pack
from sim.cli import main
from sim.errors import InputError
from sim.outputs.chain_record import from_json, to_json
from sim.outputs.run_directory import CHAIN, MANIFEST, MODELS, SCENARIO
from tests.runs import QUIET


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
    assert set(read_archive(unproved.bundle)) == set(REQUIRED)


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


def test_nothing_of_platform_or_clock_is_packed(unproved) -> None:
    files = read_archive(unproved.bundle)
    own = json.loads((unproved.folder / MANIFEST).read_text())
    for content in files.values():
        assert own["platform"].encode() not in content
        assert b"prove_cpu_s" not in content
        assert b"wall_s" not in content


def test_a_run_without_a_chain_is_refused(run, tmp_path, capsys) -> None:
    change(run / SCENARIO, 'backend = "py-evm"', 'backend = "none"')
    (run / CHAIN).unlink()
    assert main(["bundle", str(run), "-o", str(tmp_path / "x.zkpet")]) == 2
    assert capsys.readouterr().err == (
        f'zkpet: {run}: was run with chain.backend = "none", so it has no chain to check\n'
    )


def test_a_cell_of_a_study_is_refused(run) -> None:
    (run / CHAIN).unlink()
    assert "holds no chain.json; a cell of a study does not" in refusal(run)


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
    assert to_json(from_json(text)) == text
    others = text.replace(",", ", "), text + "\n", text.replace('"hash":"', '"hash":"AB'), "{}", "[]", "1"
    for other in others:
        with pytest.raises(ValueError, match="no chain record"):
            from_json(other)
