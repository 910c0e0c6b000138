"""Scenarios and populations for the tests of the data."""

from datetime import datetime

import pytest

from sim.data.population import build_population
from sim.errors import InputError
from sim.schema.forecasting import Forecast, Population, Time
from sim.schema.scenario import Scenario
from sim.seeds import Streams

JUNE = datetime(2017, 6, 12)
CSV_START = datetime(2017, 6, 1)
CSV_DAYS = 20


def scenario(
    start=JUNE, days=1, horizon=24, lead=1, lookback=24, history_days=None, slot_minutes=None, **population
):
    return Scenario(
        name="test",
        time=Time(start=start, days=days, horizon=horizon, lead=lead, slot_minutes=slot_minutes),
        forecast=Forecast(lookback=lookback, history_days=history_days),
        population=Population(**population),
    )


def built(seed=7, **fields):
    return build_population(scenario(**fields), Streams(seed))


def refusal(**fields):
    with pytest.raises(InputError) as caught:
        built(**fields)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def from_csv(csv_source, **fields):
    return built(
        **{"source": csv_source, "start": datetime(2017, 6, 11), "connection_limit_kw": 50.0} | fields
    )
