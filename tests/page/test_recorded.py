"""A run directory opens without computing anything; one that is none, or damaged, is one sentence."""

import json
import os
import shutil
from pathlib import Path

import pandas as pd
import pytest

from sim.errors import InputError
from sim.outputs.outcome import Outcome
from sim.outputs.run_directory import MANIFEST, SUMMARY, contents_of, write_run
from sim.outputs.tables import tables_of
from sim.page.recorded import RecordedRun
from sim.page.run_state import SlotCursor
from sim.page.timeline import timeline_of
from sim.proofs.srs import load_srs
from sim.tables.runs import read_by
from tests.page.test_timeline import assert_same
from tests.runs import run, scenario


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return run(scenario("tiny", "chain.backend=revm", "proofs.policy=none", "time.days=2"))


@pytest.fixture(scope="module")
def written(outcome, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("written")
    write_run(folder, contents_of(outcome, load_srs()))
    return folder


@pytest.fixture
def directory(written, tmp_path) -> Path:
    """A copy of the run directory, to be spoilt."""
    return Path(shutil.copytree(written, tmp_path, dirs_exist_ok=True))


def refused(directory: Path) -> str:
    with pytest.raises(InputError) as error:
        RecordedRun(directory)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_run_directory_tells_the_timeline_of_its_run(outcome, directory) -> None:
    recorded = RecordedRun(directory)
    state = recorded.state
    assert state.finished
    assert not any((recorded.live, state.stopped, state.trying, state.work, state.problem))
    told = timeline_of(outcome.prepared.scenario, tables_of(outcome))
    assert_same(state.timeline, told)
    for name in ("proofs", "transactions"):
        pd.testing.assert_frame_equal(getattr(state.timeline, name), getattr(told, name))
    assert recorded.scenario == outcome.prepared.scenario
    recorded.stop()
    assert recorded.state is state


def test_it_is_walked_through_from_its_first_trade_on(directory) -> None:
    cursor = SlotCursor(RecordedRun(directory))
    first = cursor.slot
    assert cursor.timeline.fill_wh[:, first].any()
    assert not cursor.timeline.fill_wh[:, :first].any()
    for slot in [*range(first + 1, 48), 47]:
        cursor.step()
        assert (cursor.slot, cursor.running) == (slot, slot < 47)
    for asked, slot in ((-3, 0), (1_000, 47)):
        cursor.go(asked)
        assert (cursor.slot, cursor.running) == (slot, slot < 47)


# What cannot be opened ------------------------------------------------------------------------------------


def test_a_table_that_is_missing_or_damaged_is_named(directory) -> None:
    for name in read_by("page"):
        table = directory / f"{name}.parquet"
        content = table.read_bytes()
        table.unlink()
        assert f"{name}.parquet: is missing" in refused(directory)
        table.write_bytes(content[: len(content) // 2])
        assert f"{name}.parquet" in refused(directory)
        table.write_bytes(content)


def strangers(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(agent="x" + rows["agent"])


def doubled(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([rows, rows])


DAMAGE = {
    "homes twice": ("agents", doubled),
    "another's side": ("orders", lambda rows: rows.assign(side="hold")),
    "no slots": ("slots", lambda rows: rows.head(0)),
    "a day's slots of two": ("slots", lambda rows: rows.head(24)),
    "some homes": ("agents", lambda rows: rows.head(2)),
    "other homes": ("agents", strangers),
    "orders of others": ("orders", strangers),
    "trades of others": ("trades", strangers),
    "orders of later slots": ("orders", lambda rows: rows.assign(slot=rows["slot"] + 1)),
    "some readings": ("forecasts", lambda rows: rows.head(150)),
    "no readings": ("forecasts", lambda rows: rows.head(0)),
    "readings of others": ("forecasts", strangers),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_tables_that_do_not_belong_together_are_a_sentence(directory, damage) -> None:
    name, spoil = DAMAGE[damage]
    table = directory / f"{name}.parquet"
    spoil(pd.read_parquet(table)).to_parquet(table)
    assert refused(directory) == f"{directory}: its tables are not those of one run; run it again"


WRONG = {
    "paid_nano": ("trades", "dear", "amounts of nano-$ that add up exactly"),
    "fill_wh": ("orders", "some", "whole numbers from 0 on"),
    "quantity_wh": ("orders", -1, "whole numbers from 0 on"),
    "limit_nano_per_wh": ("orders", 2**62, "whole numbers from 0 on"),
    "slot": ("orders", -1, "whole numbers from 0 on"),
    "actual_wh": ("forecasts", 0.5, "whole numbers"),
    "forecast_wh": ("forecasts", None, "whole numbers"),
    "side": ("orders", 3, "words"),
    "agent": ("agents", "x" * 2_000, "words"),
    "note": ("agents", 1.5, "words"),
    "has_pv": ("agents", "yes", "yes or no"),
    "cluster": ("agents", "a", "whole numbers from 0 on"),
    "gas": ("transactions", "much", "whole numbers from 0 on"),
    "accepted": ("transactions", 1, "yes or no"),
    "hash": ("transactions", 7, "words"),
    "gate": ("transactions", True, "whole numbers from 0 on"),
    "block": ("transactions", 1.5, "whole numbers from 0 on"),
}


@pytest.mark.parametrize("column", WRONG)
def test_a_column_of_another_kind_is_named(directory, column) -> None:
    name, value, kind = WRONG[column]
    table = directory / f"{name}.parquet"
    pd.read_parquet(table).assign(**{column: value}).to_parquet(table)
    assert refused(directory) == (
        f"{table}: column {column} should hold {kind}, as a run writes it; run it again"
    )


def test_what_is_no_file_is_not_read(directory) -> None:
    table = directory / "slots.parquet"
    table.unlink()
    os.mkfifo(table)
    assert refused(directory).startswith(f"{table}: ")


@pytest.mark.parametrize("share", ["much", 1e9, [1]])
def test_a_share_that_is_none_is_a_sentence(directory, share) -> None:
    summary = directory / SUMMARY
    summary.write_text(json.dumps(json.loads(summary.read_text()) | {"leak_share": share}))
    assert refused(directory).startswith(f"{summary}: leak_share should be a share between -1 and 1")


@pytest.mark.parametrize("file", [SUMMARY, MANIFEST])
def test_a_folder_without_its_summary_is_no_run(directory, file) -> None:
    (directory / file).unlink()
    assert "should be a run directory, or a scenario (a .toml file)" in refused(directory)
