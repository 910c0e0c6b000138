"""Clocks: from times as they are written to local standard time, without an hour lost or doubled.

A clock with daylight saving misses an hour in spring and has one twice in autumn. Which zone's clock it is
tells from these hours; where they contradict each other, it is asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError
from sim.imports.answers import Label, Question
from sim.imports.export import Stamps

STANDARD = "standard"
"""As a zone: times are standard time as they stand."""
CANDIDATES = (
    "Europe/Berlin",
    "Europe/London",
    "Europe/Helsinki",
    "America/New_York",
    "Australia/Sydney",
    "Pacific/Auckland",
    "America/Santiago",
)
"""One of each rule that clocks follow. Where rules say the same, the place does not matter."""
MOST_YEARS = 40
_MOST_HOLES = 5
Seconds = NDArray[np.int64]


@dataclass(frozen=True)
class Change:
    """When a zone's offset changes.

    at_s: instant, seconds since 1970 in UTC; before_s, after_s: seconds east of UTC
    """

    at_s: int
    before_s: int
    after_s: int

    @property
    def opens(self) -> bool:
        """Whether wall clocks miss an hour, and do not have it twice."""
        return self.after_s > self.before_s

    @property
    def hour(self) -> tuple[int, int]:
        """The wall clock's seconds that are missing, or twice there: from, to."""
        low, high = sorted((self.before_s, self.after_s))
        return self.at_s + low, self.at_s + high


@dataclass(frozen=True)
class Clock:
    """How times are read.

    zone:     IANA name; None: as they stand, or by their offsets
    standard_s: seconds east of UTC of what is written
    of_start: whether the clock shows the interval's start, though the label is its end (00:30 to 01:00 on the
              day of the change is then written by the rule of 00:30)
    """

    zone: str | None
    standard_s: int = 0
    of_start: bool = False
    remarks: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()


def checked_zone(name: str | None) -> str | None:
    """A zone that is known. Raises InputError for another."""
    if name in (None, STANDARD):
        return name
    try:
        ZoneInfo(str(name))
    except (ValueError, OSError, LookupError):
        raise InputError(
            f'--zone "{name}": is no time zone, should be like Europe/Berlin, or "{STANDARD}"'
        ) from None
    return name


def clock_of(
    stamps: Sequence[Stamps], given: str | None, known: str | None, label: Label, step_s: int
) -> Clock:
    """How the times of an export are read, by what is said of them and by what their clock does.

    given: the zone that the user says; known: the one that the layout's description says
    """
    if any(each.offset_s is not None for each in stamps):
        return _of_offsets(stamps, given or known)
    if given == STANDARD:
        return Clock(None, remarks=("times are standard time as they stand, as you say",))
    starts_s = [seconds_of(each) for each in stamps]
    times_s = np.unique(np.concatenate(starts_s)) if starts_s else np.zeros(0, dtype=np.int64)
    for zone in (given or known,) if given or known else CANDIDATES:
        for of_start in (False, True) if label == "end" else (False,):
            shift_s = step_s if of_start else 0
            clock = _by_changes(str(zone), times_s - shift_s, [each - shift_s for each in starts_s], of_start)
            if clock:
                return replace(clock, questions=()) if given else clock
    if given or known:
        zone = str(given or known)
        return _unchanged(zone, times_s, starts_s)
    return Clock(None, remarks=("times change to no daylight saving: taken as standard time as they stand",))


def standard_s(stamps: Stamps, clock: Clock, label: Label, step_s: int) -> Seconds:
    """When intervals begin, in seconds of local standard time since 1970; step_s is 0 for instants.

    The first of two equal times of a doubled hour, in the order in which the series runs, is summer's.
    """
    shift_s = step_s if label == "end" else 0
    local_s = seconds_of(stamps)
    if stamps.offset_s is not None:
        return local_s - stamps.offset_s + clock.standard_s - shift_s
    if clock.zone is None or not len(local_s):
        return local_s - shift_s
    before_s, after_s = (shift_s, 0) if clock.of_start else (0, shift_s)
    local_s = local_s - before_s
    return local_s - _offsets_s(local_s, clock.zone) + clock.standard_s - after_s


def in_hours_left_out(stamps: Stamps, clock: Clock, label: Label, step_s: int) -> NDArray[np.bool_]:
    """Which intervals begin in an hour that the clock leaves out in spring, and some portals list."""
    local_s = seconds_of(stamps) - (step_s if label == "end" and clock.of_start else 0)
    found = np.zeros(len(local_s), dtype=bool)
    if clock.zone is not None and stamps.offset_s is None and len(local_s):
        for each in changes(clock.zone, int(local_s.min()), int(local_s.max())):
            if each.opens:
                found |= (local_s >= each.hour[0]) & (local_s < each.hour[1])
    return found


def seconds_of(stamps: Stamps) -> Seconds:
    """Wall clock seconds since 1970."""
    return stamps.local.astype("datetime64[s]").astype(np.int64)


def changes(zone: str, first_s: int, last_s: int) -> tuple[Change, ...]:
    """A zone's changes between two instants and a day around them."""
    first = datetime.fromtimestamp(first_s, UTC).year
    last = datetime.fromtimestamp(last_s, UTC).year
    if last - first > MOST_YEARS:
        raise InputError(
            f"times run from {first} to {last}, should be within {MOST_YEARS} years; is a date wrong?"
        )
    found = [change for year in range(first, last + 1) for change in _changes_of(zone, year)]
    return tuple(each for each in found if first_s - 86400 <= each.at_s <= last_s + 86400)


@lru_cache(maxsize=1024)
def _changes_of(zone: str, year: int) -> tuple[Change, ...]:
    """A zone's changes in a year, to the second."""
    place, found = ZoneInfo(zone), []
    day = datetime(year, 1, 1, tzinfo=UTC)
    start_s = int(day.timestamp())
    for each in range(366):
        low, high = start_s + each * 86400, start_s + (each + 1) * 86400
        before, after = _offset_at(place, low), _offset_at(place, high)
        if before != after:
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if _offset_at(place, middle) == before else (low, middle)
            found.append(Change(high, before, after))
    return tuple(found)


def _offset_at(place: ZoneInfo, second: int) -> int:
    offset = datetime.fromtimestamp(second, UTC).astimezone(place).utcoffset()
    return int((offset or timedelta()).total_seconds())


def _standard_of(zone: str, second: int) -> int:
    """Seconds east of UTC of a zone's standard time in the year of an instant: its smallest offset there."""
    year = datetime.fromtimestamp(second, UTC).year
    return min(_offset_at(ZoneInfo(zone), int(datetime(year, m, 1, tzinfo=UTC).timestamp())) for m in (1, 7))


def _of_offsets(stamps: Sequence[Stamps], zone: str | None) -> Clock:
    offsets_s = [each.offset_s for each in stamps if each.offset_s is not None and len(each.offset_s)]
    if len(offsets_s) < len([each for each in stamps if len(each.local)]):
        raise InputError("some times have an offset and others have none; give files of one kind")
    first_s = min(
        int((seconds_of(each) - each.offset_s).min())
        for each in stamps
        if each.offset_s is not None and len(each.local)
    )
    if zone and zone != STANDARD:
        east_s = _standard_of(zone, first_s)
        return Clock(
            None, east_s, remarks=(f"times have offsets: written in standard time of {zone}, {_utc(east_s)}",)
        )
    east_s = min(int(each.min()) for each in offsets_s)
    known = "" if any((each != east_s).any() for each in offsets_s) else "; --zone says of which zone instead"
    return Clock(
        None, east_s, remarks=(f"times have offsets: written in {_utc(east_s)}, the smallest{known}",)
    )


def _by_changes(zone: str, times_s: Seconds, series_s: Sequence[Seconds], of_start: bool) -> Clock | None:
    """The clock of a zone, where each of its changes that the times cover is seen in them; else None."""
    if not len(times_s):
        return None
    first_s, last_s = int(times_s[0]), int(times_s[-1])
    inside = [
        each
        for each in changes(zone, first_s, last_s)
        if first_s <= each.hour[0] - 3600 and each.hour[1] + 3600 <= last_s
    ]
    spring = [each for each in inside if each.opens]
    autumn = [each for each in inside if not each.opens]
    missed = [each for each in spring if not _count(times_s, each.hour) and _around(times_s, each.hour)]
    doubled = [each for each in autumn if any(_is_doubled(each_s, each.hour) for each_s in series_s)]
    if not inside or len(missed) < len(spring) or not (missed or doubled):
        return None
    if not doubled and _holes(times_s) > _MOST_HOLES:  # one that falls into that hour proves nothing
        return None
    east_s = _standard_of(zone, first_s)
    seen = [f"{_shown(each.hour[0])} is missing" for each in missed[:2]]
    seen += [f"{_shown(each.hour[0])} is there twice" for each in doubled[:2]]
    said = f"{', '.join(seen)}, as in {zone}: written in its standard time"
    if not doubled and autumn:
        once = ", ".join(_shown(each.hour[0]) for each in autumn if _count(times_s, each.hour))
        asks = (
            f"{seen[0]}, as clocks with daylight saving have it in {zone}, but in autumn {once} is there "
            "once and not twice, so that an hour was left out or two were made one"
        )
        answers = (
            f"--zone {zone} (the second hour of autumn is a gap) or --zone {STANDARD} (that of spring is)"
        )
        return Clock(zone, east_s, of_start, (said,), (Question(asks, answers),))
    return Clock(zone, east_s, of_start, (said,))


def _unchanged(zone: str, times_s: Seconds, series_s: Sequence[Seconds]) -> Clock:
    """A zone that is said, where the times do not show all of its changes."""
    if not len(times_s):
        return Clock(None)
    east_s = _standard_of(zone, int(times_s[0]))
    known = changes(zone, int(times_s[0]), int(times_s[-1]))
    doubled = [
        each for each in known if not each.opens and any(_is_doubled(own, each.hour) for own in series_s)
    ]
    for each in known:
        if each.opens and _count(times_s, each.hour):
            said = f"{_shown(each.hour[0])}, which clocks in {zone} leave out, is there"
            if doubled:
                also = f"and {_shown(doubled[0].hour[0])} twice: written in its standard time, {_utc(east_s)}"
                return Clock(zone, east_s, remarks=(f"{said}, {also}",))
            return Clock(None, east_s, remarks=(f"{said}: times are standard time as they stand",))
    return Clock(
        zone, east_s, remarks=(f"times are in {zone}: written in its standard time, {_utc(east_s)}",)
    )


def _count(times_s: Seconds, hour: tuple[int, int]) -> int:
    low, high = np.searchsorted(times_s, hour)
    return int(high - low)


def _around(times_s: Seconds, hour: tuple[int, int]) -> bool:
    """Whether there are times within the hour before and the one from its end."""
    return bool(_count(times_s, (hour[0] - 3600, hour[0])) and _count(times_s, (hour[1], hour[1] + 3600)))


def _holes(times_s: Seconds) -> int:
    """How often times that stand there once each are further apart than most."""
    steps = np.diff(times_s)
    return int((steps > np.median(steps)).sum()) if len(steps) else 0


def _is_doubled(times_s: Seconds, hour: tuple[int, int]) -> bool:
    """Whether each time of the hour is there twice, and not those of the hour before it."""
    inside = times_s[(times_s >= hour[0]) & (times_s < hour[1])]
    before = times_s[(times_s >= hour[0] - 3600) & (times_s < hour[0])]
    twice = len(inside) > 0 and len(inside) >= 2 * len(np.unique(inside))
    return twice and len(before) == len(np.unique(before))


def _offsets_s(local_s: Seconds, zone: str) -> Seconds:
    """Seconds east of UTC of each wall clock time."""
    known = changes(zone, int(local_s.min()), int(local_s.max()))
    offset_s = np.full(len(local_s), _offset_at(ZoneInfo(zone), int(local_s.min()) - 2 * 86400))
    repeats: Seconds | None = None
    for each in known:
        low, high = each.hour
        offset_s[local_s >= (high if each.opens else low)] = each.after_s
        if not each.opens and (twice := (local_s >= low) & (local_s < high)).any():
            repeats = _occurrence(local_s) if repeats is None else repeats
            offset_s[twice & (repeats == 0)] = each.before_s
    return offset_s


def _occurrence(local_s: Seconds) -> Seconds:
    """How many equal times come before each, in the order of time; a series may run backwards."""
    backwards = (np.diff(local_s) < 0).sum() * 2 > len(local_s)
    run = local_s[::-1] if backwards else local_s
    order = np.argsort(run, kind="stable")
    ordered = run[order]
    first = np.concatenate(([True], ordered[1:] != ordered[:-1]))
    place = np.arange(len(run)) - np.maximum.accumulate(np.where(first, np.arange(len(run)), 0))
    count = np.empty(len(run), dtype=np.int64)
    count[order] = place
    return count[::-1] if backwards else count


def _shown(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%d %H:%M")


def _utc(east_s: int) -> str:
    hours, minutes = divmod(abs(east_s) // 60, 60)
    return f"UTC{'-' if east_s < 0 else '+'}{hours}" + (f":{minutes:02}" if minutes else "")
