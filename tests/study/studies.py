"""Study files for tests: nothing proved, hardly anything trained."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sim.measures.table import all_measures
from sim.outputs.own_files import LIST
from sim.study.cells import Design
from sim.study.statistics import STATISTICS
from sim.study.study_directory import STUDY
from sim.study.study_file import load_study
from sim.study.worker import CellJob, CellResult, run_cell
from sim.tables.studies import STUDY_TABLES

SCENARIO = """
name = "small"
[time]
start = 2017-06-12
[population]
agents = 4
pv_share = 0.5
[forecast]
clusters = 2
rounds = 2
history_days = 30
[proofs]
policy = "none"
[chain]
backend = "none"
"""
FOUR_CELLS = '[sweep]\nseeds = 2\n"market.strategy" = ["zic", "truthful"]\n'


def study_file(folder: Path, sweep: str = FOUR_CELLS, scenario: str = SCENARIO) -> Path:
    path = folder / "small.toml"
    path.write_text(f"{scenario}\n{sweep}\n")
    return path


def study(folder: Path, sweep: str = FOUR_CELLS, *settings: str, seed: int | None = None) -> Design:
    return load_study(study_file(folder, sweep), settings, seed)


@dataclass(frozen=True)
class Here:
    """An engine without processes: cells one after the other, here."""

    jobs: int = 2

    def run(self, orders: Sequence[CellJob], at_once: int) -> Iterator[CellResult]:
        del at_once
        yield from map(run_cell, orders)


@contextmanager
def here(name: str, jobs: int | None) -> Iterator[Here]:
    """What ``open_engine`` may be replaced by."""
    del name, jobs
    yield Here()


VARYING = {
    *(each.name for each in (*all_measures(), *STUDY_TABLES["circuits"].columns) if each.varies),
    *(f"{each.name}_{statistic}" for each in all_measures() if each.varies for statistic in STATISTICS),
}


def without_measured(table: pd.DataFrame) -> pd.DataFrame:
    """A table of a study without columns, and rows about measures, that differ between runs."""
    rows = table[~table["measure"].isin(VARYING)] if "measure" in table else table
    return rows[[column for column in rows.columns if column not in VARYING]]


def tables_of_study(out: Path) -> dict[str, pd.DataFrame]:
    """A study's tables without what is measured, rows in an order of their own."""
    tables = {}
    for name in STUDY_TABLES:
        table = without_measured(pd.read_parquet(out / f"{name}.parquet"))
        key = [column for column in table.columns if table[column].dtype != "float64"]
        tables[name] = table.sort_values(key, ignore_index=True)
    return tables


def assert_same_study(one: Path, other: Path) -> None:
    both = zip(tables_of_study(one).items(), tables_of_study(other).values(), strict=True)
    for (name, table), twin in both:
        pd.testing.assert_frame_equal(table, twin, check_exact=True, obj=name)
    facts, twins = (json.loads((each / STUDY).read_text()) for each in (one, other))
    assert {**facts, LIST: None} == {**twins, LIST: None}  # of the figures drawn, if any
