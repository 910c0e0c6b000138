from datetime import datetime, timedelta

import numpy as np
import pytest

from sim.data import sierra_crest
from sim.data.resampling import MAX_SHIFT_DAYS, PV_PER_MILLE, resample
from sim.seeds import Streams
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
    plain = from_csv(csv_source).readings
    donors = set()
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
    assert readings.start == datetime(2016, 8, 1)
    assert readings.end == JUNE + timedelta(days=1)


def test_a_later_start_changes_no_draw_far_from_the_boundary():
    """Points of a study that differ in the start are paired."""
    source, streams = sierra_crest.load(), Streams(7)
    early, late = (resample(source, 5, 1 + 24 * day, 10, streams) for day in (100, 130))
    far = 24 * (100 - MAX_SHIFT_DAYS)
    assert early.donors == late.donors
    assert np.array_equal(early.readings.load_wh[:, :far], late.readings.load_wh[:, :far])
    assert not np.array_equal(
        early.readings.load_wh[:, far : 24 * 100], late.readings.load_wh[:, far : 24 * 100]
    )
