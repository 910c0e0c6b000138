"""Clocks with daylight saving: an hour missing in spring, one twice in autumn, none lost."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sim.errors import InputError
from sim.imports.answers import OpenQuestionsError
from tests.imports.test_importing import loads, start_of
from tests.imports.writers import read, table

UTC = ZoneInfo("UTC")


def export(
    zone: str, first: datetime, hours: int, minutes: int = 60, end: bool = False, form: str = "%Y-%m-%d %H:%M"
) -> list[list[str]]:
    """Readings at wall clock times of a zone; ``first`` in UTC."""
    rows = [["time", "h load Wh"]]
    for place in range(hours * 60 // minutes):
        moment = first.replace(tzinfo=UTC) + timedelta(minutes=minutes * (place + end))
        rows.append([f"{moment.astimezone(ZoneInfo(zone)):{form}}", str(wh(place))])
    return rows


def wh(place: int) -> int:
    return place * 371 % 1009


def readings(count: int) -> list[int]:
    return [wh(place) for place in range(count)]


SPRING, AUTUMN = datetime(2017, 3, 24, 23), datetime(2017, 10, 27, 22)


@pytest.mark.parametrize("minutes", [30, 60])
@pytest.mark.parametrize("end", [False, True])
@pytest.mark.parametrize("first", [SPRING, AUTUMN])
def test_hours_missing_and_doubled_are_read_at_their_true_times(first, end, minutes):
    one = read(table(export("Europe/Berlin", first, 72, minutes, end)), label="end" if end else "start")
    assert start_of(one) == first + timedelta(hours=1)
    assert loads(one)["h"] == readings(72 * 60 // minutes)
    assert any("as in Europe/Berlin" in line for line in one.remarks)


def test_an_hour_that_clocks_leave_out_may_be_listed_with_zeros():
    spring = export("America/Los_Angeles", datetime(2023, 3, 11, 8), 48)
    autumn = export("America/Los_Angeles", datetime(2023, 11, 4, 7), 48)[1:]
    place = next(place for place, (time, _) in enumerate(spring) if time == "2023-03-12 03:00")
    listed = [*spring[:place], ["2023-03-12 02:00", "0"], *spring[place:], *autumn]
    with pytest.raises(OpenQuestionsError, match="--zone, if it is the hour that clocks have twice"):
        read(table(listed), label="start")
    one = read(table(listed), label="start", zone="America/Los_Angeles", dates="month-first")
    assert [load for load in loads(one)["h"] if load is not None] == readings(48) * 2
    assert "1 readings of zero in an hour that clocks leave out in spring are left out" in one.remarks


@pytest.mark.parametrize(
    ("zone", "first"),
    [("Australia/Sydney", datetime(2017, 9, 29, 14)), ("America/New_York", datetime(2017, 3, 10, 5))],
)
def test_other_rules_are_known_by_their_dates(zone, first):
    one = read(table(export(zone, first, 72)), label="start")
    assert loads(one)["h"] == readings(72)
    assert any(f"as in {zone}" in line for line in one.remarks)


def test_a_year_that_runs_backwards_has_its_doubled_hour_in_order():
    header, *rows = export("Europe/Berlin", datetime(2016, 12, 31, 23), 365 * 24)
    one = read(table([header, *reversed(rows)]), unit="Wh")
    assert loads(one)["h"] == readings(365 * 24)


def test_offsets_are_believed():
    rows = export("Europe/Berlin", AUTUMN, 72, form="%Y-%m-%dT%H:%M:%S%z")
    for answers, start in (({}, 23), ({"zone": "Europe/London"}, 22)):
        one = read(table(rows), label="start", **answers)
        assert start_of(one) == datetime(2017, 10, 27, start)
        assert loads(one)["h"] == readings(72)


def test_a_spring_without_its_autumn_is_asked_about():
    first = datetime(2016, 12, 31, 23)
    seen = set()
    rows = [
        row for row in export("Europe/Berlin", first, 365 * 24) if not (row[0] in seen or seen.add(row[0]))
    ]
    with pytest.raises(OpenQuestionsError, match=r"--zone Europe/Berlin .* or --zone standard"):
        read(table(rows), unit="Wh")
    for zone, gap in (("standard", "03-26 02:00"), ("Europe/Berlin", "10-29 02:00")):
        one = read(table(rows), unit="Wh", zone=zone)
        gaps = [place for place, wh in enumerate(loads(one)["h"]) if wh is None]
        assert [f"{start_of(one) + timedelta(hours=place):%m-%d %H:%M}" for place in gaps] == [gap]


def test_times_of_a_zone_that_have_the_hour_it_leaves_out_are_standard_time():
    rows = export("Etc/GMT-1", SPRING, 72)
    one = read(table(rows), zone="Europe/Berlin")
    assert start_of(one) == SPRING + timedelta(hours=1)
    assert loads(one)["h"] == readings(72)


def test_no_zone_is_refused():
    with pytest.raises(InputError, match="is no time zone"):
        read(table(export("UTC", SPRING, 72)), zone="Mars/Olympus")


def test_a_gap_among_many_that_falls_into_the_hour_of_spring_proves_nothing():
    header, *rows = export("Etc/GMT-1", datetime(2016, 12, 31, 23), 120 * 24)
    gone = {"2017-03-26 02:00", *(f"2017-02-{day:02} 05:00" for day in range(1, 10))}
    one = read(table([header, *(row for row in rows if row[0] not in gone)]))
    assert any("no daylight saving" in line for line in one.remarks)
    assert int(one.homes[0].no_load.sum()) == 10
