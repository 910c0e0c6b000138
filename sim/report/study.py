"""The report of a study."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from sim.errors import InputError
from sim.outputs.own_files import is_folder
from sim.outputs.run_directory import SCENARIO
from sim.outputs.saved import read_json, read_tables
from sim.report.captions import OF_STUDIES
from sim.report.document import (
    Block,
    Document,
    Items,
    Listing,
    Notice,
    Picture,
    Section,
    Table,
    Text,
    long_table,
)
from sim.report.how_it_was_run import scenario_table
from sim.report.numbers import decimal, listed, whole
from sim.report.statistics import PAIRED, difference_tables, point_tables
from sim.runtime.untrusted import parsed_toml
from sim.runtime.wording import counted
from sim.schema.file import SWEEP, load_saved_scenario, without_folders
from sim.schema.scenario import Scenario
from sim.study.figures.gallery import gallery, left_out
from sim.study.figures.names import field_name, point_label, value_label
from sim.study.figures.planned import NO_INTERVALS, averaged, name_by
from sim.study.figures.study_figure import StudyTables
from sim.study.study_directory import CELLS, STUDY
from sim.study.study_file import SEEDS, ZIPPED
from sim.tables.studies import STUDY_TABLES

LIMITS = (
    "Intervals are percentile intervals of a bootstrap over seeds and, where there are two weeks or more, "
    "over blocks of seven days. There are none of what fewer than three seeds have: days alone do not tell "
    "how far seeds differ. Where there are few seeds and nothing else to draw from they are too narrow. They "
    "say nothing of other homes, other seasons or another market.",
    "With many outcomes and points some differences leave 0 out of their interval by chance alone.",
    "Savings are the homes'; what they pay less for energy the utility earns less. Load is inelastic: the "
    "market moves money, not energy.",
    "Costs are modelled as if every bid were proved and on a chain, whatever was really proved. Seconds are "
    "one machine's.",
    "Leaks are measured with the attacks that we know; a better one may learn more.",
)


@dataclass(frozen=True)
class SavedStudy:
    """What a report tells of.

    first: the scenario of the first cell, None where the directory holds no cells
    """

    facts: Mapping[str, Any]
    study: StudyTables
    differences: pd.DataFrame
    circuits: pd.DataFrame
    first: Scenario | None


def read_study(directory: Path) -> SavedStudy:
    """Read a study directory. Raises InputError where a file is missing or damaged."""
    facts = read_json(directory / STUDY)
    tables = read_tables(directory, [name for name, each in STUDY_TABLES.items() if "report" in each.read_by])
    cells = tables["cells"]
    study = StudyTables(facts["name"], tuple(facts["axes"]), cells, tables["points"])
    cell = directory / CELLS / _cell(cells["cell"].iloc[0])
    there = is_folder(directory / CELLS) and is_folder(cell) and (cell / SCENARIO).is_file()
    first = without_folders(load_saved_scenario(cell / SCENARIO)) if there else None
    return SavedStudy(facts, study, tables["differences"], tables["circuits"], first)


def _cell(name: object) -> str:
    """A cell's folder. Raises InputError where a table names any other."""
    if not re.fullmatch("[0-9a-f]{16}", str(name)):
        raise InputError(f'cells.parquet: has a cell "{name}", should be sixteen digits of hex')
    return str(name)


def study_document(directory: Path) -> Document:
    """The report of a study directory. Raises InputError where a file is missing or damaged."""
    saved = read_study(directory)
    sections = (
        Section("What was run", tuple(_what_was_run(saved))),
        Section("What came of it", tuple(_pictures(saved.study))),
        Section("The points in figures", (_means(saved.study), *point_tables(saved.study))),
        Section("How the points differ", tuple(_differences(saved))),
        Section("Circuits", (_circuits(saved),)),
        Section("What it does not show", (Items(LIMITS),)),
        Section("How to repeat it", tuple(how_to_repeat(saved.facts, saved.study, saved.first))),
    )
    subtitle = "A study of zkpet, a simulator of energy markets with a zero-knowledge proof behind every bid"
    return Document(saved.study.name, subtitle, tuple(_notices(saved)), sections)


def _notices(saved: SavedStudy) -> Iterator[Notice]:
    yield Notice(
        "Private, the homes' own, because drawn from their readings: all figures, and the tables marked so; "
        "sums over homes and days, no single reading. Whoever passes this report on passes them on."
    )
    cells = saved.study.cells
    policies = sorted(set(cells["proof_policy"].astype(str)) - {"all"})
    if policies:
        named = listed([f'"{policy}"' for policy in policies])
        which = int((cells["proof_policy"] != "all").sum())
        yield Notice(
            f"Proof policy {named} in {which:,} of {counted(len(cells), 'cell')}: there nothing was "
            "verified on chain. The market's outcome is the same as with a proof behind every bid."
        )
    if len(cells) < saved.facts["cells"] or not saved.facts["cells_digest"]:
        yield Notice(f"Not finished: {len(cells):,} of {saved.facts['cells']:,} cells are done.")


def _what_was_run(saved: SavedStudy) -> Iterator[Block]:
    study, facts, cells = saved.study, saved.facts, saved.study.cells
    days, homes = int(study.points["days"].max()), sorted(set(cells["agents"]))
    span = f"{homes[0]:,}" if len(homes) == 1 else f"{homes[0]:,} to {homes[-1]:,}"
    yield Text(
        f"{counted(len(cells), 'run')}, called cells: {counted(len(study.points), 'point')}, each with "
        f"{counted(facts['seeds'], 'seed')} from {facts['seed']}. A cell has {span} homes and "
        f"{counted(days, 'day')}. Points share seeds and days, so that differences between them are paired."
    )
    rows = [
        (axis, field_name(axis), ", ".join(value_label(value) for value in values))
        for axis, values in axis_values(study).items()
    ]
    together = any(len(dimension.axes) > 1 for dimension in study.dimensions)
    remark = "Axes that advance together have their values step by step." if together else ""
    yield Table("Axes", "lll", ("field", "what it is", "values"), tuple(rows), remark)


def _pictures(study: StudyTables) -> Iterator[Block]:
    for name, png in gallery(study):
        yield Picture(*_caption(study, name), png, private=True)
    if reasons := left_out(study):
        yield Text("Figures that this study cannot have:")
        yield Items(tuple(reasons))


def _caption(study: StudyTables, name: str) -> tuple[str, str]:
    if name in OF_STUDIES:
        return OF_STUDIES[name]
    dimension = next(dimension for dimension in study.dimensions if name == name_by(dimension))
    title = f"Outcomes by {listed([field_name(axis) for axis in dimension.axes])}"
    if means := averaged(dimension, study.dimensions):
        return (
            title,
            f"A panel for each outcome; large marks are {means}, dots the points themselves; {NO_INTERVALS}.",
        )
    others = [field_name(axis) for axis in study.axes if axis not in dimension.axes]
    series = f"colours and marks tell {listed(others)} apart; " if others else ""
    return title, f"A panel for each outcome; {series}upright bars are 95 % intervals where there are any."


def _differences(saved: SavedStudy) -> Iterator[Block]:
    tables = list(difference_tables(saved.study, saved.differences))
    yield Text(PAIRED if tables else "There is nothing to compare.")
    yield from tables


def _means(study: StudyTables) -> Text:
    return Text(f"Means of each point's cells; {study.intervals().replace('bars:', 'below them')}.")


def _circuits(saved: SavedStudy) -> Block:
    circuits, axes = saved.circuits, saved.study.axes
    if circuits.empty:
        return Text("No circuits were made: nothing was proved.")
    rows = []
    for values, own in circuits.groupby(list(axes), sort=False):
        means = own[["prove_cpu_s", "verify_gas"]].mean()
        ranges = (_range(own[name]) for name in ("parameters", "rows", "num_inner_cols", "proof_bytes"))
        label, measured = point_label(axes, values), (decimal(means.iloc[0], 2), whole(means.iloc[1]))
        rows.append((label, whole(len(own)), *ranges, *measured))
    columns = ("point", "circuits", "parameters", "rows", "columns", "proof, bytes", "CPU-s per proof")
    remark = (
        "All seeds together; a range where circuits differ. CPU-s and gas to verify are means over circuits."
    )
    return long_table("Circuits by point", "lrrrrrrr", (*columns, "gas to verify"), rows, "points", remark)


def _range(values: pd.Series) -> str:
    low, high = whole(values.min()), whole(values.max())
    return low if low == high else f"{low} to {high}"


# How it is repeated: its sweep as a scenario file has it, and what comes out ----------------------------


def axis_values(study: StudyTables) -> dict[str, list[Any]]:
    """The values of every axis; of axes that advance together, step by step."""
    return {
        axis: [step[place] for step in dimension.steps]
        for dimension in study.dimensions
        for place, axis in enumerate(dimension.axes)
    }


def how_to_repeat(facts: Mapping[str, Any], study: StudyTables, first: Scenario | None) -> Iterator[Block]:
    """The sweep, its command and its digest; with the scenario of the first cell where that is known."""
    yield Text(
        "The sweep, as the study's scenario file has it; all else in the file is the same at every point:"
    )
    yield Listing(tuple(_sweep(study, facts["seeds"])))
    yield Text("The same command goes on where a sweep was stopped:")
    yield Listing((f"zkpet sweep {facts['name']}.toml --out STUDY_DIR", "zkpet plot STUDY_DIR --csv"))
    if digest := facts["cells_digest"]:
        yield Text("With this version, these libraries and the same models, study.json then holds the digest")
        yield Listing((f"cells_digest {digest}",))
    if first:
        yield Text(
            "Every cell is a run directory, of which zkpet report makes a report. The first one's scenario:"
        )
        yield scenario_table(first)
    else:
        yield Text(
            "The study's directory holds its cells no longer, and so not the scenario that they share."
        )


def _sweep(study: StudyTables, seeds: int) -> Iterator[str]:
    """The sweep as a scenario file has it."""
    yield f"[{SWEEP}]"
    yield f"{SEEDS} = {seeds}"
    axes = axis_values(study)
    single = [dimension.axes[0] for dimension in study.dimensions if len(dimension.axes) == 1]
    yield from (_line(axis, axes[axis]) for axis in single)
    zipped = [axis for dimension in study.dimensions if len(dimension.axes) > 1 for axis in dimension.axes]
    if zipped:
        yield f"[{SWEEP}.{ZIPPED}]"
        yield from (_line(axis, axes[axis]) for axis in zipped)


def _line(axis: str, values: list[Any]) -> str:
    return f'"{axis}" = [{", ".join(map(_toml, values))}]'


def _toml(value: Any) -> str:
    """A value as TOML; what tables hold as text may have been a date, a list or a table."""
    if isinstance(value, bool):
        return str(value).lower()
    try:
        parsed_toml(f"value = {value}")
    except ValueError:
        return f'"{value}"'
    return str(value)
