"""What is easily read wrongly: energy as a counter, power as energy, ends of intervals, midnight."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from sim.errors import InputError
from sim.imports.answers import Answers, Kind, OpenQuestionsError
from sim.imports.importing import Imported, imported
from sim.imports.source import text_source
from sim.runtime.progress import Progress
from tests.imports import made_up

QUIET = Progress(quiet=True)


def imported_text(text: str, answers: Answers | None = None) -> Imported:
    return imported([text_source("export.csv", text.encode())], answers or Answers(), Progress(quiet=True))


def load_wh(one: Imported, home: int = 0) -> list[int]:
    assert not one.homes[home].no_load.any()
    return one.homes[home].load_wh.tolist()


def start_of(one: Imported) -> np.datetime64:
    return np.datetime64(one.start_s, "s")


def reading(place: int) -> int:
    """Falls at times, as no counter does, and is not the same at neighbouring places."""
    return 100 + 10 * (place % 24)


def table(title: str, rows: list[tuple[datetime | str, object]]) -> str:
    return "\n".join((f"time,{title}", *(f"{time},{reading}" for time, reading in rows))) + "\n"


def hourly(readings: list[int]) -> list[tuple[datetime | str, object]]:
    return list(zip(made_up.times(made_up.START, 60, len(readings)), readings, strict=True))


def test_energy_that_rises_for_a_while_is_no_counter() -> None:
    readings = [reading(hour) for hour in range(72)]
    assert load_wh(imported_text(table("anna_wh", hourly(readings)))) == readings


def quarters(title: str) -> str:
    readings = [400 + 4 * (place % 96) for place in range(96 * 2)]
    return table(title, list(zip(made_up.times(made_up.START, 15, len(readings)), readings, strict=True)))


def test_power_named_as_energy_is_four_times_too_much_until_the_unit_is_said() -> None:
    power = load_wh(imported_text(quarters("anna_w")))
    assert power == [100 + place % 96 for place in range(96 * 2)]
    assert load_wh(imported_text(quarters("anna_wh"))) == [4 * energy for energy in power]
    assert load_wh(imported_text(quarters("anna_wh"), Answers(unit="W"))) == power


def half_hours(times: list[str]) -> str:
    return table("anna_wh", [(time, reading(place)) for place, time in enumerate(times)])


def test_ends_of_intervals_become_starts() -> None:
    starts = [str(time) for time in made_up.times(made_up.START, 30, 96)]
    ends = [str(time) for time in made_up.times(made_up.START + timedelta(minutes=30), 30, 96)]
    by_start, by_end = (imported_text(half_hours(times)) for times in (starts, ends))
    assert load_wh(by_end) == load_wh(by_start)
    assert start_of(by_end) == start_of(by_start) == np.datetime64("2012-07-02T00:00")


def test_times_that_may_be_starts_or_ends_are_asked_about() -> None:
    times = [str(time) for time in made_up.times(made_up.START + timedelta(hours=5), 30, 96)]
    with pytest.raises(OpenQuestionsError, match="--label start or --label end"):
        imported_text(half_hours(times))


def test_0_00_in_the_last_column_of_a_day_is_not_its_first_half_hour() -> None:
    one = imported_text(made_up.ausgrid())
    second = load_wh(one, 1)
    assert [second[47], second[95]] == [5000, 5000]
    assert second[0] == made_up.watts(1, 0)
    assert start_of(one) == np.datetime64("2012-07-02T00:00")


def long_of(values: list[tuple[datetime, str]], title: str = "anna (kWh)") -> bytes:
    return "\n".join(
        [f"time,{title}", *(f"{time:%Y-%m-%d %H:%M},{value}" for time, value in values)]
    ).encode()


def test_a_days_own_midnight_after_its_last_hour_is_its_end() -> None:
    rows = [
        (datetime(2017, 6, day) + timedelta(hours=hour % 24), f"{hour / 10:g}")
        for day in range(12, 17)
        for hour in range(1, 25)
    ]
    one = imported([text_source("export.csv", long_of(rows))], Answers(kind="energy"), QUIET)
    assert one.homes[0].load_wh[:24].tolist() == [hour * 100 for hour in range(1, 25)]
    assert "5 times of 00:00 after the last hour of their own day: taken as its end" in one.remarks


def test_hours_and_quarters_in_one_series_are_refused() -> None:
    hours = [(datetime(2017, 6, 12) + timedelta(hours=hour), "0.4") for hour in range(48)]
    quarters = [(datetime(2017, 6, 14) + timedelta(minutes=15 * place), "0.1") for place in range(400)]
    assert imported([text_source("export.csv", long_of(quarters))], Answers(label="start"), QUIET)
    with pytest.raises(
        InputError, match="48 readings in a row are 60 minutes apart, and most of the file are 15"
    ):
        imported([text_source("export.csv", long_of([*hours, *quarters]))], Answers(label="start"), QUIET)


def test_energy_since_midnight_is_asked_about() -> None:
    times = [datetime(2017, 6, 12) + timedelta(hours=hour) for hour in range(24 * 7)]
    rows = [(time, f"{0.4 * time.hour + 0.1:.1f}") for time in times]
    with pytest.raises(InputError, match="rises through every day and falls once, as energy since midnight"):
        imported([text_source("export.csv", long_of(rows))], Answers(), QUIET)


@pytest.mark.parametrize(("cell", "ambiguous"), [("1.164", True), ("1.2", False)])
def test_points_that_may_stand_between_thousands_are_refused(cell: str, ambiguous: bool) -> None:
    times = [datetime(2017, 6, 12) + timedelta(hours=hour) for hour in range(48)]
    source = text_source(
        "e.csv", long_of([(time, cell if time.hour == 18 else "876") for time in times], "a (Wh)")
    )
    if not ambiguous:
        assert imported([source], Answers(), QUIET)
        return
    with pytest.raises(InputError, match="may be thousands or a fraction"):
        imported([source], Answers(), QUIET)


def test_times_that_are_mostly_beside_each_other_ask_for_the_order_of_dates() -> None:
    times = [datetime(2023, 9, day) + timedelta(hours=hour) for day in range(1, 15) for hour in range(24)]
    text = "\n".join(["time,anna (kWh)", *(f"{time:%y-%m-%d %H:%M},0.4" for time in times)])
    with pytest.raises(InputError, match="have no reading, as where day and month, or year, are taken"):
        imported([text_source("e.csv", text.encode())], Answers(label="start"), QUIET)


@pytest.mark.parametrize(
    ("kind", "title"), [("power", "a (kWh)"), ("energy", "a (W)"), ("counter", "a (kW)")]
)
def test_a_kind_that_the_unit_is_not_of_is_refused(kind: Kind, title: str) -> None:
    times = [datetime(2017, 6, 12) + timedelta(hours=hour) for hour in range(48)]
    source = text_source("e.csv", long_of([(time, "0.4") for time in times], title))
    with pytest.raises(InputError, match=f"--kind {kind}: column a"):
        imported([source], Answers(kind=kind), QUIET)


def test_what_flows_to_the_grid_is_export_and_parts_of_a_load_are_none() -> None:
    title = "anna from grid (kWh),anna to grid (kWh),anna battery (kWh)"
    rows = [(datetime(2017, 6, 12) + timedelta(hours=hour), "0.4,0.1,0.2") for hour in range(48)]
    one = imported([text_source("e.csv", long_of(rows, title))], Answers(), QUIET)
    assert [(home.name, home.how) for home in one.homes] == [
        ("anna", "import, taken for load and export, taken for PV")
    ]
