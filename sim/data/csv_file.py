"""Homes from a CSV file: strict, and every refusal names line and column.

The file has a header. Column ``time`` holds when a slot begins (ISO 8601, local standard time: no zone, no
daylight saving), on a regular grid that divides a day. Each home has ``<home>_load_wh`` or
``<home>_load_kwh``, and where it has PV ``<home>_pv_wh`` or ``<home>_pv_kwh``, each gross of the other.
Fractions of a Wh are rounded half away from zero. One column ``temperature_c`` may hold what it is outside.
"""

import csv
import io
import re
from array import array
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.data.readings import DAY_S, Readings
from sim.errors import InputError
from sim.runtime.files import opened_file
from sim.schema.forecasting import AGENTS
from sim.units import WH_PER_KWH, YEARS

TIME_COLUMN, TEMPERATURE_COLUMN = "time", "temperature_c"
MOST_DEGREES = 99
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
MIN_SLOT_S = 60


def is_home_name(name: str) -> bool:
    """Whether a home can be called so: in letters, digits, - and _, at most 200."""
    return re.fullmatch(_HOME, name) is not None


@dataclass(frozen=True)
class _Column:
    """One column: its title, whose it is, and how many Wh its unit has; the temperature is nobody's."""

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
    readings: Wh, or tenths of a degree, shape (slots, columns)
    """

    lines: Sequence[int]
    times: Sequence[datetime]
    readings_wh: NDArray[np.int64]


def read_csv(path: Path) -> Readings:
    """Read homes from a CSV file.

    Raises InputError naming file, line, column and value of what is missing,
    irregular, negative or not a number. The file is read no further than the first such row.
    """
    with closing(_rows(path)) as rows:
        header = next(rows, None)
        if header is None:
            raise _too_few(path)
        columns = _columns(path, header)
        table = _table(path, header, columns, rows)
    start, slot_s = _grid(path, table)
    energy_wh = {
        (column.home, column.quantity): wh for column, wh in zip(columns, table.readings_wh.T, strict=True)
    }
    temperature_dc = energy_wh.pop(("", "temperature"), None)
    homes = tuple(dict.fromkeys(home for home, _ in energy_wh))
    none_wh = np.zeros(len(table.lines), dtype=np.int64)
    return Readings(
        homes=homes,
        start=start,
        slot_s=slot_s,
        load_wh=np.stack([energy_wh[home, "load"] for home in homes]),
        pv_wh=np.stack([energy_wh.get((home, "pv"), none_wh) for home in homes]),
        temperature_dc=temperature_dc,
    )


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
    lines, times, readings_wh = array("q"), [], array("q")
    for row in rows:
        lines.append(row.line)
        times.append(_time(path, row.line, row.cells[time_column]))
        readings_wh.extend(_reading_wh(path, row, column, place) for column, place in placed)
    if len(times) < 2:
        raise _too_few(path)
    shape = (len(times), len(columns))
    return _Table(lines, times, np.frombuffer(readings_wh, dtype=np.int64).reshape(shape))


def _reading_wh(path: Path, row: _Row, column: _Column, place: int) -> int:
    try:
        return _wh(row.cells[place], column)
    except ValueError as error:
        raise InputError(f"{path}, line {row.line}, column {column.title}: {error}") from None


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


def _shown(text: str) -> str:
    """A cell in quotes, its beginning where it is long, and nothing that a terminal would act on."""
    start = text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"
    return f'"{"".join(each if each.isprintable() else ascii(each)[1:-1] for each in start)}"'


def _column(where: str, title: str) -> _Column:
    if title == TEMPERATURE_COLUMN:
        return _Column(title, "", "temperature", 10)
    match = ENERGY_COLUMN.fullmatch(title)
    if not match:
        raise InputError(
            f"{where}: unknown column {_shown(title)}{'' if title else ' (a comma too many)'}, "
            f"should be {TIME_COLUMN}, {TEMPERATURE_COLUMN}, <home>_load_wh, <home>_load_kwh, "
            "<home>_pv_wh or <home>_pv_kwh, the home's name in letters, digits, - and _"
        )
    return _Column(title, match["home"], match["quantity"], WH_PER_KWH if match["unit"] == "kwh" else 1)


def _grid(path: Path, table: _Table) -> tuple[datetime, int]:
    """Start and slot length in seconds; refuses gaps, repetitions, steps back and odd resolutions."""
    lines, times = table.lines, table.times
    steps = Counter(after - before for before, after in pairwise(times) if after > before)
    step = steps.most_common(1)[0][0] if steps else timedelta()
    for line, (before, after) in zip(lines[1:], pairwise(times), strict=True):
        if after <= before or after - before != step:
            raise InputError(f"{path}, line {line}, column {TIME_COLUMN}: {_misstep(before, after, step)}")
    where = f"{path}, line {lines[0]}, column {TIME_COLUMN}"
    slot_s = int(step.total_seconds())
    if slot_s < MIN_SLOT_S or timedelta(seconds=slot_s) != step or DAY_S % slot_s:
        raise InputError(f"{where}: rows are {step} apart, should be at least 1 minute and divide a day")
    if (times[0] - datetime.combine(times[0], time())) % step:
        raise InputError(f"{where}: {times[0]} should be a multiple of {step} after midnight")
    if len(times) * slot_s < DAY_S:
        raise InputError(
            f"{path}: has too few rows, {len(times)} at {step}, should be at least one day of readings"
        )
    return times[0], slot_s


def _misstep(before: datetime, after: datetime, step: timedelta) -> str:
    if after == before:
        return f"{after} stands there twice (times should run without daylight saving)"
    if after < before:
        return f"{after} goes backwards from {before}"
    if not (after - before) % step:
        return f"gap between {before} and {after}, should go on at {before + step} (without daylight saving)"
    return f"{after} is irregular, should be {before + step} as rows are {step} apart"


def _time(path: Path, line: int, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        problem = (
            f"{_shown(text)} is not a time, should be like 2017-06-12T13:00" if text else "cell is empty"
        )
        raise InputError(f"{path}, line {line}, column {TIME_COLUMN}: {problem}") from None
    if moment.tzinfo is not None:
        raise InputError(
            f"{path}, line {line}, column {TIME_COLUMN}: {text} should be local time without a zone"
        )
    if moment.year not in YEARS:
        raise InputError(
            f"{path}, line {line}, column {TIME_COLUMN}: {text} should be in the years "
            f"{YEARS[0]} to {YEARS[-1]}"
        )
    return moment


def _wh(text: str, column: _Column) -> int:
    """Whole Wh or tenths, rounded half away from zero. Raises ValueError: what is wrong with the cell."""
    if not text:
        raise ValueError("cell is empty, should be a number")
    energy = _number(text)
    if not energy.is_finite():
        raise ValueError(f"{_shown(text)} is not a number, should be like 250 or 0.25")
    if not column.home:
        if abs(energy) > MOST_DEGREES:
            raise ValueError(f"{text[:_MOST_SHOWN]} should be within ±{MOST_DEGREES} degrees Celsius")
        return int(energy.quantize(Decimal(1) / column.unit_wh, ROUND_HALF_UP) * column.unit_wh)
    if energy < 0:
        raise ValueError(f"{text[:_MOST_SHOWN]} is negative, should be at least 0")
    if energy > MAX_READING_WH // column.unit_wh:
        raise ValueError(f"{text[:_MOST_SHOWN]} is more than {MAX_READING_WH} Wh in a slot, should be less")
    return int(energy.quantize(Decimal(1) / column.unit_wh, ROUND_HALF_UP) * column.unit_wh)


def _number(text: str) -> Decimal:
    """The decimal number that a cell holds; not a number where Python alone would take it for one."""
    try:
        return Decimal(text) if text.isascii() and "_" not in text else Decimal("nan")
    except InvalidOperation:
        return Decimal("nan")
