"""Ridge regression of reduced rank, held against numpy and against what a rank can reach."""

import numpy as np
import pytest
import torch

from sim.errors import InputError
from sim.forecast.families import families
from sim.forecast.model import Shape
from sim.schema.forecasting import Forecast

INPUTS, HORIZON, PENALTY = 7, 4, 3.0
RNG = np.random.default_rng(5)
NUMBERS = RNG.normal(size=(6, 30, INPUTS)) + 0.5
TARGETS = NUMBERS @ RNG.normal(size=(INPUTS, HORIZON)) + RNG.normal(size=(6, 30, HORIZON)) - 2


def solve(rank, numbers=NUMBERS, targets=TARGETS):
    clients = zip(torch.tensor(numbers), torch.tensor(targets), strict=True)
    shape = Shape(INPUTS, HORIZON, (rank,))
    return families.make("ridge", {"penalty": PENALTY}).solve(shape, clients)


def slope_of(parameters):
    slope = parameters[0].numpy().T
    return slope if len(parameters) == 2 else slope @ parameters[2].numpy().T


def centred(numbers):
    flat = numbers.reshape(-1, numbers.shape[-1])
    return flat - flat.mean(axis=0)


def test_at_full_rank_it_is_least_squares_with_a_row_for_every_penalty():
    x, y = centred(NUMBERS), centred(TARGETS)
    rows = np.vstack([x, PENALTY**0.5 * np.eye(INPUTS)])
    expected, *_ = np.linalg.lstsq(rows, np.vstack([y, np.zeros((INPUTS, HORIZON))]))
    parameters = solve(rank=HORIZON)
    assert len(parameters) == 2
    np.testing.assert_allclose(slope_of(parameters), expected, atol=1e-10)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_no_other_regression_of_its_rank_is_nearer_to_the_fitted_values(rank):
    """Eckart and Young: what is left is what the lesser singular values hold."""
    x, full, parameters = centred(NUMBERS), slope_of(solve(HORIZON)), solve(rank)
    assert [tuple(each.shape) for each in parameters[::2]] == [(rank, INPUTS), (HORIZON, rank)]
    left = np.linalg.norm(x @ full - x @ slope_of(parameters))
    assert left == pytest.approx(np.linalg.norm(np.linalg.svd(x @ full)[1][rank:]))


@pytest.mark.parametrize("rank", [2, HORIZON])
def test_forecasts_are_right_on_average(rank):
    shape, parameters = Shape(INPUTS, HORIZON, (rank,)), solve(rank)
    forecast = families.make("ridge").predict(shape, parameters, torch.tensor(NUMBERS)).numpy()
    np.testing.assert_allclose((forecast - TARGETS).mean(axis=(0, 1)), 0, atol=1e-10)


def test_who_holds_which_sample_changes_nothing():
    one = solve(2)
    pooled = solve(2, NUMBERS.reshape(1, -1, INPUTS), TARGETS.reshape(1, -1, HORIZON))
    for each, other in zip(one, pooled, strict=True):
        torch.testing.assert_close(each, other, rtol=0, atol=1e-12)


def test_its_rank_is_one_number():
    with pytest.raises(
        InputError, match=r'^forecast.hidden = \[8, 4\]: .* one number, the rank of .* "ridge"$'
    ):
        families.make("ridge").check(Shape(24, 24, (8, 4)))
    families.make("mlp").check(Shape(24, 24, (8, 4)))


def test_it_is_solved_for_in_one_round_whatever_the_rounds():
    assert Forecast(rounds=60).training_rounds == 1
    assert Forecast(rounds=60, family="mlp").training_rounds == 60
