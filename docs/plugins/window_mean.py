"""A model family: each slot is a multiple of the mean of the window, and a constant.

A bid then tells one number of its window, whatever the model, where a full-rank linear model tells all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.arrays import Floats, Ints
from sim.forecast.families import ModelFamily, families
from sim.forecast.gate_inputs import Scaling
from sim.forecast.model import IntegerModel, Layers, RealModel, Shape
from sim.forecast.onnx_graph import Graph, float32

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class RealMean(RealModel):
    """slope: Wh per Wh of the window's sum; constant: Wh; both of shape (horizon,)."""

    readings: int
    others: int
    slope: Floats
    constant: Floats

    def scaled(self) -> Sequence[tuple[Floats, int]]:
        """Both at the scale of precision."""
        return [(self.slope, 1), (self.constant, 1)]

    def of_integers(self, precision: int, constants: Sequence[Ints]) -> "IntegerMean":
        """Slope, then constant."""
        slope, constant = constants
        return IntegerMean(self.family, precision, self.readings, self.others, slope, constant)


@dataclass(frozen=True)
class IntegerMean(IntegerModel):
    """The same in fixed point: outputs are slope x sum + constant, at scale 2^precision.

    others: numbers beside the readings, which it does not look at
    """

    readings: int
    others: int
    slope: Ints
    constant: Ints

    @property
    def inputs(self) -> int:
        """Numbers taken."""
        return self.readings + self.others

    @property
    def horizon(self) -> int:
        """Slots forecast."""
        return len(self.slope)

    @property
    def output_scale(self) -> int:
        """One product deep."""
        return self.precision

    def outputs(self, numbers: Ints) -> Ints:
        """One sum, and a product for each slot."""
        outputs: Ints = numbers[..., : self.readings].sum(axis=-1, keepdims=True) * self.slope + self.constant
        return outputs

    def largest_intermediate(self, limit_wh: int) -> int:
        """In Python's integers, which do not overflow."""
        most = self.readings * limit_wh
        slope, constant = (max(map(abs, numbers.tolist())) for numbers in (self.slope, self.constant))
        return int(max(most, slope * most + constant))

    def onnx_bytes(self, salts: int) -> bytes:
        """A sum, then a product of one column."""
        graph = Graph(self.readings, self.others + salts)
        graph.apply("ReduceSum", "sum", {"axes": np.array([1])}, keepdims=1)
        constants = {
            "slope": float32(self.slope[:, np.newaxis], self.precision, "slope"),
            "constant": float32(self.constant, self.precision, "constant"),
        }
        graph.apply("Gemm", "forecast", constants, transB=1)
        return graph.to_bytes(self.horizon)

    @property
    def layers(self) -> Layers:
        """It is linear, and says so, that attacks on its bids are as strong as they can be."""
        weight = np.zeros((self.horizon, self.inputs), dtype=np.int64)
        weight[:, : self.readings] = self.slope[:, np.newaxis]
        return Layers((weight,), (self.constant,))

    def negated(self) -> "IntegerMean":
        """Buys where the other one sells."""
        return replace(self, slope=-self.slope, constant=-self.constant)


@families.register
@dataclass(frozen=True)
class WindowMean(ModelFamily):
    """Parameters are a factor of the window's mean and a constant, both of shape (horizon,)."""

    name = "window-mean"
    meaning = "each slot is a multiple of the window's mean, and a constant"
    source = "a moving average; Hyndman & Athanasopoulos, Forecasting: Principles and Practice, 2021"

    def initial(self, shape: Shape, _seed: int) -> "list[Tensor]":
        """The mean itself."""
        import torch

        return [
            torch.ones(shape.horizon, dtype=torch.float64),
            torch.zeros(shape.horizon, dtype=torch.float64),
        ]

    def predict(self, shape: Shape, parameters: "list[Tensor]", windows: "Tensor") -> "Tensor":
        """Of normalised readings."""
        factor, constant = parameters
        return windows[..., : shape.lookback].mean(dim=-1, keepdim=True) * factor + constant

    def fold(self, shape: Shape, parameters: "list[Tensor]", scaling: Scaling) -> RealMean:
        """The mean of readings takes the place of their sum, and Wh that of deviations."""
        factor, constant = (tensor.numpy() for tensor in parameters)
        return RealMean(
            self.name,
            shape.lookback,
            shape.extra,
            factor / shape.lookback,
            constant * scaling.deviation_wh + scaling.mean_wh * (1 - factor),
        )

    def nominal(self, shape: Shape) -> RealMean:
        """The mean itself."""
        slope = np.full(shape.horizon, 1 / shape.lookback)
        return RealMean(self.name, shape.lookback, shape.extra, slope, np.zeros(shape.horizon))

    def read(self, content: Mapping[str, Any]) -> IntegerMean:
        """The fields of the integer model."""
        slope, constant = (np.array(content[key], dtype=np.int64) for key in ("slope", "constant"))
        sizes = (content["precision"], content["readings"], content["others"])
        return IntegerMean(content["family"], *sizes, slope, constant)

    def described(self, _shape: Shape) -> str:
        """In a report's sentence."""
        return "a multiple of the window's mean for each slot"
