"""What is easily read wrongly: energy as a counter, power as energy, ends of intervals, midnight."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from sim.imports.answers import Answers, OpenQuestionsError
from sim.imports.importing import Imported, imported
from sim.imports.source import text_source
from sim.runtime.progress import Progress
from tests.imports import made_up


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
