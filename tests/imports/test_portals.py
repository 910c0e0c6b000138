"""Exports as portals give them: made up, each an hour's rows for three days, and read without an option."""

import random
from datetime import datetime, timedelta

import pytest

from sim.imports.answers import OpenQuestionsError
from tests.imports.test_importing import start_of
from tests.imports.writers import START, read, times

HOUR = timedelta(hours=1)
HOURS = times(72)


def rows(template: str) -> str:
    """A line for each hour, its fields those of the template: a, b: start and end, v: kWh with a point."""
    dice = random.Random(1)
    value = [f"{dice.gammavariate(2, 0.3):.3f}" for _ in HOURS]
    return "".join(
        template.format(a=each, b=each + HOUR, v=kwh, c=kwh.replace(".", ","), s=1_488_758_400 + 3600 * place)
        + "\n"
        for place, (each, kwh) in enumerate(zip(HOURS, value, strict=True))
    )


PORTALS = {
    "clock times beside dates, a column of units, a banner": "Name,Jo\n\n"
    "TYPE,DATE,START TIME,END TIME,USAGE,UNITS,COST\n"
    + rows("usage,{a:%Y-%m-%d},{a:%H:%M},{a:%H}:59,{v},kWh,$0.1"),
    "starts and ends with offsets, another column of numbers": "Consumption (kwh), Tax (p), Start, End\n"
    + rows("{v},0.3, {a:%Y-%m-%dT%H:%M:%S}+00:00, {b:%Y-%m-%dT%H:%M:%S}+00:00"),
    "dates with points and clock times": "Datum;Uhrzeit;Verbrauch [kWh]\n"
    + rows("{a:%d.%m.%Y};{a:%H:%M};{c}"),
    "from and to": "Datum von;Datum bis;Wert (kWh)\n" + rows("{a:%d.%m.%Y %H:%M};{b:%d.%m.%Y %H:%M};{c}"),
    "seconds since 1970": "timestamp,house1_kw\n" + rows("{s},{v}"),
    "years, months, days and hours": "Year,Month,Day,Hour,h1 kWh\n"
    + rows("{a.year},{a.month},{a.day},{a.hour},{v}"),
    "twelve hours": "Date/Time,Usage (kWh)\n" + rows("{a.month}/{a.day}/{a.year} {a:%I:%M %p},{v}"),
    "rows of a meter": "meter_id,timestamp,import_kwh,export_kwh\n" + rows("A,{a},{v},0.0"),
}  # fmt: skip


@pytest.mark.parametrize("name", PORTALS)
def test_an_export_of_a_portal_is_read_without_an_option(name):
    one = read(PORTALS[name])
    (home,) = one.homes
    assert start_of(one) == START == datetime(2017, 3, 6)
    assert (one.slots, one.slot_s) == (72, 3600)
    assert not home.no_load.any()
    assert home.load_wh.sum() == pytest.approx(one.accounts[next(iter(one.accounts))].used / 3600e9, abs=1)


def test_what_pandas_writes_is_asked_for_its_unit_alone():
    with pytest.raises(OpenQuestionsError) as raised:
        read(",a,b\n" + rows("{a},{v},{v}"))
    assert [question.answers for question in raised.value.questions] == ["--unit Wh, kWh, W, kW, MWh or MW"]
