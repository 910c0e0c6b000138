"""Readings of a source, and the homes that are drawn from it."""

import os
from datetime import datetime, timedelta
from fractions import Fraction
from math import floor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.data import sierra_crest, source
from sim.data.population import pv_choice
from sim.data.readings import Readings
from sim.data.source import scaled, source_readings
from sim.schema.forecasting import EMBEDDED_SOURCE
from tests.data.homes import CSV_START, JUNE, built, from_csv, refusal

# A source is read once for all runs that take it, and again when it has changed ---------------------------


ONE = Fraction(1)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that are really read."""
    paths, read_csv = [], source.read_csv

    def noted(path: Path) -> Readings:
        paths.append(path)
        return read_csv(path)

    monkeypatch.setattr(source, "read_csv", noted)
    return paths


def test_a_file_is_read_once_and_again_when_it_has_changed(
    csv_source: str, tmp_path: Path, read: list[Path]
) -> None:
    path = tmp_path / "homes.csv"
    path.write_text(Path(csv_source).read_text())
    plain = source_readings(str(path), ONE, ONE)
    assert source_readings(str(path), ONE, ONE) is plain
    assert (source_readings(str(path), 2 * ONE, ONE).load_wh[0, 0], read) == (2 * plain.load_wh[0, 0], [path])
    os.utime(path, ns=(0, 0))
    path.write_text(path.read_text().replace("10000,", "10007,", 1))
    assert (source_readings(str(path), ONE, ONE).load_wh[0, 0], read) == (10_007, [path, path])


@pytest.mark.parametrize("load_scale", [ONE, 2 * ONE])
def test_nobody_can_change_what_others_will_be_given(load_scale: Fraction) -> None:
    readings = source_readings(EMBEDDED_SOURCE, load_scale, ONE)
    for array in (readings.load_wh, readings.pv_wh):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 1


@given(st.lists(st.integers(0, 10**15), min_size=1), st.fractions(0, 100, max_denominator=10**6))
def test_scaling_is_exact_and_rounds_halves_up(energy_wh: list[int], factor: Fraction) -> None:
    exact = [floor(factor * wh + Fraction(1, 2)) for wh in energy_wh]
    assert scaled(np.array(energy_wh, dtype=np.int64), factor).tolist() == exact


def test_all_homes_as_measured():
    population, source = built(), sierra_crest.load()
    assert {home.name for home in population.homes} == set(source.homes)
    assert {(home.note, home.has_pv) for home in population.homes} == {("as measured", True)}
    assert all(home.donor == home.name for home in population.homes)
    assert population.readings.homes == tuple(home.name for home in population.homes)
    for row, name in enumerate(population.readings.homes):
        measured_wh = source.net_wh[source.homes.index(name), : population.readings.slots]
        assert np.array_equal(population.readings.net_wh[row], measured_wh)


def test_the_period_lies_at_the_end_of_the_readings():
    population = built(days=3)
    assert (population.slots, population.readings.time_of(population.first_slot)) == (72, JUNE)
    assert population.first_slot + population.slots == population.readings.slots


def test_the_limit_of_a_slot_follows_the_resolution(tmp_path):
    rows = [f"{CSV_START + timedelta(minutes=15 * quarter)},9,9" for quarter in range(4 * 24 * 4)]
    path = tmp_path / "quarters.csv"
    path.write_text("\n".join(["time,a_load_wh,b_load_wh", *rows]))
    quarters = built(source=str(path), start=datetime(2017, 6, 3), connection_limit_kw=9.99)
    assert (quarters.connection_limit_wh, quarters.slots) == (2_497, 96)
    assert built().connection_limit_wh == 12_000


@pytest.mark.parametrize("resampling", [False, True])
def test_populations_nest(resampling):
    many = built(agents=15, pv_share=0.54, resampling=resampling)
    few = built(agents=10, pv_share=0.54, resampling=resampling)
    assert few.homes == many.homes[:10]
    assert np.array_equal(few.readings.load_wh, many.readings.load_wh[:10])
    assert np.array_equal(few.readings.pv_wh, many.readings.pv_wh[:10])


def test_the_seed_chooses_the_homes():
    assert built(seed=7).homes == built(seed=7).homes
    assert built(seed=7).homes != built(seed=8).homes


@given(st.lists(st.booleans(), max_size=60), st.fractions(0, 1, max_denominator=1_000))
def test_every_prefix_has_the_exact_share_of_pv(had_pv, share):
    keeps = pv_choice(had_pv, share)
    assert all(had or not keep for had, keep in zip(had_pv, keeps, strict=True))
    for n in range(len(had_pv) + 1):
        assert sum(keeps[:n]) == floor(share * sum(had_pv[:n]) + Fraction(1, 2))


@pytest.mark.parametrize(
    ("agents", "pv_share", "count"), [(15, 0.54, 8), (4, 0.5, 2), (15, 0.0, 0), (15, 1.0, 15)]
)
def test_pv_share(agents, pv_share, count):
    population = built(agents=agents, pv_share=pv_share)
    assert sum(home.has_pv for home in population.homes) == count
    for home, pv_wh in zip(population.homes, population.readings.pv_wh, strict=True):
        assert home.has_pv == pv_wh.any()
        assert home.note == ("as measured" if home.has_pv else "PV left out")


def test_a_home_without_pv_loses_none(csv_source):
    homes = {home.name: home for home in from_csv(csv_source, pv_share=0.0).homes}
    assert (homes["elm"].has_pv, homes["elm"].note) == (False, "as measured")
    assert (homes["oak"].has_pv, homes["oak"].note) == (False, "PV left out")


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1_000), st.integers(0, 1_000))
def test_scales_are_exact(csv_source, load_percent, pv_percent):
    """The decimal that was written counts: 1.005 x 1000 Wh is 1005 Wh, and half a Wh goes up."""
    scales = {"load_scale": load_percent / 100, "pv_scale": pv_percent / 100}
    plain = from_csv(csv_source).readings
    scaled = from_csv(csv_source, **scales, connection_limit_kw=1000.0).readings
    assert scaled.load_wh.tolist() == [
        [(wh * load_percent + 50) // 100 for wh in row] for row in plain.load_wh.tolist()
    ]
    assert scaled.pv_wh.tolist() == [
        [(wh * pv_percent + 50) // 100 for wh in row] for row in plain.pv_wh.tolist()
    ]


def test_scales_are_noted(csv_source):
    homes = from_csv(csv_source, load_scale=0.5, pv_scale=1.2, pv_share=0.5, resampling=True, agents=30).homes
    notes = {home.note.removeprefix(f"resampled from {home.donor}, ") for home in homes}
    assert notes == {"load x 0.5, PV x 1.2", "load x 0.5, PV left out", "load x 0.5"}
    assert all(home.note.startswith(f"resampled from {home.donor}") for home in homes)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"start": datetime(2017, 6, 12, 0, 30)},
            "= 2017-06-12 00:30:00: no slot of sierra-crest begins",
        ),
        ({"start": datetime(2018, 6, 12)}, "time.start = 2018-06-12 00:00:00: outside the data"),
        ({"start": datetime(2016, 7, 31, 22)}, "which run from 2016-07-31 23:00:00 to 2017-07-31 23:00:00"),
        ({"days": 50}, "the data of sierra-crest end 2017-07-31 23:00:00, should be at most 49"),
        ({"agents": 16}, "population.agents = 16: sierra-crest has 15 homes"),
        ({"slot_minutes": 30}, "time.slot_minutes = 30: the data of sierra-crest have a step of 60 min"),
        ({"horizon": 5}, "time.horizon = 5: the period's 24 slots should be a multiple of it"),
        ({"start": datetime(2016, 8, 1)}, "the first gate's window begins 2016-07-30 23:00:00"),
        ({"start": datetime(2016, 8, 1), "resampling": True}, "(2016-08-01 00:00:00, on whole days)"),
        (
            {"connection_limit_kw": 8.8},
            "home-17 at 2016-11-13 18:00:00 has a net reading of 8846 Wh, should be within 8800 Wh",
        ),
    ],
)
def test_a_bad_scenario_is_named(fields, message):
    assert message in refusal(**fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"start": datetime(2016, 8, 2)},
        {"start": datetime(2016, 8, 1, 1), "lookback": 1, "resampling": False},
        {"days": 49},
        {"agents": 16, "resampling": True},
        {"horizon": 6},
        {"slot_minutes": 60},
        {"connection_limit_kw": 8.846},
    ],
)
def test_the_good_scenario_beside_it(fields):
    population = built(**fields)
    assert np.abs(population.readings.net_wh).max() <= population.connection_limit_wh


def test_the_window_may_begin_with_the_data():
    """The window of 24 and the lead of 1 are all that lies before the second midnight."""
    assert built(start=datetime(2016, 8, 2)).first_slot == 25
    assert "forecast.lookback = 25" in refusal(start=datetime(2016, 8, 2), lookback=25)
    assert "forecast.lookback = 24" in refusal(start=datetime(2016, 8, 2), lead=2)


def test_readings_after_the_period_are_no_concern(csv_source):
    """The last day's loads are the largest; only a period that reaches it is refused."""
    limit = {"connection_limit_kw": 31.923, "load_scale": 1.0, "pv_scale": 0.0}
    assert from_csv(csv_source, start=CSV_START + timedelta(days=18), days=1, **limit).slots == 24
    message = refusal(
        source=csv_source, start=CSV_START + timedelta(days=19), **limit | {"connection_limit_kw": 31.9}
    )
    assert "ash at 2017-06-20 01:00:00 has a net reading of 31901 Wh, should be within 31900 Wh" in message


def test_an_export_beyond_the_limit_is_refused(csv_source):
    message = refusal(source=csv_source, start=datetime(2017, 6, 11), load_scale=0.0, connection_limit_kw=0.5)
    assert "oak at 2017-06-06 00:00:00 has a net reading of -501 Wh" in message


def test_one_home_is_no_market(tmp_path):
    path = tmp_path / "one.csv"
    rows = [f"{CSV_START + timedelta(hours=hour)},1" for hour in range(96)]
    path.write_text("\n".join(["time,a_load_wh", *rows]))
    fields = {"source": str(path), "start": datetime(2017, 6, 3)}
    assert refusal(**fields).endswith(
        "has 1 home, should have 2 to 20000; "
        "population.agents with population.resampling = true makes more of them"
    )
    assert len(built(**fields, agents=2, resampling=True).homes) == 2


def test_golden_draws():
    """What seed 7 draws, on any machine."""
    assert [home.name for home in built(agents=4).homes] == ["home-10", "home-09", "home-03", "home-13"]
    resampled = built(agents=4, resampling=True)
    assert [home.donor for home in resampled.homes] == ["home-07", "home-11", "home-06", "home-08"]
    assert (resampled.readings.load_wh.sum(), resampled.readings.pv_wh.sum()) == (32_801_524, 20_559_660)
