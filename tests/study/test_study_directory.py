"""The study directory: whose it may be, and that nothing in it is ever half there."""

from pathlib import Path

import pandas as pd
import pytest

from sim.cli import main
from sim.errors import InputError
from sim.outputs.run_directory import RunContents, check_writable
from sim.study.study_directory import (
    CELLS,
    STUDY,
    cell_folder,
    check_study_writable,
    is_done,
    new_figures,
    sole_writer,
    write_cell,
    write_csv,
    write_study,
    write_table,
)
from tests.study.studies import study

TABLE = pd.DataFrame({"cell": ["a"], "forecast.clusters": [1], "mean_price": [0.5]})


def test_a_new_directory_and_an_older_study_may_be_written(tmp_path: Path) -> None:
    check_study_writable(tmp_path / "new" / "study")
    assert not (tmp_path / "new").exists()
    with sole_writer(tmp_path / "old"):
        check_study_writable(tmp_path / "old")  # as a sweep leaves it that is killed at once
        write_study(tmp_path / "old", {})
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


def test_a_study_with_a_stranger_in_it(tmp_path: Path) -> None:
    write_study(tmp_path, {})
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match=r"holds notes\.txt, which no sweep wrote"):
        check_study_writable(tmp_path)


def test_one_sweep_writes_at_a_time(tmp_path: Path) -> None:
    with (
        sole_writer(tmp_path),
        pytest.raises(InputError, match="another sweep is writing there"),
        sole_writer(tmp_path),
    ):
        pass
    with sole_writer(tmp_path):
        pass


def test_what_a_killed_sweep_was_writing_is_dropped(tmp_path: Path) -> None:
    unfinished = tmp_path / CELLS / ".0123456789abcdef-xyz"
    (unfinished / "0123456789abcdef").mkdir(parents=True)
    (tmp_path / CELLS / "0123456789abcdef").mkdir()
    (tmp_path / ".cells.parquet.new").write_text("")
    (tmp_path / ".figures.new").mkdir()
    with sole_writer(tmp_path):
        assert [path.name for path in (tmp_path / CELLS).iterdir()] == ["0123456789abcdef"]
        assert [path.name for path in tmp_path.iterdir()] == [CELLS]


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


def test_csv_holds_what_the_table_holds_and_follows_it(tmp_path: Path) -> None:
    write_table(tmp_path, "cells", TABLE)
    assert not (tmp_path / "cells.csv").exists()
    write_csv(tmp_path / "cells.parquet")
    assert (tmp_path / "cells.csv").read_text() == "cell,forecast.clusters,mean_price\na,1,0.5\n"
    write_table(tmp_path, "cells", TABLE.assign(cell="b"))
    assert (tmp_path / "cells.csv").read_text().endswith("b,1,0.5\n")


def test_plot_writes_csv_on_demand_and_a_run_with_csv_is_still_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.study.plot.plot", lambda _: None)
    for name in ("summary.json", "manifest.json"):
        (tmp_path / name).write_text("{}")
    TABLE.to_parquet(tmp_path / "slots.parquet")
    assert main(["plot", str(tmp_path)]) == 0
    assert not (tmp_path / "slots.csv").exists()
    assert main(["plot", str(tmp_path), "--csv"]) == 0
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "slots.csv"), TABLE)
    check_writable(tmp_path)
    (tmp_path / "mine.csv").write_text("")
    with pytest.raises(InputError, match=r"holds mine\.csv, which no run wrote"):
        check_writable(tmp_path)


def test_figures_replace_the_older_ones(tmp_path: Path) -> None:
    for name in ("one.png", "two.png"):
        with new_figures(tmp_path) as folder:
            (folder / name).write_text("")
    assert [path.name for path in (tmp_path / "figures").iterdir()] == ["two.png"]
    assert not (tmp_path / STUDY).exists()
