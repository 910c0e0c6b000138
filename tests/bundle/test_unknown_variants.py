"""Bundles of runs with plug-ins, checked with and without them."""

import json
from pathlib import Path

import pytest

from sim.bundle.archive import read_archive, write_archive
from sim.cli import main
from sim.plugins import read_plugins
from tests.runs import MCAFEE, ROOT

FAST = ["--set", "proofs.policy=none", "--set", "chain.backend=revm", "--quiet"]
PLUGIN = ["--plugin", str(MCAFEE)]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mcafee")
    tiny, out, path = ROOT / "scenarios" / "tiny.toml", folder / "run", folder / "run.zip"
    settings = ["--set", "market.mechanism=mcafee", "--set", "market.strategy=truthful"]
    assert main(["run", str(tiny), *settings, *FAST, "--out", str(out), *PLUGIN]) == 0
    assert main(["bundle", str(out), "-o", str(path), "--quiet", *PLUGIN]) == 0
    return path


def verdict(bundle: Path, capsys, *options: str) -> tuple[int, str]:
    capsys.readouterr()
    code = main(["verify", str(bundle), "--quiet", *options])
    return code, "".join(capsys.readouterr())


def test_with_the_plugin_the_mechanisms_rule_is_checked(bundle: Path, capsys):
    code, said = verdict(bundle, capsys, *PLUGIN)
    assert code == 3  # not proved
    assert "all slots are as mcafee clears them" in said
    assert "\nVERIFIED" in said


def test_without_it_the_rest_is_checked_and_what_is_not_is_said(bundle: Path, capsys):
    code, said = verdict(bundle, capsys)
    assert code == 1
    assert "VERIFIED" not in said
    assert 'CHECKED IN PART, but not the rule of mechanism "mcafee"' in said
    assert f"mcafee.py (sha-256 {read_plugins([MCAFEE])[0].sha256})" in said


def test_another_plugin_of_that_name_is_not_the_runs(bundle: Path, tmp_path: Path, capsys):
    other = tmp_path / "mcafee.py"
    other.write_text(MCAFEE.read_text() + "\n# by somebody else\n")
    code, said = verdict(bundle, capsys, "--plugin", str(other))
    assert code == 1
    assert "CHECKED IN PART" in said


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("rule", "uniform-price", "the contract"),
        ("rule", "none", "no mechanism is called"),
        ("plugins", {}, "no mechanism is called"),
        ("plugins", {"../mcafee.py": "0" * 64}, "should give the sha-256 of each file by its name"),
        ("plugins", {"mcafee.py": "0"}, "should give the sha-256 of each file by its name"),
        ("plugins", {str(i): "0" * 64 for i in range(17)}, "should name at most 16 files"),
    ],
)
def test_a_manifest_cannot_claim_the_rule_away(
    bundle: Path, tmp_path: Path, capsys, field: str, value: object, said: str
):
    files = dict(read_archive(bundle))
    manifest = json.loads(files["manifest.json"])
    (manifest["not_checked"] if field == "plugins" else manifest)[field] = value
    files["manifest.json"] = (json.dumps(manifest, indent=1, sort_keys=True) + "\n").encode()
    forged = tmp_path / "forged.zip"
    write_archive(forged, files)
    code, report = verdict(forged, capsys)
    assert code in (1, 2)
    assert said in report or (field == "rule" and "NOT VERIFIED" in report)


def test_replay_needs_the_plugin(bundle: Path, capsys):
    assert main(["replay", str(bundle), "--quiet"]) == 2
    assert 'no mechanism is called "mcafee"' in "".join(capsys.readouterr())
    assert main(["replay", str(bundle), "--quiet", *PLUGIN]) == 0
