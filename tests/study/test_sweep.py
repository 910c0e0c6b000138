"""What a sweep runs, skips, writes and says; on an engine without processes."""

import gc
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from sim.cli import main
from sim.errors import InputError, SimulationError
from sim.outputs.run_directory import is_run
from sim.schema.scenario import Scenario
from sim.simulation.run import run_contents
from sim.simulation.world import World
from sim.study import study_tables, worker
from sim.study import sweep as sweep_module
from sim.study.study_tables import cells_table, digest_of
from sim.study.sweep import sweep
from sim.study.waves import cells_at_once, provers_per_cell, waves
from sim.study.worker import CellJob, run_cell
from sim.tables.studies import STUDY_TABLES
from tests.runs import QUIET
from tests.study.studies import FOUR_CELLS, assert_same_study, here, study, study_file

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def engine_without_processes() -> Iterator[None]:
    """And no figures, which take seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweep_module, "open_engine", here)
        patch.setattr(study_tables, "write_study_figures", lambda *_: [])
        yield


@pytest.fixture(scope="module")
def swept(engine_without_processes: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The four cells, swept once; to be copied by who changes it."""
    del engine_without_processes
    out = tmp_path_factory.mktemp("swept") / "out"
    assert sweep(study(out.parent), out, "local", 2, QUIET) == []
    return out


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[Scenario]:
    """The scenarios that are really run."""
    scenarios = []

    def noted(scenario: Scenario, *others: object) -> object:
        scenarios.append(scenario)
        return run_contents(scenario, *others)

    monkeypatch.setattr("sim.simulation.run.run_contents", noted)
    return scenarios


def folders(out: Path) -> list[str]:
    return sorted(path.name for path in (out / "cells").iterdir())


def test_every_cell_is_a_run_and_a_row(tmp_path: Path, swept: Path) -> None:
    four, out = study(tmp_path), swept
    assert folders(out) == sorted(cell.name for cell in four.cells)
    assert all(is_run(out / "cells" / name) for name in folders(out))
    assert not list(out.glob("cells/*/figures"))
    cells = pd.read_parquet(out / "cells.parquet")
    assert list(cells.columns[:4]) == ["cell", "market.strategy", "seed", "community"]
    assert cells[["cell", "market.strategy", "seed"]].to_numpy().tolist() == [
        [cell.name, *cell.values, cell.seed] for cell in four.cells
    ]
    one = json.loads((out / "cells" / four.cells[0].name / "summary.json").read_text())
    assert cells.loc[0, ["market_digest", "savings_share"]].tolist() == [
        one["market_digest"],
        one["savings_share"],
    ]
    days = pd.read_parquet(out / "days.parquet")
    assert list(days.columns) == [column.name for column in STUDY_TABLES["days"].columns]
    assert days[["cell", "orders"]].to_numpy().tolist() == cells[["cell", "orders"]].to_numpy().tolist()
    assert len(pd.read_parquet(out / "points.parquet")) == 2
    assert len((out / "study.log").read_text().splitlines()) == 4
    assert len(json.loads((out / "study.json").read_text())["cells_digest"]) == 64
    assert (out / "figures").is_dir()


def test_done_cells_are_skipped_and_tables_stay(tmp_path: Path, swept: Path, ran: list[Scenario]) -> None:
    out = Path(shutil.copytree(swept, tmp_path / "out"))
    tables = {path.name: path.read_bytes() for path in out.glob("*.parquet")}
    sweep(study(tmp_path), out, "local", 2, QUIET)
    assert {path.name: path.read_bytes() for path in out.glob("*.parquet")} == tables
    sweep(study(tmp_path, FOUR_CELLS.replace('"zic", ', "")), out, "local", 2, QUIET)
    assert not ran
    assert len(folders(out)) == 4
    assert pd.read_parquet(out / "cells.parquet")["market.strategy"].tolist() == ["truthful"] * 2


def test_a_cell_that_fails_leaves_the_others(
    tmp_path: Path, swept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    four, out = study(tmp_path), tmp_path / "out"
    contents = worker._contents

    def failing(order: CellJob) -> object:
        if order.cell is four.cells[2]:
            raise SimulationError("the auctioneer slept")
        return contents(order)

    with monkeypatch.context() as patch:
        patch.setattr(worker, "_contents", failing)
        name = four.cells[2].name
        words = rf"cell {name} \(market\.strategy = truthful, seed 7\): the auctioneer slept"
        with pytest.raises(SimulationError, match=words):
            sweep(four, out, "local", 2, QUIET)
    assert len(folders(out)) == len(pd.read_parquet(out / "cells.parquet")) == 3
    assert json.loads((out / "study.json").read_text())["cells_digest"] is None
    assert "failed: the auctioneer slept" in (out / "study.log").read_text()
    sweep(four, out, "local", 2, QUIET)
    assert_same_study(out, swept)


def test_what_nobody_foresaw_is_a_sentence_and_a_trace_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_contents", lambda order: {}[order.cell.name])
    assert main(["sweep", str(study_file(tmp_path)), "--out", str(tmp_path / "out"), "--quiet"]) == 1
    assert "Traceback" in (tmp_path / "out" / "study.log").read_text()
    assert not (tmp_path / "out" / "cells.parquet").exists()


def test_what_cannot_be_run_is_refused_before_anything_is(tmp_path: Path, ran: list[Scenario]) -> None:
    too_many = study(tmp_path, '[sweep]\n"population.agents" = [4, 99]')
    with pytest.raises(
        InputError, match=r"\[sweep\] population\.agents = 99, seed 7: population\.agents = 99"
    ):
        sweep(too_many, tmp_path / "out", "local", 2, QUIET)
    assert not ran
    assert not (tmp_path / "out").exists()


def test_other_code_on_a_worker_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cell = study(tmp_path).cells[0]
    monkeypatch.setattr("sim.study.address.source_sha256", lambda: "other")
    assert "are not those that the sweep began with" in run_cell(CellJob(cell, 1)).problem


def test_a_worker_keeps_no_world_alive(tmp_path: Path) -> None:
    def worlds() -> set[int]:
        return {id(thing) for thing in gc.get_objects() if type(thing) is World}

    before = worlds()
    assert run_cell(CellJob(study(tmp_path).cells[0], 1)).contents
    assert worlds() <= before


def test_one_of_each_group_goes_first(tmp_path: Path) -> None:
    grid = '[sweep]\nseeds = 2\n"time.days" = [1, 2]\n"market.strategy" = ["zic", "truthful"]'
    eight = study(tmp_path, grid)
    first, then = waves(eight, eight.cells)
    assert [(cell.values, cell.seed) for cell in first] == [
        ((days, "zic"), seed) for days in (1, 2) for seed in (7, 8)
    ]
    assert [cell.values[1] for cell in then] == ["truthful"] * 4
    unkept = study(tmp_path, grid, "proofs.store=off")
    assert waves(unkept, unkept.cells) == [list(unkept.cells)]


def test_a_group_with_a_done_cell_does_not_wait(tmp_path: Path) -> None:
    sweep(study(tmp_path, '[sweep]\n"market.feed_in" = [0.05]'), tmp_path / "out", "local", 2, QUIET)
    six = study(tmp_path, '[sweep]\nseeds = 2\n"market.feed_in" = [0.05, 0.06, 0.07]')
    assert [[cell.seed for cell in wave] for wave in waves(six, six.cells[1:])] == [[8, 7, 7], [8, 8]]


@pytest.mark.parametrize(
    ("jobs", "cells", "at_once", "provers"), [(8, 3, 3, 2), (2, 40, 2, 1), (4, 1, 1, 4), (1, 5, 1, 1)]
)
def test_jobs_are_divided(jobs: int, cells: int, at_once: int, provers: int) -> None:
    assert (cells_at_once(jobs, cells), provers_per_cell(jobs, cells)) == (at_once, provers)


def test_whole_numbers_stay_whole_where_some_are_missing() -> None:
    table = cells_table([{"a": 2**60 + 1, "b": None, "c": None}, {"a": None, "b": None, "c": 0.5}])
    assert (table["a"][0], table.dtypes.astype(str).tolist()) == (2**60 + 1, ["Int64", "float64", "float64"])


def test_explain_adds_a_study_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(study_file(tmp_path))
    assert main(["explain", path, "--set", "proofs.policy=all", "--set", "chain.backend=revm"]) == 0
    said = capsys.readouterr().out
    assert (
        "study: 4 cells, 2 points x 2 seeds\n  market.strategy  zic, truthful\n  no intervals: 2 seeds"
        in said
    )
    assert "proofs              8   fewer where the store has some" in said
    assert "figures:\n  outcomes_by_market_strategy\n  welfare_and_cost\n" in said


ROW = {
    "cell": "a",
    "forecast.clusters": 1,
    "seed": 7,
    "community": 0,
    "savings_share": 0.5,
    "mean_price": None,
    "prove_cpu_s": 1.0,
}


def test_order_of_rows_and_columns_does_not_matter() -> None:
    other, backwards = {**ROW, "seed": 8}, dict(reversed(ROW.items()))
    assert digest_of([ROW, other]) == digest_of([other, backwards])


@pytest.mark.parametrize(
    ("changed", "matters"),
    [
        ({"prove_cpu_s": 2.0}, False),
        ({"cell": "b"}, False),
        ({"savings_share": 0.6}, True),
        ({"mean_price": 0}, True),
        ({"seed": 8}, True),
        ({"forecast.clusters": 2}, True),
    ],
)
def test_what_varies_by_run_stays_out_of_the_digest_of_cells_and_all_else_is_in(
    changed: dict[str, object], matters: bool
) -> None:
    assert (digest_of([{**ROW, **changed}]) != digest_of([ROW])) == matters
