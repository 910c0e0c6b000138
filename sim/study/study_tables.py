"""The tables of a study, made of the cells that are done."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from sim.measures.table import all_measures
from sim.outputs.saved import read_table
from sim.study.cells import Cell, Design
from sim.study.study_directory import cell_folder, cell_summary
from sim.tables.table import COMMUNITY

CELL, SEED = "cell", "seed"


def cell_rows(out: Path, study: Design, done: Sequence[Cell]) -> list[dict[str, Any]]:
    """One row per cell: its name, its axes, its seed, its community, every figure of its summary."""
    rows = []
    for cell in done:
        summary = cell_summary(out, cell)
        figures = {name: value for name, value in summary.items() if name not in (SEED, "scenario")}
        rows.append({**_key(study, cell), SEED: cell.seed, COMMUNITY.name: 0, **figures})
    return rows


def digest_of(rows: Iterable[Mapping[str, Any]]) -> str:
    """sha-256 over cells' rows in any order, without names of cells, communities and what varies by run."""
    left_out = {CELL, COMMUNITY.name, *(each.name for each in all_measures() if each.varies)}
    lines = sorted(
        json.dumps({name: value for name, value in row.items() if name not in left_out}, sort_keys=True)
        for row in rows
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _key(study: Design, cell: Cell) -> dict[str, Any]:
    return {CELL: cell.name, **dict(zip(study.axes, cell.values, strict=True))}


def cells_table(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """The rows as a table; whole numbers stay whole where some are missing."""
    names = dict.fromkeys(name for row in rows for name in row)
    return pd.DataFrame({name: _series([row.get(name) for row in rows]) for name in names})


def _series(values: list[Any]) -> pd.Series:
    there = [value for value in values if value is not None]
    if len(there) == len(values):
        return pd.Series(values)
    whole = there and all(isinstance(value, int) and not isinstance(value, bool) for value in there)
    if whole:
        return pd.Series(values, dtype="Int64")
    text = any(isinstance(value, str) for value in there)
    return pd.Series(values, dtype="object" if text else "float64")


def days_table(out: Path, done: Sequence[Cell]) -> pd.DataFrame:
    """The cells' days, one after the other."""
    return _joined((table, {CELL: cell.name}) for cell, table in _tables(out, done, "days"))


def circuits_table(out: Path, study: Design, done: Sequence[Cell]) -> pd.DataFrame:
    """The cells' circuits, with where each cell stands."""
    return _joined((table, _key(study, cell)) for cell, table in _tables(out, done, "circuits"))


def _tables(out: Path, done: Sequence[Cell], name: str) -> Iterator[tuple[Cell, pd.DataFrame]]:
    for cell in done:
        yield cell, read_table(cell_folder(out, cell) / f"{name}.parquet")


def _joined(parts: Iterator[tuple[pd.DataFrame, dict[str, Any]]]) -> pd.DataFrame:
    frames = []
    for table, key in parts:
        for place, (name, value) in enumerate(key.items()):
            table.insert(place, name, value)
        frames.append(table)
    with_rows = [frame for frame in frames if len(frame)] or frames[:1]
    return pd.concat(with_rows, ignore_index=True)
