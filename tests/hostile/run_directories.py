"""Hostile run directories, for ``report``, ``plot``, ``bundle`` and ``page``."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sim.outputs.run_directory import MANIFEST, MODELS, SCENARIO, SUMMARY
from tests.hostile.bundles import PAINTED, sparse
from tests.hostile.case import Case, Honest

Change = Callable[[Path], object]


def copied(change: Change) -> Callable[[Honest, Path], Path]:
    """The honest run directory with something in it changed."""

    def make(honest: Honest, folder: Path) -> Path:
        run = folder / "their-run"
        shutil.copytree(honest.run, run)
        change(run)
        return run

    return make


def text(name: str, content: str) -> Change:
    """A file that says something else."""
    return lambda run: (run / name).write_text(content)


def endless(name: str) -> Change:
    """A link to a file without end in a file's place."""

    def change(run: Path) -> None:
        (run / name).unlink()
        (run / name).symlink_to("/dev/zero")

    return change


def silent(name: str) -> Change:
    """A pipe that nobody writes to in a file's place."""

    def change(run: Path) -> None:
        (run / name).unlink()
        os.mkfifo(run / name)

    return change


def hollow(name: str) -> Change:
    """Four gigabytes of nothing in a file's place."""
    return lambda run: sparse(2**32, name)(Honest(run, run), run)


def many_rows(name: str) -> Change:
    """A small Parquet table of very many rows."""

    def change(run: Path) -> None:
        schema = pq.read_schema(run / name)
        rows = 2_000_000
        table = pa.table({field.name: pa.nulls(rows, field.type) for field in schema}, schema=schema)
        with pq.ParquetWriter(run / name, schema, compression="zstd") as writer:
            for _ in range(20):
                writer.write_table(table)

    return change


def another_table(run: Path) -> None:
    """A table with columns of its own."""
    pq.write_table(pa.table({"x": [1, 2]}), run / "slots.parquet")


def summary_of(**fields: object) -> Change:
    """Figures that the run did not have."""

    def change(run: Path) -> None:
        facts = json.loads((run / SUMMARY).read_text())
        (run / SUMMARY).write_text(json.dumps(facts | fields))

    return change


def store_of_links(run: Path) -> None:
    """A scenario that names the user's keys as what may be tidied."""
    cache = run / "cache"
    cache.mkdir(mode=0o700)
    (cache / "unfinished").symlink_to(run.parent / "home" / ".ssh")
    lines = (run / SCENARIO).read_text().splitlines()
    (run / SCENARIO).write_text(
        "\n".join('store = "cache"' if line.startswith("store") else line for line in lines) + "\n"
    )
    (run / MODELS).write_text("{}")


REPORT = {
    "a summary that is a list": text(SUMMARY, "[]"),
    "a summary nested 100,000 deep": text(SUMMARY, '{"a":' * 100_000),
    "a summary of four gigabytes": hollow(SUMMARY),
    "a summary without end": endless(SUMMARY),
    "a summary that is a silent pipe": silent(SUMMARY),
    "a table of 40 million rows": many_rows("orders.parquet"),
    "a table that is none": text("slots.parquet", "PAR1 and nothing else"),
    "a table of other columns": another_table,
    "a table without end": endless("agents.parquet"),
    "a scenario without end": endless(SCENARIO),
    "figures that are text": summary_of(mean_price=PAINTED, traded_wh=PAINTED),
    "a manifest that is a silent pipe": silent(MANIFEST),
}
PLOT = {
    "a table of 40 million rows": many_rows("slots.parquet"),
    "a summary that is a silent pipe": silent(SUMMARY),
}
BUNDLE = {
    "a store of links": store_of_links,
    "models of four gigabytes": hollow(MODELS),
    "a chain that is a silent pipe": silent("chain.json"),
}
PAGE = {
    "a summary without end": endless(SUMMARY),
    "a table of 40 million rows": many_rows("orders.parquet"),
    "a table of other columns": another_table,
}
CASES = {
    f"{command}: {name}": Case(command, copied(change))
    for command, changes in (("report", REPORT), ("plot", PLOT), ("bundle", BUNDLE), ("page", PAGE))
    for name, change in changes.items()
}
