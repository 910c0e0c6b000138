"""A study's tables and figures, written from the cells that are done."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sim.outputs.own_files import FIGURES, REPORT, is_report, new_figures
from sim.study.cells import Cell, Design
from sim.study.figures import write_study_figures
from sim.study.statistics import differences_of, points_of
from sim.study.study_directory import STUDY, write_table
from sim.study.study_tables import cells_table, circuits_table, days_table


def write_results(
    out: Path, study: Design, done: Sequence[Cell], rows: Sequence[Mapping[str, Any]]
) -> list[str]:
    """Write cells, days, circuits, points and differences, and draw the figures; drop an older report.

    Returns a sentence for each figure that could not be drawn.
    """
    if is_report(out / REPORT):
        (out / REPORT).unlink()
    cells, days = cells_table(rows), days_table(out, done)
    seed = study.cells[0].seed
    points = points_of(cells, days, study.axes, seed)
    tables = {
        "cells": cells,
        "days": days,
        "circuits": circuits_table(out, study, done),
        "points": points,
        "differences": differences_of(cells, days, study.axes, seed),
    }
    for name, table in tables.items():
        write_table(out, name, table)
    with new_figures(out, out / STUDY, of_study=True) as folder:
        return write_study_figures(folder / FIGURES, cells, points, study.axes, study.name)
