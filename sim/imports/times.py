"""Times as exports write them: formats, the order of day and month by evidence, offsets."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sim.errors import InputError, plain
from sim.imports.answers import Dates, Label, Question
from sim.imports.export import Stamps
from sim.imports.numbers import Texts, Where, as_bools
from sim.units import YEARS

DAY_S = 24 * 3600
_ZONES_S = {
    **dict.fromkeys(("Z", "UTC", "GMT", "WET"), 0),
    **dict.fromkeys(("CET", "MEZ", "BST", "WEST"), 3600),
    **dict.fromkeys(("CEST", "MESZ", "EET"), 7200),
    **dict.fromkeys(("EEST",), 10800),
    "AEST": 36000,
    "AEDT": 39600,
}
"""Seconds east of UTC of the names of zones that mean one thing alone, and of BST, which means Britain's."""
_HOURS = (
    r"(?P<H>[0-9]{1,2}):(?P<M>[0-9]{2})(?::(?P<S>[0-9]{2})(?:[.,][0-9]+)?)?(?: *(?P<p>[AaPp])\.?[Mm]\.?)?"
)
_ZONE = rf" *(?P<z>{'|'.join(_ZONES_S)}|z|[+-][0-9]{{2}}:?(?:[0-9]{{2}})?)?"
_CLOCK = rf"(?:[T :]+{_HOURS}{_ZONE})?"
_YEAR = "(?P<y>[0-9]{4}|[0-9]{2})"
_FORMATS = (
    rf"(?P<y>[0-9]{{4}})[-/.](?P<m>[0-9]{{1,2}})[-/.](?P<d>[0-9]{{1,2}}){_CLOCK}",
    rf"(?P<a>[0-9]{{1,2}})(?P<s>[-/.])(?P<b>[0-9]{{1,2}})[-/.]{_YEAR}{_CLOCK}",
    rf"(?P<d>[0-9]{{1,2}})[- /]?(?P<n>[A-Za-z]{{3}})[a-z]*[- /,]*{_YEAR}{_CLOCK}",
    r"(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})"
    r"(?:[T ]?(?P<H>[0-9]{2}):?(?P<M>[0-9]{2})(?::?(?P<S>[0-9]{2}))?(?P<z>Z)?)?",
)
"""Year first; year last; month by name; digits alone."""
_EPOCH = "1[0-9]{9}"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True)
class Times:
    """A column of times; where ``questions`` are open, day and month are in any order.

    label: "end" where a time is written as 24:00, which begins no interval
    dated: whether there are dates alone, no times of day
    """

    stamps: Stamps
    remarks: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    label: Label | None = None
    dated: bool = False


def read_times(texts: Texts, where: Where, dates: Dates | None = None) -> Times:
    """A column of dates, with or without a time of day. Raises InputError at the first cell that is none."""
    if pc.all(pc.match_substring_regex(texts, f"^{_EPOCH}$")).as_py():
        moments = pc.cast(texts, pa.int64()).to_numpy().astype("datetime64[s]")
        said = f"column {where.column}: seconds since 1970, in UTC"
        return Times(Stamps(moments, np.zeros(len(moments), dtype=np.int64)), (said,))
    for pattern in _FORMATS:
        found = pc.extract_regex(texts, f"^{pattern}$")
        if not found.null_count:
            return _read(found, texts, where, dates)
    for row, text in enumerate(texts.to_pylist()):
        if not any(re.fullmatch(pattern, text) for pattern in _FORMATS):
            shown = f'"{plain(text, 40)}"' if text else "an empty cell"
            raise InputError(f"{where.cell(row)}: {shown} is not a time, should be like 2017-06-12 13:00")
    raise InputError(f"{where.cell(0)}: times are written in more than one way; write all of them in one")


def are_epochs(texts: Texts) -> bool:
    """Whether a column's cells are seconds since 1970, of this century, that go on."""
    sample = texts.slice(0, 100)
    if not len(sample) or not pc.all(pc.match_substring_regex(sample, f"^{_EPOCH}$")).as_py():
        return False
    seconds = pc.cast(sample, pa.int64()).to_numpy()
    return bool((seconds[1:] >= seconds[:-1]).all() and seconds[0] < seconds[-1])


def are_times(texts: Texts) -> bool:
    """Whether the first cells of a column are dates, with or without a time of day."""
    sample = texts.slice(0, 100)
    return len(sample) > 0 and any(
        pc.all(pc.match_substring_regex(sample, f"^{pattern}$")).as_py() for pattern in _FORMATS
    )


def joined(first: Texts, second: Texts) -> Texts:
    """Date and time of day, from two columns, as one."""
    return pc.binary_join_element_wise(first, second, " ")


def minutes_of(title: str) -> int | None:
    """Minutes after midnight of a title like 0:30, 00:30, 24:00 or t0030; None where it is none."""
    found = re.fullmatch(r"t?([0-9]{1,2}):?([0-9]{2})(?::00)?", title.strip(), re.IGNORECASE)
    if not found:
        return None
    minutes = int(found[1]) * 60 + int(found[2])
    return minutes if minutes <= 24 * 60 and int(found[2]) < 60 else None


def _read(found: pa.StructArray, texts: Texts, where: Where, dates: Dates | None) -> Times:
    parts = {field.name: found.field(field.name) for field in found.type}
    years = _number(parts["y"])
    years = np.where(years < 100, years + 2000, years)
    hours, minutes, seconds = _hours(parts), _number(parts["M"]), _number(parts["S"])
    remarks: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    if "a" in parts:
        day_first, remarks, questions = _order(parts, years, where, dates)
        days, months = (parts["a"], parts["b"]) if day_first else (parts["b"], parts["a"])
        days, months = _number(days), _number(months)
    else:
        days, months = _number(parts["d"]), _month(parts)
    good = (days >= 1) & (days <= _days_in(years, months)) & (years >= YEARS[0]) & (years <= YEARS[-1])
    clock_s = hours * 3600 + minutes * 60 + seconds
    good &= (clock_s <= DAY_S) & (minutes < 60) & (seconds < 60)
    if not good.all():
        row = int(np.argmin(good))
        raise InputError(f'{where.cell(row)}: "{texts[row]}" is no time of the calendar')
    moments = _midnights(years, months, days) + clock_s.astype("timedelta64[s]")
    return Times(
        Stamps(moments, _offsets(parts["z"], where)),
        remarks,
        questions,
        "end" if (clock_s == DAY_S).any() else None,
        bool(pc.all(pc.equal(parts["H"], "")).as_py()),
    )


def _order(
    parts: Mapping[str, Texts], years: NDArray[np.int64], where: Where, dates: Dates | None
) -> tuple[bool, tuple[str, ...], tuple[Question, ...]]:
    """Whether days come before months, why, and the question where nothing tells."""
    first, second = _number(parts["a"]), _number(parts["b"])
    if dates:
        return dates == "day-first", (f"column {where.column}: dates are {dates}, as you say",), ()
    for day_first, days, order in ((True, first, "day-first"), (False, second, "month-first")):
        if (row := int(np.argmax(days > 12))) or days[0] > 12:
            shown = f"{parts['a'][row]}{parts['s'][row]}{parts['b'][row]}"
            return day_first, (f"column {where.column}: dates are {order}, as there is {shown}",), ()
    if pc.all(pc.equal(parts["s"], ".")).as_py():
        return True, (f"column {where.column}: dates are day-first, as dates with points are",), ()
    steady = [
        _goes_on(_midnights(years, months, days))
        for days, months in ((first, second), (second, first))
    ]  # fmt: skip
    if steady[0] != steady[1]:
        order = "day-first" if steady[0] else "month-first"
        return steady[0], (f"column {where.column}: dates are {order}, as only so one follows the other",), ()
    asks = f"column {where.column}: no number is above 12, so that day and month may be either"
    return True, (), (Question(asks, "--dates day-first or --dates month-first"),)


def _goes_on(days: NDArray[np.datetime64]) -> bool:
    """Whether most days that are there are followed by the next one."""
    found = np.unique(days)
    if len(found) < 2:
        return False
    return bool((np.diff(found) == np.timedelta64(1, "D")).mean() > 0.5)


def _hours(parts: Mapping[str, Texts]) -> NDArray[np.int64]:
    hours = _number(parts["H"])
    if "p" not in parts:
        return hours
    half = pc.utf8_lower(parts["p"])
    evening, morning = as_bools(pc.equal(half, "p")), as_bools(pc.equal(half, "a"))
    wrong = (evening | morning) & (hours > 12)
    return np.where(wrong, 99, np.where(evening, hours % 12 + 12, np.where(morning, hours % 12, hours)))


def _days_in(years: NDArray[np.int64], months: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many days each month has; -1 for what is none."""
    days = np.array([-1, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])[np.where(months > 12, 0, months)]
    leap = (years % 4 == 0) & ((years % 100 != 0) | (years % 400 == 0))
    return np.asarray(days + ((months == 2) & leap))


def _midnights(
    years: NDArray[np.int64], months: NDArray[np.int64], days: NDArray[np.int64]
) -> NDArray[np.datetime64]:
    month = (years - 1970).astype("datetime64[Y]").astype("datetime64[M]") + (months - 1)
    return (month.astype("datetime64[D]") + (days - 1)).astype("datetime64[s]")


def _number(texts: Texts) -> NDArray[np.int64]:
    filled = pc.if_else(pc.equal(texts, ""), "0", texts)
    return np.asarray(pc.cast(filled, pa.int64()).to_numpy(zero_copy_only=False))


def _month(parts: Mapping[str, Texts]) -> NDArray[np.int64]:
    if "m" in parts:
        return _number(parts["m"])
    names = pc.index_in(pc.utf8_lower(parts["n"]), value_set=pa.array(_MONTHS))
    return np.asarray(pc.fill_null(names, -1).to_numpy(zero_copy_only=False), dtype=np.int64) + 1


def _offsets(zones: Texts, where: Where) -> NDArray[np.int64] | None:
    """Seconds east of UTC. Raises InputError where some times have an offset and others have none."""
    coded = pc.dictionary_encode(zones)
    known = coded.dictionary.to_pylist()
    if known == [""]:
        return None
    if "" in known:
        row = pc.index(zones, "").as_py()
        raise InputError(f"{where.cell(row)}: has no offset, and other times have one")
    codes = np.asarray(coded.indices.to_numpy(zero_copy_only=False))
    return np.asarray(np.array([_offset_s(text) for text in known], dtype=np.int64)[codes])


def _offset_s(text: str) -> int:
    if text[:1] not in ("+", "-"):
        return _ZONES_S[text.upper()]
    digits = text[1:].replace(":", "")
    seconds = int(digits[:2]) * 3600 + int(digits[2:] or 0) * 60
    return -seconds if text[0] == "-" else seconds
