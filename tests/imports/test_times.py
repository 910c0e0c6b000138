"""Times as they are written, and what day and month are by evidence."""

import pyarrow as pa
import pytest

from sim.errors import InputError
from sim.imports.numbers import Where
from sim.imports.times import Times, minutes_of, read_times
from tests.imports.writers import read, table

WHERE = Where("x.csv", 2, "when")


def times_of(*texts: str, **more: object) -> Times:
    return read_times(pa.array(texts), WHERE, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "2017-03-06T13:30",
        "2017/3/6 13:30:00.000",
        "06.03.2017 13:30",
        "6-Mar-17 13:30",
        "6 March 2017 1:30 PM",
        "20170306 1330",
        "201703061330",
        "06MAR2017:13:30:00",
    ],
)
def test_a_time_is_read_however_it_is_written(text):
    assert times_of(text).stamps.local.astype(str).tolist() == ["2017-03-06T13:30:00"]


@pytest.mark.parametrize(
    "text", ["2017-02-29", "2017-03-06 25:00", "2017-13-01", "2017-03-06 24:30", "13:30", "soon", ""]
)
def test_what_is_no_time_is_refused(text):
    with pytest.raises(InputError, match=r"x\.csv, line 3, column when"):
        times_of("2017-03-06 01:00", text)


def test_the_end_of_a_day_is_the_next_ones_midnight_and_an_end():
    found = times_of("2017-03-06 23:00", "2017-03-06 24:00")
    assert found.stamps.local[1].astype(str) == "2017-03-07T00:00:00"
    assert found.label == "end"


@pytest.mark.parametrize(
    ("texts", "day"),
    [(("01/03/2017", "13/03/2017"), "2017-03-01"), (("01/03/2017", "01/13/2017"), "2017-01-03"),
     (("01/03/2017", "02/03/2017", "03/03/2017"), "2017-03-01"), (("1.3.2017", "1.4.2017"), "2017-03-01")],
)  # fmt: skip
def test_day_and_month_are_told_by_evidence_that_is_said(texts, day):
    found = times_of(*texts)
    assert str(found.stamps.local[0].astype("datetime64[D]")) == day
    assert found.remarks
    assert not found.questions


def test_day_and_month_that_nothing_tells_are_asked_about():
    assert times_of("01/03/2017", "01/05/2017").questions
    found = times_of("01/03/2017", "01/05/2017", dates="month-first")
    assert str(found.stamps.local[0].astype("datetime64[D]")) == "2017-01-03"
    assert not found.questions


def test_offsets_are_of_all_times_or_of_none():
    found = times_of("2017-03-06T01:00:00+01:00", "2017-03-06T01:00Z", "2017-03-06 01:00 CEST")
    assert found.stamps.offset_s is not None
    assert found.stamps.offset_s.tolist() == [3600, 0, 7200]
    with pytest.raises(InputError, match="line 3, column when: has no offset"):
        times_of("2017-03-06T01:00:00+01:00", "2017-03-06 01:00")


def test_titles_are_times_of_day_or_none():
    assert [minutes_of(title) for title in ("0:30", "24:00", "t2330", "0030")] == [30, 1440, 1410, 30]
    assert [minutes_of(title) for title in ("KWH", "7", "25:00", "00:61")] == [None] * 4


@pytest.mark.parametrize(("first", "last", "hours"), [(0, 23, 24), (1, 24, 24)])
def test_a_column_of_hours_beside_one_of_dates_is_the_time(first, last, hours):
    rows = [["date", "hour", "h kWh"]]
    rows += [[f"2017-03-{day:02}", str(hour), "0.5"] for day in (6, 7) for hour in range(first, last + 1)]
    one = read(table(rows))
    assert one.start_s % 86400 == 0
    assert one.homes[0].load_wh.tolist() == [500] * 2 * hours
