"""The command: exit codes, one sentence for bad input, and runs that do not depend on where they are made."""

import hashlib
import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sim.cli import main
from tests.runs import ROOT

TINY = ROOT / "scenarios" / "tiny.toml"
START = datetime(2020, 1, 1)


def homes_csv(folder: Path, hours: int = 24 * 30, **cells: str) -> Path:
    """Three homes; ``cells`` replace whole lines, as line_5="..."."""
    lines = ["time,a_load_wh,b_load_wh,b_pv_wh,c_load_wh"]
    for hour in range(hours):
        moment = START + timedelta(hours=hour)
        sun = max(0, 2_000 - 300 * abs(hour % 24 - 12))
        lines.append(f"{moment:%Y-%m-%dT%H:%M},{400 + hour % 7},{300 + hour % 5},{sun},{500 + hour % 11}")
    for name, text in cells.items():
        lines[int(name.removeprefix("line_")) - 1] = text
    path = folder / "homes.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def csv_scenario(folder: Path, *more: str) -> list[str]:
    (folder / "mine.toml").write_text(
        'name = "mine"\n[time]\nstart = 2020-01-25\n[population]\nsource = "homes.csv"\n'
        '[forecast]\nclusters = 2\nrounds = 2\n[proofs]\npolicy = "none"\n'
    )
    return ["run", str(folder / "mine.toml"), "--out", str(folder / "out"), *more]


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert main(arguments) == 2
    lines = capsys.readouterr().err.splitlines()
    said = [line for line in lines if line.startswith("zkpet: ")]
    assert len(said) == 1
    assert not any("Traceback" in line for line in lines)
    return said[0]


def test_a_csv_of_ones_own_runs_through_a_link_that_stays_one(tmp_path: Path) -> None:
    digest = hashlib.sha256(homes_csv(tmp_path).read_bytes()).hexdigest()
    (tmp_path / "real").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "real")
    assert main([*csv_scenario(tmp_path), "--quiet"]) == 0
    assert (tmp_path / "out").is_symlink()
    summary, manifest = (
        json.loads((tmp_path / "real" / f"{name}.json").read_text()) for name in ("summary", "manifest")
    )
    assert summary["agents"] == 3
    assert summary["traded_wh"] > 0
    assert manifest["data_sha256"] == digest


@pytest.mark.slow
@pytest.mark.long
def test_told_to_end_it_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    environment = {**os.environ, "TMPDIR": str(tmp_path / "tmp")}
    command = [sys.executable, "-m", "sim.cli", "run", str(TINY), "--out", str(tmp_path / "out")]
    command += ["--set", "forecast.rounds=1", "--set", "forecast.clusters=1"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        for line in process.stderr:
            if line.startswith("circuits"):
                process.terminate()
                break
        said = process.stderr.read()
    assert process.returncode == 130
    assert "zkpet: interrupted; nothing was written" in said
    assert not (tmp_path / "out").exists()
    assert list((tmp_path / "tmp").glob("zkpet-*")) == []


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("forecast.bogus=1", 'unknown key "bogus" in [forecast]'),
        ("population.pv_share=2", "population.pv_share = 2.0"),
        ("population.agents=99", "population.agents = 99"),
        ("forecast.lookback=336", "forecast.lookback = 336"),
        ("time.start=2020-03-01", "time.start"),
        ("time.days=20", "time.days"),
        ("population.agents=9", "population.agents = 9"),
        ("population.connection_limit_kw=0.5", "connection_limit"),
        ("market.homes.nobody.retail=0.3", "market.homes.nobody: no such home"),
        ("proofs.srs=missing.srs", "missing.srs"),
        (
            'market.retail={"00:00" = 0.2, "16:30" = 0.34}',
            "16:30, which is not the start of a slot of 3600 s",
        ),
        ("population.connection_limit_kw=1000", "market.retail: at their connection limits"),
    ],
)
def test_bad_scenarios(setting: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    homes_csv(tmp_path, hours=24 * 30)
    start = ["--set", "time.start=2020-01-10"] if "lookback" in setting else []
    start += (
        ["--set", "market.retail=1000", "--set", "time.start=2020-01-15", "--set", "time.days=15"]
        if "1000" in setting
        else []
    )
    assert words in refused([*csv_scenario(tmp_path), *start, "--set", setting], capsys)
    assert not (tmp_path / "out").exists()


def test_directories_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert "cannot write there" in refused(
        ["run", str(TINY), "--out", str(tmp_path / "file" / "run")], capsys
    )
    assert "cannot write there" in refused(["run", str(TINY), "--out", "/proc/zkpet"], capsys)


def test_words_the_command_does_not_know(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["fly"], ["run"], ["run", str(TINY), "--jobs", "0"], ["run", str(TINY), "--seed", "x"]):
        with pytest.raises(SystemExit) as end:
            main(arguments)
        assert end.value.code == 2
        assert "Traceback" not in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.long
def test_runs_agree_across_jobs_policies_places_zones_and_hash_seeds(tmp_path: Path) -> None:
    digests = {}
    for name, more, zone, hash_seed in (
        ("one job", ["--jobs", "1"], "UTC", "0"),
        ("two jobs", ["--jobs", "2"], "Pacific/Kiritimati", "1"),
        ("no proofs", ["--set", "proofs.policy=none"], "America/St_Johns", "2"),
    ):
        folder = tmp_path / name
        folder.mkdir()
        environment = {**os.environ, "TZ": zone, "PYTHONHASHSEED": hash_seed}
        command = [sys.executable, "-m", "sim.cli", "run", str(TINY), "--out", "out", *more]
        run = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, run.stderr
        assert "Traceback" not in run.stderr
        digests[name] = json.loads((folder / "out" / "summary.json").read_text())["market_digest"]
    assert len(set(digests.values())) == 1, digests
