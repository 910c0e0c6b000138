"""What is replaced and removed: what a run, a plot or a report wrote, and nothing else, whatever its name."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from sim.errors import InputError
from sim.outputs import run_directory
from sim.outputs.figures.gallery import DRAWINGS, OF_GAPS
from sim.outputs.own_files import LIST, REPORT_SIGN, RUN_FIGURES, is_report, new_figures
from sim.outputs.run_directory import (
    MANIFEST,
    SUMMARY,
    RunContents,
    check_writable,
    manifest_of,
    new_run,
    write_run,
)
from sim.outputs.tables import MADE
from sim.proofs.srs import load_srs
from sim.study.plot import write_csv
from tests.runs import run, scenario

OLD = {
    "scenario": "old",
    "seed": 7,
    "proof_policy": "none",
    "market_digest": "0",
    "models_digest": "0",
    "versions": {"zkpet": "0.1"},
}
NEW = RunContents(
    {"seed": 8}, {"slots": pd.DataFrame({"slot": [1, 2]})}, "new", "{}", OLD | {"scenario": "new"}
)


def old_run(out: Path, files: list[str] | None = None) -> None:
    """A run directory with nothing but what makes it one; of an older version, where it lists no files."""
    out.mkdir(parents=True)
    (out / SUMMARY).write_text("old")
    (out / MANIFEST).write_text(json.dumps(OLD | ({LIST: files} if files else {})))


def write(out: Path, *figures: str) -> list[str]:
    """A run into ``out``; what was said of it."""
    said: list[str] = []
    with new_run(out, said.append) as folder:
        write_run(folder, NEW)
        (folder / "figures").mkdir()
        for name in figures:
            (folder / "figures" / name).write_text("drawn")
    return said


def names_in(out: Path) -> set[str]:
    return {
        path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_symlink() or path.is_file()
    }


WRITTEN = {SUMMARY, MANIFEST, "scenario.toml", "models.json", "slots.parquet"}


def test_a_run_lists_its_files_and_replaces_them(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert write(out, "bills.png", "costs.png") == []
    figures = {"figures/bills.png", "figures/costs.png"}
    assert set(json.loads((out / MANIFEST).read_text())[LIST]) == WRITTEN | figures == names_in(out)
    check_writable(out)
    assert (write(out, "bills.png"), names_in(out)) == ([], WRITTEN | {"figures/bills.png"})
    assert list(tmp_path.iterdir()) == [out]


def test_what_no_run_wrote_stays_and_is_named(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(out, "bills.png")
    for name in (
        "notes.txt",
        "mine.parquet",
        "report.html",
        "slots.csv",
        "figures/thesis.docx",
        "figures/talk/x",
    ):
        (out / name).parent.mkdir(exist_ok=True)
        (out / name).write_text("mine")
    (out / "link.parquet").symlink_to(tmp_path)
    check_writable(out)
    kept = "figures/talk, figures/thesis.docx, link.parquet, mine.parquet, notes.txt and 2 more"
    assert write(out) == [f"kept in {out}: {kept}, which no run wrote"]
    theirs = {"notes.txt", "mine.parquet", "link.parquet", "report.html", "slots.csv"}
    assert names_in(out) == WRITTEN | theirs | {"figures/thesis.docx", "figures/talk/x"}
    assert {(out / name).read_text() for name in theirs - {"link.parquet"}} == {"mine"}


def test_an_older_run_without_a_list_is_replaced_by_the_names_that_runs_give(tmp_path: Path) -> None:
    out = tmp_path / "out"
    old_run(out)
    (out / "figures").mkdir()
    for name in ("agents.parquet", "chain.json", "figures/bills.png", "figures/mine.png", "mine.parquet"):
        (out / name).write_text("old")
    check_writable(out)
    assert write(out) == [f"kept in {out}: figures/mine.png, mine.parquet, which no run wrote"]
    assert names_in(out) == WRITTEN | {"figures/mine.png", "mine.parquet"}


@pytest.mark.parametrize(
    "manifest", ["{}", "[]", "no JSON", json.dumps(OLD | {"versions": {"other": "1"}}), None]
)
def test_what_looks_like_a_run_and_says_nothing_of_one_is_refused(
    tmp_path: Path, manifest: str | None
) -> None:
    """Another tool's output; nor is a file, or a link to nowhere."""
    out = tmp_path / "out"
    out.mkdir()
    for name in (SUMMARY, "results.parquet"):
        (out / name).write_text("theirs")
    if manifest is not None:
        (out / MANIFEST).write_text(manifest)
    with pytest.raises(InputError, match="out: exists and is not a run directory; name another with --out"):
        check_writable(out)
    with pytest.raises(InputError, match="exists and is not a run directory"):
        check_writable(out / SUMMARY)


def test_what_came_to_lie_there_while_the_run_went_on_stays(tmp_path: Path) -> None:
    out, spare = tmp_path / "out", tmp_path / "out-2"
    check_writable(out)

    def disturbed() -> None:
        with new_run(out) as folder:
            write_run(folder, NEW)
            out.mkdir()
            for name in (SUMMARY, "slots.parquet"):
                (out / name).write_text("theirs")

    with pytest.raises(InputError, match=rf"was no run directory any more .*; the run is in {spare}"):
        disturbed()
    assert ({path.read_text() for path in out.iterdir()}, names_in(spare)) == ({"theirs"}, WRITTEN)
    assert set(tmp_path.iterdir()) == {out, spare}


def test_a_run_is_known_by_what_its_manifest_says() -> None:
    """Every run that is written can be replaced."""
    manifest = manifest_of(run(scenario("tiny", "chain.backend=none", "proofs.policy=none")), load_srs())
    assert manifest.keys() >= run_directory._CLAIMS
    assert "zkpet" in manifest["versions"]
    assert set(DRAWINGS | OF_GAPS) == set(RUN_FIGURES)


@pytest.mark.parametrize("is_cell", [False, True])
def test_a_link_to_a_run_is_neither_replaced_nor_followed(tmp_path: Path, is_cell: bool) -> None:
    """As a study from a stranger may have one for a cell; what a user names is resolved before."""
    private, out = tmp_path / "private", tmp_path / "out"
    old_run(private)
    private.chmod(0o700)
    out.symlink_to(private)
    with pytest.raises(InputError, match="out: exists and is not a run directory"):
        check_writable(out)
    with (
        pytest.raises(InputError, match="was no run directory any more"),
        new_run(out, is_cell=is_cell) as new,
    ):
        write_run(new, NEW)
    assert (out.readlink(), names_in(private)) == (private, {SUMMARY, MANIFEST})
    assert private.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(("umask", "sealed"), [(0o022, False), (0o077, False), (0o022, True)])
def test_what_is_made_from_readings_is_for_the_owner_alone(tmp_path: Path, umask: int, sealed: bool) -> None:
    """The directory may be browsed, and what a bundle may hold read, whatever the umask."""
    made = [name for name in MADE if sealed or name not in ("totals", "bills")]
    before = os.umask(umask)
    try:
        with new_run(tmp_path / "out") as folder:
            write_run(folder, replace(NEW, tables=dict.fromkeys(made, NEW.tables["slots"])))
            (folder / "figures").mkdir()
            for name in RUN_FIGURES:
                (folder / "figures" / f"{name}.png").touch()
        write_csv(tmp_path / "out" / "agents.parquet")
        write_csv(tmp_path / "out" / "proofs.parquet")
    finally:
        os.umask(before)
    readable = {
        name for name in names_in(tmp_path / "out") if (tmp_path / "out" / name).stat().st_mode & 0o077
    }
    public = ["proofs", "blocks", "transactions", "gas", "circuits", "trainings", "rounds"]
    public += ["totals", "bills"] if sealed else ["slots", "orders", "trades"]
    assert readable == {
        *(MANIFEST, "scenario.toml", "models.json", "proofs.csv"),
        *(f"{name}.parquet" for name in public),
        *(f"figures/{name}.png" for name in ("prices_and_volumes", "supply_and_demand", "costs")),
    }
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o777 & ~umask


# Figures, tables and reports --------------------------------------------------------------------------------


def draw(directory: Path, *names: str, of_study: bool = False) -> None:
    with new_figures(directory, directory / MANIFEST, of_study) as folder:
        for name in names:
            (folder / "figures" / name).write_text("drawn")


def test_a_figure_takes_no_other_files_place(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(out)
    (out / "figures" / "bills.png").write_text("mine")
    with pytest.raises(InputError, match=r"bills\.png: is there, and was not drawn by zkpet; move it away"):
        draw(out, "bills.png", "costs.png")
    assert (out / "figures" / "bills.png").read_text() == "mine"


@pytest.mark.parametrize(
    "listed",
    [
        *("figures/thesis.docx", "figures/holiday.png", "figures/heat_map.png", "figures/..", "figures/\0"),
        *("../thesis.docx", "notes.txt", "thesis.json", "draft.png", "todo.toml", "measured.parquet", 7),
    ],
)
def test_a_list_names_nothing_that_no_run_writes(tmp_path: Path, listed: object) -> None:
    """As a run directory from a stranger may."""
    old_run(tmp_path / "out")
    (tmp_path / "out" / MANIFEST).write_text(json.dumps(OLD | {LIST: [listed, SUMMARY, MANIFEST]}))
    (tmp_path / "out" / "figures").mkdir()
    theirs = {"thesis.docx", "holiday.png", "heat_map.png"}
    beside = ("notes.txt", "thesis.json", "draft.png", "todo.toml", "measured.parquet")
    mine = [
        tmp_path / name
        for name in (
            "thesis.docx",
            *(f"out/{name}" for name in beside),
            *(f"out/figures/{name}" for name in theirs),
        )
    ]
    for path in mine:
        path.write_text("mine")
    draw(tmp_path / "out", "costs.png")
    draw(tmp_path / "out", "bills.png")
    assert {path.name for path in (tmp_path / "out" / "figures").iterdir()} == {"bills.png", *theirs}
    write(tmp_path / "out")
    assert {path.read_text() for path in mine} == {"mine"}


@pytest.mark.parametrize("name", ["figures", "figures/bills.png"])
def test_figures_are_drawn_through_no_link(tmp_path: Path, name: str) -> None:
    """As a run directory from a stranger may hold them."""
    old_run(tmp_path / "out")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "bills.png").write_text("mine")
    (tmp_path / "out" / name).parent.mkdir(exist_ok=True)
    (tmp_path / "out" / name).symlink_to(tmp_path / "home" / Path(name.partition("/")[2]))
    with pytest.raises(InputError, match=r"is there, and was not drawn|should be a folder, and no link"):
        draw(tmp_path / "out", "bills.png")
    assert (tmp_path / "home" / "bills.png").read_text() == "mine"


def test_a_csv_file_of_ones_own_is_not_replaced(tmp_path: Path) -> None:
    NEW.tables["slots"].to_parquet(tmp_path / "slots.parquet")
    (tmp_path / "slots.csv").write_text("slot\n9\n")
    write_csv(tmp_path / "slots.parquet")
    assert (tmp_path / "slots.csv").read_text() == "slot\n1\n2\n"
    for mine in ("slot,remark\n1,mine\n", "mine", ""):
        (tmp_path / "slots.csv").write_text(mine)
        with pytest.raises(InputError, match=r"is not slots\.parquet as CSV; move it away"):
            write_csv(tmp_path / "slots.parquet")
        assert (tmp_path / "slots.csv").read_text() == mine


def test_a_report_is_known_by_its_head(tmp_path: Path) -> None:
    (tmp_path / "mine").write_bytes(b"<html>")
    (tmp_path / "report").write_bytes(b"<html>" + REPORT_SIGN)
    (tmp_path / "link").symlink_to("report")
    assert [is_report(tmp_path / name) for name in ("report", "mine", "link", "none")] == [True, *[False] * 3]
