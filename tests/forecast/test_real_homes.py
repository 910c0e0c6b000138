"""The default forecaster on the embedded homes, half of them with PV: what the README promises of it."""

from datetime import datetime

import numpy as np
import pytest

from sim.data.population import build_population
from sim.forecast.persistence import persistence_wh
from sim.forecast.training import train_models
from sim.forecast.windows import gate_targets, gate_windows
from sim.schema.forecasting import Population, Time
from sim.schema.scenario import Scenario
from sim.seeds import Streams

DAYS = 30


@pytest.mark.slow
@pytest.mark.parametrize("start", [datetime(2017, 1, 9), datetime(2017, 6, 12)])
def test_the_default_forecaster_beats_persistence_within_the_circuits_range(start):
    scenario = Scenario(
        name="month", time=Time(start=start, days=DAYS), population=Population(agents=15, pv_share=0.54)
    )
    time, lookback, streams = scenario.time, scenario.forecast.lookback, Streams(scenario.seed)
    population = build_population(scenario, streams)
    net_wh, first = population.readings.net_wh, population.first_slot
    training = train_models(net_wh, first, time.horizon, time.lead, scenario.forecast, 24, streams)
    targets = gate_targets(net_wh, first, DAYS, time.horizon)
    windows = gate_windows(net_wh, first, DAYS, lookback, time.horizon, time.lead)
    models = [model.quantised(8) for model in training.models]
    forecast = np.stack(
        [models[cluster].forecast_wh(windows[home]) for home, cluster in enumerate(training.cluster_of_home)]
    )
    yesterday = persistence_wh(net_wh, first, DAYS, time.horizon, time.lead, 24)
    assert np.abs(forecast - targets).mean() < 0.95 * np.abs(yesterday - targets).mean()
    assert max(model.largest_intermediate(population.connection_limit_wh) for model in models) < 2**36
