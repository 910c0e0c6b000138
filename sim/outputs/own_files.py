"""Which files of a directory zkpet wrote: only these are replaced or removed, whatever else lies there stays.

A run's manifest lists every file that the run wrote; a study's description lists its figures. Whoever made it
may have listed anything: of a list, only the names that runs or studies give count. An older run has no list:
there, all these names are taken for its files. What is written into a directory later tells by its content: a
report by its first lines, a table as CSV by its header.
"""

import csv
import json
import os
import re
import stat
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from io import BufferedReader
from pathlib import Path
from typing import Any

from sim.errors import InputError
from sim.runtime.files import opened_file
from sim.runtime.scratch import anchored_folder, replace_file, sweep, unfinished
from sim.runtime.untrusted import parsed_json, read_text
from sim.tables.runs import RUN_TABLES

FIGURES, REPORT = "figures", "report.html"
LIST = "files"
"""In a manifest or a study's description: what was written, relative to the directory."""
REPORT_SIGN = b'<meta name="generator" content="zkpet">'
PRIVATE, PUBLIC = 0o600, 0o644
RUN_FIGURES = ("prices_and_volumes", "supply_and_demand", "bills", "forecast_and_actual", "costs", "gaps")
RUN_NAMES = frozenset(
    {
        *("summary.json", "manifest.json", "scenario.toml", "models.json", "chain.json"),
        *(f"{table.name}.parquet" for table in RUN_TABLES.values() if table.written != "bundle"),
        *(f"{FIGURES}/{name}.png" for name in RUN_FIGURES),
    }
)
"""All that runs write."""
_STUDY_NAME = re.compile(
    rf"{FIGURES}/(?:left_out\.txt"
    r"|(?:welfare_and_cost|privacy_and_accuracy|privacy_welfare_cost|heat_map|break_even"
    r"|outcomes_by_[\w .-]+)\.png)"
)
"""The names of a study's figures, which it lists; one is named by an axis, which may be a home's."""
_PUBLIC_FIGURES = ("prices_and_volumes", "supply_and_demand", "costs")
_PUBLIC = {
    *("manifest.json", "scenario.toml", "models.json", "chain.json", "study.json"),
    *(
        f"{table.name}.{kind}"
        for table in RUN_TABLES.values()
        for kind in ("parquet", "csv")
        if not table.private
    ),
    *(f"{FIGURES}/{figure}.png" for figure in _PUBLIC_FIGURES),
}
_OF_ORDERS = {
    f"{table.name}.{kind}" for table in RUN_TABLES.values() for kind in ("parquet", "csv") if table.of_orders
}
OF_SEALED = "totals.parquet"
"""Only runs with sealed orders have it."""
OF_GAPS = "gaps.parquet"
"""Only runs that use readings with gaps have it."""
_FIRST_LINES, _MOST_BYTES, _LARGEST = 4096, 2**24, 2**30


def facts_in(path: Path) -> dict[str, Any]:
    """A JSON object; empty where there is none."""
    try:
        facts = parsed_json(read_text(path, _MOST_BYTES))
    except (InputError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}


def listed(facts: dict[str, Any], of_study: bool = False) -> set[str] | None:
    """The files that a list names, if they can be a run's, or a study's; None where there is no list."""
    names = facts.get(LIST)
    if not isinstance(names, list):
        return None
    own = _STUDY_NAME.fullmatch if of_study else RUN_NAMES.__contains__
    return {name for name in names if isinstance(name, str) and own(name)}


def files_below(folder: Path) -> list[Path]:
    """All that lies in a directory, and in its figures: relative paths, in order. No link is followed."""
    paths = []
    for path in folder.iterdir():
        figures = path.name == FIGURES and is_folder(path)
        paths += [Path(FIGURES) / each.name for each in path.iterdir()] if figures else [Path(path.name)]
    return sorted(paths)


def strangers_in(folder: Path, own: Callable[[str], bool]) -> list[Path]:
    """What of a directory no run wrote: whatever is no regular file, or has no such name or content."""
    return [
        path
        for path in files_below(folder)
        if not (is_regular(folder / path) and (own(path.as_posix()) or _tells_by_content(folder / path)))
    ]


def _tells_by_content(path: Path) -> bool:
    return (path.name == REPORT and is_report(path)) or (path.suffix == ".csv" and is_export(path))


def is_regular(path: Path) -> bool:
    """Whether there is a regular file, and no link to one."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def is_folder(path: Path) -> bool:
    """Whether there is a folder, and no link to one."""
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except OSError:
        return False


def is_report(path: Path) -> bool:
    """Whether a file is a report as ``zkpet report`` writes it."""
    try:
        with _peeked(path) as file:
            return REPORT_SIGN in file.read(_FIRST_LINES)
    except InputError:
        return False


def is_export(path: Path) -> bool:
    """Whether a CSV file has the columns of the Parquet table beside it."""
    try:
        with _peeked(path) as file, _peeked(path.with_suffix(".parquet")) as table:
            import pyarrow.parquet  # takes its time to load

            columns: list[str] = pyarrow.parquet.read_schema(table).names
            return next(csv.reader([file.readline(2**20).decode()]), []) == columns
    except (ValueError, csv.Error):
        return False


def _peeked(path: Path) -> AbstractContextManager[BufferedReader]:
    """A file of a directory, of which only the beginning or the end is read."""
    return opened_file(path, _LARGEST, "it", follow_links=False)


@contextmanager
def new_figures(directory: Path, description: Path, of_study: bool = False) -> Iterator[Path]:
    """A folder whose ``figures`` take the place of the directory's older ones, if all goes well.

    The older ones are those that the description lists; whatever else lies there stays. A study's description
    without a list gets one. Raises InputError where somebody else's file has a figure's name.
    """
    prefix = unfinished(directory / FIGURES)
    sweep(directory, prefix)
    with anchored_folder(directory, prefix) as folder:
        (folder / FIGURES).mkdir()
        yield folder
        new = {f"{FIGURES}/{path.name}": path.read_bytes() for path in (folder / FIGURES).iterdir()}
    _place(directory, description, of_study, new)


def _place(directory: Path, description: Path, of_study: bool, new: dict[str, bytes]) -> None:
    """Listed first and removed from the list last: killed in between, every figure is known as one."""
    folder, facts = directory / FIGURES, facts_in(description)
    with suppress(FileExistsError):
        folder.mkdir()
    if not is_folder(folder):
        raise InputError(f"{folder}: should be a folder, and no link; move it away")
    known = listed(facts, of_study)
    for name in new:
        path = directory / name
        if os.path.lexists(path) and not (is_regular(path) and (known is None or name in known)):
            raise InputError(f"{path}: is there, and was not drawn by zkpet; move it away")
    older = {name for name in known or () if Path(name).parent == Path(FIGURES)}
    others = (known or set()) - older

    def write_list(figures: Collection[str]) -> None:
        if facts and (of_study or known is not None):
            write_json(description, facts | {LIST: sorted({*others, *figures})})

    write_list(older | new.keys())
    for name, content in new.items():
        replace_file(directory / name, content, mode_of(name))
    for name in older - new.keys():
        if is_regular(directory / name):
            (directory / name).unlink()
    write_list(new)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """A JSON object in place of an older one, whole or not at all."""
    replace_file(path, f"{json.dumps(content, indent=2)}\n".encode(), mode_of(path.name))


def mode_of(name: str, sealed: bool = False) -> int:
    """Who may read a file: everybody what is public, nobody else what is made from readings.

    sealed: whether it is of a run with sealed orders, which are nobody else's either
    """
    return PUBLIC if name in _PUBLIC and not (sealed and name in _OF_ORDERS) else PRIVATE
