"""What is worth knowing of a run before it begins: a scenario and homes that can be run, and mislead."""

from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np

from sim.data.plausibility import doubts
from sim.data.population import Population, slots_from_midnight
from sim.data.source import source_readings
from sim.runtime.wording import counted, noted
from sim.schema.forecasting import EMBEDDED_SOURCE, MOST_HORIZON, MOST_LOOKBACK, Forecast, Time
from sim.schema.scenario import Scenario
from sim.simulation.feasibility import home_tariffs

S_PER_MINUTE, S_PER_HOUR = 60, 3_600
FEW_DAYS_OF_A_BILL = 28
"""Bills of so many days tell an attacker no more of a home than one of a longer run: docs/threat-model.md."""
MOST_DAYS_OF_A_MODEL = 60
"""Longer runs without retraining are told of: within two months the sun changes what homes do."""


def notices(scenario: Scenario, population: Population) -> list[str]:
    """Sentences, none where there is nothing to say. Raises InputError where tariffs do not fit slots."""
    return [
        *_of_sellers(scenario, population),
        *_of_a_day_in_slots(scenario, population),
        *(_of_bills(scenario) if scenario.market.sealed else _of_totals(scenario, population)),
        *_of_doubts(scenario, population),
        *_of_old_models(scenario),
    ]


def _of_sellers(scenario: Scenario, population: Population) -> Iterator[str]:
    if any(home.has_pv for home in population.homes):
        return
    given = scenario.population
    if given.pv_scale == 0:
        why = "population.pv_scale = 0.0 leaves nothing of any PV"
    elif any("PV left out" in home.note for home in population.homes):
        why = f"population.pv_share = {given.pv_share} leaves PV to none of the homes"
    elif _generate_unscaled(scenario, population):
        why = f"population.pv_scale = {given.pv_scale} rounds all PV to 0 Wh"
    else:
        why = (
            f"{given.source} holds no PV generation of these homes; population.added_pv = 0.5 gives half of "
            "them synthetic PV"
        )
    yield f"no home generates anything, so nobody can sell and nothing will be traded: {why}"


def _generate_unscaled(scenario: Scenario, population: Population) -> bool:
    source = source_readings(scenario.population.source, Fraction(1), Fraction(1))
    donors = {home.donor for home in population.homes}
    return any(
        own_wh.any() for home, own_wh in zip(source.homes, source.pv_wh, strict=True) if home in donors
    )


def _of_a_day_in_slots(scenario: Scenario, population: Population) -> Iterator[str]:
    """Of defaults that are a day of hourly data alone; whoever names another number has chosen it."""
    slot_s, day = population.readings.slot_s, population.readings.slots_per_day
    clock, forecast = scenario.time, scenario.forecast
    for field, slots, default, most, want in (
        ("time.horizon", clock.horizon, Time.model_fields["horizon"].default, MOST_HORIZON, "a day ahead is"),
        (
            "forecast.lookback",
            forecast.lookback,
            Forecast.model_fields["lookback"].default,
            MOST_LOOKBACK,
            "a window that holds the same hour of the day before is at least",
        ),
    ):
        if slots == default != day:
            beyond = f", and at most {most} can be had" if day > most else ""
            yield (
                f"{field} = {slots}: slots of {_length(slot_s)}, {_length(slots * slot_s)} in all; "
                f"{want} {day}{beyond}"
            )


def _of_totals(scenario: Scenario, population: Population) -> Iterator[str]:
    """The meter posts totals by gate and tariff period: one of a single slot is that slot's reading."""
    horizon = scenario.time.horizon
    day_slots = slots_from_midnight(scenario, population.readings.slot_s, population.slots)
    periods = home_tariffs(scenario, population).periods_of(day_slots)
    gates = np.arange(population.slots) // horizon
    sizes = Counter(zip(gates.tolist(), periods.tolist(), strict=True))
    alone = sum(size == 1 for size in sizes.values())
    if alone:
        cause = "with time.horizon = 1" if horizon == 1 else "as tariffs change that often"
        yield (
            f"the meter's totals give away {alone:,} of {population.slots:,} readings of every home to the "
            f"Wh: {cause}, they stand alone in their gate and tariff period"
        )


def _of_bills(scenario: Scenario) -> Iterator[str]:
    """Of sealed orders the bill of a period is public: the shorter, the more it is about."""
    days, in_all = scenario.market.settlement_days, scenario.time.days
    least = in_all if days == "run" or days >= in_all else in_all % days or days
    if least < FEW_DAYS_OF_A_BILL:
        yield (
            f"market.settlement_days = {days}: bills of {counted(least, 'day')} are public, and tell more of "
            f"what a home does than bills of {FEW_DAYS_OF_A_BILL}"
        )


def _of_doubts(scenario: Scenario, population: Population) -> Iterator[str]:
    """Of readings of one's own; the embedded ones were looked at."""
    if scenario.population.source != EMBEDDED_SOURCE:
        for doubt in doubts(population.readings):
            yield f"{scenario.population.source}: {doubt.sentence()}"


def _of_old_models(scenario: Scenario) -> Iterator[str]:
    days, retraining_days = scenario.time.days, scenario.forecast.retraining_days
    trains = not scenario.forecast.model_family.reads_file
    if trains and retraining_days is None and days > MOST_DAYS_OF_A_MODEL:
        yield (
            f"time.days = {days}: all days are forecast by models as they are trained before the first gate; "
            "forecast.retraining_days = 30 trains them anew every month"
        )


def _length(seconds: int) -> str:
    return f"{seconds / S_PER_HOUR:g} h" if seconds >= S_PER_HOUR else f"{seconds / S_PER_MINUTE:g} min"


def paragraph(sentences: Sequence[str]) -> list[str]:
    """Sentences as lines with an empty one after them, where there are any."""
    return [*map(noted, sentences), ""] if sentences else []
