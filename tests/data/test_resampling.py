from datetime import datetime, timedelta

import numpy as np
import pytest

from sim.data.population import BASELINE_DAYS
from sim.data.resampling import MAX_SHIFT_DAYS, PV_PER_MILLE
from tests.data.homes import CSV_DAYS, CSV_START, JUNE, built, from_csv


@pytest.mark.parametrize("boundary", [10, 3, 17])
def test_resampled_load_never_crosses_the_boundary(csv_source, boundary):
    first_day = CSV_START + timedelta(days=boundary)
    population = from_csv(csv_source, start=first_day, days=2, agents=60, resampling=True)
    days = population.readings.load_wh.reshape(60, -1, 24)
    donor_day = days[:, :, 0] % 10_000 // 100
    assert np.array_equal(days, days[:, :, :1] + np.arange(24))  # whole days, unmixed
    day = np.arange(boundary + 2)
    assert days.shape[1] == len(day)
    assert (donor_day[:, :boundary] < boundary).all()
    assert (donor_day[:, boundary:] >= boundary).all()
    assert (np.abs(donor_day - day) <= MAX_SHIFT_DAYS).all()
    assert donor_day.max() < CSV_DAYS
    lowest, highest = donor_day[:, boundary].min(), donor_day[:, boundary].max()
    assert (lowest, highest) == (boundary, min(boundary + MAX_SHIFT_DAYS, CSV_DAYS - 1))  # and uses its room


def test_a_boundary_within_a_day_holds_too(csv_source):
    """The days of resampling begin when the period does, so the hours before it are history."""
    start = CSV_START + timedelta(days=10, hours=6)
    population = from_csv(csv_source, start=start, agents=60, resampling=True)
    slot_of_source = (
        population.readings.load_wh % 10_000 // 100 * 24 + population.readings.load_wh % 10_000 % 100
    )
    first_slot = population.first_slot
    assert population.readings.time_of(first_slot) == start
    assert (slot_of_source[:, :first_slot] < 10 * 24 + 6).all()
    assert (slot_of_source[:, first_slot:] >= 10 * 24 + 6).all()


def test_a_resampled_home_keeps_its_donor_and_the_weather(csv_source):
    population = from_csv(csv_source, agents=60, resampling=True)
    plain, donors = from_csv(csv_source).readings, set()
    for home, load_wh, pv_wh in zip(
        population.homes, population.readings.load_wh, population.readings.pv_wh, strict=True
    ):
        donor = plain.homes.index(home.donor)
        donors.add(home.donor)
        assert (load_wh // 10_000 == plain.load_wh[donor] // 10_000).all()
        factors = [f for f in range(PV_PER_MILLE[0], PV_PER_MILLE[1] + 1)
                   if np.array_equal((plain.pv_wh[donor] * f + 500) // 1_000, pv_wh)]  # fmt: skip
        assert factors
    assert donors == {"oak", "elm", "ash"}
    assert [home.name for home in population.homes[:2]] == ["sim-0001", "sim-0002"]


def test_resampling_crops_to_whole_days():
    readings = built(agents=40, resampling=True).readings
    assert (readings.start, readings.end) == (datetime(2016, 8, 1), JUNE + timedelta(days=1))


@pytest.mark.parametrize("start", [JUNE, JUNE.replace(hour=6)])
@pytest.mark.parametrize(("history_days", "lookback", "lead"), [(8, 24, 1), (9, 30, 10), (290, 24, 1)])
def test_a_history_leaves_out_days_and_changes_none(start, history_days, lookback, lead):
    """Homes, donors, PV and every reading that is kept are the same whatever the history."""
    clock = {"start": start, "days": 2, "lookback": lookback, "lead": lead}
    fields = clock | {"agents": 30, "pv_share": 0.54, "resampling": True}
    whole, cut = built(**fields), built(**fields, history_days=history_days)
    dropped = whole.readings.slots - cut.readings.slots
    assert (cut.homes, cut.readings.start) == (whole.homes, whole.readings.time_of(dropped))
    assert cut.first_slot == whole.first_slot - dropped
    assert np.array_equal(cut.readings.load_wh, whole.readings.load_wh[:, dropped:])
    assert np.array_equal(cut.readings.pv_wh, whole.readings.pv_wh[:, dropped:])
    reach = (history_days + BASELINE_DAYS) * 24 + 2 * lead + lookback
    assert reach <= cut.first_slot < reach + 24


def test_a_home_that_generates_only_long_ago_still_counts_as_one_with_pv(tmp_path):
    """Which homes keep their PV must not depend on how far back training looks."""
    rows = [
        f"{CSV_START + timedelta(hours=hour)},5,{int(hour < 24)},5,1" for hour in range(24 * 2 * CSV_DAYS)
    ]
    path = tmp_path / "homes.csv"
    path.write_text("\n".join(["time,a_load_wh,a_pv_wh,b_load_wh,b_pv_wh", *rows]))
    fields = {
        "source": str(path),
        "start": CSV_START + timedelta(days=35),
        "agents": 12,
        "pv_share": 0.5,
        "resampling": True,
    }
    whole, cut = built(**fields), built(**fields, history_days=8)
    assert (cut.homes, {home.donor for home in cut.homes if home.has_pv}) == (whole.homes, {"a", "b"})
    assert not cut.readings.pv_wh[[home.donor == "a" for home in cut.homes]].any()
