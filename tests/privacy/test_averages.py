"""The prior: a true covariance for any slots, of others only, and no more than is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.privacy.averages import averages_of
from sim.privacy.belief import Belief
from sim.privacy.histories import Histories, neighbours_mean
from tests.privacy.models import HOMES, linear, street

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
    found = averages_of(days_wh, np.full_like(days_wh, 7.0))
    slots = np.arange(-S, 3 * S)
    assert found.belief(slots, np.full(len(slots), 7_000.0)).mean == pytest.approx(
        np.tile(days_wh.mean(axis=(0, 1)), 4)
    )


def test_forecasts_that_tell_the_truth_are_believed() -> None:
    days_wh = made_up(3)
    slots, forecast_wh = np.arange(2 * S), np.linspace(0, 900, 2 * S)
    assert averages_of(days_wh, days_wh).belief(slots, forecast_wh).mean == pytest.approx(forecast_wh)


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
    assert noisy.mean == pytest.approx([0.5])
    assert noisy.covariance == pytest.approx(np.array([[0.5]]))
