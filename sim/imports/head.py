"""Where a file's table begins: its banner, header, separator, found in the first lines."""

import csv
import re
from collections import Counter
from dataclasses import dataclass

from sim.errors import InputError
from sim.runtime.wording import counted

SEPARATORS = {"\t": "tabs", ";": "semicolons", "|": "bars", ",": "commas"}
"""In the order in which they are tried: a comma may be a decimal mark between any of the others."""
HEAD_LINES = 60
_MOST_HEAD_BYTES = 2**25
_CONSISTENT = 0.5
DATE = re.compile(
    r"(?:[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.](?:[0-9]{4}|[0-9]{2})"
    r"|[0-9]{1,2}[- /]?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[- /,]*[0-9]{2,4}"
    r"|(?:19|20)[0-9]{6}(?:[T ]?[0-9]{4,6}Z?)?)(?:[T :].*)?",
    re.IGNORECASE,
)
"""What a cell with a date begins with."""
_UNIT = re.compile(r"[\[(]?(?:k|m)?(?:wh|w)[\])]?|[\[(]?°?c[\])]?", re.IGNORECASE)
_REGISTER = re.compile(r"(?:[0-9]{1,3}-[0-9]{1,3}:)?[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}(?:[*.][0-9]{1,3})?")
"""An OBIS code (IEC 62056-61), like 1-1:1.29.0."""
_FOOTER = re.compile(r"\s*(?:#|[^\W\d_]{2,}(?:[ :]|$))")


@dataclass(frozen=True)
class Head:
    """What comes before a table's rows.

    titles: without surrounding blanks, as many as the table has columns
    start:  byte at which the first row begins
    line:   the line that it is, from 1
    """

    titles: tuple[str, ...]
    separator: str
    start: int
    line: int
    banner: tuple[str, ...]
    remarks: tuple[str, ...]

    @property
    def width(self) -> int:
        """How many columns there are."""
        return len(self.titles)


def read_head(name: str, data: bytes) -> Head:
    """The head of a table. Raises InputError where there is no table, or no header above it."""
    lines, ends = _lines(data)
    filled = [place for place, line in enumerate(lines) if line.strip()]
    if len(filled) < 2:
        raise InputError(f"{name}: has no table, should have a header and rows below it")
    separator, width, rows = _split(name, [lines[place] for place in filled])
    top = _top(rows, width)
    header = top - 1
    while header > 0 and _is_below_titles(rows[header], width):
        header -= 1
    units = next((row for row in rows[header + 1 : top] if _is_units(row, width)), None)
    if header < 0 or any(DATE.fullmatch(cell) for cell in rows[header]):
        raise InputError(
            f"{name}, line {filled[max(header, 0)] + 1}: readings begin without a header above them; "
            "add a line that names the columns"
        )
    titles = (*rows[header], *[""] * (width - len(rows[header])))
    if units:
        titles = tuple(
            f"{title} ({unit.strip('[]()')})" if unit else title
            for title, unit in zip(titles, units, strict=False)
        )
    remarks = []
    if separator != ",":
        remarks.append(f"cells are separated by {SEPARATORS[separator]}")
    if header:
        remarks.append(f"{counted(header, 'line')} above the header left out")
    if top - header > 1:
        below = "units" if top - header == 2 and units else "units and register numbers"
        remarks.append(f"{counted(top - header - 1, 'line')} below the header hold {below}")
    banner = tuple(lines[place] for place in filled[:header])
    return Head(titles, separator, ends[filled[top - 1]], filled[top - 1] + 2, banner, tuple(remarks))


def is_footer(text: str) -> bool:
    """Whether a line below a table is no row of it: a comment, or one that begins with a word."""
    return _FOOTER.match(text) is not None and not any(mark in text for mark in SEPARATORS if mark != ",")


def _lines(data: bytes) -> tuple[list[str], list[int]]:
    """The first lines, and the byte after each."""
    lines: list[str] = []
    ends: list[int] = []
    start = 0
    while len(lines) < HEAD_LINES and start < min(len(data), _MOST_HEAD_BYTES):
        stop = data.find(b"\n", start, start + _MOST_HEAD_BYTES)
        stop = len(data) if stop < 0 else stop + 1
        lines.append(data[start:stop].decode(errors="replace").rstrip("\r\n"))
        ends.append(stop)
        start = stop
    return lines, ends


def _split(name: str, lines: list[str]) -> tuple[str, int, list[tuple[str, ...]]]:
    """Separator, number of columns and cells of the lines: the first separator that most lines agree on."""
    for separator in SEPARATORS:
        try:
            rows = [tuple(map(str.strip, row)) for row in csv.reader(lines, delimiter=separator, strict=True)]
        except csv.Error:
            continue
        below = rows[len(rows) // 2 :]
        widths = Counter(len(row) for row in below if len(row) > 1)
        width, count = widths.most_common(1)[0] if widths else (0, 0)
        if len(rows) == len(lines) and width and count >= _CONSISTENT * len(below):
            return separator, width, rows
    raise InputError(
        f"{name}: has no table; lines should have equally many cells, separated by "
        f"{', '.join(SEPARATORS.values())}"
    )


def _top(rows: list[tuple[str, ...]], width: int) -> int:
    """Where the rows of readings begin: with the first date where the last rows have dates."""
    below = [row for row in rows[len(rows) // 2 :] if len(row) == width]
    dated = [sum(DATE.fullmatch(row[place]) is not None for row in below) for place in range(width)]
    place = max(range(width), key=lambda each: dated[each])
    if dated[place] * 2 <= len(below):
        return next(place for place, row in enumerate(rows) if len(row) == width) + 1
    return next(row for row, cells in enumerate(rows) if len(cells) == width and DATE.fullmatch(cells[place]))


def _is_below_titles(row: tuple[str, ...], width: int) -> bool:
    """Whether a row below the titles holds units, or numbers of registers, after a word for what it holds."""
    return _is_units(row, width) or (
        len(row) == width and any(row[1:]) and all(_REGISTER.fullmatch(cell) for cell in row[1:] if cell)
    )


def _is_units(row: tuple[str, ...], width: int) -> bool:
    """Whether a row holds nothing but units."""
    found = [cell for cell in row if cell]
    return len(row) == width and bool(found) and all(_UNIT.fullmatch(cell) for cell in found)
