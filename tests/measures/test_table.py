"""The table of measures: whatever reads it takes a new row as it is."""

import json
from pathlib import Path

import pandas as pd
import pytest

from sim.measures.measure import Daily, Measure, Unit
from sim.measures.reference import documentation
from sim.measures.table import GAS_PRICE, KWH, MONEY, PERCENT, PRICE, SECTIONS, all_measures, measure
from sim.outputs.run_directory import contents_of, write_run
from sim.proofs.srs import load_srs
from sim.report.report import report_to_file
from sim.study.figures.study_figure import StudyTables
from sim.study.statistics import differences_of, points_of
from sim.tables.runs import RUN_TABLES
from tests.report.page import Page
from tests.report.test_study_report import study_directory
from tests.runs import ROOT, run, scenario
from tests.study.made_up_study import made_up_study

ROW = Measure(
    "orders_per_trade",
    Daily("orders", "trades"),
    Unit("orders per trade", "orders", decimals=1),
    "orders per trade",
    "how many orders stand behind one that is filled",
    panel=11,
)


@pytest.fixture
def one_row_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SECTIONS, "Trade", [*SECTIONS["Trade"], ROW])


@pytest.mark.usefixtures("one_row_more")
def test_a_measure_is_one_row_in_a_run_and_its_report(tmp_path: Path) -> None:
    outcome = run(scenario("tiny", "proofs.policy=none", "chain.backend=none"))
    write_run(tmp_path, contents_of(outcome, load_srs()))
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary[ROW.name] == summary["orders"] / summary["trades"]
    written = ROW.unit.write(summary[ROW.name]).replace(" ", "\N{NO-BREAK SPACE}")
    told = Page(report_to_file(tmp_path)).tables["What everybody can see"]
    assert [ROW.label, written, ROW.meaning] in told


@pytest.mark.usefixtures("one_row_more")
def test_a_measure_is_one_row_in_a_study_its_figures_its_report_and_the_docs(tmp_path: Path) -> None:
    made = made_up_study({"forecast.clusters": [1, 3]}, 3, 14)
    points, differences = points_of(*made, 7), differences_of(*made, 7)
    assert points[f"{ROW.name}_mean"].tolist() == [24 / 5] * 2
    assert (differences["measure"] == ROW.name).sum() == 1
    assert StudyTables("s", tuple(made.axes), made.cells, points).outcomes[-1] == ROW
    page = Page(report_to_file(study_directory(tmp_path / "study", made)))
    assert any(row[-1].startswith("orders per trade") for rows in page.tables.values() for row in rows[:1])
    assert f"| `{ROW.name}` | {ROW.label} | `orders / trades` |" in documentation()


def test_the_page_on_measures_is_up_to_date() -> None:
    said = (ROOT / "docs" / "measures.md").read_text(encoding="utf-8")
    assert said == documentation(), "write it again: python -m sim.measures.reference > docs/measures.md"


def test_names_and_labels_are_of_one_measure_each() -> None:
    for of in ("name", "label"):
        told = [getattr(each, of) for each in all_measures()]
        assert len(told) == len(set(told))
    places = [each.panel for each in all_measures() if each.panel]
    assert sorted(places) == list(range(1, len(places) + 1))


@pytest.mark.parametrize("each", all_measures(), ids=lambda each: each.name)
def test_what_is_made_of_readings_is_private_and_in_no_bundle(each: Measure) -> None:
    assert not (each.private and each.bundled)
    if isinstance(each.formula, Daily):
        columns = set(f"{each.formula.sum} {each.formula.over}".split()) - {"+", "-"}
        known = {column.name: column for column in RUN_TABLES["days"].columns}
        assert each.private == any(known[name].private for name in columns)


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [
        (MONEY, -7_170_000_000, "-$7.17"),
        (MONEY, -1, "$0.00"),
        (PRICE, 134_000, "$0.134/kWh"),
        (PERCENT, 0.8125, "81.2 %"),
        (KWH, 1_234_560, "1,234.6 kWh"),
        (GAS_PRICE, 128.571, "128.6 nano-$ per gas"),
        (Unit("count"), 1_234, "1,234"),
        (Unit("text"), "all", "all"),
    ],
)
def test_values_are_written_in_the_unit_that_people_use(unit: Unit, value: object, text: str) -> None:
    assert unit.write(value) == text


def test_values_of_points_are_in_the_unit_shown() -> None:
    points = pd.DataFrame({"savings_share_mean": [0.25, None], "mean_price_mean": [140_000.0, 0.0]})
    assert measure("savings_share").values(points).tolist()[0] == 25
    assert measure("mean_price").values(points).tolist() == [0.14, 0]
    assert not measure("leak_share").known(points)
