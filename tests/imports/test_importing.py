"""Whatever the layout, the same readings come out, to the Wh and at the same times."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import InputError
from sim.imports.answers import OpenQuestionsError
from sim.imports.energy import PARTS
from sim.imports.importing import Imported
from tests.imports.writers import START, WRITERS, plain, read, table, times

DAY = 24


def start_of(one: Imported) -> datetime:
    return datetime.fromtimestamp(one.start_s, UTC).replace(tzinfo=None)


def loads(one: Imported) -> dict[str, list[int | None]]:
    return {
        home.name: [None if gone else int(wh) for wh, gone in zip(home.load_wh, home.no_load, strict=True)]
        for home in one.homes
    }


def rows_of(values: list[str], title: str = "h load (kWh)", start: datetime = START) -> list[list[str]]:
    moments = plain(times(len(values), start=start))
    return [["time", title], *map(list, zip(moments, values, strict=True))]


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(WRITERS), st.sampled_from((15, 30, 60)), st.integers(0, 2**32))
def test_every_layout_gives_the_same_readings(writer, minutes, seed):
    dice = random.Random(seed)
    count = 2 * 1440 // minutes
    names = [f"h{place}" for place in range(dice.randrange(2, 4))]
    homes = {name: [dice.randrange(40 * minutes) for _ in range(count)] for name in names}
    text, answers = writer(homes, minutes, dice)
    one = read(text, **answers)
    assert loads(one) == homes
    assert start_of(one) == START
    assert one.slot_s == 60 * minutes


def test_fractions_of_a_wh_are_carried_on():
    one = read(table(rows_of(["0.0001"] * 2400)), unit="kWh")
    (home,) = one.homes
    assert abs(int(home.load_wh.sum()) * PARTS - one.accounts["load"].used) <= PARTS // 2
    assert int(home.load_wh.sum()) == 240


def test_a_missing_row_and_a_missing_cell_are_gaps():
    rows = rows_of(["1"] * 5 + ["Null", "-"] + ["1"] * 41)
    del rows[3]
    assert [place for place, wh in enumerate(loads(read(table(rows)))["h"]) if wh is None] == [2, 5, 6]


def test_finer_readings_are_summed_and_a_part_of_a_slot_is_none():
    one = read(table(rows_of(["0.25"] * 23 + [""] + ["0.5"] * 24)), slot_minutes=120)
    assert loads(one)["h"] == [500] * 11 + [None] + [1000] * 12
    assert one.accounts["load"].left_out == {"slots of which a part is missing": 250 * PARTS}


def test_what_readings_do_not_make_up_is_no_slot():
    with pytest.raises(InputError, match="--slot-minutes should be a multiple"):
        read(table(rows_of(["1"] * 48)), slot_minutes=90)


def test_equal_rows_of_one_time_count_once_and_others_are_asked_about():
    rows = rows_of(["1"] * 48)
    assert loads(read(table([*rows, rows[7]])))["h"] == [1000] * 48
    twice = table([*rows, [rows[7][0], "2"]])
    with pytest.raises(OpenQuestionsError, match="--duplicates first, last or sum"):
        read(twice)
    for say, wh in (("first", 1000), ("last", 2000), ("sum", 3000)):
        one = read(twice, duplicates=say)
        account = one.accounts["load"]
        assert loads(one)["h"][6] == wh
        assert account.read == 50_000 * PARTS == account.used + sum(account.left_out.values())


def test_import_export_and_pv_make_load():
    head = ["time", "h import kWh", "h export kWh", "h pv kWh", "ann import kWh", "ann export kWh"]
    rows = [[time, "0.5", "0.2", "0.9", "0.4", "0.1"] for time in plain(times(48))]
    one = read(table([head, *rows]))
    own, net = one.homes
    assert (own.load_wh == 1200).all()
    assert (own.pv_wh == 900).all()
    assert (net.load_wh == 400).all()
    assert (net.pv_wh == 100).all()
    rows[3][1:4] = "0.1", "0.5", "0.2"
    with pytest.raises(OpenQuestionsError, match="--negative"):
        read(table([head, *rows]))
    assert read(table([head, *rows]), negative="zero").homes[0].load_wh[3] == 0


def test_generation_without_load_and_import_without_export_are_asked_about():
    rows = [[time, "0.5", "0.2", "0.7"] for time in plain(times(48))]
    for head, what in (
        (["time", "a kWh", "b pv kWh", "c kWh"], "generation and no load"),
        (["time", "a import kWh", "a pv kWh", "c kWh"], "import and PV and no export"),
    ):
        with pytest.raises(OpenQuestionsError, match=what):
            read(table([head, *rows]))


def test_a_net_meter_below_zero_is_asked_about():
    text = table(rows_of(["0.5", "-0.25"] * 24))
    with pytest.raises(OpenQuestionsError, match="24 readings are below zero"):
        read(text)
    home = read(text, negative="export").homes[0]
    assert home.load_wh[:2].tolist() == [500, 0]
    assert home.pv_wh[:2].tolist() == [0, 250]


def test_a_counter_is_not_read_as_energy():
    so_far = [10_000 + 250 * hour for hour in range(49)]
    one = read(table(rows_of([f"{wh / 1000}" for wh in so_far])))
    assert loads(one)["h"] == [250] * 48


def test_a_reset_and_a_gap_of_a_counter_are_gaps_and_said():
    so_far = [f"{10 + hour * 0.25 if hour < 30 else (hour - 30) * 0.25}" for hour in range(49)]
    so_far[10] = ""
    one = read(table(rows_of(so_far)), kind="counter")
    assert [place for place, wh in enumerate(loads(one)["h"]) if wh is None] == [9, 10, 29]
    assert one.accounts["load"].left_out == {"gaps of counters": 500 * PARTS}
    assert any("falls, taken for a reset" in line for line in one.remarks)


def test_a_unit_that_no_home_has_is_asked_about():
    text = table(rows_of(["412"] * 48, "h load kWh"))
    with pytest.raises(OpenQuestionsError, match="median home would use 9,888 kWh"):
        read(text)
    assert loads(read(text, unit="Wh"))["h"] == [412] * 48
    assert loads(read(text, unit="W"))["h"] == [412] * 48


def test_all_questions_come_at_once():
    moments = [f"{each:%d/%m/%Y %H:%M}" for each in times(9, start=datetime(2017, 3, 6, 5))]
    rows = [["time", "a", "b"], *([moment, "1", "2"] for moment in moments), [moments[-1], "1", "3"]]
    with pytest.raises(OpenQuestionsError) as raised:
        read(table(rows))
    answers = " ".join(question.answers for question in raised.value.questions)
    assert all(option in answers for option in ("--unit", "--label", "--dates", "--duplicates"))


def test_names_are_made_legal_and_stay_apart():
    rows = [
        ["time", "Müller kWh", "Muller kWh", "-x- kWh"],
        *([time, "1", "1", "1"] for time in plain(times(48))),
    ]
    assert list(read(table(rows)).names.values()) == ["Muller", "Muller-2", "x"]
    assert read(table(rows), names={"x": "cem"}).names["x"] == "cem"
    with pytest.raises(InputError, match="is wanted for two homes"):
        read(table(rows), names={"x": "cem", "Müller": "cem"})


def test_columns_that_may_add_up_are_asked_about():
    rows = [["time", "Consumption (kWh)", "Demand (kW)"], *([time, "1", "1"] for time in plain(times(48)))]
    with pytest.raises(OpenQuestionsError, match="--load COLUMN"):
        read(table(rows))
    assert loads(read(table(rows), load=("Consumption (kWh)",))) == {"meter": [1000] * 48}


def test_a_wrong_date_does_not_make_a_grid_of_centuries():
    rows = rows_of(["1"] * 48)
    rows[5][0] = "9013-03-06 04:00"
    with pytest.raises(InputError, match="is a date wrong"):
        read(table(rows))


def test_seconds_beside_the_grid_are_rounded_and_minutes_are_refused():
    rows = rows_of(["1"] * 48)
    for row in rows[1:]:
        row[0] = f"{datetime.fromisoformat(row[0]) + timedelta(seconds=3599):%Y-%m-%d %H:%M:%S}"
    one = read(table(rows), label="end")
    assert start_of(one) == START
    assert loads(one)["h"] == [1000] * 48
    rows[9][0] = "2017-03-06 09:17:00"
    with pytest.raises(InputError, match="2017-03-06 08:17 is beside the grid"):
        read(table(rows), label="end")
