"""What is no run and no study, or a damaged one, ends in one sentence and leaves no file."""

import shutil
from pathlib import Path

import pytest

from sim.errors import InputError
from sim.outputs.run_directory import contents_of, write_run
from sim.proofs.srs import load_srs
from sim.report.report import report_to_file
from tests.runs import run, scenario


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    outcome = run(scenario("tiny", "proofs.policy=none", "chain.backend=none"))
    write_run(folder, contents_of(outcome, load_srs()))
    return folder


@pytest.fixture
def damaged(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "run"))


def assert_refused(folder: Path, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        report_to_file(folder)
    assert not (folder / "report.html").exists()


def test_a_directory_has_to_be_a_run_or_a_study(tmp_path: Path) -> None:
    assert_refused(tmp_path, "should be a run directory, or a study directory")
    assert_refused(tmp_path / "none", "should be a run directory, or a study directory")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="should be a run directory, or a study directory"):
        report_to_file(tmp_path / "file")


@pytest.mark.parametrize("content", ["{}", '{"proof_policy": "all", "mean_price": "much"}'])
def test_a_summary_of_something_else_is_refused(damaged: Path, content: str) -> None:
    (damaged / "summary.json").write_text(content)
    assert_refused(damaged, "is not as a run or a sweep leaves it")


def test_a_damaged_scenario_is_named(damaged: Path) -> None:
    (damaged / "scenario.toml").write_text("name = ")
    assert_refused(damaged, r"scenario\.toml: not a TOML file")
    (damaged / "scenario.toml").unlink()
    assert_refused(damaged, r"scenario\.toml: cannot read the scenario")


@pytest.mark.parametrize("content", ["{}", '{"name": "x", "axes": ["no.such"]}'])
def test_a_study_of_something_else_is_refused(tmp_path: Path, whole: Path, content: str) -> None:
    (tmp_path / "study.json").write_text(content)
    assert_refused(tmp_path, r"cells\.parquet: is missing")
    for name in ("cells", "points", "differences", "circuits"):
        shutil.copy(whole / "agents.parquet", tmp_path / f"{name}.parquet")
    assert_refused(tmp_path, "is not as a run or a sweep leaves it")


def test_where_it_cannot_be_written_is_said(whole: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"r\.html: is in no directory that there is"):
        report_to_file(whole, tmp_path / "none" / "r.html")
    with pytest.raises(InputError, match="is a directory; name the file"):
        report_to_file(whole, tmp_path)
    assert list(tmp_path.iterdir()) == []
