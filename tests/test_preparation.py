"""What is known before the market opens, and how far back it looks."""

import numpy as np
import pytest

from sim.preparation import prepare
from tests.runs import QUIET, as_yesterday, scenario


@pytest.mark.parametrize("clock", [(), ("time.lead=30",), ("time.horizon=6", "forecast.lookback=40")])
def test_nothing_but_training_depends_on_the_history(clock):
    """Readings, windows, forecasts and the baseline are the same however much was resampled before them."""
    settings = ("population.resampling=true", "population.agents=20", "proofs.policy=none", *clock)
    whole, cut = (
        prepare(each, QUIET, as_yesterday(20, each.forecast.lookback, each.time.horizon))
        for each in (scenario("tiny", *settings), scenario("tiny", *settings, "forecast.history_days=8"))
    )
    assert cut.population.readings.slots < whole.population.readings.slots
    assert cut.population.homes == whole.population.homes
    for name in ("net_wh", "windows_wh", "outputs", "forecast_wh", "persistence_wh"):
        assert np.array_equal(getattr(cut, name), getattr(whole, name)), name
