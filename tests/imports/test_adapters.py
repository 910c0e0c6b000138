"""Known exports: recognised, and read as their public descriptions say."""

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from sim.errors import InputError
from sim.imports.answers import Answers
from sim.imports.export import Export
from sim.imports.importing import Imported, imported
from sim.imports.layouts import layouts
from sim.imports.layouts.simbench import simbench_source
from sim.imports.origins import tables_of
from sim.imports.sheet import Sheet, read_sheet
from sim.imports.source import text_source
from sim.runtime.progress import Progress
from tests.imports import made_up


def read(name: str) -> Export:
    sheet = read_sheet(f"{name}.csv", made_up.EXPORTS[name]().encode())
    return layouts.make(name).export(sheet, Answers())


def totals(export: Export) -> dict[tuple[str, str], float]:
    """Sums of the values by home and quantity, in their unit."""
    sums: Counter[tuple[str, str]] = Counter()
    for each in export.series:
        sums[each.home, each.quantity] += int(each.values.sum())
    return {key: value / 10**9 for key, value in sums.items()}


def half_hours(home: int, days: int = 2, per_day: int = 48) -> float:
    return sum(made_up.watts(home, place) for place in range(per_day * days)) / 1000


def test_ltsf_hourly_kwh_of_each_client() -> None:
    export = read("ltsf")
    hourly = {
        f"client-{title}": half_hours(home, per_day=24) * 1000 for home, title in enumerate(("0", "1", "OT"))
    }
    assert totals(export) == {(home, "load"): kwh for home, kwh in hourly.items()}
    assert {(each.kind, each.unit) for each in export.series} == {("energy", "kWh")}


def test_ltsf_of_traffic_is_none() -> None:
    titles = ("date", *map(str, range(861)), "OT")
    traffic = Sheet("traffic.csv", titles, ())
    assert not layouts.make("ltsf").recognises(traffic)


def test_ausgrid_half_hours_end_at_their_titles_and_0_00_is_the_end_of_the_rows_day() -> None:
    export = read("ausgrid")
    general = next(each for each in export.series if (each.home, each.column) == ("2", "GC"))
    assert export.label == "end"
    assert general.stamps.local[0] == np.datetime64("2012-07-02T00:30")
    assert general.stamps.local[47] == np.datetime64("2012-07-03T00:00")
    assert general.values[47] == 5 * 10**9


def test_ausgrid_controlled_load_is_load_and_gross_generation_is_pv() -> None:
    found = totals(read("ausgrid"))
    general = {
        home: sum(made_up.watts(home, place) for place in range(47)) * 2 / 1000 + 10 for home in (0, 1)
    }
    controlled = 2 * 47
    assert found == pytest.approx(
        {
            ("1", "load"): general[0] + controlled,
            ("1", "pv"): 0.5,
            ("2", "load"): general[1],
            ("2", "pv"): 0.0,
        }
    )


def test_ausgrid_categories_that_nobody_described_are_refused() -> None:
    text = made_up.ausgrid().replace(",GG,", ",XX,", 1)
    with pytest.raises(InputError, match='line 5, column Consumption Category: "XX" should be GC, CL or GG'):
        layouts.make("ausgrid").export(read_sheet("a.csv", text.encode()), Answers())


def test_lcl_null_is_a_gap_and_the_days_tell_what_times_are() -> None:
    export = read("lcl")
    first, second = export.series
    assert (export.label, first.home, second.home) == (None, "MAC000000", "MAC000001")
    assert np.flatnonzero(first.missing).tolist() == [5]
    assert first.stamps.local[0] == np.datetime64("2012-07-02T00:30")
    assert len(second.values) == 97  # the row that is there twice is the grid's to judge


def test_sgsc_supply_and_controlled_load_add_up_and_gross_generation_is_pv() -> None:
    assert totals(read("sgsc")) == pytest.approx(
        {
            ("8150103", "load"): half_hours(0) + 48,
            ("8150103", "pv"): 0.0,
            ("10006414", "load"): half_hours(1),
            ("10006414", "pv"): 9.6,
        }
    )


def test_sgsc_wide_has_a_home_a_column() -> None:
    export = read("sgsc-wide")
    assert totals(export) == pytest.approx(
        {
            ("c8150103", "load"): half_hours(0),
            ("c10006414", "load"): half_hours(1) - made_up.watts(1, 0) / 1000,
        }
    )
    assert [int(each.missing.sum()) for each in export.series] == [0, 1]


def test_opsd_counters_in_utc_of_buildings_that_measure_what_they_export() -> None:
    export = read("opsd")
    assert {(each.home, each.quantity) for each in export.series} == {
        ("DE_KN_residential1", "import"),
        ("DE_KN_residential3", "import"),
        ("DE_KN_residential3", "export"),
        ("DE_KN_residential3", "pv"),
        ("DE_KN_residential5", "import"),
    }
    assert {each.kind for each in export.series} == {"counter"}
    offset_s = export.series[0].stamps.offset_s
    assert offset_s is not None
    assert not offset_s.any()
    said = "\n".join(export.taken)
    assert "DE_KN_residential1_pv: not read" in said
    assert "interpolated are taken as they are: 1 of DE_KN_residential1_grid_import, 1 of DE_KN_res" in said


def nem12(text: str) -> Imported:
    return imported([text_source("export.csv", text.encode())], Answers(), Progress(quiet=True))


def test_nem12_records_have_units_of_their_own_and_the_latest_reading_of_a_day_counts() -> None:
    one = nem12(made_up.nem12())
    assert [each.load_wh.sum() for each in one.homes] == [half_hours(home) * 1_000 for home in (0, 1)]
    assert [each.pv_wh is None for each in one.homes] == [True, False]
    assert "1 day there twice and different: the reading that was made last counts" in one.remarks


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("\n300,", "\n350,", 'line 3: "350" is no record of NEM12'),
        ("kWh,30,", "kWh,60,", "line 2: a 200 record should have an interval of 5, 15 or 30 minutes"),
        ("300,20120702,", "300,20120732,", '"20120732" is no date'),
        ("300,20120702,0.1,", "300,20120702,x,", '"x" is not a number'),
        ("kWh", "kVArh", "unit kVArh of a 200 record should be Wh, kWh or MWh"),
    ],
)
def test_nem12_records_that_are_damaged_are_refused(before: str, after: str, words: str) -> None:
    assert before in made_up.nem12()
    with pytest.raises(InputError, match=words):
        nem12(made_up.nem12().replace(before, after, 1))


def test_nem12_null_data_are_gaps() -> None:
    first = made_up.nem12().split("\n")[2]
    whole = nem12(made_up.nem12().replace(first, first.replace(",A,", ",N,"), 1)).homes[0]
    some = nem12(made_up.nem12().replace(first, f"{first}\n400,1,10,N14,,\n400,11,48,A,,", 1)).homes[0]
    assert [int(each.no_load.sum()) for each in (whole, some)] == [48, 10]


def test_uci_mean_power_of_minutes_and_days_before_months() -> None:
    (load,) = read("uci-household").series
    assert (load.kind, load.unit, int(load.missing.sum())) == ("power", "kW", 1)
    assert load.stamps.local[0] == np.datetime64("2007-02-03T00:00")
    assert int(load.values.sum()) == (24 * 60 - 1) * 12 * 10**8


def test_simbench_shares_times_rated_powers_at_the_buses_of_the_low_voltage_grid(tmp_path: Path) -> None:
    path = made_up.simbench(tmp_path / "grid")
    sheet = read_sheet(str(path), path.read_bytes(), path)
    layout = layouts.make("simbench")
    assert layout.recognises(sheet)
    export = layout.export(sheet, Answers())
    hours = 96 * 3 - 4
    assert totals(export) == {
        ("Bus 1", "load"): 2000 * hours + 925 * (hours - 1),
        ("Bus 2", "load"): 1000 * hours,
        ("Bus 2", "pv"): 1000 * hours,
    }
    said = "\n".join(export.taken)
    assert "2 homes, 2 of them different; by profile 2 household" in said
    assert "HLS_A_3.7_pload: 1 shares below zero, down to -0.000012, are taken as 0" in said
    assert "1 other generators are not read" in said


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"rated_mw": "4"}, "Load.csv, line 2, column pLoad: should be a rated power between 0 and 1 MW"),
        ({"negative": "-0.1"}, "line 6, column HLS_A_3.7_pload: should be a share of the rated power"),
    ],
)
def test_simbench_numbers_that_are_no_shares_are_refused(
    tmp_path: Path, changed: dict[str, str], sentence: str
) -> None:
    path = made_up.simbench(tmp_path / "grid", **changed)
    with pytest.raises(InputError, match=sentence):
        layouts.make("simbench").export(read_sheet(str(path), path.read_bytes(), path), Answers())


def test_simbench_needs_a_code_of_a_grid_and_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="is no low-voltage grid of SimBench"):
        simbench_source("simbench:1-MV-rural--0-sw")
    monkeypatch.setattr("sim.imports.layouts.simbench.find_spec", lambda _name: None)
    with pytest.raises(InputError, match="pip install --no-deps simbench"):
        simbench_source("simbench:1-LV-rural1--0-sw")


def test_a_grid_of_simbench_is_named_by_its_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "simbench"
    made_up.simbench(package / "networks" / "1-complete_data-mixed-all-1-sw")
    (package / "__init__.py").write_text("raise SystemExit('nothing of the package is executed')")
    monkeypatch.syspath_prepend(tmp_path)
    (source,) = tables_of(Path("simbench:1-LV-rural1--1-sw"))
    one = imported([source], Answers(slot_minutes=60), Progress(quiet=True))
    assert [home.name for home in one.homes] == ["Bus 1", "Bus 2"]
    assert one.homes[1].load_wh.tolist() == [1000] * (24 * 3 - 1)
    with pytest.raises(InputError, match="has no loads of LV2"):
        tables_of(Path("simbench:1-LV-rural2--1-sw"))


def test_the_documentation_has_a_row_for_each_layout() -> None:
    page = (Path(__file__).parents[2] / "docs" / "import.md").read_text()
    rows = re.findall(r"^\| `([a-z][a-z0-9-]+)` \|", page, re.MULTILINE)
    rows = re.findall(r"^\| `([a-z][a-z0-9-]+)` \|", page, re.MULTILINE)
    assert sorted(rows) == sorted(layouts.names)
