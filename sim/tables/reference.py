"""The data dictionary: every table with its columns, written from their rows.

python -m sim.tables.reference > docs/tables.md
"""

from sim.tables.runs import RUN_TABLES
from sim.tables.studies import OF_CELLS, STUDY_TABLES
from sim.tables.table import Column, Table

INTRODUCTION = """# Tables

What runs and studies leave in their directories, as Parquet; `zkpet plot DIR --csv` writes them as CSV
besides. Money is in whole nano-$ and energy in whole Wh; units stand at the end of columns' names; slots,
gates and clusters are counted from 0. This page is written from `sim/tables/`.

A row is known by the columns marked *key*; behind them stands `community`, which is 0 everywhere for now. A
study's `points` and `differences` are of all communities together and have none. *Private* are columns that
readings are in. What *varies* differs from one run of a scenario to the next. Bundles hold tables as
`tables/NAME.csv`, without the columns that are *in runs alone* and, of sealed orders, those *of orders*.
"""
WRITTEN = {
    "run": "Every run",
    "cheats": "Runs in which somebody cheats",
    "sealed": "Runs with sealed orders",
    "gaps": "Runs that use readings with gaps",
    "study": "Studies",
    "bundle": "Bundles of open orders alone",
}


def documentation() -> str:
    """The whole page, in Markdown."""
    of_runs, of_studies = ("\n".join(map(_table, each.values())) for each in (RUN_TABLES, STUDY_TABLES))
    return "\n".join([INTRODUCTION, "# Runs and bundles\n", of_runs, "# Studies\n", of_studies])


def _table(table: Table) -> str:
    where, access = WRITTEN[table.written], "closed to others" if table.private else "open to others"
    if table.written != "bundle":
        where += ", bundles" if table.bundled else ""
        where += " of open orders" if table.bundled and table.of_orders else ""
        access += ", unless orders are sealed" if table.of_orders else ""
    about = f"{table.meaning[:1].upper()}{table.meaning[1:]}. {where}; the file is {access}."
    head = ["| column | unit | meaning | |", "|---|---|---|---|"]
    of_cells = table.name in OF_CELLS and table.written == "study"
    if of_cells:
        about += " The other columns are those of the run's table."
    columns = table.columns[: len(table.keys) + 1] if of_cells else table.columns
    title = f"{table.name} of a study" if table.written == "study" else table.name
    return "\n".join([f"## {title}", "", about, "", *head, *(_row(each, table) for each in columns), ""])


def _row(column: Column, table: Table) -> str:
    alone = table.bundled and not column.bundled
    kinds = {"key": column in table.keys, "private": column.private, "varies": column.varies}
    kinds["of orders"] = column.of_orders
    marks = ", ".join(kind for kind, holds in {**kinds, "in runs alone": alone}.items() if holds)
    return f"| `{column.name}` | {column.unit} | {column.meaning} | {marks} |"


if __name__ == "__main__":
    print(documentation(), end="")
