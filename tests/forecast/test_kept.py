"""Models that were trained before are found again by all that decides them, and by nothing else."""

from dataclasses import replace

import pytest

from sim.data.population import build_population
from sim.forecast.kept import keep_models, kept_models, models_key
from sim.seeds import Streams
from tests.runs import persistence_models, scenario

MODELS = persistence_models(4)


def homes(*settings):
    tiny = scenario("tiny", *settings)
    return tiny, build_population(tiny, Streams(tiny.seed))


def key(settings, population):
    return models_key(settings, population, population.first_slot, None)


def with_reading(population, slot, wh):
    load_wh = population.readings.load_wh.copy()
    load_wh[0, slot] += wh
    return replace(population, readings=replace(population.readings, load_wh=load_wh))


def test_models_come_back_as_they_were(store):
    tiny = homes()
    assert kept_models(store, key(*tiny)) is None
    assert keep_models(store, key(*tiny), MODELS) is None
    assert kept_models(store, key(*tiny)).to_json() == MODELS.to_json()


@pytest.mark.parametrize(
    "setting",
    [
        "seed=8",
        "time.lead=2",
        "time.horizon=12",
        "forecast.rounds=59",
        "forecast.hidden=[8, 8]",
        "forecast.training=local",
        "proofs.precision=7",
        "proofs.settings={decomp_base=256,decomp_legs=4,num_inner_cols=2,logrows=10}",
    ],
)
def test_the_same_homes_trained_otherwise_have_other_models(store, setting):
    tiny, population = homes()
    keep_models(store, key(tiny, population), MODELS)
    assert kept_models(store, key(scenario("tiny", setting), population)) is None
    assert kept_models(store, key(tiny, population))


@pytest.mark.parametrize("part", ["agents=5", "pv_share=1", "load_scale=1.1", "connection_limit_kw=24"])
def test_other_homes_have_other_models(store, part):
    tiny, population = homes()
    keep_models(store, key(tiny, population), MODELS)
    assert kept_models(store, key(tiny, homes(f"population.{part}")[1])) is None


def test_every_reading_before_the_training_counts_and_none_after(store):
    tiny, population = homes()
    keep_models(store, key(tiny, population), MODELS)
    end = population.first_slot - 2 * tiny.time.lead - tiny.forecast.lookback
    for slot, found in ((0, False), (end - 1, False), (end, True), (-1, True)):
        changed = with_reading(population, slot, 1)
        assert (kept_models(store, key(tiny, changed)) is not None) == found


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"cluster_of_home":[0],"models":[{}]}'])
def test_what_is_no_model_is_dropped(store, content):
    tiny = homes()
    store.put("models", key(*tiny), content)
    assert kept_models(store, key(*tiny)) is None
    assert list((store.root / "models").iterdir()) == []
