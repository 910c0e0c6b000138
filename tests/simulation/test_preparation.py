"""What is known before the market opens, and how far back it looks."""

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

from sim.data.population import build_population
from sim.errors import InputError
from sim.forecast.model_set import ModelSet
from sim.seeds import Streams
from sim.simulation.feasibility import check_feasible
from sim.simulation.preparation import prepare
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
    for name in ("reading_wh", "windows_wh", "outputs", "forecast_wh", "persistence_wh"):
        assert np.array_equal(getattr(cut, name), getattr(whole, name)), name


@pytest.mark.parametrize("backend", ["py-evm", "revm", "none"])
def test_dates_before_the_chains_clock_are_refused_before_anything_is_trained(backend):
    """Readings of 1969, as of a year that stands for any; without a chain they are as good as others."""
    settings = scenario("tiny", f"chain.backend={backend}", "proofs.policy=none")
    population = build_population(settings, Streams(settings.seed))
    clock = settings.time.model_copy(update={"start": datetime(1969, 6, 2)})
    old = settings.model_copy(update={"time": clock})
    check_feasible(settings, population)
    if backend == "none":
        check_feasible(old, population)
    else:
        with pytest.raises(InputError, match=r"^time\.start = 1969-06-02 .* or set chain\.backend"):
            check_feasible(old, population)


def test_who_cannot_generate_is_not_forecast_to_sell():
    """A model that turns yesterday round: homes without PV would sell, were they not held to their limits."""
    settings = scenario("tiny", "proofs.policy=none", "chain.backend=none")
    (model,) = as_yesterday(1).models
    turned = ModelSet((0,) * 4, (replace(model, weights=tuple(-weight for weight in model.weights)),))
    prepared = prepare(settings, QUIET, turned)
    homes, limit_wh = prepared.population.homes, prepared.population.connection_limit_wh
    has_pv = np.array([home.has_pv for home in homes])
    assert set(has_pv.tolist()) == {True, False}
    assert prepared.population.export_limit_wh.tolist() == (has_pv * limit_wh).tolist()
    assert (prepared.outputs[~has_pv] < 0).any()
    assert prepared.forecast_wh[~has_pv].min() == 0 > prepared.forecast_wh[has_pv].min()
    assert prepared.persistence_wh[~has_pv].min() >= 0
