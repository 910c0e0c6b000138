import numpy as np
import pytest
import torch

from sim.forecast.families import fold, initial_parameters, layer_widths, predict
from sim.forecast.quantised import quantise
from sim.scenario import Forecast

WIDTHS = {"linear": (6, 3), "mlp": (6, 4, 3), "deep mlp": (6, 5, 4, 3)}


@pytest.fixture(params=WIDTHS)
def parameters(request):
    drawn = initial_parameters(WIDTHS[request.param], seed=4)
    return [tensor + 0.1 for tensor in drawn]  # biases too


def folded_forecast(model, windows_wh):
    signal = windows_wh
    for layer, (weight, bias) in enumerate(zip(model.weights, model.biases, strict=True)):
        signal = (np.maximum(signal, 0) if layer else signal) @ weight.T + bias
    return signal


def test_folding_equals_normalising_forecasting_and_denormalising(parameters):
    windows_wh = np.random.default_rng(1).integers(-12_000, 12_000, (50, 6))
    mean_wh, std_wh = 431.7, 1_290.3
    normalised = torch.tensor((windows_wh - mean_wh) / std_wh)
    expected = predict(parameters, normalised).numpy() * std_wh + mean_wh
    forecast = folded_forecast(fold(parameters, mean_wh, std_wh), windows_wh)
    np.testing.assert_allclose(forecast, expected, rtol=1e-9, atol=1e-9)


def test_the_quantised_model_comes_within_a_wh_of_the_folded_one(parameters):
    windows_wh = np.random.default_rng(2).integers(-12_000, 12_000, (50, 6))
    model = fold(parameters, 431.7, 1_290.3)
    quantised = quantise(model, "mlp", 16)
    assert np.abs(quantised.forecast_wh(windows_wh) - folded_forecast(model, windows_wh)).max() < 1.5


def test_folding_leaves_the_parameters_alone(parameters):
    before = [tensor.clone() for tensor in parameters]
    fold(parameters, 400.0, 1_300.0).weights[0][:] = 0
    assert all(torch.equal(*pair) for pair in zip(before, parameters, strict=True))


def test_layers_by_hand():
    layers = [torch.tensor(t, dtype=torch.float64) for t in ([[1, -1], [2, 0]], [0, -5], [[1, 10]], [0.5])]
    assert predict(layers, torch.tensor([[3.0, 1.0]], dtype=torch.float64)).tolist() == [[2 + 10 * 1 + 0.5]]
    assert predict(layers, torch.tensor([[1.0, 3.0]], dtype=torch.float64)).tolist() == [[0.5]]


def test_widths_follow_the_family():
    assert layer_widths(Forecast(family="linear", lookback=48), horizon=24) == (48, 24)
    assert layer_widths(Forecast(family="mlp", lookback=48, hidden=(8, 4)), horizon=1) == (48, 8, 4, 1)


def test_the_seed_decides_the_start_and_nothing_global_does():
    torch.manual_seed(0)
    state = torch.random.get_rng_state()
    first, again, other = (initial_parameters((24, 8, 24), seed) for seed in (1, 1, 2))
    assert all(torch.equal(*pair) for pair in zip(first, again, strict=True))
    assert not torch.equal(first[0], other[0])
    assert torch.equal(torch.random.get_rng_state(), state)
    assert all(tensor.dtype == torch.float64 for tensor in first)
