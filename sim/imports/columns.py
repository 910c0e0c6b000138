"""Which column of a table holds times, and which one homes."""

import re
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sim.imports.answers import Answers, Label, OpenQuestionsError, Question
from sim.imports.numbers import Texts, is_numeric
from sim.imports.sheet import Sheet
from sim.imports.times import Times, are_epochs, are_times, joined, minutes_of, read_times
from sim.imports.titles import UNIT_NAMES

_HOME = re.compile(
    r"(?:lcl|meter|customer|client|home|house|household|site|data|device|user|nmi|mpan|mpxn|participant|consumer|"
    r"prosumer|account|zaehler|zähler|haushalt|kunde)?[ _-]?(?:id|no|nr|number|nummer|name|key)?",
    re.IGNORECASE,
)
_STARTS, _ENDS = (
    re.compile(r"\b(?:start|begin|from|von)", re.I),
    re.compile(r"\b(?:end|until|to|bis)\b", re.I),
)
_CLOCKS = r"^[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?: *[AaPp]\.?[Mm]\.?)?$"
_NUMBERED = re.compile(r"hour|stunde|period|settlement[ _]?period|hh|slot", re.I)

_DATE_PARTS = ("year", "month", "day")
_DAY = 24 * 60
"""Minutes."""


@dataclass(frozen=True)
class TimeColumns:
    """The times of a table's rows, and the columns that they came from."""

    times: Times
    titles: tuple[str, ...]
    taken: tuple[str, ...]
    label: Label | None = None


def time_columns(sheet: Sheet, answers: Answers) -> TimeColumns:
    """The column of times, or those of dates and of times of day.

    Raises OpenQuestionsError where several or none can be.
    """
    if answers.time is not None:
        return _of_column(sheet, sheet.title(answers.time), answers, "as you say")
    found = [title for title in sheet.titles if are_times(sheet.texts(title))]
    if not found and sheet.has(*_DATE_PARTS):
        return _of_date_parts(sheet, answers)
    if not found and (epochs := [title for title in sheet.titles if are_epochs(sheet.texts(title))]):
        found = epochs[:1]
    if not found:
        raise OpenQuestionsError(
            sheet.name, [Question("no column holds dates in all of its first rows", "--time COLUMN")]
        )
    if len(found) == 1:
        return _of_column(sheet, found[0], answers, "as its cells are times")
    starts = [title for title in found if _label(title) == "start"]
    ends = [title for title in found if _label(title) == "end"]
    if len(starts) == len(ends) == 1 and len(found) == 2:
        one = _of_column(sheet, starts[0], answers, "as the start of its interval")
        return replace(one, titles=tuple(found), label="start")
    raise OpenQuestionsError(
        sheet.name, [Question(f"the columns {', '.join(found[:8])} all hold times", "--time COLUMN")]
    )


def has_times(sheet: Sheet) -> bool:
    """Whether a column, or some together, may hold times."""
    columns = sheet.columns
    return any(map(are_times, columns)) or sheet.has(*_DATE_PARTS) or any(map(are_epochs, columns))


def _label(title: str) -> Label | None:
    """What a title says of its times."""
    starts, ends = _STARTS.search(title), _ENDS.search(title)
    return None if bool(starts) == bool(ends) else "start" if starts else "end"


def home_column(sheet: Sheet, times: TimeColumns, answers: Answers) -> str | None:
    """The column of homes, where each row is of one home; None where there is none."""
    if answers.home is not None:
        return sheet.title(answers.home)
    others = [title for title in sheet.titles if title not in times.titles]
    named = [title for title in others if title and _HOME.fullmatch(title)]
    if len(named) == 1:
        return named[0]
    if len(named) > 1:
        asks = f"the columns {', '.join(named[:8])} may all name homes"
        raise OpenQuestionsError(sheet.name, [Question(asks, "--home COLUMN")])
    local = times.times.stamps.local
    if len(np.unique(local)) * 2 > len(local):
        return None
    texts = [title for title in others if not is_numeric(sheet.texts(title))]
    several = [
        title for title in texts if 1 < pc.count_distinct(sheet.texts(title)).as_py() <= len(local) // 24
    ]
    return several[0] if len(several) == 1 else None


def unit_column(sheet: Sheet) -> str | None:
    """The unit that a column says in all rows, if one does."""
    for texts in sheet.columns:
        if (unit := UNIT_NAMES.get(str(texts[0]).lower())) and pc.all(pc.equal(texts, texts[0])).as_py():
            return unit
    return None


def _of_date_parts(sheet: Sheet, answers: Answers) -> TimeColumns:
    """Times from columns of years, months and days, with one of hours or clock times beside them."""
    titles = tuple(map(sheet.title, _DATE_PARTS))
    dates = pc.binary_join_element_wise(*map(sheet.texts, titles), "-")
    taken, label = [f"{', '.join(titles)}: date"], None
    if clock := _clock(sheet, *titles):
        beside, clocks, label, how = clock
        dates, titles = joined(dates, clocks), (*titles, beside)
        taken.append(f"{beside}: time of day{how}")
    times = read_times(dates, sheet.where(titles[0]), answers.dates)
    return TimeColumns(times, titles, tuple(taken), label or times.label)


def _of_column(sheet: Sheet, title: str, answers: Answers, why: str) -> TimeColumns:
    texts = sheet.texts(title)
    times = read_times(texts, sheet.where(title), answers.dates)
    if times.dated and (clock := _clock(sheet, title)):
        beside, clocks, label, how = clock
        times = read_times(joined(texts, clocks), sheet.where(title), answers.dates)
        taken = (f"{title}: date, {why}", f"{beside}: time of day{how}")
        return TimeColumns(times, (title, beside), taken, label or times.label)
    return TimeColumns(times, (title,), (f"{title}: time, {why}",), times.label)


def _clock(sheet: Sheet, *dates: str) -> tuple[str, Texts, Label | None, str] | None:
    """The column of the time of day beside one of dates: clock times, or hours or periods by number."""
    for title in sheet.titles:
        texts = sheet.texts(title)
        if title not in dates and pc.all(pc.match_substring_regex(texts.slice(0, 100), _CLOCKS)).as_py():
            return title, texts, _label(title), ""
    for title in sheet.titles:
        texts = sheet.texts(title)
        whole = pc.all(pc.match_substring_regex(texts, "^[0-9]{1,3}$")).as_py()
        if title in dates or not whole or not _NUMBERED.search(title):
            continue
        numbers = pc.cast(texts, pa.int64()).to_numpy()
        count = int(numbers.max() - numbers.min()) + 1
        if numbers.min() not in (0, 1) or _DAY % count:
            continue
        minutes = (numbers - numbers.min()) * (_DAY // count)
        clocks = pa.array([f"{each // 60:02}:{each % 60:02}" for each in minutes.tolist()])
        how = f", {int(numbers.min())} to {int(numbers.max())} by their starts, {_DAY // count} minutes each"
        return title, clocks, "start", how
    return None


def period_titles(sheet: Sheet) -> list[tuple[str, int]]:
    """Columns whose titles are times of day, with minutes after midnight; midnight as the last is 1440.

    None, where they are not equally far apart and together a day: numbers may look like times.
    """
    found = [(title, minutes) for title in sheet.titles if (minutes := minutes_of(title)) is not None]
    if len(found) > 1 and found[-1][1] == 0:
        found[-1] = found[-1][0], _DAY
    steps = {after - before for (_, before), (_, after) in pairwise(found)}
    return found if len(steps) == 1 and steps == {_DAY // len(found)} and not _DAY % len(found) else []
