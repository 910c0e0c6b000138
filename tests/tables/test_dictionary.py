"""The data dictionary is of the tables that runs, bundles and studies really write."""

from pathlib import Path

import pytest

from sim.outputs.run_directory import contents_of, write_run
from sim.outputs.saved import read_tables
from sim.proofs.srs import load_srs
from sim.study.statistics import differences_of, points_of
from sim.tables.reference import documentation
from sim.tables.runs import RUN_TABLES
from sim.tables.studies import STUDY_TABLES
from sim.tables.table import COMMUNITY
from tests.runs import ROOT, SEALED, persistence_models, run, scenario
from tests.study.made_up_study import made_up_study

CHEATS = ('adversaries.homes={"phantom-seller" = 0.25}', 'adversaries.operators=["silent"]')


@pytest.mark.parametrize(
    ("settings", "kinds"),
    [
        (("proofs.policy=none",), {"run"}),
        (("proofs.policy=none", *SEALED, "chain.backend=none"), {"run", "sealed"}),
        pytest.param(CHEATS, {"run", "cheats"}, marks=[pytest.mark.slow, pytest.mark.long]),
    ],
)
def test_a_run_writes_these_tables_with_these_columns(
    tmp_path: Path, settings: tuple[str, ...], kinds: set[str]
) -> None:
    outcome = run(scenario("tiny", "chain.backend=revm", *settings), persistence_models(4))
    write_run(tmp_path, contents_of(outcome, load_srs()))
    names = [name for name, table in RUN_TABLES.items() if table.written in kinds]
    assert sorted(path.stem for path in tmp_path.glob("*.parquet")) == sorted(names)
    for name, rows in read_tables(tmp_path, names).items():
        assert list(rows.columns) == [column.name for column in RUN_TABLES[name].columns]
        assert rows[COMMUNITY.name].tolist() == [0] * len(rows)


def test_a_study_s_tables_have_these_columns() -> None:
    made = made_up_study({"forecast.clusters": [1, 3]}, 1, 1)
    points, differences = points_of(*made, 7), differences_of(*made, 7)
    for name, rows in (("points", points), ("differences", differences)):
        columns = [each.name.replace("MEASURE", "saving") for each in STUDY_TABLES[name].columns[1:]]
        assert [column for column in rows.columns if column in columns] == columns


def test_the_page_on_tables_is_up_to_date() -> None:
    said = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")
    assert said == documentation(), "write it again: python -m sim.tables.reference > docs/tables.md"
