"""What is said before a run: of each fact, where it is one, and not where it is none."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from sim.costs.explain import explanation
from sim.data.population import Home, Population, build_population
from sim.data.readings import Readings
from sim.schema.scenario import Scenario
from sim.seeds import Streams
from sim.simulation.notices import notices
from sim.study.expected import expected
from sim.study.study_file import load_study
from tests.runs import scenario
from tests.study.studies import study_file

HOURLY = tuple(f'"{hour:02d}:00" = 0.{20 + hour % 2}' for hour in range(24))


def population(slot_s: int = 3_600, has_pv: bool = True) -> Population:
    """Two homes, three days, the last of them the run."""
    per_day = 86_400 // slot_s
    load_wh = np.random.default_rng(1).integers(100, 900, (2, 3 * per_day))
    readings = Readings(("anna", "bert"), datetime(2017, 6, 10), slot_s, load_wh, load_wh // 2 * has_pv)
    homes = tuple(Home(name, name, has_pv, "as measured") for name in readings.homes)
    return Population(homes, readings, 12_000, 2 * per_day, per_day)


def tiny(*settings: str) -> Scenario:
    return scenario("tiny", *settings)


def only(settings: Scenario, homes: Population) -> str:
    """The one sentence that there is, or nothing."""
    said = notices(settings, homes)
    assert len(said) <= 1
    return said[0] if said else ""


@pytest.mark.parametrize("name", ["tiny", "street", "cheats", "lesson-1", "lesson-2", "lesson-3"])
def test_of_ordinary_scenarios_there_is_nothing_to_say(name: str) -> None:
    settings = scenario(name)
    assert notices(settings, build_population(settings, Streams(settings.seed))) == []


def test_without_pv_nobody_can_sell() -> None:
    assert only(tiny(), population()) == ""
    assert only(tiny(), population(has_pv=False)) == (
        "no home generates anything, so nobody can sell and nothing will be traded: "
        "sierra-crest holds no PV generation of these homes"
    )
    left_out = tiny("population.pv_share=0.1")
    said = only(left_out, build_population(left_out, Streams(left_out.seed)))
    assert said.endswith("nothing will be traded: population.pv_share = 0.1 leaves PV to none of the homes")
    assert "population.pv_scale = 0.0 leaves" in only(tiny("population.pv_scale=0"), population(has_pv=False))
    rounded = tiny("population.pv_scale=0.00001")
    said = only(rounded, build_population(rounded, Streams(rounded.seed)))
    assert said.endswith("nothing will be traded: population.pv_scale = 1e-05 rounds all PV to 0 Wh")


@pytest.mark.parametrize(
    ("slot_s", "horizon", "lookback"),
    [
        (
            1_800,
            "time.horizon = 24: slots of 30 min, 12 h in all; a day ahead is 48",
            "forecast.lookback = 24: slots of 30 min, 12 h in all; "
            "a window that holds the same hour of the day before is at least 48",
        ),
        (
            900,
            "time.horizon = 24: slots of 15 min, 6 h in all; a day ahead is 96, and at most 48 can be had",
            "forecast.lookback = 24: slots of 15 min, 6 h in all; "
            "a window that holds the same hour of the day before is at least 96",
        ),
    ],
)
def test_a_day_of_hours_is_no_day_of_shorter_slots(slot_s: int, horizon: str, lookback: str) -> None:
    assert notices(tiny(), population(slot_s)) == [horizon, lookback]
    assert only(tiny("time.horizon=48", "forecast.lookback=48"), population(slot_s)) == ""


@pytest.mark.parametrize(
    ("settings", "alone", "cause"),
    [
        (("time.horizon=1",), 24, "with time.horizon = 1"),
        ((f"market.retail={{{', '.join(HOURLY)}}}",), 0, ""),  # every second slot has the same price
        (
            ('market.retail={"00:00" = 0.2, "18:00" = 0.3, "19:00" = 0.21}',),
            1,
            "as tariffs change that often",
        ),
        (('market.retail={"00:00" = 0.2, "18:00" = 0.3, "20:00" = 0.21}',), 0, ""),
    ],
)
def test_totals_of_single_slots_are_readings(settings: tuple[str, ...], alone: int, cause: str) -> None:
    said = only(tiny(*settings), population())
    if not alone:
        assert said == ""
        return
    assert said == (
        f"the meter's totals give away {alone} of 24 readings of every home to the Wh: {cause}, "
        "they stand alone in their gate and tariff period"
    )


def test_series_that_never_fall_are_counters() -> None:
    metered = population()
    counters = replace(metered.readings, load_wh=metered.readings.load_wh.cumsum(axis=1))
    assert only(tiny(), replace(metered, readings=counters)) == (
        "sierra-crest: the load of anna and 1 more rises from 2017-06-10 00:00:00 on and never falls, "
        "as a counter does; it should be the energy of each slot"
    )
    constant = replace(metered.readings, load_wh=np.full_like(metered.readings.load_wh, 700))
    assert only(tiny(), replace(metered, readings=constant)) == ""


def test_a_sweep_says_once_at_how_many_points_they_hold(tmp_path: Path) -> None:
    study = load_study(study_file(tmp_path, '[sweep]\nseeds = 2\n"population.pv_share" = [0.0, 0.5, 1.0]\n'))
    (said,) = expected(study, study.cells, 1).notices
    assert said.startswith("at 1 of 3 points: no home generates anything")
    study = load_study(study_file(tmp_path, '[sweep]\n"time.horizon" = [1]\n'))
    (said,) = expected(study, study.cells, 1).notices
    assert said.startswith("the meter's totals")


def test_explain_says_them() -> None:
    assert "\nnote: no home generates anything" in explanation(tiny("population.pv_share=0.1"), jobs=1)
    assert "note:" not in explanation(tiny(), jobs=1)
