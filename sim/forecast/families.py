"""Model families: fully connected layers with a ReLU between them; without hidden layers the model is linear.

A model is a function of its parameters, so that the models of many clients train at once as one batch.
"""

import math
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from sim.forecast.quantised import FoldedModel
from sim.scenario import Forecast

Parameters = list[Tensor]
"""Per layer its weight, shape (outputs, inputs), then its bias, shape (outputs,); float64."""


def layer_widths(forecast: Forecast, horizon: int) -> tuple[int, ...]:
    """Inputs, hidden neurons if the family has any, outputs."""
    hidden = {"linear": (), "mlp": forecast.hidden}[forecast.family]
    return (forecast.lookback, *hidden, horizon)


def initial_parameters(widths: tuple[int, ...], seed: int) -> Parameters:
    """Weights uniform within ±1/sqrt(inputs), biases zero."""
    generator = torch.Generator().manual_seed(seed)
    parameters: Parameters = []
    for inputs, outputs in pairwise(widths):
        bound = 1 / math.sqrt(inputs)
        weight = torch.empty(outputs, inputs, dtype=torch.float64)
        parameters += [weight.uniform_(-bound, bound, generator=generator)]
        parameters += [torch.zeros(outputs, dtype=torch.float64)]
    return parameters


def predict(parameters: Parameters, windows: Tensor) -> Tensor:
    """Forecasts of shape (samples, horizon) from windows of shape (samples, lookback)."""
    signal = windows
    for layer in range(0, len(parameters), 2):
        weight, bias = parameters[layer : layer + 2]
        signal = (signal.relu() if layer else signal) @ weight.T + bias
    return signal


def fold(parameters: Parameters, mean_wh: float, std_wh: float) -> FoldedModel:
    """The model that takes and gives Wh, of one that takes and gives (Wh - mean) / std.

    A ReLU commutes with a positive factor, so every signal may stand in Wh: weights stay as they are, biases
    grow by std, and the mean moves into the first and the last bias.
    """
    weights = [weight.numpy().copy() for weight in parameters[0::2]]
    biases = [bias.numpy() * std_wh for bias in parameters[1::2]]
    biases[0] = biases[0] - mean_wh * np.sum(weights[0], axis=1)
    biases[-1] = biases[-1] + mean_wh
    return FoldedModel(tuple(weights), tuple(biases))
