"""A convolutional family: filters along the window, then a dense layer."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import InputError
from sim.forecast.convolution import (
    IntegerConvolution,
    RealConvolution,
    convolution_from_json,
    places,
)
from sim.forecast.families.base import ModelFamily, families
from sim.forecast.gate_inputs import Scaling
from sim.forecast.model import Shape
from sim.registry import parameter

if TYPE_CHECKING:
    from torch import Tensor

MOST_LAYERS = 2
Sizes = tuple[tuple[int, int, int], ...]


@families.register
@dataclass(frozen=True)
class Cnn(ModelFamily):
    """Parameters are, per layer, filters and their biases; then the dense layer's weight and bias, and the
    weight of what stands beside the readings, where anything does.
    """

    name = "cnn"
    meaning = "filters along the window with a ReLU, as many as forecast.hidden says, then a dense layer"
    source = "LeCun, Bottou, Bengio & Haffner, Proceedings of the IEEE 86, 1998"
    reads_hidden = True

    taps: int = parameter(6, "readings that a filter takes", "slots", least=1, most=48)
    stride: int = parameter(3, "from one place of a filter to the next", "slots", least=1, most=48)

    def check(self, shape: Shape) -> None:
        """Two layers leave little of a window."""
        if len(shape.hidden) > MOST_LAYERS:
            raise InputError(
                f"forecast.hidden: {len(shape.hidden)} layers; a cnn has at most {MOST_LAYERS} of filters"
            )

    def _sizes(self, shape: Shape) -> tuple[Sizes, int]:
        """Of each layer its channels, those below it and the taps of a filter; and what comes out in all."""
        sizes, below, length = [], 1, shape.lookback
        for channels in shape.hidden:
            taps = min(self.taps, length)
            sizes.append((channels, below, taps))
            below, length = channels, places(length, taps, self.stride)
        return tuple(sizes), below * length

    def initial(self, shape: Shape, seed: int) -> "list[Tensor]":
        """Weights uniform within ±1/sqrt(values that go into a sum), biases zero."""
        import torch

        generator = torch.Generator().manual_seed(seed)
        sizes, features = self._sizes(shape)
        parameters: list[Tensor] = []
        weights: list[tuple[int, ...]] = [*sizes, (shape.horizon, features), *self._direct(shape)]
        for size in weights:
            bound = 1 / math.sqrt(math.prod(size[1:]))
            weight = torch.empty(size, dtype=torch.float64)
            parameters.append(weight.uniform_(-bound, bound, generator=generator))
        for layer in range(len(sizes) + 1):
            parameters.insert(2 * layer + 1, torch.zeros(weights[layer][0], dtype=torch.float64))
        return parameters

    def predict(self, shape: Shape, parameters: "list[Tensor]", windows: "Tensor") -> "Tensor":
        """Filters as a matrix of what each place of them takes; beside the readings, straight to the end."""
        signal = windows[..., None, : shape.lookback]
        for layer in range(len(shape.hidden)):
            kernel, bias = parameters[2 * layer : 2 * layer + 2]
            taken = signal.unfold(-1, kernel.shape[-1], self.stride).transpose(-3, -2).flatten(-2)
            signal = (taken @ kernel.flatten(1).T + bias).relu().transpose(-2, -1)
        weight, bias, *direct = parameters[2 * len(shape.hidden) :]
        forecast = signal.flatten(-2) @ weight.T + bias
        return forecast + windows[..., shape.lookback :] @ direct[0].T if direct else forecast

    def fold(self, shape: Shape, parameters: "list[Tensor]", scaling: Scaling) -> RealConvolution:
        """As of dense layers: a ReLU commutes with a positive factor, so every signal may stand in Wh."""
        arrays = [tensor.numpy().copy() for tensor in parameters]
        layers = len(shape.hidden)
        filters, biases = arrays[0 : 2 * layers : 2], arrays[1 : 2 * layers : 2]
        weight, bias, *direct = arrays[2 * layers :]
        filters[0] *= scaling.deviation_wh / scaling.factor[0]  # all readings have one scale
        biases = [each * scaling.deviation_wh for each in biases]
        biases[0] = biases[0] - filters[0].sum(axis=(1, 2)) * scaling.shift[0]
        direct = [each * (scaling.deviation_wh / scaling.factor[shape.lookback :]) for each in direct]
        bias = bias * scaling.deviation_wh + scaling.mean_wh
        for each in direct:
            bias = bias - each @ scaling.shift[shape.lookback :]
        return self._real(shape, filters, biases, weight, bias, direct)

    def nominal(self, shape: Shape) -> RealConvolution:
        """Every filter takes the mean of what is below it."""
        sizes, features = self._sizes(shape)
        filters = [np.full(size, 1 / math.prod(size[1:])) for size in sizes]
        biases = [np.zeros(size[0]) for size in sizes]
        weight = np.full((shape.horizon, features), 1 / features)
        direct = [np.full(size, 1 / size[1]) for size in self._direct(shape)]
        return self._real(shape, filters, biases, weight, np.zeros(shape.horizon), direct)

    def _direct(self, shape: Shape) -> Iterator[tuple[int, int]]:
        if shape.extra:
            yield (shape.horizon, shape.extra)

    def _real(self, shape: Shape, filters: Any, biases: Any, *dense: Any) -> RealConvolution:
        weight, bias, direct = dense
        return RealConvolution(
            self.name, shape.lookback, self.stride, tuple(filters), tuple(biases), weight, bias, tuple(direct)
        )

    def read(self, content: Mapping[str, Any]) -> IntegerConvolution:
        """The fields of the integer model."""
        return convolution_from_json(content)

    def described(self, shape: Shape) -> str:
        """With the number of its filters."""
        return f"a cnn with {', '.join(map(str, shape.hidden))} filters"
