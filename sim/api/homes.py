"""Homes from exports of meters, in Python."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from sim.errors import InputError
from sim.imports.answers import Answers
from sim.imports.importing import imported
from sim.imports.names import read_names
from sim.imports.origins import tables_of
from sim.imports.source import text_source
from sim.imports.write import as_frame
from sim.runtime.progress import Progress

NAME = "DataFrame"
"""What messages call a table that is no file."""
Files = str | PathLike[str]


def read_homes(source: Files | Sequence[Files] | pd.DataFrame, **answers: Any) -> pd.DataFrame:
    """Homes of a meter's export, in the form that ``sim.run(scenario, readings=...)`` takes.

    source:  a file, the files of one export, or a DataFrame; times may be its index
    answers: the options of ``zkpet import`` by name: ``unit="kWh"``, ``leave_out=["office"]``

    Raises InputError for what is wrong, and for all questions that the export leaves open.
    """
    said = _answers(answers)
    if isinstance(source, pd.DataFrame):
        has_times = isinstance(source.index, pd.DatetimeIndex)
        title = str(source.index.name or "time") if has_times else None
        text = source.to_csv(index=has_times, index_label=title)
        return as_frame(imported([text_source(NAME, text.encode())], said, Progress(quiet=True)))
    paths = [source] if isinstance(source, str | PathLike) else source
    tables = (each for path in paths for each in tables_of(Path(path)))
    return as_frame(imported(tables, said, Progress(quiet=True)))


def _answers(given: Mapping[str, Any]) -> Answers:
    """Raises InputError where one is none, or has a value that it cannot have."""
    known = {field.name for field in fields(Answers)}
    for name in given:
        if name not in known:
            raise InputError(f"read_homes: {name} is no answer; it takes {', '.join(sorted(known))}")
    said = dict(given)
    for name in ("load", "pv", "leave_out"):
        if name in said:
            said[name] = (said[name],) if isinstance(said[name], str) else tuple(said[name])
    if isinstance(said.get("names"), str | PathLike):
        said["names"] = read_names(Path(said["names"]))
    return replace(Answers(), **said)
