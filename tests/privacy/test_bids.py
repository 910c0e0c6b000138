"""What outputs say about windows: never anything false, and everything where they allow it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.privacy.belief import Belief
from sim.privacy.bids import outputs_say, solved, spread, window_lines
from tests.privacy.models import SLOTS, linear, mlp

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


def test_a_full_rank_linear_model_is_solved_for_every_integer() -> None:
    model = linear()
    for seed in range(10):
        window = np.random.default_rng(seed).integers(-12_000, 12_001, SLOTS)
        said = outputs_say(model, model.outputs(window))
        assert (solved(said.rows, said.values) == window).all()


def test_what_is_not_full_rank_is_not_solved() -> None:
    rows = linear().weights[0].copy()
    rows[-1] = rows[0] + rows[1]
    assert solved(rows, rows @ np.arange(SLOTS)) is None
    assert solved(rows[:-1], rows[:-1] @ np.arange(SLOTS)) is None


def test_values_that_no_integers_give_are_not_solved() -> None:
    rows = 2 * np.eye(SLOTS, dtype=np.int64)
    assert solved(rows, np.full(SLOTS, 3)) is None
    assert (solved(rows, np.full(SLOTS, 4)) == 2).all()


def test_lines_through_neurons_that_are_surely_on_are_the_layer_itself() -> None:
    model = mlp((30,), bias=10**9)
    window = Belief(np.zeros(SLOTS), 100.0 * np.eye(SLOTS))
    through = spread(model, 1, window)
    assert through.slope == pytest.approx(model.weights[0], rel=1e-6)
    assert through.constant == pytest.approx(model.biases[0], rel=1e-6)


def test_lines_have_the_moments_of_what_really_comes_out() -> None:
    """Against a million draws; the granted doubt lies on top of the variance."""
    model = mlp((3,), most=9)
    window = Belief(np.full(SLOTS, 30.0), 400.0**2 * np.eye(SLOTS))
    through = spread(model, 1, window)
    draws = window.mean + 400 * np.random.default_rng(1).standard_normal((100_000, SLOTS))
    out = np.maximum(draws @ model.weights[0].T + model.biases[0], 0)
    assert through.slope @ window.mean + through.constant == pytest.approx(out.mean(axis=0), rel=0.02)
    own = np.diag(through.slope @ window.covariance @ through.slope.T + through.noise)
    assert own == pytest.approx(out.var(axis=0), rel=0.03)


def test_a_bid_s_lines_need_no_noise_at_the_window() -> None:
    model = linear()
    said = outputs_say(model, model.outputs(np.arange(SLOTS)))
    rows, values, noise = window_lines(said, spread(model, 0, Belief(np.zeros(SLOTS), np.eye(SLOTS))))
    assert (rows == model.weights[0]).all()
    assert (rows @ np.arange(SLOTS) == values).all()
    assert not noise.any()
