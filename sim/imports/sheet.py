"""A file's table as columns of text: found below its banner, split at its separator, nothing interpreted."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from sim.data.csv_file import MAX_CELLS, MAX_COLUMNS, MAX_ROWS
from sim.errors import InputError
from sim.imports.head import DATE, Head, is_footer, read_head
from sim.imports.numbers import Numbers, Texts, Where, decimal_mark, numbers_of
from sim.runtime.progress import Progress
from sim.runtime.wording import counted

__all__ = ["Numbers", "Sheet", "Texts", "Where", "read_sheet"]

_MOST_TOTALS, _MOST_SHOWN = 5, 80
_WORD = re.compile(r"[^\W\d_]{2,}")
_BLOCK = 2**24
"""Bytes that are split at a time; no row may be longer."""


@dataclass(frozen=True)
class Sheet:
    """A table of text cells; titles and cells are without surrounding blanks.

    name:      what messages call the file
    titles:    of the columns, as in the file
    columns:   cells of each column, all of one length
    line:      the line of the file that the first row stands on
    separator: between cells
    decimal:   "." or ","
    banner:    lines before the header
    remarks:   what was concluded on the way, printed
    path:      of the file, for layouts of several files; None where there is none
    without:   rows before which the file has lines that are none, once for each of these
    """

    name: str
    titles: tuple[str, ...]
    columns: tuple[Texts, ...]
    line: int = 2
    separator: str = ","
    decimal: str = "."
    banner: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    path: Path | None = None
    without: tuple[int, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return len(self.columns[0]) if self.columns else 0

    def has(self, *titles: str) -> bool:
        """Whether there is a column of each of these titles, in whatever case."""
        return all(_key(title) in self._places for title in titles)

    def title(self, title: str) -> str:
        """A title as the file writes it. Raises InputError where no column has it, in whatever case."""
        return self.titles[self._place(title)]

    def texts(self, title: str) -> Texts:
        """The cells of a column. Raises InputError where no column has the title."""
        return self.columns[self._place(title)]

    def numbers(self, title: str) -> Numbers:
        """The numbers of a column. Raises InputError at the first cell that is none."""
        return numbers_of(self.texts(title), self.decimal, self.where(title))

    def where(self, title: str) -> Where:
        """What messages say of a column's cells."""
        return Where(self.name, self.line, title, self.without)

    @cached_property
    def _places(self) -> dict[str, int]:
        places: dict[str, int] = {}
        for place, title in enumerate(self.titles):
            places.setdefault(_key(title), place)
        return places

    def _place(self, title: str) -> int:
        if _key(title) not in self._places:
            shown = " | ".join(self.titles[:8]) + (" | ..." if len(self.titles) > 8 else "")
            raise InputError(f'{self.name}: has no column "{title}"; its columns are {shown}')
        return self._places[_key(title)]


def _key(title: str) -> str:
    return " ".join(title.split()).casefold()


def read_sheet(
    name: str, text: str | bytes, path: Path | None = None, progress: Progress | None = None
) -> Sheet:
    """The table of a decoded file.

    Raises InputError where there is none, a row has more or fewer cells than the header, or there are more
    than ``MAX_COLUMNS`` columns, ``MAX_ROWS`` rows or ``MAX_CELLS`` cells, which is known before they are
    read.
    """
    data = text.encode() if isinstance(text, str) else text
    head = read_head(name, data)
    lines = data.count(b"\n", head.start) + 1
    if head.width > MAX_COLUMNS or lines * head.width > MAX_CELLS or lines > max(MAX_ROWS, MAX_CELLS // 4):
        raise InputError(
            f"{name}: has {head.width:,} columns and up to {lines:,} rows, should have at most "
            f"{MAX_COLUMNS:,} and {MAX_CELLS:,} cells; give fewer homes, or a shorter period"
        )
    columns, skipped, footer = _columns(name, data, head, lines, progress or Progress(quiet=True))
    columns, empty = _full_rows(columns)
    columns, totals = _without_totals(head, columns)
    footer += totals
    titles, columns = _named_columns(head, columns)
    if not columns or not len(columns[0]):
        raise InputError(f"{name}: has no rows below its header")
    remarks = [*head.remarks]
    if empty:
        remarks.append(f"{counted(len(empty), 'empty row')} left out")
    remarks += [f"line {line} is left out as a footer: {footed}" for line, footed in footer]
    decimal = decimal_mark(columns)
    if decimal == ",":
        remarks.append("numbers have a decimal comma")
    return Sheet(
        name=name,
        titles=titles,
        columns=columns,
        line=head.line,
        separator=head.separator,
        decimal=decimal,
        banner=head.banner,
        remarks=tuple(remarks),
        path=path,
        without=tuple(sorted((*skipped, *empty))),
    )


def _columns(
    name: str, data: bytes, head: Head, lines: int, progress: Progress
) -> tuple[tuple[Texts, ...], list[int], list[tuple[int, str]]]:
    """All cells by column, the rows that blank lines stand before, and lines below the table."""
    ragged: list[tuple[int, int, str]] = []
    blank: list[int] = []

    def see(row: Any) -> str:
        place = row.number - 1
        if row.text.strip():
            ragged.append((place, row.actual_columns, row.text))
        else:
            blank.append(place)
        return "skip"

    names = [str(place) for place in range(head.width)]
    body = io.BytesIO(memoryview(data)[head.start :])
    parts: list[list[Any]] = [[] for _ in names]
    with _refusing(name), progress.stage("reading", lines, "rows") as advance:
        batches = pyarrow.csv.open_csv(
            body,
            pyarrow.csv.ReadOptions(use_threads=False, block_size=_BLOCK, column_names=names),
            pyarrow.csv.ParseOptions(
                delimiter=head.separator, invalid_row_handler=see, ignore_empty_lines=False
            ),
            pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
        for batch in batches:
            for part, column in zip(parts, batch.columns, strict=True):
                part.append(pc.utf8_trim_whitespace(column))
            advance(batch.num_rows)
    columns = tuple(pa.chunked_array(part, pa.string()).combine_chunks() for part in parts)
    rows = len(columns[0]) + len(blank) + len(ragged)
    below = {place for place, _, text in ragged if is_footer(text)}
    tail = set(takewhile(lambda place: place in below or place in set(blank), range(rows - 1, -1, -1)))
    footer = []
    for place, cells, text in ragged:
        line = head.line + place
        if place not in tail:
            raise InputError(
                f"{name}, line {line}: has {cells} cells, should have {head.width} as others have"
            )
        footer.append((line, text.strip()))
    gone = sorted((*blank, *(place for place, _, _ in ragged)))
    return columns, [place - earlier for earlier, place in enumerate(gone)], footer


@contextmanager
def _refusing(name: str) -> Iterator[None]:
    """What the parser raises becomes a sentence."""
    try:
        yield
    except pa.ArrowInvalid as error:
        raise InputError(f"{name}: cannot be split into cells ({error})") from None


def _without_totals(
    head: Head, columns: tuple[Texts, ...]
) -> tuple[tuple[Texts, ...], list[tuple[int, str]]]:
    """Without the last rows that have a word, or nothing, where all others have a date, and these lines."""
    rows = len(columns[0])
    dated = (
        [
            column
            for column in columns
            if DATE.fullmatch(str(column[0])) and DATE.fullmatch(str(column[-1 - _MOST_TOTALS]))
        ]
        if rows > _MOST_TOTALS
        else []
    )
    kept = rows
    while (
        dated
        and kept > rows - _MOST_TOTALS
        and not any(_dated_or_odd(str(column[kept - 1])) for column in dated)
    ):
        kept -= 1
    lines = [
        (head.line + row, " ".join(str(column[row]) for column in columns)[:_MOST_SHOWN])
        for row in range(kept, rows)
    ]
    return tuple(column.slice(0, kept) for column in columns), lines


def _dated_or_odd(cell: str) -> bool:
    """Whether a cell is a date, or text that may be a damaged one: no word, and not empty."""
    return bool(cell) and (DATE.fullmatch(cell) is not None or not _WORD.search(cell))


def _full_rows(columns: tuple[Texts, ...]) -> tuple[tuple[Texts, ...], list[int]]:
    """Without rows of which all cells are empty, and before which rows these stood."""
    empty = pc.equal(columns[0], "")
    if not pc.any(empty).as_py():
        return columns, []
    for column in columns[1:]:
        empty = pc.and_(empty, pc.equal(column, ""))
    places = pc.indices_nonzero(empty).to_pylist()
    full = pc.invert(empty)
    kept = tuple(column.filter(full) for column in columns) if places else columns
    return kept, [place - earlier for earlier, place in enumerate(places)]


def _named_columns(head: Head, columns: tuple[Texts, ...]) -> tuple[tuple[str, ...], tuple[Texts, ...]]:
    """Without columns that have neither title nor cells; the others without a title are called by place."""
    kept = [
        (title or f"column {place}", column)
        for place, (title, column) in enumerate(zip(head.titles, columns, strict=True), 1)
        if title or not pc.all(pc.equal(column, "")).as_py()
    ]
    return tuple(title for title, _ in kept), tuple(column for _, column in kept)
