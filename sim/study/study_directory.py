"""The directory of a study: cells as they come, then tables made of them."""

import errno
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from sim.errors import InputError
from sim.outputs.own_files import (
    FIGURES,
    LIST,
    PRIVATE,
    REPORT,
    facts_in,
    is_export,
    is_folder,
    is_regular,
    listed,
    mode_of,
    write_json,
)
from sim.outputs.run_directory import (
    SUMMARY,
    RunContents,
    check_creatable,
    clear_unfinished,
    is_run,
    new_run,
    write_run,
)
from sim.outputs.saved import read_json, read_table
from sim.runtime.scratch import claimed, replace_file, sweep_unfinished, unfinished
from sim.study.cells import Cell
from sim.tables.studies import OF_CELLS, STUDY_TABLES

CELLS, STUDY, LOG = "cells", "study.json", "study.log"
_NAMES = (
    STUDY,
    LOG,
    FIGURES,
    REPORT,
    *(f"{table}.{kind}" for table in STUDY_TABLES for kind in ("parquet", "csv")),
)
_CLAIMS = {"name", "axes", "seeds", "seed", "cells", "cells_digest"}
_FIGURE = re.compile(r"(?!cell\Z)[a-z][a-z0-9_]*")
"""A name in a summary; "cell", and names with dots, are columns of the study's own."""
_UNFINISHED = re.compile(rf"{re.escape(unfinished(Path('X'))).replace('X', '([0-9a-f]{16})')}.{{8}}")


def is_study_directory(folder: Path) -> bool:
    """Whether a directory holds a study, finished or not."""
    return (folder / STUDY).is_file()


def check_study_writable(out: Path) -> None:
    """Raise InputError, before any work is done, where a study could not be written to ``out``.

    An older study there goes on, whatever its axes; what anybody else put there is left alone.
    """
    sweep_unfinished(out)
    if out.exists():
        if not out.is_dir():
            raise InputError(f"{out}: exists and is not a study directory; name another with --out")
        known = (
            (CELLS, *_NAMES) if facts_in(out / STUDY).keys() >= _CLAIMS else (CELLS,)
        )  # killed as it began
        strangers = sorted(path.name for path in out.iterdir() if path.name not in known)
        if strangers:
            raise InputError(f"{out}: holds {strangers[0]}, which no sweep wrote; name another with --out")
    _check_no_links(out)
    check_creatable(out / STUDY)


def _check_no_links(out: Path) -> None:
    """Raise InputError where a sweep would write through a link below ``out``, as strangers may leave one."""
    cells, figures, log = out / CELLS, out / FIGURES, out / LOG
    for path in (cells, figures):
        if os.path.lexists(path) and not is_folder(path):
            raise InputError(f"{path}: should be a folder, and no link; move it away")
    if os.path.lexists(log) and not is_regular(log):
        raise _no_log(out)
    for path in sorted(cells.iterdir() if is_folder(cells) else ()):
        if path.is_symlink():
            raise InputError(f"{path}: is a link, and should be a cell's folder; move it away")


@contextmanager
def sole_writer(out: Path) -> Iterator[None]:
    """Raise InputError where another sweep writes there; the claim ends with the process, however it ends."""
    _check_no_links(out)
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
    for name in {match[1] for path in (out / CELLS).iterdir() if (match := _UNFINISHED.fullmatch(path.name))}:
        clear_unfinished(out / CELLS / name)


def cell_folder(out: Path, cell: Cell) -> Path:
    """Where a cell is, or will be."""
    return out / CELLS / cell.name


def is_done(out: Path, cell: Cell) -> bool:
    """Whether a cell has been run, and what the study's tables are made of can be read.

    By whom it was run is not asked.
    """
    folder = cell_folder(out, cell)
    if not is_run(folder):
        return False
    try:
        cell_summary(out, cell)
        for name in OF_CELLS:
            read_table(folder / f"{name}.parquet")
    except InputError:
        return False
    return True


def cell_summary(out: Path, cell: Cell) -> dict[str, Any]:
    """A cell's summary: names with numbers, texts, or what is not known. Raises InputError for all else."""
    path = cell_folder(out, cell) / SUMMARY
    summary = read_json(path)
    for name, value in summary.items():
        if not _FIGURE.fullmatch(name) or not isinstance(value, str | int | float | None):
            raise InputError(f'{path}: "{name[:40]}" should be a figure of a run, as a number or text')
    return summary


def write_cell(out: Path, cell: Cell, contents: RunContents) -> None:
    """Write a cell, whole or not at all: a run directory without figures. Raises InputError at a link."""
    _check_no_links(out)
    with new_run(cell_folder(out, cell), is_cell=True) as folder:
        write_run(folder, contents)


def write_log(out: Path, line: str) -> None:
    """One more line of the study's log. Raises InputError at a link, and at a pipe, which would wait."""
    how = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        log = os.open(out / LOG, how, PRIVATE)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):
            raise _no_log(out) from None
        raise
    with os.fdopen(log, "a", encoding="utf-8") as file:
        if not stat.S_ISREG(os.fstat(log).st_mode):
            raise _no_log(out)
        file.write(f"{line}\n")


def _no_log(out: Path) -> InputError:
    return InputError(f"{out / LOG}: should be a regular file, and no link; move it away")


def write_study(out: Path, facts: dict[str, Any]) -> None:
    """What the study is, and the digest of its cells; the list of its figures stays."""
    figures = listed(facts_in(out / STUDY), of_study=True)
    write_json(out / STUDY, facts | ({LIST: sorted(figures)} if figures is not None else {}))


def write_table(out: Path, name: str, table: pd.DataFrame) -> None:
    """Write a table in place of an older one; and as CSV where somebody had it as CSV."""
    path = out / f"{name}.parquet"
    exported = is_export(path.with_suffix(".csv"))
    replace_file(path, table.to_parquet(index=False), mode_of(path.name))
    if exported:
        replace_file(path.with_suffix(".csv"), table.to_csv(index=False).encode(), mode_of(path.name))
