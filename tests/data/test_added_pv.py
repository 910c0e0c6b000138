"""PV for homes whose data have none: who has it, what it gives, and that it is labelled."""

from dataclasses import replace
from datetime import datetime
from fractions import Fraction

import numpy as np
import pytest

from sim.data import sierra_crest
from sim.data.added_pv import added_pv
from sim.data.readings import Readings
from sim.errors import InputError
from sim.schema.forecasting import Population
from sim.seeds import Streams

ROOFS = sierra_crest.load()
PER_DAY = 96


def homes(start: datetime, days: int = 2, slot_s: int = 900) -> Readings:
    nothing_wh = np.zeros((3, days * 86_400 // slot_s), dtype=np.int64)
    return Readings(("anna", "ben", "cleo"), start, slot_s, nothing_wh, nothing_wh)


def given(settings: dict[str, object], readings: Readings, seed: int = 7) -> tuple[Readings, list[str]]:
    receives = [True, False, True]
    return added_pv(Population.model_validate(settings), readings, receives, Streams(seed))


def test_it_is_an_embedded_roof_on_the_same_day_of_the_year() -> None:
    readings, notes = given({}, homes(datetime(2024, 2, 28)))
    donor = ROOFS.homes.index(notes[0].removeprefix("PV of 4 kW added from sierra-crest "))
    first = (datetime(2017, 2, 28) - ROOFS.start).days * 24 + 1  # the data begin at 23:00
    scale = Fraction(4_000, int(ROOFS.pv_wh[donor].max()))
    hours_wh = [int(wh * scale + Fraction(1, 2)) for wh in ROOFS.pv_wh[donor, first : first + 24].tolist()]
    by_hour = readings.pv_wh[0].reshape(2, 24, 4).sum(axis=2).tolist()
    assert by_hour == [hours_wh, hours_wh]  # 29 February is the 28th
    assert notes[1] == ""
    assert not readings.pv_wh[1].any()


def test_south_of_the_equator_january_is_summer() -> None:
    january = homes(datetime(2024, 1, 1), days=31)
    north, _ = given({"added_pv_kw": 5.0}, january)
    south, notes = given({"added_pv_kw": 5.0, "added_pv_from": "sierra-crest-south"}, january)
    assert south.pv_wh[0].sum() > 1.4 * north.pv_wh[0].sum() > 0
    assert notes[2].startswith("PV of 5 kW added from sierra-crest-south ")


def test_a_roof_depends_on_seed_and_name_alone() -> None:
    june = homes(datetime(2024, 6, 1))
    readings, _ = given({}, june)
    turned, _ = given({}, replace(june, homes=("cleo", "ben", "anna")))
    assert np.array_equal(readings.pv_wh[0], turned.pv_wh[2])
    assert any(not np.array_equal(readings.pv_wh, given({}, june, seed)[0].pv_wh) for seed in range(4))


def test_a_measured_irradiance_goes_first() -> None:
    june = homes(datetime(2024, 6, 1))
    sun = replace(june, irradiance_dw_m2=np.full(june.slots, 5_000))  # 500 W/m2
    readings, notes = given({}, sun)
    assert notes[0] == "PV of 4 kW added from irradiance"
    assert set(readings.pv_wh[0].tolist()) == {400}  # 4 kW x 0.5 x 0.8 x a quarter of an hour
    with pytest.raises(InputError, match="has no column irradiance_w_m2"):
        given({"added_pv_from": "irradiance"}, june)
