"""What families of dense layers share: without hidden layers the model is linear."""

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from sim.forecast.dense import IntegerDense, RealDense, dense_from_json
from sim.forecast.families.base import ModelFamily
from sim.forecast.gate_inputs import Scaling
from sim.forecast.model import Shape

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Dense(ModelFamily):
    """Parameters are, per layer, its weight, shape (outputs, inputs), then its bias, shape (outputs,).

    relu: whether a ReLU stands between layers
    """

    relu: ClassVar[bool] = True

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

    def predict(self, _shape: Shape, parameters: "list[Tensor]", windows: "Tensor") -> "Tensor":
        """Layer after layer."""
        signal = windows
        for layer in range(0, len(parameters), 2):
            weight, bias = parameters[layer : layer + 2]
            signal = (signal.relu() if layer and self.relu else signal) @ weight.T + bias
        return signal

    def fold(self, _shape: Shape, parameters: "list[Tensor]", scaling: Scaling) -> RealDense:
        """A ReLU commutes with a positive factor, so every signal may stand in Wh: the first weights take
        numbers as they are, biases grow by the deviation, and means move into the first and the last bias.
        Without ReLUs all constants move into the last.
        """
        weights = [weight.numpy().copy() for weight in parameters[0::2]]
        biases = [bias.numpy() * scaling.deviation_wh for bias in parameters[1::2]]
        weights[0] *= scaling.deviation_wh / scaling.factor
        biases[0] = biases[0] - weights[0] @ scaling.shift
        if not self.relu:
            for layer in range(1, len(weights)):
                biases[layer] = biases[layer] + weights[layer] @ biases[layer - 1]
                biases[layer - 1] = np.zeros_like(biases[layer - 1])
        biases[-1] = biases[-1] + scaling.mean_wh
        return RealDense(self.name, tuple(weights), tuple(biases), self.relu)

    def nominal(self, shape: Shape) -> RealDense:
        """Every neuron takes the mean of what is below it."""
        sizes = pairwise(self.widths(shape))
        weights = tuple(np.full((out, into), 1 / into) for into, out in sizes)
        biases = [np.zeros(len(weight)) for weight in weights]
        return RealDense(self.name, weights, tuple(biases), self.relu)

    def read(self, content: Mapping[str, Any]) -> IntegerDense:
        """Weights and biases, layer by layer."""
        return dense_from_json(content)
