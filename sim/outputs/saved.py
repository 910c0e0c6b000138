"""What runs and studies left in their directories, read back; whoever made them may be a stranger."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pandas.errors import InvalidIndexError

from sim.errors import InputError
from sim.runtime.untrusted import parsed_json, read_bytes, read_text

MOST_JSON_BYTES = 2**24
MOST_TABLE_BYTES = MOST_UNPACKED_BYTES = 2**28
MOST_COLUMNS, MOST_CELLS = 1_000, 40_000_000
MOST_TEXT_BYTES = 2**28
"""Bounds of all tables that are read together, asked before the first is decoded.

40 million cells are a third of a GB of numbers. A home has up to 21 cells in a slot, in its orders, trades
and forecasts: 10,000 homes over 7 days of hours have 36 million.
"""
MOST_FOOTER_BYTES = 2**20
"""What a table says of itself takes twenty times its size before it can be looked at."""
_CODECS = {"SNAPPY", "UNCOMPRESSED"}
_ENCODINGS = {"PLAIN", "RLE", "RLE_DICTIONARY", "PLAIN_DICTIONARY", "BIT_PACKED"}
_OF_NUMBERS = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_null)
_OF_TIMES = (pa.types.is_timestamp, pa.types.is_date)
_OF_TEXT = (pa.types.is_string, pa.types.is_large_string)


def read_tables(directory: Path, names: Sequence[str]) -> dict[str, pd.DataFrame]:
    """These tables of a directory, by name.

    Raises InputError where one is missing or damaged, or where they are out of bounds, alone or together,
    before the first is decoded.
    """
    paths = [directory / f"{name}.parquet" for name in names]
    cells = text_bytes = 0
    for path in paths:
        with _as_a_run_writes_it(path):
            data = read_bytes(path, MOST_TABLE_BYTES)
            cells += _checked_cells(data)
            text_bytes += _checked_text_bytes(data)
        for found, most, what in (
            (cells, MOST_CELLS, "cells"),
            (text_bytes, MOST_TEXT_BYTES, "bytes of text"),
        ):
            if found > most:
                raise InputError(
                    f"{path}: has, with the tables before it, {found:,} {what}, at most {most:,} can be "
                    f"shown (of {', '.join(names)}); a run of fewer homes or days has fewer"
                )
    return {name: _decoded(path) for name, path in zip(names, paths, strict=True)}


def read_table(path: Path) -> pd.DataFrame:
    """One table. Raises InputError where it is missing, damaged or out of bounds, before it is decoded."""
    return read_tables(path.parent, (path.stem,))[path.stem]


def _decoded(path: Path) -> pd.DataFrame:
    with _as_a_run_writes_it(path):
        return pd.read_parquet(BytesIO(read_bytes(path, MOST_TABLE_BYTES)))


@contextmanager
def _as_a_run_writes_it(path: Path) -> Iterator[None]:
    """Whatever two libraries make of a damaged table is its fault: InputError says so."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        problem = (str(error).splitlines() or [""])[0]
        raise InputError(f"{path}: should be a Parquet table as a run writes it ({problem})") from None


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object. Raises InputError where it is none."""
    text = read_text(path, MOST_JSON_BYTES)
    try:
        content = parsed_json(text)
    except ValueError as error:
        raise InputError(f"{path}: should be JSON ({error})") from None
    if not isinstance(content, dict):
        raise InputError(f"{path}: should be a JSON object")
    return content


@contextmanager
def understood(directory: Path) -> Iterator[None]:
    """Whatever goes wrong with what was read of a directory is its fault: InputError says so."""
    try:
        yield
    except InputError:
        raise
    except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError, InvalidIndexError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(
            f"{directory}: is not as a run or a sweep leaves it ({reason}); run it again"
        ) from None


def _checked_cells(data: bytes) -> int:
    """How many cells a table says it has. Raises ValueError at what no run writes: sizes, types, packing."""
    if int.from_bytes(data[-8:-4], "little") > MOST_FOOTER_BYTES:
        raise ValueError(f"more than {MOST_FOOTER_BYTES:,} bytes of what it says of itself")
    file = pq.ParquetFile(BytesIO(data))
    found, schema = file.metadata, file.schema_arrow
    rows, columns = found.num_rows, found.num_columns
    if columns > MOST_COLUMNS:
        raise ValueError(f"{columns:,} columns, at most {MOST_COLUMNS:,} can be shown")
    groups = [found.row_group(number) for number in range(found.num_row_groups)]
    chunks = [group.column(number) for group in groups for number in range(group.num_columns)]
    if sum(group.num_rows for group in groups) != rows:
        raise ValueError("its parts have other numbers of rows than it says")
    if sum(chunk.total_uncompressed_size for chunk in chunks) > MOST_UNPACKED_BYTES:
        raise ValueError(f"more than {MOST_UNPACKED_BYTES:,} bytes when unpacked")
    for chunk in chunks:
        if chunk.compression not in _CODECS or set(chunk.encodings) - _ENCODINGS:
            raise ValueError("packed as no run packs it")
    for field in schema:
        if not (_is_text(field.type) or any(fits(field.type) for fits in (*_OF_NUMBERS, *_OF_TIMES))):
            raise ValueError(f'column "{field.name[:40]}" holds {str(field.type)[:40]}')
    if rows * columns > MOST_CELLS:
        raise ValueError(f"{rows:,} rows of {columns:,} columns, at most {MOST_CELLS:,} cells can be shown")
    return int(rows * columns)


def _is_text(kind: Any) -> bool:
    return any(fits(kind) for fits in _OF_TEXT)


def _checked_text_bytes(data: bytes) -> int:
    """Of all texts: one that stands there once can be meant a million times, and is counted as often."""
    texts = [field.name for field in pq.ParquetFile(BytesIO(data)).schema_arrow if _is_text(field.type)]
    file = pq.ParquetFile(BytesIO(data), read_dictionary=texts)
    total: int = 0
    for name in texts:
        for chunk in file.read([name]).column(0).chunks:
            lengths = pc.binary_length(chunk.dictionary).take(chunk.indices)
            total += int(pc.sum(pc.cast(lengths, pa.int64())).as_py() or 0)
    return total
