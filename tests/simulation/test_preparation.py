"""What is prepared before a market begins, and what is said of it."""

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

from sim.data.population import Home, Population, build_population
from sim.data.readings import Readings
from sim.errors import InputError
from sim.forecast.forecasters import Forecasters
from sim.schema.scenario import Scenario
from sim.seeds import Streams
from sim.simulation.feasibility import check_feasible
from sim.simulation.notices import notices
from sim.simulation.preparation import prepare
from tests.runs import QUIET, persistence_models, scenario

# What is said before a run: of each fact, where it is one, and not where it is none -----------------------


HOURLY = tuple(f'"{hour:02d}:00" = 0.{20 + hour % 2}' for hour in range(24))


def population(slot_s: int = 3_600, has_pv: bool = True) -> Population:
    """Two homes, three days, the last of them the run."""
    per_day = 86_400 // slot_s
    load_wh = np.random.default_rng(1).integers(100, 900, (2, 3 * per_day))
    readings = Readings(("anna", "bert"), datetime(2017, 6, 10), slot_s, load_wh, load_wh // 2 * has_pv)
    homes = tuple(Home(name, name, has_pv, "as measured") for name in readings.homes)
    return Population(homes, readings, 12_000, 2 * per_day, per_day)


def tiny(*settings: str) -> Scenario:
    return scenario("tiny", *settings)


def only(settings: Scenario, homes: Population) -> str:
    """The one sentence that there is, or nothing."""
    said = notices(settings, homes)
    assert len(said) <= 1
    return said[0] if said else ""


@pytest.mark.parametrize("name", ["tiny", "street", "cheats", "lesson-1", "lesson-2", "lesson-3"])
def test_of_ordinary_scenarios_there_is_nothing_to_say(name: str) -> None:
    settings = scenario(name)
    assert notices(settings, build_population(settings, Streams(settings.seed))) == []


def test_without_pv_nobody_can_sell() -> None:
    assert only(tiny(), population()) == ""
    assert only(tiny(), population(has_pv=False)) == (
        "no home generates anything, so nobody can sell and nothing will be traded: "
        "sierra-crest holds no PV generation of these homes; population.added_pv = 0.5 gives half of them "
        "synthetic PV"
    )
    left_out = tiny("population.pv_share=0.1")
    said = only(left_out, build_population(left_out, Streams(left_out.seed)))
    assert said.endswith("nothing will be traded: population.pv_share = 0.1 leaves PV to none of the homes")
    assert "population.pv_scale = 0.0 leaves" in only(tiny("population.pv_scale=0"), population(has_pv=False))
    rounded = tiny("population.pv_scale=0.00001")
    said = only(rounded, build_population(rounded, Streams(rounded.seed)))
    assert said.endswith("nothing will be traded: population.pv_scale = 1e-05 rounds all PV to 0 Wh")


@pytest.mark.parametrize(
    ("settings", "alone", "cause"),
    [
        (("time.horizon=1",), 24, "with time.horizon = 1"),
        ((f"market.retail={{{', '.join(HOURLY)}}}",), 0, ""),  # every second slot has the same price
        (
            ('market.retail={"00:00" = 0.2, "18:00" = 0.3, "19:00" = 0.21}',),
            1,
            "as tariffs change that often",
        ),
        (('market.retail={"00:00" = 0.2, "18:00" = 0.3, "20:00" = 0.21}',), 0, ""),
    ],
)
def test_totals_of_single_slots_are_readings(settings: tuple[str, ...], alone: int, cause: str) -> None:
    said = only(tiny(*settings), population())
    if not alone:
        assert said == ""
        return
    assert said == (
        f"the meter's totals give away {alone} of 24 readings of every home to the Wh: {cause}, "
        "they stand alone in their gate and tariff period"
    )


def test_readings_of_ones_own_are_doubted() -> None:
    metered = population()
    counters = replace(metered.readings, load_wh=metered.readings.load_wh.cumsum(axis=1))
    doubtful = replace(metered, readings=counters)
    for homes, count in ((metered, 0), (doubtful, 1)):
        said = notices(tiny("population.source=own.csv"), homes)
        assert sum("as a counter does" in each for each in said) == count
    assert only(tiny(), doubtful) == ""  # the embedded ones were looked at


# What is known before the market opens, and how far back it looks -----------------------------------------


@pytest.mark.parametrize("clock", [(), ("time.lead=30",), ("time.horizon=6", "forecast.lookback=40")])
def test_nothing_but_training_depends_on_the_history(clock):
    """Readings, windows, forecasts and the baseline are the same however much was resampled before them."""
    settings = ("population.resampling=true", "population.agents=20", "proofs.policy=none", *clock)
    whole, cut = (
        prepare(each, QUIET, persistence_models(20, each.forecast.lookback, each.time.horizon))
        for each in (scenario("tiny", *settings), scenario("tiny", *settings, "forecast.history_days=8"))
    )
    assert cut.population.readings.slots < whole.population.readings.slots
    assert cut.population.homes == whole.population.homes
    for name in ("reading_wh", "inputs", "outputs", "forecast_wh", "persistence_wh"):
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
    (model,) = persistence_models(1).models
    turned = Forecasters.trained_once(
        (0,) * 4, (replace(model, weights=tuple(-weight for weight in model.weights)),)
    )
    prepared = prepare(settings, QUIET, turned)
    homes, limit_wh = prepared.population.homes, prepared.population.connection_limit_wh
    has_pv = np.array([home.has_pv for home in homes])
    assert set(has_pv.tolist()) == {True, False}
    assert prepared.population.export_limit_wh.tolist() == (has_pv * limit_wh).tolist()
    assert (prepared.outputs[~has_pv] < 0).any()
    assert prepared.forecast_wh[~has_pv].min() == 0 > prepared.forecast_wh[has_pv].min()
    assert prepared.persistence_wh[~has_pv].min() >= 0
