"""The directory of a study: cells as they come, then tables made of them."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from sim.errors import InputError
from sim.outputs.run_directory import (
    FIGURES,
    REPORT,
    SUMMARY,
    RunContents,
    check_creatable,
    clear_unfinished,
    is_run,
    new_run,
    write_run,
)
from sim.scratch import claimed
from sim.study.cells import Cell

CELLS, STUDY, LOG = "cells", "study.json", "study.log"
TABLES = ("cells", "days", "circuits", "points", "differences")
CELL_TABLES = ("days", "circuits")
"""Of each cell, beside its summary, what the study's tables are made of."""
_UNFINISHED = re.compile(r"\.[0-9a-f]{16}-.*")


def is_study_directory(folder: Path) -> bool:
    """Whether a directory holds a study, finished or not."""
    return (folder / STUDY).is_file()


def check_study_writable(out: Path) -> None:
    """Raise InputError, before any work is done, where a study could not be written to ``out``.

    An older study there goes on, whatever its axes; what anybody else put there is left alone.
    """
    clear_unfinished(out / STUDY)
    if out.exists():
        if not out.is_dir():
            raise InputError(f"{out}: exists and is not a study directory; name another with --out")
        known = _is_ours if is_study_directory(out) else _is_early
        strangers = sorted(path.name for path in out.iterdir() if not known(path))
        if strangers:
            raise InputError(f"{out}: holds {strangers[0]}, which no sweep wrote; name another with --out")
    check_creatable(out / STUDY)


def _is_early(path: Path) -> bool:
    """What a sweep leaves that is killed as it begins."""
    return path.name in (CELLS, f".{STUDY}.new")


def _is_ours(path: Path) -> bool:
    name = path.name.removeprefix(".").removesuffix(".new")
    return name in (CELLS, STUDY, LOG, FIGURES, REPORT) or any(
        name in (f"{table}.parquet", f"{table}.csv") for table in TABLES
    )


@contextmanager
def sole_writer(out: Path) -> Iterator[None]:
    """Raise InputError where another sweep writes there; the claim ends with the process, however it ends."""
    (out / CELLS).mkdir(parents=True, exist_ok=True)
    descriptor = os.open(out, os.O_RDONLY)
    try:
        if not claimed(descriptor):
            raise InputError(
                f"{out}: another sweep is writing there; wait for it, or name another with --out"
            )
        _drop_unfinished(out)
        yield
    finally:
        os.close(descriptor)


def _drop_unfinished(out: Path) -> None:
    """What a killed sweep was just writing."""
    for path in (out / CELLS).iterdir():
        if _UNFINISHED.fullmatch(path.name):
            shutil.rmtree(path)
    for path in out.glob(".*.new"):
        path.unlink() if path.is_file() else shutil.rmtree(path)


def cell_folder(out: Path, cell: Cell) -> Path:
    """Where a cell is, or will be."""
    return out / CELLS / cell.name


def is_done(out: Path, cell: Cell) -> bool:
    """Whether a cell has been run, and what the study's tables are made of can be read."""
    folder = cell_folder(out, cell)
    if not is_run(folder):
        return False
    try:
        json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
        for name in CELL_TABLES:
            pd.read_parquet(folder / f"{name}.parquet")
    except (OSError, ValueError):  # pyarrow's errors among them
        return False
    return True


def write_cell(out: Path, cell: Cell, contents: RunContents) -> None:
    """Write a cell, whole or not at all: a run directory without figures."""
    with new_run(cell_folder(out, cell)) as folder:
        write_run(folder, contents)


def write_log(out: Path, line: str) -> None:
    """One more line of the study's log."""
    _write_text(out / LOG, f"{line}\n", mode="a")


def write_study(out: Path, facts: dict[str, Any]) -> None:
    """What the study is, and the digest of its cells."""
    new = out / f".{STUDY}.new"
    _write_text(new, json.dumps(facts, indent=2) + "\n", mode="w")
    new.replace(out / STUDY)


def write_table(out: Path, name: str, table: pd.DataFrame) -> None:
    """Write a table in place of an older one; and as CSV where somebody had it as CSV."""
    new = out / f".{name}.parquet.new"
    table.to_parquet(new, index=False)
    new.replace(out / f"{name}.parquet")
    if (out / f"{name}.csv").exists():
        write_csv(out / f"{name}.parquet")


@contextmanager
def new_figures(out: Path) -> Iterator[Path]:
    """A folder to draw figures into; it takes the place of the older one if all goes well."""
    new = out / f".{FIGURES}.new"
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir()
    yield new
    if (out / FIGURES).exists():
        shutil.rmtree(out / FIGURES)
    new.rename(out / FIGURES)


def write_csv(parquet: Path) -> None:
    """A table as CSV, beside it."""
    new = parquet.with_name(f".{parquet.stem}.csv.new")
    pd.read_parquet(parquet).to_csv(new, index=False)
    new.replace(parquet.with_suffix(".csv"))


def _write_text(path: Path, text: str, mode: str) -> None:
    with path.open(mode, encoding="utf-8") as file:
        file.write(text)
