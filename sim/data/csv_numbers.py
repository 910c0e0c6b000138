"""Exact decimal numbers of a CSV file of the plainest kind, by pyarrow; whatever is odd is left to others.

A file that is refused here may be good, or not: who reads it cell by cell says what is wrong. A file that is
read here has, cell by cell, the same numbers there. No number goes through a float.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BufferedReader

import numpy as np
import pyarrow as pa
import pyarrow.csv
from numpy.typing import NDArray

MISSING = np.iinfo(np.int64).min
"""Stands where a cell is empty."""
BLOCK_BYTES = 2**20
MOST_HEADER_BYTES, MOST_CELL_BYTES = 2**24, 256
Words = NDArray[np.uint64]
_DIGITS, _ROUNDED_OFF = 38, 21
"""Of a number: how many it may have, and how many behind the place where it is rounded; floats have fewer."""
_MOST_DIGITS = 14
"""Before the point: with all places behind it such a number fits 128 bits; longer ones are too large."""
_LONG, _AS_ZEROS = b"0" * (_MOST_DIGITS + 1), bytes.maketrans(b"123456789", b"0" * 9)
_GROWS = re.compile(rb"[eE]\+?\d")


def count_rows(file: BufferedReader) -> int | None:
    """How many rows there are at most, the header too; None where the file is not of the plainest kind.

    It has no quotes, no "\\r" alone, and below the header no number that may be too large for pyarrow.
    """
    header = file.readline(MOST_HEADER_BYTES)
    if b'"' in header or b"\r" in header[:-2]:
        return None
    rows, last = 2, b""
    while block := file.read(BLOCK_BYTES):
        text = last + block
        lone = text[:-1].count(b"\r") - text.count(b"\r\n")
        rows, last = rows + block.count(b"\n"), text[max(text.rfind(b","), text.rfind(b"\n")) + 1 :]
        if b'"' in block or lone > 0 or len(last) > MOST_CELL_BYTES or _may_overflow(text):
            return None
    return None if last.endswith(b"\r") else rows


def _may_overflow(text: bytes) -> bool:
    """Whether a number may have more digits before the point than pyarrow can scale: it does not say so."""
    if (b"e" in text or b"E" in text) and _GROWS.search(text):
        return True
    return _LONG in text.translate(_AS_ZEROS).replace(b"." + _LONG, b"")


@dataclass(frozen=True)
class Kind:
    """What a column of numbers holds: at which decimal place it is rounded, and between which whole numbers
    it should lie before that.
    """

    decimals: int
    low: int
    most: int


def numbers_in(
    file: BufferedReader, titles: Sequence[str], kinds: Mapping[str, Kind], most_rows: int
) -> tuple[list[list[str]], NDArray[np.int64]] | None:
    """All columns below the header, which is skipped.

    titles:    of all columns
    kinds:     of those that hold numbers; others are text
    most_rows: how many rows are made room for

    Returns the columns of text, and the numbers in units of their last place, rounded half away from zero,
    shape (columns of numbers, rows), ``MISSING`` where a cell is empty. Returns None where a row or a cell is
    not of this plain kind, or out of bounds.
    """
    places = {title: kind.decimals + _ROUNDED_OFF for title, kind in kinds.items()}
    types = {
        title: pa.decimal128(_DIGITS, places[title]) if title in kinds else pa.string() for title in titles
    }
    numbers = np.empty((len(kinds), most_rows), dtype=np.int64)
    texts: list[list[str]] = [[] for _ in range(len(titles) - len(kinds))]
    rows = 0
    try:
        reader = pyarrow.csv.open_csv(
            file,
            read_options=pyarrow.csv.ReadOptions(block_size=BLOCK_BYTES, column_names=titles, skip_rows=1),
            parse_options=pyarrow.csv.ParseOptions(quote_char=False, ignore_empty_lines=False),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=types, null_values=[""], strings_can_be_null=False
            ),
        )
        for batch in reader:
            columns = dict(zip(titles, batch.columns, strict=True))
            rounded = _rounded([columns.pop(title) for title in kinds], list(kinds.values()))
            if rounded is None:
                return None
            numbers[:, rows : rows + batch.num_rows] = rounded
            for text, column in zip(texts, columns.values(), strict=True):
                text.extend(column.to_pylist())
            rows += batch.num_rows
    except (pa.ArrowException, ValueError):
        return None
    return texts, numbers[:, :rows]


def _rounded(columns: Sequence[pa.Array], kinds: Sequence[Kind]) -> NDArray[np.int64] | None:
    """Decimals as whole numbers, without their last ``_ROUNDED_OFF`` places: shape (columns, rows).

    None where one is out of bounds.
    """
    low, high, there = _words(columns)
    negative = high < 0
    if (least := min(kind.low for kind in kinds)) < 0 or negative.any():
        if least >= 0:
            return None
        below = [kind.low * 10 ** (kind.decimals + _ROUNDED_OFF) for kind in kinds]
        low, high = np.where(negative, -low, low), np.where(negative, ~high + (low == 0), high)
        if _beyond(low, high, [max(-each, 0) for each in below])[negative].any():
            return None
    limits = [kind.most * 10 ** (kind.decimals + _ROUNDED_OFF) for kind in kinds]
    if (_beyond(low, high, limits) & ~negative).any():
        return None
    found = _without_places(low, high.astype(np.uint64)).astype(np.int64)
    np.negative(found, out=found, where=negative)
    found[~there] = MISSING
    return found


def _without_places(low: Words, high: Words) -> Words:
    """Numbers 2^64 high + low without their last k = ``_ROUNDED_OFF`` places, rounded half up.

    10^k = 2^k 5^k: after a shift by k bits a number below 10^30 has so small a high word that nothing
    overflows.
    """
    half_high, half_low = divmod(10**_ROUNDED_OFF // 2, 2**64)
    low = low + np.uint64(half_low)
    high = high + np.uint64(half_high) + (low < np.uint64(half_low)).astype(np.uint64)
    shift, left = np.uint64(_ROUNDED_OFF), np.uint64(64 - _ROUNDED_OFF)
    low, high = (low >> shift) | (high << left), high >> shift
    fives = 5**_ROUNDED_OFF
    per_word, over = divmod(2**64, fives)
    whole, rest = low // np.uint64(fives), low % np.uint64(fives)
    rest += high * np.uint64(over)
    return np.asarray(high * np.uint64(per_word) + whole + rest // np.uint64(fives), dtype=np.uint64)


def _words(columns: Sequence[pa.Array]) -> tuple[Words, NDArray[np.int64], NDArray[np.bool_]]:
    """The low and the high words of decimals, 0 where one is missing, and where one is not."""
    shape = (len(columns), len(columns[0]))
    low, high, there = np.empty(shape, np.uint64), np.empty(shape, np.int64), np.ones(shape, np.bool_)
    for place, column in enumerate(columns):
        words = np.frombuffer(column.buffers()[1], dtype="<i8")[2 * column.offset :][: 2 * len(column)]
        low[place], high[place] = words[::2].view(np.uint64), words[1::2]
        if column.null_count:
            there[place] = column.is_valid().to_numpy(zero_copy_only=False)
    low[~there] = high[~there] = 0
    return low, high, there


def _beyond(low: Words, high: NDArray[np.int64], limits: Sequence[int]) -> NDArray[np.bool_]:
    """Where a number of two words, at least 0, is above its column's limit."""
    top = np.array([[each >> 64] for each in limits], dtype=np.int64)
    rest = np.array([[each % 2**64] for each in limits], dtype=np.uint64)
    return np.asarray((high > top) | ((high == top) & (low > rest)))
