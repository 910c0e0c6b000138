"""Whole runs for tests, without training: models are given, proofs are made only where asked for."""

from pathlib import Path

import numpy as np

from sim.forecast.dense import IntegerDense
from sim.forecast.forecasters import Forecasters
from sim.outputs.outcome import Outcome
from sim.proofs.srs import load_srs
from sim.runtime.progress import Progress
from sim.schema.file import load_scenario
from sim.schema.scenario import Scenario
from sim.simulation.run import simulate

ROOT = Path(__file__).parents[1]
PLUGINS = ROOT / "docs" / "plugins"
SEALED = (
    "market.orders=sealed",
    "market.mechanism=net-price",
    "forecast.family=linear",
    "forecast.training=federated",
)
"""What makes a scenario one of sealed orders."""
QUIET = Progress(quiet=True)
TRADE_REDUCTION = PLUGINS / "trade_reduction.py"


def scenario(name: str = "tiny", *settings: str) -> Scenario:
    return load_scenario(ROOT / "scenarios" / f"{name}.toml", settings)


def persistence_models(homes: int, lookback: int = 24, horizon: int = 24) -> Forecasters:
    """One model for all homes that repeats its window: forecasts that are known, and that trade.

    It takes a number per slot beside the window, as a scenario has by default, and does not look at it.
    """
    weights = np.zeros((horizon, lookback + horizon), dtype=np.int64)
    weights[np.arange(horizon), np.arange(horizon) % lookback] = 1 << 4
    model = IntegerDense("linear", 4, (weights,), (np.zeros(horizon, dtype=np.int64),))
    return Forecasters.trained_once((0,) * homes, (model,))


def run(settings: Scenario, models: Forecasters | None = None, jobs: int = 1) -> Outcome:
    """Simulate with the models given, or with those that repeat yesterday."""
    homes = settings.population.agents or 15
    given = models or persistence_models(homes, settings.forecast.lookback, settings.time.horizon)
    return simulate(settings, load_srs(), jobs, QUIET, given)
