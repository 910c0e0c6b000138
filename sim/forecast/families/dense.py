"""Families of dense layers with a ReLU between them; without hidden layers the model is linear."""

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.forecast.dense import IntegerDense, RealDense, dense_from_json
from sim.forecast.families.base import ModelFamily, families
from sim.forecast.model import Shape

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Dense(ModelFamily):
    """Parameters are, per layer, its weight, shape (outputs, inputs), then its bias, shape (outputs,)."""

    @abstractmethod
    def widths(self, shape: Shape) -> tuple[int, ...]:
        """Inputs, hidden neurons if there are any, outputs."""

    def initial(self, shape: Shape, seed: int) -> "list[Tensor]":
        """Weights uniform within ±1/sqrt(inputs), biases zero."""
        import torch

        generator = torch.Generator().manual_seed(seed)
        parameters: list[Tensor] = []
        for inputs, outputs in pairwise(self.widths(shape)):
            bound = 1 / math.sqrt(inputs)
            weight = torch.empty(outputs, inputs, dtype=torch.float64)
            parameters += [weight.uniform_(-bound, bound, generator=generator)]
            parameters += [torch.zeros(outputs, dtype=torch.float64)]
        return parameters

    def predict(self, parameters: "list[Tensor]", windows: "Tensor") -> "Tensor":
        """Layer after layer."""
        signal = windows
        for layer in range(0, len(parameters), 2):
            weight, bias = parameters[layer : layer + 2]
            signal = (signal.relu() if layer else signal) @ weight.T + bias
        return signal

    def fold(self, _shape: Shape, parameters: "list[Tensor]", mean_wh: float, std_wh: float) -> RealDense:
        """A ReLU commutes with a positive factor, so every signal may stand in Wh: weights stay as they are,
        biases grow by std, and the mean moves into the first and the last bias.
        """
        weights = [weight.numpy().copy() for weight in parameters[0::2]]
        biases = [bias.numpy() * std_wh for bias in parameters[1::2]]
        biases[0] = biases[0] - mean_wh * np.sum(weights[0], axis=1)
        biases[-1] = biases[-1] + mean_wh
        return RealDense(self.name, tuple(weights), tuple(biases))

    def nominal(self, shape: Shape) -> RealDense:
        """Every neuron takes the mean of what is below it."""
        sizes = pairwise(self.widths(shape))
        weights = tuple(np.full((out, into), 1 / into) for into, out in sizes)
        return RealDense(self.name, weights, tuple(np.zeros(len(weight)) for weight in weights))

    def read(self, content: Mapping[str, Any]) -> IntegerDense:
        """Weights and biases, layer by layer."""
        return dense_from_json(content)


@families.register
@dataclass(frozen=True)
class Mlp(Dense):
    """A bottleneck of few hidden neurons lets few numbers of the window through."""

    name = "mlp"
    meaning = "dense layers with a ReLU between them, as wide as forecast.hidden says"
    source = "Rumelhart, Hinton & Williams, Nature 323, 1986"
    reads_hidden = True

    def widths(self, shape: Shape) -> tuple[int, ...]:
        """With the hidden layers."""
        return (shape.lookback, *shape.hidden, shape.horizon)

    def described(self, shape: Shape) -> str:
        """With the widths of its hidden layers."""
        return f"an mlp with {', '.join(map(str, shape.hidden))} hidden neurons"


@families.register
@dataclass(frozen=True)
class Linear(Dense):
    """At full rank it gives its readings away."""

    name = "linear"
    meaning = "one dense layer: a linear regression for every slot"
    source = "ordinary linear regression"

    def widths(self, shape: Shape) -> tuple[int, ...]:
        """No hidden layers."""
        return (shape.lookback, shape.horizon)

    def described(self, _shape: Shape) -> str:
        """Nothing to add."""
        return "a linear model"
