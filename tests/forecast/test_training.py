"""Training: from what, for what, and better than persistence."""

from datetime import datetime
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sim.data.population import build_population
from sim.data.population import gate_inputs as inputs_of
from sim.errors import InputError
from sim.forecast.baselines import BASELINES, persistence_wh
from sim.forecast.regimes import regimes
from sim.forecast.training import past_samples, pooled_scale, train_models
from sim.forecast.windows import MIN_GATES, gate_targets
from sim.schema.forecasting import Forecast, Population, Time
from sim.schema.scenario import Scenario
from sim.seeds import Streams
from tests.forecast.homes import SLOTS_PER_DAY, gate_inputs, rhythmic_homes

FIRST_SLOT = 30 * SLOTS_PER_DAY
QUICK = {"family": "mlp", "training": "clustered", "inputs": [], "rounds": 3, "local_steps": 2}


def train(net_wh, first_slot=FIRST_SLOT, horizon=24, lead=1, seed=7, **forecast):
    forecast = Forecast(**{**QUICK, **forecast})
    inputs = gate_inputs(forecast.lookback, horizon, lead, beside=forecast.inputs)
    return train_models(net_wh, first_slot, inputs, forecast, Streams(seed))


def digests(training, precision=10):
    return [model.quantised(precision).digest for model in training.models]


def exactly(training):
    return training.cluster_of_home, [a.tobytes() for m in training.models for a in (*m.weights, *m.biases)]


@pytest.mark.parametrize("mode", regimes.names)
@pytest.mark.parametrize(("horizon", "lead"), [(24, 1), (24, 0), (6, 7)])
def test_no_later_reading_has_any_influence(mode, horizon, lead):
    """Every reading from a lead before the first window on is replaced, or missing; the one before counts."""
    net_wh, end = rhythmic_homes(), FIRST_SLOT - 2 * lead - 24
    before = exactly(train(net_wh, horizon=horizon, lead=lead, training=mode))
    later = net_wh.copy()
    later[:, end:] = np.random.default_rng(3).integers(-9_000, 9_000, later[:, end:].shape)
    assert exactly(train(later, horizon=horizon, lead=lead, training=mode)) == before
    assert exactly(train(net_wh[:, :end], horizon=horizon, lead=lead, training=mode)) == before
    later[0, end - 1] += 4_000
    assert exactly(train(later, horizon=horizon, lead=lead, training=mode)) != before


@pytest.mark.parametrize("mode", regimes.names)
@pytest.mark.parametrize(("lookback", "horizon", "lead"), [(24, 24, 1), (30, 6, 7)])
def test_nothing_before_the_history_has_any_influence(mode, lookback, horizon, lead):
    """What the history's first window holds counts, and readings before it may as well be missing."""
    net_wh, clock = rhythmic_homes(), {"horizon": horizon, "lead": lead}
    settings = {"training": mode, "lookback": lookback, "history_days": 8}
    before, reach = exactly(train(net_wh, **clock, **settings)), 2 * lead + lookback + 8 * SLOTS_PER_DAY
    first, earlier = FIRST_SLOT - reach // horizon * horizon - lead - lookback, net_wh.copy()
    earlier[:, :first] = np.random.default_rng(3).integers(-9_000, 9_000, earlier[:, :first].shape)
    assert exactly(train(earlier, **clock, **settings)) == before
    begin = FIRST_SLOT - reach - lead - lookback
    assert exactly(train(net_wh[:, begin:], FIRST_SLOT - begin, **clock, **settings)) == before
    earlier[0, first] += 4_000
    assert exactly(train(earlier, **clock, **settings)) != before
    assert exactly(train(net_wh, **clock, **settings | {"history_days": None})) != before


def test_scale_and_clusters_come_from_whole_days_of_history():
    samples = past_samples(rhythmic_homes(), FIRST_SLOT, gate_inputs(), 8 * SLOTS_PER_DAY)
    end = FIRST_SLOT - 2 - 24
    assert np.array_equal(samples.history_wh, rhythmic_homes()[:, end - 8 * SLOTS_PER_DAY : end])
    assert samples.numbers.shape == (6, MIN_GATES, 24)


def test_training_again_gives_the_same_models():
    first, again = train(rhythmic_homes()), train(rhythmic_homes())
    assert (exactly(first), digests(first)) == (exactly(again), digests(again))
    assert digests(train(rhythmic_homes(), seed=8)) != digests(first)


def test_one_thread_while_training_and_as_many_as_before_after():
    threads, seen = torch.get_num_threads(), []
    torch.set_num_threads(2)
    try:
        train_models(
            rhythmic_homes(), FIRST_SLOT, gate_inputs(), Forecast(**QUICK), Streams(7),
            lambda: seen.append(torch.get_num_threads()),
        )  # fmt: skip
        assert (seen, torch.get_num_threads()) == ([1] * QUICK["rounds"], 2)
    finally:
        torch.set_num_threads(threads)


def test_a_home_trained_alone_learns_nothing_from_others():
    net_wh = rhythmic_homes()
    together = train(net_wh, training="local")
    assert digests(train(net_wh[[4]], training="local")) == [digests(together)[4]]


def test_centralised_training_pools_what_federated_training_averages():
    net_wh = rhythmic_homes()
    assert digests(train(net_wh, training="centralised")) != digests(train(net_wh, training="federated"))
    one = net_wh[:1]
    assert digests(train(one, training="centralised")) == digests(train(one, training="federated"))


def test_the_order_of_homes_changes_forecasts_by_a_wh_at_most():
    """Sums in another order differ in their last bits: the same models but for a step of the weights."""
    net_wh, order = rhythmic_homes(), [3, 1, 5, 0, 2, 4]
    windows = gate_inputs().at_gates(net_wh, FIRST_SLOT, 5)
    pair = [train(homes, training="federated").models[0] for homes in (net_wh, net_wh[order])]
    one, other = (model.quantised(10).forecast_wh(windows) for model in pair)
    assert np.abs(one - other).max() <= 1


@pytest.mark.parametrize("family", [pytest.param("linear", marks=pytest.mark.long), "mlp"])
@pytest.mark.parametrize("mode", regimes.names)
def test_models_beat_persistence_on_noisy_days(family, mode):
    net_wh, first_slot = rhythmic_homes(days=80), 70 * SLOTS_PER_DAY
    training = train(net_wh, first_slot, family=family, training=mode, rounds=60, local_steps=5)
    windows = gate_inputs().at_gates(net_wh, first_slot, 10)
    targets = gate_targets(net_wh, first_slot, 10, 24)
    forecast = np.stack(
        [
            training.models[cluster].quantised(8).forecast_wh(windows[home])
            for home, cluster in enumerate(training.cluster_of_home)
        ]
    )
    yesterday = persistence_wh(net_wh, gate_inputs().clock, first_slot, 10)
    assert np.abs(forecast - targets).mean() < 0.9 * np.abs(yesterday - targets).mean()


@pytest.mark.parametrize(
    ("history_wh", "std"),
    [
        (np.full((50, 400), 23_700_000) + np.arange(400) % 5 * 100_000, 2**0.5 * 100_000),
        (np.array([[990_000] * 8_759 + [990_001], [990_000] * 8_760]), 17_519**0.5 / 17_520),
        (np.full((2, 8_760), 990_000), 1.0),
        (np.full((64, 4_000), -24_000_000) * (np.arange(4_000) % 2 * 2 - 1), 24_000_000.0),
    ],
    ids=["squares beyond 64 bits", "one Wh in a year", "none", "to and fro"],
)
def test_the_scale_is_right_at_the_edges_of_what_a_connection_can_carry(history_wh, std):
    mean, found = pooled_scale(history_wh)
    assert mean == pytest.approx(sum(map(int, history_wh.ravel())) / history_wh.size, rel=1e-15)
    assert found == pytest.approx(std, rel=1e-9)


@given(
    st.integers(-24_000_000, 24_000_000),
    arrays(np.int64, st.tuples(st.integers(1, 5), st.integers(1, 30)), elements=st.integers(-3, 3)),
)
def test_the_scale_has_all_digits_however_large_the_mean(base, noise):
    exact = [Fraction(base + each) for each in noise.ravel().tolist()]
    mean = sum(exact) / len(exact)
    variance = sum((each - mean) ** 2 for each in exact) / len(exact)
    found = pooled_scale(base + noise)
    assert found == pytest.approx((float(mean), float(variance) ** 0.5 or 1.0), rel=1e-15, abs=0)


def test_constant_readings_are_forecast():
    net_wh = np.full((4, FIRST_SLOT), 700)
    assert pooled_scale(net_wh) == (700.0, 1.0)
    model = train(net_wh, training="federated", rounds=1).models[0].quantised(10)
    assert np.abs(model.forecast_wh(np.full(24, 700)) - 700).max() <= 1


def test_too_short_a_history_is_refused():
    needed, net_wh = (MIN_GATES + 3) * 24 + 1, rhythmic_homes()
    assert past_samples(net_wh, needed, gate_inputs()).numbers.shape == (6, MIN_GATES, 24)
    with pytest.raises(InputError, match=r"^forecast.lookback = 24: .* hold 6 past gates .* at least 7 "):
        train(net_wh, first_slot=needed - 1)
    with pytest.raises(InputError, match="hold 0 past gates"):
        train(net_wh, first_slot=20)


# The default forecaster on the embedded homes, half of them with PV: what the README promises of it ------

DAYS = 30


@pytest.mark.slow
@pytest.mark.parametrize(
    "start", [pytest.param(datetime(2017, 1, 9), marks=pytest.mark.long), datetime(2017, 6, 12)]
)
def test_the_default_forecaster_beats_every_baseline_within_the_circuits_range(start):
    scenario = Scenario(
        name="month", time=Time(start=start, days=DAYS), population=Population(agents=15, pv_share=0.54)
    )
    streams = Streams(scenario.seed)
    population = build_population(scenario, streams)
    net_wh, first = population.readings.net_wh, population.first_slot
    inputs = inputs_of(scenario, population.readings)
    training = train_models(net_wh, first, inputs, scenario.forecast, streams)
    targets = gate_targets(net_wh, first, DAYS, scenario.time.horizon)
    windows = inputs.at_gates(net_wh, first, DAYS)
    models = [model.quantised(8) for model in training.models]
    forecast = np.stack(
        [models[cluster].forecast_wh(windows[home]) for home, cluster in enumerate(training.cluster_of_home)]
    )
    best = min(
        np.abs(each(net_wh, inputs.clock, first, DAYS) - targets).mean() for each in BASELINES.values()
    )
    assert np.abs(forecast - targets).mean() < 0.97 * best
    assert max(model.largest_intermediate(population.connection_limit_wh) for model in models) < 2**36
