"""The tables and figures of a study, made of the cells that are done."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from sim.measures.table import all_measures
from sim.outputs.own_files import FIGURES, REPORT, is_report, new_figures
from sim.outputs.saved import read_table
from sim.study.cells import Cell, Design
from sim.study.figures import write_study_figures
from sim.study.statistics import differences_of, points_of
from sim.study.study_directory import STUDY, cell_folder, cell_summary, write_table
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


def _of_cells(
    out: Path, done: Sequence[Cell], name: str, key: Callable[[Cell], Mapping[str, Any]]
) -> pd.DataFrame:
    """A table of each cell, one after the other, with columns before its own that say which cell it is of."""
    frames = []
    for cell in done:
        table = read_table(cell_folder(out, cell) / f"{name}.parquet")
        for place, (column, value) in enumerate(key(cell).items()):
            table.insert(place, column, value)
        frames.append(table)
    return pd.concat([frame for frame in frames if len(frame)] or frames[:1], ignore_index=True)


def write_results(
    out: Path, study: Design, done: Sequence[Cell], rows: Sequence[Mapping[str, Any]]
) -> list[str]:
    """Write cells, days, circuits, points and differences, and draw the figures; drop an older report.

    Returns a sentence for each figure that could not be drawn.
    """
    if is_report(out / REPORT):
        (out / REPORT).unlink()
    cells, days = cells_table(rows), _of_cells(out, done, "days", lambda cell: {CELL: cell.name})
    of_points = cells, days, study.axes, study.cells[0].seed
    points = points_of(*of_points)
    tables = {
        "cells": cells,
        "days": days,
        "circuits": _of_cells(out, done, "circuits", partial(_key, study)),
        "points": points,
        "differences": differences_of(*of_points),
    }
    for name, table in tables.items():
        write_table(out, name, table)
    with new_figures(out, out / STUDY, of_study=True) as folder:
        return write_study_figures(folder / FIGURES, cells, points, study.axes, study.name)
