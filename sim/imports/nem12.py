"""NEM12 files of the Australian market, whose records are no table, as the table that they stand for."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sim.data.csv_file import MAX_CELLS
from sim.errors import InputError, plain
from sim.runtime.wording import counted

TITLES = ("NMI", "NMISuffix", "UOM", "IntervalStart", "IntervalValue")
_DAY_MINUTES = 24 * 60
_NUMBER = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,12})?")
_NULL = "N"
"""The quality of data that are not there."""


@dataclass(frozen=True)
class _Meter:
    """A 200 record: whose the days are that follow it, what, in which unit and intervals."""

    nmi: str
    suffix: str
    unit: str
    minutes: int


@dataclass(frozen=True)
class _Day:
    """A 300 record; updated: when the reading was made, as the file writes it."""

    updated: str
    values: tuple[str, ...]


def is_nem12(data: bytes) -> bool:
    """Whether a text begins as a NEM12 file does."""
    return re.match(rb"100, ?NEM12,", data[:12]) is not None


def as_table(name: str, data: bytes) -> tuple[bytes, tuple[str, ...]]:
    """A row for each interval, and remarks; of several readings of a day the one that was made last counts.

    Raises InputError for a record that the format does not have, or more intervals than an import takes.
    """
    days: dict[tuple[_Meter, str], _Day] = {}
    superseded = 0
    for meter, date, day in _days(name, data):
        before = days.get((meter, date))
        if before is None or day.updated >= before.updated:
            days[meter, date] = day
        superseded += before is not None and before.values != day.values
    text = io.StringIO()
    text.write(",".join(TITLES) + "\n")
    for (meter, date), day in days.items():
        start = datetime.strptime(date, "%Y%m%d")
        for place, value in enumerate(day.values):
            moment = start + timedelta(minutes=place * meter.minutes)
            text.write(f"{meter.nmi},{meter.suffix},{meter.unit},{moment:%Y-%m-%d %H:%M},{value}\n")
    remarks = ["NEM12: records as a row for each interval"]
    if superseded:
        remarks.append(
            f"{counted(superseded, 'day')} there twice and different: the reading that was made last counts"
        )
    return text.getvalue().encode(), tuple(remarks)


def _days(name: str, data: bytes) -> Iterator[tuple[_Meter, str, _Day]]:
    """Every day of every meter, with null data and the ranges of intervals that are null left empty."""
    meter: _Meter | None = None
    cells = 0
    held: tuple[_Meter, str, _Day] | None = None
    for line, record in enumerate(csv.reader(io.StringIO(data.decode())), 1):
        where = f"{name}, line {line}"
        kind = record[0].strip() if record else ""
        if kind == "400" and held:
            held = _without_null(where, held, record)
            continue
        if held:
            yield held
            held = None
        if kind == "200":
            meter = _meter(where, record)
        elif kind == "300":
            if meter is None:
                raise InputError(f"{where}: readings begin before a 200 record says whose they are")
            cells += len(TITLES) * _DAY_MINUTES // meter.minutes
            if cells > MAX_CELLS:
                raise InputError(f"{where}: has {cells:,} cells so far, should be at most {MAX_CELLS:,}")
            held = meter, *_day(where, meter, record)
        elif kind not in ("", "100", "400", "500", "900"):
            raise InputError(f'{where}: "{plain(kind, 40)}" is no record of NEM12, should be 100 to 900')
    if held:
        yield held


def _meter(where: str, record: list[str]) -> _Meter:
    if len(record) < 9 or record[8] not in ("5", "15", "30"):
        raise InputError(
            f"{where}: a 200 record should have an interval of 5, 15 or 30 minutes in its ninth cell"
        )
    if not all(re.fullmatch(r"[A-Za-z0-9]{1,20}", record[place]) for place in (1, 4, 7)):
        raise InputError(f"{where}: a 200 record should have NMI, suffix and unit in cells 2, 5 and 8")
    return _Meter(record[1], record[4], record[7], int(record[8]))


def _day(where: str, meter: _Meter, record: list[str]) -> tuple[str, _Day]:
    count = _DAY_MINUTES // meter.minutes
    if len(record) < 2 + count:
        raise InputError(
            f"{where}: has {len(record)} cells, a day of {meter.minutes} minutes has {2 + count}"
        )
    date, values, rest = record[1], tuple(record[2 : 2 + count]), record[2 + count :]
    try:
        datetime.strptime(date, "%Y%m%d")
    except ValueError:
        raise InputError(f'{where}: "{plain(date, 40)}" is no date, should be like 20230901') from None
    if wrong := next((value for value in values if not _NUMBER.fullmatch(value)), None):
        raise InputError(f'{where}: "{plain(wrong, 40)}" is not a number')
    quality, updated = rest[0] if rest else "", rest[3] if len(rest) > 3 else ""
    return date, _Day(updated, ("",) * count if quality.startswith(_NULL) else values)


def _without_null(where: str, held: tuple[_Meter, str, _Day], record: list[str]) -> tuple[_Meter, str, _Day]:
    """A day without the intervals that a 400 record calls null."""
    meter, date, day = held
    bounds = record[1:3]
    if len(record) < 4 or not all(re.fullmatch(r"[0-9]{1,3}", each) for each in bounds):
        raise InputError(f"{where}: a 400 record should have first and last interval and quality")
    if not record[3].startswith(_NULL):
        return held
    first, last = map(int, bounds)
    values = tuple("" if first <= place <= last else value for place, value in enumerate(day.values, 1))
    return meter, date, replace(day, values=values)
