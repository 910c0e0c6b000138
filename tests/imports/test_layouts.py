"""Which layout a table is in, and what its columns are taken for."""

import pytest

from sim.errors import InputError
from sim.imports.answers import Answers, OpenQuestionsError
from sim.imports.importing import layout_of
from sim.imports.sheet import read_sheet
from sim.imports.titles import read_title
from tests.imports.test_importing import loads
from tests.imports.writers import plain, read, table, times

HOURS = [f"{hour}:00" for hour in range(24)]


@pytest.mark.parametrize(
    ("rows", "layout"),
    [
        ([["time", "a kWh", "b kWh"], *([time, "1", "2"] for time in plain(times(48)))], "wide"),
        ([["id", "when", "kWh"], *([h, time, "1"] for h in "ab" for time in plain(times(48)))], "long"),
        ([["day", *HOURS], *([f"2017-03-{day}", *["1"] * 24] for day in (11, 12))], "day-columns"),
        (
            [["time", *map(str, range(100, 340))], *([time, *["1"] * 240] for time in plain(times(24)))],
            "wide",
        ),
    ],
)
def test_a_shape_is_recognised(rows, layout):
    assert layout_of(read_sheet("x.csv", table(rows)), Answers()).name == layout


def test_what_is_in_no_layout_is_refused():
    with pytest.raises(InputError, match="should have a column of times"):
        layout_of(read_sheet("x.csv", "a,b\n1,2\n3,4\n5,6\n"), Answers())
    with pytest.raises(InputError, match="--layout: no layout is called"):
        layout_of(read_sheet("x.csv", "a,b\n1,2\n3,4\n"), Answers(layout="round"))


@pytest.mark.parametrize(
    ("title", "home", "quantity", "unit"),
    [
        ("anna_load_kwh", "anna", "load", "kWh"),
        ("House 3 - Solar (kWh)", "House 3", "pv", "kWh"),
        ("Haus 1 Einspeisung [kWh]", "Haus 1", "export", "kWh"),
        ("h1 feed-in W", "h1", "export", "W"),
        ("grid_import_kwh", "", "import", "kWh"),
        ("MT_001", "MT_001", None, None),
        ("temperature_c", "c", "temperature", "°C"),
    ],
)
def test_titles_say_home_quantity_and_unit(title, home, quantity, unit):
    found = read_title(title)
    assert (found.home, found.quantity, found.unit) == (home, quantity, unit)


def test_columns_that_hold_no_energy_are_left_out_and_said():
    rows = [["time", "a kWh", "Voltage", "note"], *([time, "1", "230", "ok"] for time in plain(times(48)))]
    one = read(table(rows))
    assert [home.name for home in one.homes] == ["a"]
    assert sum("left out, as it holds no energy" in line for line in one.remarks) == 2


def test_a_column_that_may_be_the_sum_of_others_is_asked_about():
    rows = [["time", "a kWh", "b kWh", "Total kWh"], *([time, "1", "2", "3"] for time in plain(times(48)))]
    with pytest.raises(OpenQuestionsError, match="--leave-out Total"):
        read(table(rows))
    assert list(loads(read(table(rows), leave_out=("Total",)))) == ["a", "b"]


def test_rows_of_categories_are_told_apart():
    rows = [["id", "when", "register", "kWh"]]
    rows += [[h, time, what, "1"] for h in "ab" for what in ("Import", "Export") for time in plain(times(48))]
    one = read(table(rows))
    assert [(home.load_wh.sum(), home.pv_wh.sum()) for home in one.homes] == [(48_000, 48_000)] * 2
    renamed = table(rows).replace("Import", "R1").replace("Export", "R2")
    with pytest.raises(OpenQuestionsError):
        read(renamed)
    assert read(renamed, value="kWh", load=("R1",), pv=("R2",)).homes[0].pv_wh.sum() == 48_000


def test_temperature_is_kept_where_it_is_whole():
    rows = [["time", "a kWh", "temperature (°C)"], *([time, "1", "-3.25"] for time in plain(times(48)))]
    assert read(table(rows)).temperature_dc.tolist() == [-32] * 48
    rows[5][2] = ""
    one = read(table(rows))
    assert one.temperature_dc is None
    assert any("1 reading are missing" in line or "1 reading is missing" in line for line in one.remarks)
