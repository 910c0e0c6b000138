"""What runs and studies left in their directories, read back; whoever made them may be a stranger."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sim.errors import InputError
from sim.foreign import parsed_json, read_bytes, read_text

MOST_JSON_BYTES = 2**24
MOST_TABLES = 64
MOST_TABLE_BYTES = 2**28
MOST_COLUMNS, MOST_CELLS = 1_000, 2**25
MOST_TEXT_BYTES = 2**29
"""Bounds of one table, asked before it is read: 32 million cells are a quarter of a GB of numbers."""
MOST_FOOTER_BYTES = 2**20
"""What a table says of itself takes twenty times its size before it can be looked at."""
_CODECS = {"SNAPPY", "UNCOMPRESSED"}
_ENCODINGS = {"PLAIN", "RLE", "RLE_DICTIONARY", "PLAIN_DICTIONARY", "BIT_PACKED"}
_OF_NUMBERS = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_null)
_OF_TIMES = (pa.types.is_timestamp, pa.types.is_date)
_OF_TEXT = (pa.types.is_string, pa.types.is_large_string)


def read_tables(directory: Path) -> dict[str, pd.DataFrame]:
    """Every table of a run directory by name. Raises InputError where one is damaged."""
    paths = sorted(directory.glob("*.parquet"))
    if len(paths) > MOST_TABLES:
        raise InputError(f"{directory}: holds {len(paths)} tables, should hold at most {MOST_TABLES}")
    return {path.stem: read_table(path) for path in paths}


def read_table(path: Path) -> pd.DataFrame:
    """One table. Raises InputError where it is missing, damaged or out of bounds, before it is decoded."""
    data = read_bytes(path, MOST_TABLE_BYTES)
    try:
        problem = _problem_of(data)
        if problem is None:
            return pd.read_parquet(BytesIO(data))
    except Exception as error:  # whatever two libraries make of a damaged one
        problem = (str(error).splitlines() or [""])[0]
    raise InputError(f"{path}: should be a Parquet table as a run writes it ({problem})")


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
    except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(
            f"{directory}: is not as a run or a sweep leaves it ({reason}); run it again"
        ) from None


def _problem_of(data: bytes) -> str | None:
    """What no run writes, by what the table says of itself: sizes, types, and how they are packed."""
    if int.from_bytes(data[-8:-4], "little") > MOST_FOOTER_BYTES:
        return f"more than {MOST_FOOTER_BYTES:,} bytes of what it says of itself"
    file = pq.ParquetFile(BytesIO(data))
    found, schema = file.metadata, file.schema_arrow
    rows, columns = found.num_rows, found.num_columns
    if columns > MOST_COLUMNS or rows * columns > MOST_CELLS:
        return f"{rows:,} rows of {columns:,} columns, at most {MOST_CELLS:,} cells can be shown"
    groups = [found.row_group(number) for number in range(found.num_row_groups)]
    chunks = [group.column(number) for group in groups for number in range(group.num_columns)]
    if sum(group.num_rows for group in groups) != rows:
        return "its parts have other numbers of rows than it says"
    if sum(chunk.total_uncompressed_size for chunk in chunks) > MOST_TEXT_BYTES:
        return f"more than {MOST_TEXT_BYTES:,} bytes when unpacked"
    for chunk in chunks:
        if chunk.compression not in _CODECS or set(chunk.encodings) - _ENCODINGS:
            return "packed as no run packs it"
    for field in schema:
        if not (_is_text(field.type) or any(fits(field.type) for fits in (*_OF_NUMBERS, *_OF_TIMES))):
            return f'column "{field.name[:40]}" holds {str(field.type)[:40]}'
    return _problem_of_texts(data, [field.name for field in schema if _is_text(field.type)])


def _is_text(kind: Any) -> bool:
    return any(fits(kind) for fits in _OF_TEXT)


def _problem_of_texts(data: bytes, texts: list[str]) -> str | None:
    """A text that stands there once can be meant a million times: counted before they are copied."""
    file = pq.ParquetFile(BytesIO(data), read_dictionary=texts)
    total = 0
    for name in texts:
        for chunk in file.read([name]).column(0).chunks:
            lengths = pc.binary_length(chunk.dictionary).take(chunk.indices)
            total += pc.sum(pc.cast(lengths, pa.int64())).as_py() or 0
    return f"texts of {total:,} bytes" if total > MOST_TEXT_BYTES else None
