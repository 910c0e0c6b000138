"""The study directory: whose it may be, and that nothing in it is ever half there."""

import json
from datetime import date
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from sim.cli import main
from sim.errors import InputError
from sim.outputs.own_files import FIGURES
from sim.outputs.run_directory import MANIFEST, RunContents, check_writable, is_run
from sim.runtime.scratch import MARK
from sim.schema.scenario import Scenario
from sim.study.cells import Cell
from sim.study.study_directory import (
    CELLS,
    LOG,
    cell_folder,
    check_study_writable,
    is_done,
    sole_writer,
    write_cell,
    write_log,
    write_study,
    write_table,
)
from sim.study.study_tables import cell_rows
from tests.outputs.test_own_files import OLD
from tests.study.studies import study

CELL = Cell(Scenario(name="x", time={"start": date(2017, 6, 12)}), (), "ab" * 32)
FACTS = {"name": "s", "axes": [], "seeds": 1, "seed": 7, "cells": 1, "cells_digest": None}
TABLE = pd.DataFrame({"cell": ["a"], "forecast.clusters": [1], "mean_price": [0.5]})


def test_a_new_directory_and_an_older_study_may_be_written(tmp_path: Path) -> None:
    check_study_writable(tmp_path / "new" / "study")
    assert not (tmp_path / "new").exists()
    with sole_writer(tmp_path / "old"):
        check_study_writable(tmp_path / "old")  # as a sweep leaves it that is killed at once
        write_study(tmp_path / "old", FACTS)
        write_table(tmp_path / "old", "cells", TABLE)
    check_study_writable(tmp_path / "old")


def test_what_others_put_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="file: exists and is not a study directory"):
        check_study_writable(tmp_path / "file")
    with pytest.raises(InputError, match="cannot write there"):
        check_study_writable(tmp_path / "file" / "study")
    for name in ("summary.json", "cells.parquet", "figures"):
        (tmp_path / name / name).parent.mkdir()
        (tmp_path / name / name).write_text("{}")
        with pytest.raises(InputError, match=f"holds {name}, which no sweep wrote"):
            check_study_writable(tmp_path / name)


def test_one_sweep_writes_at_a_time(tmp_path: Path) -> None:
    with (
        sole_writer(tmp_path),
        pytest.raises(InputError, match="another sweep is writing there"),
        sole_writer(tmp_path),
    ):
        pass
    with sole_writer(tmp_path):
        pass


def test_what_a_killed_sweep_was_writing_is_dropped_and_nothing_else(tmp_path: Path) -> None:
    name = "0123456789abcdef"
    for place, marked in (
        (f"{CELLS}/.{name}-unfinished-abcdefgh", True),
        (f"{CELLS}/.{name}-unfinished-previous", False),
        (f"{CELLS}/.{name}-notes", False),
        (f"{CELLS}/{name}", False),
        (".cells.parquet-unfinished-abcdefgh", True),
        (".figures.new", False),
    ):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / (MARK if marked else "mine")).touch()
    with pytest.raises(InputError, match=r"holds \.figures\.new, which no sweep wrote"):
        check_study_writable(tmp_path)
    with sole_writer(tmp_path):
        left = {f".{name}-notes", f".{name}-unfinished-previous", name}
        assert {path.name for path in (tmp_path / CELLS).iterdir()} == left
        assert {path.name for path in tmp_path.iterdir()} == {CELLS, ".figures.new"}


def test_a_cell_is_there_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cell = study(tmp_path).cells[0]
    contents = RunContents({}, {"days": TABLE, "circuits": TABLE}, "", "", {})
    with monkeypatch.context() as patch:
        patch.setattr("sim.outputs.run_directory._write_json", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            write_cell(tmp_path, cell, contents)
    assert not is_done(tmp_path, cell)
    assert list((tmp_path / CELLS).iterdir()) == []
    write_cell(tmp_path, cell, contents)
    assert is_done(tmp_path, cell)


@pytest.mark.parametrize("name", ["summary.json", "days.parquet", "circuits.parquet"])
@pytest.mark.parametrize("damage", ["shortened", "emptied", "removed"])
def test_a_damaged_cell_is_not_done_and_is_replaced(tmp_path: Path, name: str, damage: str) -> None:
    cell = study(tmp_path).cells[0]
    contents = RunContents({"seed": 7}, {"days": TABLE, "circuits": TABLE}, "", "", {})
    write_cell(tmp_path, cell, contents)
    path = cell_folder(tmp_path, cell) / name
    path.write_bytes(path.read_bytes()[: {"shortened": -3}.get(damage, 0)])
    if damage == "removed":
        path.unlink()
    assert not is_done(tmp_path, cell)
    write_cell(tmp_path, cell, contents)
    assert is_done(tmp_path, cell)


def test_plot_writes_csv_on_demand_and_a_run_with_csv_is_still_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.study.plot.plot", lambda _: [])
    for name in ("summary.json", MANIFEST):
        (tmp_path / name).write_text(json.dumps(OLD))
    TABLE.to_parquet(tmp_path / "slots.parquet")
    assert main(["plot", str(tmp_path)]) == 0
    assert not (tmp_path / "slots.csv").exists()
    assert main(["plot", str(tmp_path), "--csv"]) == 0
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "slots.csv"), TABLE)
    check_writable(tmp_path)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (CELLS, "should be a folder, and no link"),
        (FIGURES, "should be a folder, and no link"),
        (LOG, "should be a regular file, and no link"),
        (f"{CELLS}/{CELL.name}", "is a link, and should be a cell's folder"),
        (f"{CELLS}/.{CELL.name}-unfinished-abcdefgh", "is a link, and should be a cell's folder"),
    ],
)
def test_a_sweep_writes_through_no_link(tmp_path: Path, name: str, words: str) -> None:
    """As a study directory from a stranger may hold them."""
    out, home = tmp_path / "out", tmp_path / "home"
    write = partial(write_cell, out, CELL, RunContents({}, {}, "", "", {}))
    with sole_writer(out):
        write_study(out, FACTS)
        write_log(out, "one")
    check_study_writable(out)
    home.mkdir()
    if name in (CELLS, LOG):
        (out / name).rename(home / name)
    (out / name).symlink_to(home / name)
    before = sorted(home.rglob("*"))
    for refused in (check_study_writable, lambda out: sole_writer(out).__enter__(), lambda _: write()):
        with pytest.raises(InputError, match=rf"/{name}: {words}; move it away"):
            refused(out)
    assert sorted(home.rglob("*")) == before
    (out / name).unlink()
    check_study_writable(out)
    write()
    assert is_run(cell_folder(out, CELL))


@pytest.mark.parametrize(
    ("summary", "is_one"),
    [
        ({"seed": 7, "mean_price": 0.1, "state_root": None, "chain_backend": "none", "x": True}, True),
        ({"cell": "a"}, False),
        ({"cell": {"a": 1}}, False),
        ({"saving": {"a": 1}}, False),
        ({"saving": [1]}, False),
        ({"market.strategy": "zic"}, False),
        ({"": 1}, False),
    ],
)
def test_a_cell_whose_summary_is_none_is_not_done(
    tmp_path: Path, summary: dict[str, object], is_one: bool
) -> None:
    one = study(tmp_path)
    cell = one.cells[0]
    write_cell(tmp_path, cell, RunContents(summary, {"days": TABLE, "circuits": TABLE}, "", "", {}))
    assert is_done(tmp_path, cell) == is_one
    if is_one:
        assert cell_rows(tmp_path, one, [cell])[0]["mean_price"] == 0.1
    else:
        with pytest.raises(InputError, match=r'summary\.json: ".*" should be a figure of a run'):
            cell_rows(tmp_path, one, [cell])
