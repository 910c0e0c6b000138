"""The tables of studies, made of those of their cells."""

from dataclasses import replace

from sim.tables.runs import RUN_TABLES
from sim.tables.table import Column, Table

CELL, SEED = Column("cell", "name of the cell, and of its directory"), Column("seed", "of the run")
AXES = Column("SECTION.FIELD", "an axis's value; a column per axis, in the order of the scenario file")
MEASURE = Column("MEASURE", "a column per measure of a run: docs/measures.md")
STATISTICS = (
    Column("se", "standard error; empty of fewer than three seeds, like the interval"),
    Column("low", "lower end of the 95 % interval"),
    Column("high", "upper end"),
)


def _of_cells(name: str, *keys: Column, read_by: tuple[str, ...] = ()) -> Table:
    """A run's table of all cells, one after the other."""
    table = RUN_TABLES[name]
    meaning = f"{table.meaning}; of every cell"
    return replace(table, meaning=meaning, keys=(*keys, *table.keys), written="study", read_by=read_by)


_ROWS = (
    Table(
        "cells",
        "one row per cell",
        (CELL, AXES, SEED),
        (MEASURE,),
        "study",
        private=True,
        read_by=("figures", "report"),
    ),
    _of_cells("days", CELL),
    _of_cells("circuits", CELL, AXES, read_by=("report",)),
    Table(
        "points",
        "one row per point; of every measure that is a number",
        (AXES,),
        (
            Column("seeds", "how many cells it has"),
            Column("days", "how many each of them has"),
            Column("MEASURE_mean", "mean over seeds, of a ratio of sums over days within each"),
            *(replace(each, name=f"MEASURE_{each.name}") for each in STATISTICS),
        ),
        "study",
        private=True,
        read_by=("figures", "report"),
        by_community=False,
    ),
    Table(
        "differences",
        "one row per point, axis and measure: the point less that at the axis's first value, paired",
        (AXES, Column("measure", "name"), Column("against", "the axis and its first value")),
        (Column("difference", "of the means"), *STATISTICS),
        "study",
        private=True,
        read_by=("report",),
        by_community=False,
    ),
)

STUDY_TABLES: dict[str, Table] = {table.name: table for table in _ROWS}
OF_CELLS = tuple(name for name in STUDY_TABLES if name in RUN_TABLES)
"""Of each cell, beside its summary, what the study's tables are made of."""
