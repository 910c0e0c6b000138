from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.data.gap_record import sentences
from sim.data.gaps import FILLS, fillable, flags_of, longest_clear, stretches
from sim.data.population import as_run, build_population
from sim.errors import InputError
from sim.seeds import Streams
from sim.study.cells import Cell, check_whole
from tests.data.homes import built, refusal, scenario

START, PERIOD, DAYS = datetime(2017, 5, 1), datetime(2017, 6, 1), 40
HOMES = ("oak", "elm", "ash")


def wh(home, slot):
    """A load that differs from week to week."""
    return 100 * (home + 1) + slot % 24 + slot // (7 * 24)


def csv_of(tmp_path, *gaps, temperature=False):
    """Three homes, hourly, oak with PV; gaps are (column, first slot after PERIOD or before it, slots)."""
    columns = ["time", *(f"{home}_load_wh" for home in HOMES), "oak_pv_wh"]
    rows = [
        [f"{START + timedelta(hours=slot)}", *(str(wh(home, slot)) for home in range(3)), str(slot % 24)]
        for slot in range(24 * DAYS)
    ]
    if temperature:
        columns.append("temperature_c")
        rows = [[*row, "1.5"] for row in rows]
    first_slot = (PERIOD - START) // timedelta(hours=1)
    for column, first, slots in gaps:
        for slot in range(first_slot + first, first_slot + first + slots):
            rows[slot][columns.index(column)] = ""
    path = tmp_path / "homes.csv"
    path.write_text("\n".join(map(",".join, [columns, *rows])))
    return str(path)


def fields(source, **population):
    return {"source": source, "start": PERIOD, "days": 4, **population}


LATE = ("elm_load_wh", 60, 2)
"""In the third day of the period."""


@given(st.lists(st.booleans(), min_size=1, max_size=12))
def test_stretches_are_all_that_is_flagged(flags):
    mask = np.array([flags, flags[::-1]])
    found = stretches(mask)
    assert np.array_equal(flags_of(found, mask.shape), mask)
    clear, length = longest_clear(mask[0])
    assert not mask[0, clear : clear + length].any()
    assert length == max(map(len, "".join("x" if flag else "." for flag in flags).split("x")))


def test_short_gaps_are_filled_and_longer_ones_or_unmeasured_ones_are_not():
    values = np.array([[0, 10, 20, 0, 0, 51, 0, 0, 0, 100, 0]])
    missing = np.array([[1, 0, 0, 1, 1, 0, 1, 1, 1, 0, 1]], dtype=bool)
    line = fillable(missing, "linear", 2, 1)
    assert np.flatnonzero(line).tolist() == [3, 4]
    assert FILLS["linear"].filled(values, line, 1)[0].tolist() == [0, 10, 20, 30, 41, 51, 0, 0, 0, 100, 0]
    week = fillable(missing, "week-before", 3, 1)
    assert np.flatnonzero(week).tolist() == [
        8
    ]  # of slots 6, 7, 10 the slot of a week before is missing, or not there
    assert FILLS["week-before"].filled(values, week, 1)[0, 8] == 10


def test_without_gaps_nothing_is_said(tmp_path):
    population = built(**fields(csv_of(tmp_path), fill="linear", fill_slots=3, gaps="shorten"))
    assert population.gaps is None
    assert {home.note for home in population.homes} == {"as measured"}


def test_gaps_are_refused_with_their_number_and_what_would_help(tmp_path):
    source = csv_of(tmp_path, LATE, ("oak_pv_wh", -400, 30))
    message = refusal(**fields(source))
    assert "2 gaps in readings that the run uses, 2017-05-01 00:00:00 to 2017-06-05 00:00:00" in message
    assert "32 slots or 1.3% of 3 homes, in 2 of them; oak lacks most, 30 slots" in message
    assert "the longest is 30 slots of oak from 2017-05-15 08:00:00" in message
    assert (
        "the longest span without a gap of any home is 2017-05-16 14:00:00 to 2017-06-03 12:00:00" in message
    )
    assert 'population.fill = "week-before" with population.fill_slots = 24 leaves 1 gap;' in message
    assert 'population.gaps = "shorten" leaves 2 days with a history from 2017-05-16 14:00:00' in message


def test_gaps_that_the_run_does_not_use_are_no_concern(tmp_path):
    """Beyond the history's reach, after the period, or of homes that are not drawn."""
    far = csv_of(tmp_path, ("oak_load_wh", -744, 20), ("oak_load_wh", 100, 2))
    population = built(**fields(far, agents=3), history_days=11)
    assert population.gaps is None
    assert population.readings.net_wh.min() > 0  # what is missing is not among the readings
    assert "1 gap in readings" in refusal(**fields(far))  # without a bound all of the history is used
    drawn = [home.name for home in built(**fields(csv_of(tmp_path), agents=2)).homes]
    for home in HOMES:
        source = csv_of(tmp_path, (f"{home}_load_wh", 10, 1))
        if home in drawn:
            assert f"{home} lacks most" in refusal(**fields(source, agents=2))
        else:
            assert built(**fields(source, agents=2)).gaps is None


def test_what_is_filled_is_noted_and_counted(tmp_path):
    source = csv_of(tmp_path, LATE, ("oak_pv_wh", -400, 30))
    filled = built(**fields(source, fill="week-before", fill_slots=30))
    notes = {home.name: home.note for home in filled.homes}
    assert notes == {
        "oak": "30 slots filled from the week before",
        "elm": "2 slots filled from the week before",
        "ash": "as measured",
    }
    elm = [home.name for home in filled.homes].index("elm")
    slot = filled.first_slot + 60
    assert filled.readings.load_wh[elm, slot] == wh(1, slot - 7 * 24) != wh(1, slot)
    assert filled.readings.missing is None
    assert filled.gaps.facts()["filled_slots"] == 32
    assert "1 gap in readings" in refusal(**fields(source, fill="week-before", fill_slots=29))


def test_homes_are_dropped_before_they_are_drawn(tmp_path):
    source = csv_of(tmp_path, LATE)
    population = built(**fields(source, agents=2, gaps="drop-homes"))
    assert {home.name for home in population.homes} == {"oak", "ash"}
    assert population.gaps.rows[["home", "slots", "filled_slots", "became"]].to_numpy().tolist() == [
        ["elm", 2, 0, "home dropped"]
    ]
    assert "2 of 3 homes" in refusal(**fields(source, agents=3, gaps="drop-homes"))
    sims = built(**fields(source, agents=6, gaps="drop-homes", resampling=True)).homes
    assert {home.donor for home in sims} <= {"oak", "ash"}


def test_the_period_and_the_history_are_shortened(tmp_path):
    source = csv_of(tmp_path, LATE, ("oak_pv_wh", -400, 30))
    asked = fields(source, gaps="shorten")
    population = built(**asked)
    assert population.days == 2
    assert population.readings.start == datetime(2017, 5, 16, 14)
    assert population.readings.time_of(population.first_slot) == PERIOD
    assert sentences(population.gaps.facts())[1:] == [
        "The history begins after a gap, 2017-05-16 14:00.",
        "The period is shortened from 4 days to 2 days, before the first gap in it.",
    ]
    again = built(**asked | {"days": 2})
    assert as_run(scenario(**asked), population).time.days == 2
    assert np.array_equal(again.readings.net_wh, population.readings.net_wh)


@pytest.mark.parametrize(
    ("gap", "says"),
    [
        (
            ("ash_load_wh", 20, 1),
            "nothing is left of the period, as readings are missing at 2017-06-01 20:00:00",
        ),
        (
            ("ash_load_wh", -30, 1),
            "the history begins 2017-05-30 19:00:00, after the last gap before time.start",
        ),
    ],
)
def test_what_shortening_leaves_nothing_of_is_refused(tmp_path, gap, says):
    assert says in refusal(**fields(csv_of(tmp_path, gap), gaps="shorten"))


def test_days_with_gaps_are_nobodys_days(tmp_path):
    """Loads of resampled homes are of days up to a week away, after the period too."""
    source = csv_of(tmp_path, ("oak_load_wh", 97, 1), ("elm_load_wh", 97, 1), ("ash_load_wh", 97, 1))
    assert built(**fields(source)).gaps is None
    asked = fields(source, resampling=True, agents=20)
    assert "gaps in readings" in refusal(**asked)
    shortened = built(**asked | {"gaps": "shorten"})
    assert shortened.days == 4
    assert shortened.readings.load_wh.min() >= 100
    assert (shortened.gaps.rows["became"] == "after the period").all()


def test_a_temperature_is_missed_only_where_it_is_used(tmp_path):
    source = csv_of(tmp_path, ("temperature_c", -100, 3), temperature=True)
    without = scenario(**fields(source))
    uses = without.with_("forecast.inputs", ["temperature"])
    assert build_population(without, Streams(7)).gaps is None
    for policy in ("refuse", "drop-homes", "shorten"):
        with pytest.raises(
            InputError, match="the temperature is missing at 2017-05-27 20:00:00 and in 2 other slots"
        ):
            build_population(uses.with_("population.gaps", policy), Streams(7))
    filled = build_population(
        uses.with_({"population.fill": "linear", "population.fill_slots": 3}), Streams(7)
    )
    assert (filled.readings.temperature_dc == 15).all()
    assert filled.gaps.rows["quantity"].tolist() == ["temperature"]


def test_all_cells_of_a_study_have_the_same_days(tmp_path):
    cell = Cell(scenario(**fields(csv_of(tmp_path))), (), "")
    check_whole(cell, 4)
    with pytest.raises(InputError, match=r'time\.days = 4: population\.gaps = "shorten" leaves 2 days'):
        check_whole(cell, 2)
