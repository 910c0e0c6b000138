"""Homes from a CSV file: strict, and every refusal names line and column.

The file has a header. Column ``time`` holds when a slot begins (ISO 8601, local standard time: no zone, no
daylight saving), on a regular grid that divides a day. Each home has ``<home>_load_wh`` or
``<home>_load_kwh``, and where it has PV ``<home>_pv_wh`` or ``<home>_pv_kwh``, each gross of the other.
Fractions of a Wh are rounded half away from zero. One column ``temperature_c`` may hold what it is outside,
one ``irradiance_w_m2`` what the sun gives. An empty cell is a missing reading, and so are all of a row that
is not there.

Files of the plainest kind are read by columns (``sim.data.csv_numbers``); every other, and all that is wrong
with one, by rows.
"""

import csv
import io
import re
from array import array
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.data.csv_grid import TIME_COLUMN, Grid, grid_of, shown, time_in
from sim.data.csv_numbers import MISSING, Kind, count_rows, numbers_in
from sim.data.readings import Missing, Readings
from sim.errors import InputError
from sim.runtime.files import opened_file
from sim.schema.forecasting import AGENTS
from sim.units import WH_PER_KWH

TEMPERATURE_COLUMN, IRRADIANCE_COLUMN = "temperature_c", "irradiance_w_m2"
MOST_DEGREES, MOST_W_M2 = 99, 2_000
_OUTDOORS = {
    TEMPERATURE_COLUMN: (
        "temperature",
        -MOST_DEGREES,
        MOST_DEGREES,
        f"within ±{MOST_DEGREES} degrees Celsius",
    ),
    IRRADIANCE_COLUMN: ("irradiance", 0, MOST_W_M2, f"within 0 to {MOST_W_M2} W/m2"),
}
"""By title: the quantity, the least and the most that it may be, and these in words."""
_MOST_SHOWN = 40
MAX_BYTES = 2**29
MAX_COLUMNS = 2 * AGENTS[1] + 1
MAX_CELLS = 2**25
"""Of a file, so that no file takes all memory: a year of 5-minute readings of 150 homes with PV is less."""
MAX_ROWS = 4 * 366 * 24 * 60
"""Four years at one minute: a year and what it learns from."""
MAX_ROW_LETTERS = 256 * MAX_COLUMNS
_HOME = r"[A-Za-z0-9][A-Za-z0-9_-]{0,199}"
ENERGY_COLUMN = re.compile(rf"(?P<home>{_HOME})_(?P<quantity>load|pv)_(?P<unit>wh|kwh)")
MAX_READING_WH = 10**9


def is_home_name(name: str) -> bool:
    """Whether a home can be called so: in letters, digits, - and _, at most 200."""
    return re.fullmatch(_HOME, name) is not None


@dataclass(frozen=True)
class _Column:
    """One column: its title, whose it is, and how many Wh (or tenths) its unit has; outdoors is nobody's."""

    title: str
    home: str
    quantity: str
    unit_wh: int


@dataclass(frozen=True)
class _Row:
    """A row's cells with the line that they stand on."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class _Table:
    """What the rows hold; a text is kept no longer than its row is read.

    lines:    the line of each row
    times:    when each row's slot begins
    readings: Wh, or tenths of what is measured outdoors, or ``MISSING``: shape (columns, rows)
    """

    lines: Sequence[int]
    times: Sequence[datetime]
    readings: NDArray[np.int64]


def read_csv(path: Path) -> Readings:
    """Read homes from a CSV file.

    Raises InputError naming file, line, column and value of what is irregular, negative or not a number. The
    file is read no further than the first such row.
    """
    with closing(_rows(path)) as rows:
        header = next(rows, None)
        if header is None:
            raise _too_few(path)
        columns = _columns(path, header)
        table = _table_by_columns(path, header, columns) or _table(path, header, columns, rows)
    grid = grid_of(path, table.lines, table.times, len(header.cells), MAX_ROWS, MAX_CELLS)
    return _readings(columns, table.readings, grid)


def _readings(columns: Sequence[_Column], values: NDArray[np.int64], grid: Grid) -> Readings:
    """Readings on their grid, 0 where one is missing."""
    place_of = {(column.home, column.quantity): place for place, column in enumerate(columns)}
    homes = tuple(dict.fromkeys(home for home, _ in place_of if home))
    has_pv = np.array([(home, "pv") in place_of for home in homes])
    load = _on_grid(values, [place_of[home, "load"] for home in homes], grid)
    pv = _on_grid(values, [place_of[home, "pv"] for home in homes if (home, "pv") in place_of], grid)
    pv_wh = np.zeros(load.shape, dtype=np.int64)  # takes no memory where nothing is written
    pv_wh[has_pv] = pv
    outdoors = {
        name: _on_grid(values, [place_of["", name]], grid)[0]
        for name in ("temperature", "irradiance")
        if ("", name) in place_of
    }
    missing = None
    if any((each == MISSING).any() for each in (load, pv, *outdoors.values())):
        pv_missing = np.zeros(load.shape, dtype=np.bool_)
        pv_missing[has_pv] = pv == MISSING
        missing = Missing(
            load == MISSING, pv_missing, **{name: each == MISSING for name, each in outdoors.items()}
        )
        for each in (load, pv_wh, *outdoors.values()):
            each[each == MISSING] = 0
    return Readings(
        homes,
        grid.start,
        grid.slot_s,
        load_wh=load,
        pv_wh=pv_wh,
        temperature_dc=outdoors.get("temperature"),
        irradiance_dw_m2=outdoors.get("irradiance"),
        missing=missing,
    )


def _on_grid(values: NDArray[np.int64], columns: list[int], grid: Grid) -> NDArray[np.int64]:
    """Some columns, with what is missing where a row is: shape (columns, slots)."""
    own = values if columns == list(range(len(values))) else values[columns]
    if grid.places is None:
        return own
    placed = np.full((len(columns), grid.slots), MISSING)
    placed[:, grid.places] = own
    return placed


def opened(path: Path) -> AbstractContextManager[io.BufferedReader]:
    """A file of readings. Raises InputError where it cannot be read, is too large or no regular file."""
    remedy = "; --set population.source=FILE names the file to be read"
    return opened_file(path, MAX_BYTES, "the readings", follow_links=True, remedy=remedy)


class _Lines(Iterator[str]):
    """A file's lines; raises InputError where those of one row are longer than any header."""

    def __init__(self, path: Path, text: io.TextIOWrapper) -> None:
        self._path, self._text, self._read, self._left = path, text, 0, MAX_ROW_LETTERS

    def __next__(self) -> str:
        line = self._text.readline(self._left + 1)
        if not line:
            raise StopIteration
        self._read, self._left = self._read + 1, self._left - len(line)
        if self._left < 0:
            raise InputError(
                f"{self._path}, line {self._read}: the row has more than {MAX_ROW_LETTERS:,} characters, "
                f"should be one of at most {MAX_COLUMNS:,} columns"
            )
        return line

    def next_row(self) -> None:
        """What comes now is of another row."""
        self._left = MAX_ROW_LETTERS


def _rows(path: Path) -> Generator[_Row]:
    """The header, then all rows of as many cells, without surrounding blanks, one by one."""
    rows = columns = 0
    try:
        with opened(path) as file, io.TextIOWrapper(file, encoding="utf-8-sig", newline="") as text:
            lines = _Lines(path, text)
            reader = csv.reader(lines, strict=True)
            for cells in reader:
                lines.next_row()
                where, rows, columns = f"{path}, line {reader.line_num}", rows + 1, columns or len(cells)
                if len(cells) != columns:
                    counts = f"{len(cells)} cells, should have {columns} as the header has"
                    raise InputError(f"{where}: has {counts}")
                if columns > MAX_COLUMNS or rows * columns > MAX_CELLS:
                    raise InputError(
                        f"{where}: has {columns:,} columns, and the file {rows * columns:,} "
                        f"cells so far; should be at most {MAX_COLUMNS:,} and {MAX_CELLS:,}; leave out homes"
                    )
                if rows > MAX_ROWS:
                    raise InputError(f"{where}: has {rows:,} rows so far, should be at most {MAX_ROWS:,}")
                yield _Row(reader.line_num, tuple(cell.strip() for cell in cells))
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not a CSV file in UTF-8: byte {error.start + 1} is none of it") from None
    except csv.Error as error:
        raise InputError(f"{path}: not a CSV file in UTF-8: {error}") from None


def _too_few(path: Path) -> InputError:
    return InputError(f"{path}: has too few rows, should have a header and at least one day of readings")


def _table(path: Path, header: _Row, columns: Sequence[_Column], rows: Iterator[_Row]) -> _Table:
    """All rows as numbers; refuses the first cell that is none."""
    time_column = header.cells.index(TIME_COLUMN)
    placed = [(column, header.cells.index(column.title)) for column in columns]
    lines, times, readings = array("q"), [], array("q")
    for row in rows:
        lines.append(row.line)
        times.append(time_in(path, row.line, row.cells[time_column]))
        readings.extend(_reading(path, row, column, place) for column, place in placed)
    if len(times) < 2:
        raise _too_few(path)
    shape = (len(times), len(columns))
    return _Table(lines, times, np.frombuffer(readings, dtype=np.int64).reshape(shape).T)


def _reading(path: Path, row: _Row, column: _Column, place: int) -> int:
    try:
        return _whole(row.cells[place], column)
    except ValueError as error:
        raise InputError(f"{path}, line {row.line}, column {column.title}: {error}") from None


def _table_by_columns(path: Path, header: _Row, columns: Sequence[_Column]) -> _Table | None:
    """The same of a plain file without a fault, fast; None of every other."""
    kinds = {column.title: Kind(len(str(column.unit_wh)) - 1, *_bounds(column)) for column in columns}
    with opened(path) as file:
        rows = count_rows(file)
        if rows is None or rows - 1 > MAX_ROWS or rows * len(header.cells) > MAX_CELLS:
            return None
        file.seek(0)
        found = numbers_in(file, header.cells, kinds, rows)
    if found is None:
        return None
    (texts,), numbers = found
    lines = range(2, len(texts) + 2)
    try:
        times = [time_in(path, line, text.strip()) for line, text in zip(lines, texts, strict=True)]
    except InputError:
        return None
    return _Table(lines, times, numbers) if len(times) > 1 else None


def _columns(path: Path, header: _Row) -> list[_Column]:
    """The columns of energy; refuses what is unknown, missing or there twice."""
    where = f"{path}, line {header.line}"
    if header.cells.count(TIME_COLUMN) != 1:
        raise InputError(
            f'{where}: should have one column "{TIME_COLUMN}", has {header.cells.count(TIME_COLUMN)} among '
            f"{len(header.cells)} separated by commas{_other_separators(header)}; the header should be like "
            f"{TIME_COLUMN},anna_load_kwh,anna_pv_kwh,ben_load_kwh"
        )
    columns = [_column(where, title) for title in header.cells if title != TIME_COLUMN]
    counts = Counter((column.home, column.quantity) for column in columns)
    for (home, quantity), count in counts.items():
        if count > 1:
            raise InputError(f"{where}: home {home} has {count} columns of {quantity}, should have one")
        if home and (home, "load") not in counts:
            raise InputError(f"{where}: home {home} has no column {home}_load_wh or {home}_load_kwh")
    if not any(column.home for column in columns):
        raise InputError(f"{where}: has no home, should have columns like home-1_load_wh and home-1_pv_wh")
    return columns


def _other_separators(header: _Row) -> str:
    """What else may have been meant to separate columns; no cells: the file may not be one to show."""
    text = ",".join(header.cells)
    counts = {name: text.count(mark) for name, mark in (("semicolons", ";"), ("tabs", "\t"), ("bars", "|"))}
    found = [f"{count} {name}" for name, count in counts.items() if count]
    return f" (there are {' and '.join(found)})" if found else ""


def _column(where: str, title: str) -> _Column:
    if title in _OUTDOORS:
        return _Column(title, "", _OUTDOORS[title][0], 10)
    match = ENERGY_COLUMN.fullmatch(title)
    if not match:
        raise InputError(
            f"{where}: unknown column {shown(title)}{'' if title else ' (a comma too many)'}, "
            f"should be {TIME_COLUMN}, {', '.join(_OUTDOORS)}, <home>_load_wh, <home>_load_kwh, "
            "<home>_pv_wh or <home>_pv_kwh, the home's name in letters, digits, - and _"
        )
    return _Column(title, match["home"], match["quantity"], WH_PER_KWH if match["unit"] == "kwh" else 1)


def _bounds(column: _Column) -> tuple[int, int]:
    """The least and the most that a column may hold, in its unit."""
    if column.home:
        return 0, MAX_READING_WH // column.unit_wh
    _, low, most, _ = _OUTDOORS[column.title]
    return low, most


def _whole(text: str, column: _Column) -> int:
    """Whole Wh or tenths, rounded half away from zero, or ``MISSING``.

    Raises ValueError: what is wrong with the cell.
    """
    if not text:
        return MISSING
    number, (low, most) = _number(text), _bounds(column)
    if not number.is_finite():
        raise ValueError(
            f"{shown(text)} is not a number, should be like 250 or 0.25; a missing reading is an empty cell"
        )
    if not column.home and not low <= number <= most:
        raise ValueError(f"{text[:_MOST_SHOWN]} should be {_OUTDOORS[column.title][3]}")
    if number < low:
        raise ValueError(f"{text[:_MOST_SHOWN]} is negative, should be at least 0")
    if number > most:
        raise ValueError(f"{text[:_MOST_SHOWN]} is more than {MAX_READING_WH} Wh in a slot, should be less")
    return int(number.quantize(Decimal(1) / column.unit_wh, ROUND_HALF_UP) * column.unit_wh)


def _number(text: str) -> Decimal:
    """The decimal number that a cell holds; not a number where Python alone would take it for one."""
    try:
        return Decimal(text) if text.isascii() and "_" not in text else Decimal("nan")
    except InvalidOperation:
        return Decimal("nan")
