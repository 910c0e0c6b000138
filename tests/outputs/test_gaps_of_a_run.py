"""What a run with missing readings leaves: a manifest that counts them, a table, a figure, a section."""

import stat
from dataclasses import replace

import pandas as pd
import pytest
from matplotlib.text import Text

from sim.cli import main
from sim.outputs.figures.gaps import gaps
from sim.outputs.figures.style import house_style
from sim.outputs.run_directory import manifest_of
from sim.outputs.tables import tables_of
from sim.proofs.srs import load_srs
from sim.report.document import Picture
from sim.report.run import missing_readings
from sim.report.saved_run import SavedRun
from sim.schema.file import load_scenario
from sim.simulation.run import simulate
from tests.runs import QUIET, persistence_models
from tests.test_cli import homes_csv

HISTORY = {"line_400": "2020-01-17T14:00,400,,0,500", "line_401": "2020-01-17T15:00,,300,,500"}


@pytest.fixture(scope="module")
def mine(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gaps")
    homes_csv(folder, **HISTORY)
    (folder / "mine.toml").write_text(
        'name = "mine"\n[time]\nstart = 2020-01-25\n[population]\nsource = "homes.csv"\nfill = "linear"\n'
        'fill_slots = 2\n[forecast]\nfamily = "linear"\ntraining = "federated"\nrounds = 2\n'
        '[proofs]\npolicy = "none"\nstore = "off"\n[chain]\nbackend = "none"\n'
    )
    return folder / "mine.toml"


@pytest.fixture(scope="module")
def run(mine):
    """The run as its directory would hold it."""
    srs, scenario = load_srs(), load_scenario(mine)
    outcome = simulate(scenario, srs, 1, QUIET, persistence_models(3))
    summary = {"scenario": "mine", "seed": 7, "proof_policy": "none"}
    return SavedRun(scenario, summary, manifest_of(outcome, srs), tables_of(outcome), has_chain=False)


def test_manifest_table_and_notes_say_the_same(run):
    counts = {"gaps": 3, "missing_slots": 3, "filled_slots": 3, "homes_dropped": 0, "days": 1}
    assert counts.items() <= run.manifest["gaps"].items()
    tables = run.tables
    table = tables["gaps"].sort_values(["start", "home"])
    assert table["home"].tolist() == ["b", "a", "b"]
    assert table["quantity"].tolist() == ["load", "load", "pv"]
    assert table["became"].unique().tolist() == ["filled"]
    assert tables["agents"].set_index("donor")["note"].to_dict() == {
        "a": "1 slot filled between neighbours",
        "b": "2 slots filled between neighbours",
        "c": "as measured",
    }


def test_figure_and_section_show_them(run):
    with house_style():
        figure = gaps(run.tables, run.summary)
    words = " ".join(text.get_text() for text in figure.findobj(Text))
    assert "3 readings are missing of what the run uses, 3 of them are filled" in words
    assert "private" in words
    (section,) = missing_readings(run, {"gaps": Picture("", "", b"", private=True)})
    text, _, table = section.blocks
    assert "3 slots filled between neighbours, of gaps of at most 2 slots." in text.text
    assert table.private
    assert table.rows == (("b", "2", "2", "1", "2", "filled"), ("a", "1", "1", "1", "1", "filled"))
    without = replace(run, tables={name: rows for name, rows in run.tables.items() if name != "gaps"})
    assert missing_readings(without, {}) == []


@pytest.mark.long
def test_the_directory_has_a_figure_that_is_private_and_its_report_a_section(mine, tmp_path):
    run = tmp_path / "run"
    assert main(["run", str(mine), "--quiet", "--jobs", "1", "--out", str(run)]) == 0
    for name in ("gaps.parquet", "figures/gaps.png"):
        assert stat.S_IMODE((run / name).stat().st_mode) == 0o600
    drawn = (run / "figures" / "gaps.png").read_bytes()
    assert main(["plot", str(run)]) == 0
    assert (run / "figures" / "gaps.png").read_bytes() == drawn
    assert main(["report", str(run)]) == 0
    report = (run / "report.html").read_text()
    assert "Missing readings" in report
    assert "3 slots filled between neighbours, of gaps of at most 2 slots." in report
    assert len(pd.read_parquet(run / "gaps.parquet")) == 3


def test_explain_says_what_will_become_of_them(mine, capsys):
    assert main(["explain", str(mine)]) == 0
    said = capsys.readouterr().out
    assert "3 gaps in 3 of the series that the run uses, 2020-01-01 00:00 to 2020-01-26 00:00" in said
    assert "  b  2 gaps, 2 readings, longest 1 slot, 2 filled: filled" in said
