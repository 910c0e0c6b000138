"""PV for homes whose data have none: synthetic, from a measured irradiance or from the embedded homes' roofs.

Whoever has it carries it in its note. An array of ``kw`` gives ``kw`` x irradiance / (1 kW/m2) x 0.8, the
performance ratio of IEC 61724-1, on the irradiance as it is measured (usually on the flat). Without an
irradiance it takes the generation of an embedded home on the same day of the calendar, scaled so that its
best hour in the year gives ``kw``; south of the equator half a year later.
"""

from dataclasses import replace
from fractions import Fraction

import numpy as np

from sim.arrays import Ints
from sim.data import sierra_crest
from sim.data.readings import Readings
from sim.data.source import scaled
from sim.errors import InputError
from sim.schema.forecasting import ADDED_PV_KW, EMBEDDED_SOURCE, IRRADIANCE, SOUTHERN, Population
from sim.schema.values import exact
from sim.seeds import Streams
from sim.units import WH_PER_KWH

PERFORMANCE_RATIO = Fraction(8, 10)
HALF_A_YEAR_DAYS, DAYS_PER_YEAR = 182, 365
HOURS_PER_DAY, S_PER_H = 24, 3_600
DW_PER_KW = 10_000
"""Irradiance is in tenths of W/m2, and arrays are rated at 1 kW/m2."""


def added_pv(
    population: Population, readings: Readings, receives: list[bool], streams: Streams
) -> tuple[Readings, list[str]]:
    """Readings in which some homes have synthetic PV, and of each home what its note says of it, or "".

    receives: per home, whether it is given PV
    Raises InputError where PV from irradiance is asked for and the data have none.
    """
    if not any(receives):
        return readings, [""] * len(receives)
    kind = population.added_pv_from or (EMBEDDED_SOURCE if readings.irradiance_dw_m2 is None else IRRADIANCE)
    kw = exact(ADDED_PV_KW if population.added_pv_kw is None else population.added_pv_kw)
    if kind == IRRADIANCE and readings.irradiance_dw_m2 is None:
        raise InputError(
            f'population.added_pv_from = "{IRRADIANCE}": {population.source} has no column irradiance_w_m2; '
            f'"{EMBEDDED_SOURCE}" takes the embedded homes\' PV'
        )
    pv_wh, notes = readings.pv_wh.copy(), [""] * len(readings.homes)
    for home in np.flatnonzero(receives).tolist():
        if kind == IRRADIANCE:
            pv_wh[home], of = _of_irradiance(readings, kw), "irradiance"
        else:
            name = readings.homes[home]
            donor = int(streams.generator("population", "added-pv", name).integers(len(_roofs().homes)))
            pv_wh[home] = _of_roof(readings, donor, kw, HALF_A_YEAR_DAYS if kind == SOUTHERN else 0)
            of = f"{kind} {_roofs().homes[donor]}"
        notes[home] = f"PV of {float(kw):g} kW added from {of}"
    pv_wh.flags.writeable = False
    return replace(readings, pv_wh=pv_wh), notes


def _of_irradiance(readings: Readings, kw: Fraction) -> Ints:
    """Wh of each slot: shape (slots,)."""
    assert readings.irradiance_dw_m2 is not None
    wh = kw * WH_PER_KWH * PERFORMANCE_RATIO * Fraction(readings.slot_s, S_PER_H * DW_PER_KW)
    return scaled(readings.irradiance_dw_m2, wh)


def _roofs() -> Readings:
    return sierra_crest.load()


def _of_roof(readings: Readings, donor: int, kw: Fraction, days_later: int) -> Ints:
    """Wh of each slot, an hour's energy spread evenly over the slots in it: shape (slots,)."""
    hourly_wh = _roofs().pv_wh[donor]
    hourly_wh = scaled(hourly_wh, kw * WH_PER_KWH / int(hourly_wh.max()))
    hourly_wh = np.append(hourly_wh, hourly_wh[:HOURS_PER_DAY])  # the longest slot is a day
    upto_wh = np.append(0, np.cumsum(hourly_wh))
    begins_s = _into_the_year_s(readings, days_later)

    def upto(seconds: Ints) -> Ints:
        hour, into_s = np.divmod(seconds, S_PER_H)
        this_wh = np.append(hourly_wh, 0)[hour]
        return np.asarray(upto_wh[hour] + this_wh * into_s // S_PER_H)

    return upto(begins_s + readings.slot_s) - upto(begins_s)


def _into_the_year_s(readings: Readings, days_later: int) -> Ints:
    """Seconds from the start of the embedded year to each slot's day and time in it: shape (slots,).

    The embedded year has no 29 February: that day is the 28th.
    """
    start, year = _roofs().start, np.timedelta64(DAYS_PER_YEAR, "D")
    moments = np.datetime64(readings.start, "s") + np.arange(readings.slots) * np.timedelta64(
        readings.slot_s, "s"
    )
    months, days = moments.astype("datetime64[M]"), moments.astype("datetime64[D]")
    month = months.astype(int) % 12
    day = (days - months.astype("datetime64[D]")).astype(int)
    day = np.where((month == 1) & (day == 28), 27, day)
    common = np.datetime64("2017-01", "M") + month
    same = common.astype("datetime64[D]") + day + np.timedelta64(days_later, "D")
    into = same.astype("datetime64[s]") + (moments - days) - np.datetime64(start, "s")
    return np.asarray((into % year).astype(np.int64))
