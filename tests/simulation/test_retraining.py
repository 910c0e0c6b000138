"""Models trained again within a run: on what is known by then, kept by period, registered in time."""

from dataclasses import replace
from datetime import timedelta

import pytest

import sim.simulation.preparation
from sim.chain.limits import local_timestamp
from sim.data.population import build_population
from sim.errors import InputError
from sim.forecast.forecasters import Forecasters
from sim.runtime.store import Store, open_store
from sim.seeds import Streams
from sim.simulation.notices import notices
from sim.simulation.preparation import prepare, train
from tests.runs import QUIET, run, scenario

EVERY_DAY = (
    *("proofs.policy=none", "proofs.store=off", "time.days=3", "forecast.retraining_days=1"),
    *("forecast.training=federated", "chain.backend=revm"),
)


def trained(*settings: str, store: Store | None = None, change_slot: int | None = None) -> Forecasters:
    """Of the tiny scenario; a reading of one home at a slot, counted from the run's first, is another."""
    tiny = scenario("tiny", *EVERY_DAY, *settings)
    streams = Streams(tiny.seed)
    population = build_population(tiny, streams)
    if change_slot is not None:
        load_wh = population.readings.load_wh.copy()
        load_wh[0, population.first_slot + change_slot] += 3_000
        population = replace(population, readings=replace(population.readings, load_wh=load_wh))
    return train(tiny, population, streams, QUIET, store)


@pytest.fixture(scope="module")
def daily() -> Forecasters:
    return trained()


def test_a_training_is_the_first_of_a_run_that_begins_with_its_gate(daily: Forecasters) -> None:
    start = scenario("tiny").time.start
    for place, training in enumerate(daily.trainings):
        begin = (start + timedelta(days=place)).isoformat()
        (alone,) = trained(f"time.start={begin}", "time.days=1").trainings
        assert training.from_gate == place
        assert [model.digest for model in alone.models] == [model.digest for model in training.models]
        assert alone.rounds == training.rounds


def test_it_learns_from_readings_before_its_first_window_alone(daily: Forecasters) -> None:
    """That of gate 1 begins a window and a lead before slot 24; training ends another lead before."""
    for slot, moved in ((-3, [1, 2]), (-2, [2]), (21, [2]), (22, [])):
        pairs = zip(daily.trainings, trained(change_slot=slot).trainings, strict=True)
        assert [
            place for place, (before, after) in enumerate(pairs) if before.rounds != after.rounds
        ] == moved


@pytest.mark.slow
def test_homes_stay_in_the_groups_that_were_found_first() -> None:
    settings = ("forecast.training=clustered", "forecast.clusters=3")
    first = trained(*settings, "time.days=1")
    assert trained(*settings).cluster_of_home == first.cluster_of_home


def test_a_training_that_is_kept_is_not_made_again(
    daily: Forecasters, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By period: a longer run trains what is new, and one trained once has the first."""
    store = open_store(str(tmp_path / "store"))
    trained("time.days=2", store=store)
    made, honest = [], sim.simulation.preparation._train
    monkeypatch.setattr(
        sim.simulation.preparation, "_train", lambda *given: made.append(given) or honest(*given)
    )
    assert trained(store=store).to_json() == daily.to_json()
    assert len(made) == 1
    assert trained(store=store).to_json() == daily.to_json()
    once = scenario("tiny", *EVERY_DAY).changed({"forecast.retraining_days": None})
    (first,) = prepare(once, QUIET, store=store).forecasters.trainings
    assert (first.rounds, len(made)) == (daily.trainings[0].rounds, 1)


@pytest.mark.slow
def test_a_run_registers_each_model_before_its_first_window() -> None:
    """Gates overlap: those whose windows have begun keep the model that they had."""
    settings = ("time.horizon=1", "time.lead=3", "time.days=2")
    outcome = run(scenario("tiny", *EVERY_DAY, *settings), trained(*settings))
    market = outcome.prepared.forecasters
    registered = [sent for sent in outcome.sent if sent.stage == "register"]
    assert {sent.gate for sent in registered} == {each.from_gate for each in market.trainings[1:]}
    assert all(sent.receipt.ok for sent in outcome.sent)
    stamps = {block.number: block.timestamp for block in outcome.blocks}
    clock, lookback = outcome.prepared.scenario.time, outcome.prepared.scenario.forecast.lookback
    for sent in registered:
        first_slot = sent.gate * clock.horizon - clock.lead - lookback
        assert stamps[sent.receipt.block_number] < local_timestamp(clock.start + timedelta(hours=first_slot))


def test_long_runs_without_retraining_are_told_of() -> None:
    def told(*settings: str) -> list[str]:
        year = scenario("tiny", "proofs.policy=none", *settings)
        return [each for each in notices(year, build_population(year, Streams(7))) if "trained" in each]

    start = "time.start=2016-10-01"
    assert told(start, "time.days=60") == told(start, "time.days=61", "forecast.retraining_days=30") == []
    (sentence,) = told(start, "time.days=61")
    assert "as they are trained before the first gate" in sentence


def test_a_model_from_a_file_is_not_trained() -> None:
    with pytest.raises(
        InputError, match=r"retraining_days = 3: the model of family \"onnx\" comes from a file"
    ):
        scenario("tiny", 'forecast.family="onnx"', 'forecast.model="own.onnx"', "forecast.retraining_days=3")
