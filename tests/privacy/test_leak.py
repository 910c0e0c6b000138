"""The leak meter, and what its attack knows of averages and bids."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.forecast.forecasters import Forecasters
from sim.outputs.summary import summary_of
from sim.privacy import lattice
from sim.privacy.attack import attack
from sim.privacy.averages import Histories, averages_of, neighbours_mean
from sim.privacy.belief import Belief
from sim.privacy.bids import outputs_say, solved, spread
from sim.privacy.lattice import WindowLattices
from sim.privacy.leak import MOST_HOMES, Leak, evenly, identified_share, leak_of
from sim.privacy.target import target_of
from tests.privacy.models import HOMES, SLOTS, constant, linear, mlp, no_trades, street
from tests.runs import run, scenario

READINGS_ALONE = ("forecast.inputs=[]", "forecast.training=clustered")

# The prior: a true covariance for any slots, of others only, and no more than is known --------------------


DAYS, S = 9, 4


def made_up(homes: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(500, 200, (homes, DAYS, S)).cumsum(axis=1)


@given(st.integers(1, 5), st.integers(0, 99), st.lists(st.integers(-30, 60), min_size=1, unique=True))
@settings(max_examples=40, derandomize=True, deadline=None)
def test_a_prior_has_a_positive_covariance(homes, seed, slots) -> None:
    days_wh = made_up(homes, seed)
    found = averages_of(days_wh, days_wh[::-1]).belief(np.array(sorted(slots)), np.full(len(slots), np.nan))
    assert np.linalg.eigvalsh(found.covariance).min() > 0
    assert found.covariance == pytest.approx(found.covariance.T)


def test_without_forecasts_the_prior_is_the_average_day() -> None:
    days_wh = made_up(3)
    found, slots = averages_of(days_wh, np.full_like(days_wh, 7.0)), np.arange(-S, 3 * S)
    assert found.belief(slots, np.full(len(slots), 7_000.0)).mean == pytest.approx(
        np.tile(days_wh.mean(axis=(0, 1)), 4)
    )


def test_a_study_leaves_the_home_itself_out() -> None:
    prepared = street(linear())
    before = Histories(prepared, np.arange(HOMES)).without(3, linear())
    prepared.population.readings.load_wh[3] += 999
    after = Histories(prepared, np.arange(HOMES)).without(3, linear())
    assert (before.mean_wh == after.mean_wh).all()
    assert (before.days == after.days).all()
    assert (before.mean_wh != Histories(prepared, np.arange(HOMES)).without(4, linear()).mean_wh).any()


def test_a_study_ends_before_the_first_window() -> None:
    prepared = street(linear())
    first = prepared.population.first_slot
    before = Histories(prepared, np.arange(HOMES)).without(3, linear())
    prepared.population.readings.load_wh[:, first - 25 :] += 999
    after = Histories(prepared, np.arange(HOMES)).without(3, linear())
    assert (before.mean_wh == after.mean_wh).all()
    assert (before.forecast_wh == after.forecast_wh).all()


def test_a_forecast_is_taken_with_the_next_day_s_where_both_are_known() -> None:
    nan = np.nan
    taken = neighbours_mean(np.array([nan, nan, 1.0, 2.0, 5.0, nan]), 2)
    assert taken == pytest.approx([1, 2, 3, 2, 5, nan], nan_ok=True)


def test_beliefs_follow_what_is_given() -> None:
    """Two unknowns of variance 1 and 4, and their sum."""
    belief = Belief(np.zeros(2), np.diag([1.0, 4.0])).given(np.ones((1, 2)), np.array([5.0]))
    assert belief.mean == pytest.approx([1, 4])
    assert belief.covariance == pytest.approx(np.array([[0.8, -0.8], [-0.8, 0.8]]), abs=1e-6)
    again = belief.given(np.array([[2.0, 2.0]]), np.array([11.0]))  # said already: not believed again
    assert again.mean == pytest.approx(belief.mean)
    noisy = Belief(np.zeros(1), np.eye(1)).given(np.ones((1, 1)), np.ones(1), np.eye(1))
    assert (noisy.mean, noisy.covariance) == (pytest.approx([0.5]), pytest.approx(np.array([[0.5]])))


# What outputs say about windows: never anything false, and everything where they allow it -----------------


WINDOW = st.lists(st.integers(-12_000, 12_000), min_size=SLOTS, max_size=SLOTS).map(np.array)
WIDTHS = st.sampled_from([(1,), (8,), (24,), (40,), (16, 16), (8, 24), (30, 4)])


def entering(model, layer: int, window: np.ndarray) -> np.ndarray:
    signal = window
    for weight, bias in zip(model.weights[:layer], model.biases, strict=False):
        signal = np.maximum(weight @ signal + bias, 0)
    return signal


@given(WINDOW, WIDTHS, st.integers(0, 99))
@settings(max_examples=60, derandomize=True, deadline=None)
def test_equations_hold_for_the_true_window(window, widths, seed) -> None:
    model = mlp(widths, seed, most=20)
    said = outputs_say(model, model.outputs(window))
    assert (said.rows @ entering(model, said.layer, window) == said.values).all()


def test_every_neuron_above_zero_is_an_equation() -> None:
    model, window = mlp((8,)), np.arange(SLOTS) * 100 - 900
    said = outputs_say(model, model.outputs(window))
    assert said.layer == 0
    assert len(said.rows) == (entering(model, 1, window) > 0).sum() > 0


@pytest.mark.parametrize("widths", [(25,), (8, 30)])
def test_a_last_layer_wider_than_the_outputs_does_not_solve_itself(widths) -> None:
    model = mlp(widths)
    assert outputs_say(model, model.outputs(np.full(SLOTS, 500))).layer == len(widths)


def test_what_is_not_full_rank_is_not_solved() -> None:
    rows = linear().weights[0].copy()
    rows[-1] = rows[0] + rows[1]
    assert solved(rows, rows @ np.arange(SLOTS)) is None
    assert solved(rows[:-1], rows[:-1] @ np.arange(SLOTS)) is None


def test_lines_have_the_moments_of_what_really_comes_out() -> None:
    """Against a million draws; the granted doubt lies on top of the variance."""
    model, window = mlp((3,), most=9), Belief(np.full(SLOTS, 30.0), 400.0**2 * np.eye(SLOTS))
    through = spread(model, 1, window)
    draws = window.mean + 400 * np.random.default_rng(1).standard_normal((100_000, SLOTS))
    out = np.maximum(draws @ model.weights[0].T + model.biases[0], 0)
    assert through.slope @ window.mean + through.constant == pytest.approx(out.mean(axis=0), rel=0.02)
    own = np.diag(through.slope @ window.covariance @ through.slope.T + through.noise)
    assert own == pytest.approx(out.var(axis=0), rel=0.03)


# The leak meter: 1 where everything is given away, 0 where nothing is, and in between what attacks find ---


ALL = np.arange(HOMES)


def leak(prepared) -> Leak:
    found = leak_of(prepared, no_trades(prepared))
    assert found is not None
    return found


def attacked(prepared, home: int) -> tuple[np.ndarray, np.ndarray]:
    """What the attack on bids has of a home's readings in windows, and these."""
    target = target_of(prepared, no_trades(prepared).fill_wh, home).without_totals()
    prior = Histories(prepared, ALL).without(home, target.models[0]).belief(target.slots, target.forecast_wh)
    found = attack(target, prior, WindowLattices(target.bids))
    return found[target.covered], target.truth_wh[target.covered]


def test_a_full_rank_linear_model_gives_every_reading_away() -> None:
    prepared = street(linear())
    for home in range(HOMES):
        found, truth = attacked(prepared, home)
        assert len(truth) == 2 * SLOTS
        assert (found == truth).all()
    assert leak(prepared).bids == leak(prepared).share == 1


@pytest.mark.slow
@pytest.mark.long
def test_trained_models_leak_by_their_width() -> None:
    """One neuron least, eight clearly less than the linear model."""
    found = [
        leak(street(None, f"forecast.family={family}", f"forecast.hidden={hidden}", *READINGS_ALONE))
        for family, hidden in (("mlp", 1), ("mlp", 8), ("linear", 8))
    ]
    bids, share = [each.bids for each in found], [each.share for each in found]
    assert (bids, share) == (sorted(bids), sorted(share))
    assert share[0] < 0.6 < share[1] < 0.9 < share[2] == 1
    assert len({each.totals for each in found}) == 1
    assert all(each.share < each.hidden for each in found[:2])


@pytest.mark.parametrize("wh", [0, 400, -5_000])
def test_constants_give_nothing_away_but_the_meter_s_totals_do(wh) -> None:
    found = leak(street(constant(wh)))
    assert found.bids == 0
    assert 0 < found.totals == found.share < 0.5


def test_totals_of_one_slot_are_the_reading() -> None:
    intraday = street(linear(horizon=1), "time.horizon=1")
    target = target_of(intraday, no_trades(intraday).fill_wh, 2).without_bids()
    prior = Histories(intraday, ALL).without(2).belief(target.slots, target.forecast_wh)
    assert (attack(target, prior, WindowLattices(()))[SLOTS + 1 :] == target.truth_wh[SLOTS + 1 :]).all()
    assert leak(intraday).totals > 0.8


def test_totals_follow_from_fills_and_what_the_meter_posts() -> None:
    prepared = street(constant(0), 'market.retail={ "00:00" = 0.18, "16:00" = 0.34 }')
    target = target_of(prepared, np.random.default_rng(1).integers(-900, 900, prepared.reading_wh.shape), 5)
    rows, sums = target.totals
    assert rows.shape[0] == 4  # two gates, two periods
    assert (rows @ target.truth_wh == sums).all()
    assert (rows.sum(axis=0)[SLOTS + 1 :] == 1).all()


def test_a_lattice_finds_what_least_squares_cannot(monkeypatch) -> None:
    """Sixteen equations for 24 readings: a third of the numbers is missing, and all readings are found."""
    prepared = street(mlp((16,), most=1_000, bias=10**9))
    found, truth = attacked(prepared, 0)
    assert (found == truth).all()
    monkeypatch.setattr(lattice, "MOST_EQUATIONS", 0)
    found, truth = attacked(prepared, 0)
    assert np.abs(found - truth).max() > 50


def test_no_history_no_averages() -> None:
    assert leak(street(linear(horizon=1), "time.start=2016-08-07", "time.horizon=1")).share > 0
    too_early = street(linear(horizon=1), "time.start=2016-08-06", "time.horizon=1")
    assert leak_of(too_early, no_trades(too_early)) is None
    assert identified_share(too_early, evenly(too_early, MOST_HOMES)) == 1


def test_a_large_run_is_measured_on_homes_at_even_distances() -> None:
    many = street(constant(0), "population.resampling=true", "population.agents=15")
    assert (evenly(many, 5).tolist(), evenly(many, 16).tolist()) == ([0, 3, 6, 9, 12], list(range(15)))


@pytest.mark.parametrize("inputs", ['["hour","weekday"]', '["fortnight-mean","week-ago","season"]'])
def test_numbers_that_are_public_or_follow_from_others_can_be_attacked(inputs) -> None:
    """Nothing of them is unknown, so that no volume is left to search in their direction."""
    prepared = street(None, f"forecast.inputs={inputs}")
    leak = leak_of(prepared, no_trades(prepared))
    assert 0 < leak.totals <= leak.share <= 1


def test_the_summary_holds_the_leak() -> None:
    summary = summary_of(run(scenario("tiny", "proofs.policy=none", "chain.backend=none")))
    assert summary["leak_share"] == summary["leak_share_bids"] == summary["identified_share"] == 1
    assert 0 < summary["leak_share_totals"] < 1
    quiet = run(
        scenario("tiny", "proofs.policy=none", "chain.backend=none", "forecast.inputs=[]"),
        Forecasters.trained_once((0,) * 4, (constant(0),)),
    )
    assert summary_of(quiet)["leak_share_bids"] == summary_of(quiet)["identified_share"] == 0
