"""The homes of an import as a CSV file, its table of names, and as a DataFrame."""

import csv
import io
import os
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv

from sim.data.csv_file import TEMPERATURE_COLUMN
from sim.data.csv_grid import TIME_COLUMN
from sim.errors import InputError
from sim.imports.energy import Integers
from sim.imports.importing import Imported
from sim.imports.names import HEADER
from sim.outputs.own_files import PRIVATE
from sim.runtime.scratch import replace_file


def check_free(paths: list[Path], overwrite: bool) -> None:
    """Raise InputError where something is in the place of an output, or there is no place for it."""
    for path in paths:
        if os.path.lexists(path) and not overwrite:
            raise InputError(f"{path}: is there already; write elsewhere, or replace it with --overwrite")
        if not path.parent.is_dir():
            raise InputError(f"{path}: there is no folder {path.parent}; make it first")


def write_homes(path: Path, one: Imported) -> None:
    """The homes as the project reads them: whole Wh, and nothing where a reading is missing."""
    table = _table(one)

    def write(file: BinaryIO) -> None:
        file.write((",".join(table.column_names) + "\n").encode())
        options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="none")
        pyarrow.csv.write_csv(table, file, options)

    replace_file(path, write, PRIVATE)


def write_names(path: Path, one: Imported) -> None:
    """What homes were called, and what they are called now."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([HEADER, *one.names.items()])
    replace_file(path, text.getvalue().encode(), PRIVATE)


def as_frame(one: Imported) -> pd.DataFrame:
    """The same as a DataFrame: a column of times, and whole Wh, missing ones as <NA>."""
    columns = {TIME_COLUMN: pd.Series(_starts(one))}
    for title, (wh, missing) in _energy(one).items():
        columns[title] = pd.Series(pd.array(wh, dtype="Int64"))
        columns[title][missing] = pd.NA
    if one.temperature_dc is not None:
        columns[TEMPERATURE_COLUMN] = pd.Series(one.temperature_dc / 10)
    return pd.DataFrame(columns)


def _table(one: Imported) -> pa.Table:
    starts = pa.array(np.datetime_as_string(_starts(one), unit="m"))
    columns = {TIME_COLUMN: starts}
    for title, (wh, missing) in _energy(one).items():
        columns[title] = pa.array(wh, mask=missing)
    if one.temperature_dc is not None:
        columns[TEMPERATURE_COLUMN] = pa.array(one.temperature_dc / 10)
    return pa.table(columns)


def _energy(one: Imported) -> dict[str, tuple[Integers, np.ndarray[tuple[int], np.dtype[np.bool_]]]]:
    found = {}
    for home in one.homes:
        name = one.names[home.name]
        found[f"{name}_load_wh"] = (home.load_wh, home.no_load)
        if home.pv_wh is not None and home.no_pv is not None:
            found[f"{name}_pv_wh"] = (home.pv_wh, home.no_pv)
    return found


def _starts(one: Imported) -> np.ndarray[tuple[int], np.dtype[np.datetime64]]:
    return (one.start_s + np.arange(one.slots) * one.slot_s).astype("datetime64[s]")
