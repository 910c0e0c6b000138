"""Dense layers, with a ReLU between them or with nothing, trained and in integers.

With no rescaling between layers, layer l's output stands at scale 2^(precision x l), so weights are
round(W x 2^precision) and the bias of layer l is round(b x 2^(precision x l)), both half away from zero.
EZKL evaluates exactly this, so forecasts are known without a prover.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Self

import numpy as np

from sim.arrays import Floats, Ints
from sim.forecast.model import LayeredModel, Layers, Layout, RealModel

_BIASES = (0, 1, 2**24 + 1)
"""Of none, one and two summands."""


@dataclass(frozen=True)
class RealDense(RealModel):
    """Dense layers with real weights.

    weights: per layer, shape (outputs, inputs), float64: the first takes whole numbers, the last gives Wh
    biases:  per layer, shape (outputs,), float64, Wh
    relu:    whether a ReLU stands between layers
    """

    weights: tuple[Floats, ...]
    biases: tuple[Floats, ...]
    relu: bool = True

    def scaled(self) -> Sequence[tuple[Floats, int]]:
        """Weights at the scale of precision, biases at that of their layer."""
        biases = [(bias, layer) for layer, bias in enumerate(self.biases, start=1)]
        return [*((weight, 1) for weight in self.weights), *biases]

    def of_integers(self, precision: int, constants: Sequence[Ints]) -> "IntegerDense":
        """Weights, then biases."""
        layers = len(self.weights)
        weights, biases = tuple(constants[:layers]), tuple(constants[layers:])
        return IntegerDense(self.family, precision, weights, biases, self.relu)


@dataclass(frozen=True)
class IntegerDense(LayeredModel):
    """Dense layers in fixed point.

    weights: per layer, shape (outputs, inputs), int64 at scale 2^precision
    biases:  per layer l = 1, 2, ..., shape (outputs,), int64 at scale 2^(precision x l)
    relu:    whether a ReLU stands between layers
    """

    weights: tuple[Ints, ...]
    biases: tuple[Ints, ...]
    relu: bool = True

    @property
    def output_scale(self) -> int:
        """Every layer adds the weights' precision."""
        return self.precision * len(self.weights)

    def outputs(self, windows_wh: Ints) -> Ints:
        """Layer after layer."""
        signal = windows_wh
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            signal = (np.maximum(signal, 0) if layer and self.relu else signal) @ weight.T + bias
        return signal

    def largest_intermediate(self, limit_wh: int) -> int:
        """By interval analysis; a partial sum may hold any of its terms, at worst those of one sign alone."""
        low = np.full(self.inputs, -limit_wh, dtype=object)
        high = np.full(self.inputs, limit_wh, dtype=object)
        largest = limit_wh
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            if layer and self.relu:
                low, high = np.maximum(low, 0), np.maximum(high, 0)
            exact = weight.astype(object)  # Python's integers: no overflow
            rising, falling = np.maximum(exact, 0), np.minimum(exact, 0)
            constant = bias.astype(object)[:, None]
            lowest = np.hstack([rising * low + falling * high, constant])
            highest = np.hstack([rising * high + falling * low, constant])
            most, least = np.maximum(highest, 0).sum(axis=1), np.minimum(lowest, 0).sum(axis=1)
            largest = max(largest, most.max(), -least.min())
            low, high = lowest.sum(axis=1), highest.sum(axis=1)
        return int(largest)

    @property
    def affine(self) -> bool:
        """Where no ReLU stands between layers."""
        return not self.relu or len(self.weights) == 1

    def largest_output(self, limit_wh: int) -> int:
        """Of one map exactly; through ReLUs as for all values."""
        if not self.affine:
            return super().largest_output(limit_wh)
        (weight,), (bias,) = self.layers.weights, self.layers.biases
        exact = np.abs(weight.astype(object)).sum(axis=1) * limit_wh + np.abs(bias.astype(object))
        return int(exact.max())

    def onnx_bytes(self, salts: int) -> bytes:
        """A Gemm per layer; a bias that float32 does not hold enters as the sum of two numbers."""
        from sim.forecast.onnx_graph import Graph, float32, two_floats

        graph = Graph(self.inputs, salts)
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True), start=1):
            if layer > 1 and self.relu:
                graph.apply("Relu", f"relu{layer}")
            high, low = two_floats(bias, self.precision * layer, f"bias of layer {layer}")
            exact = float32(weight, self.precision, f"weight of layer {layer}")
            constants = {f"weight{layer}": exact, f"bias{layer}": high}
            graph.apply("Gemm", f"gemm{layer}", constants, transB=1)
            if low.any():
                graph.apply("Add", f"sum{layer}", {f"rest{layer}": low[np.newaxis, :]})
        return graph.to_bytes(self.horizon)

    @property
    def layout(self) -> Layout:
        """The sizes of layers, and as how many summands each bias enters.

        None where it is zero, two where one float32 cannot hold it. Rows do not depend on other values, so an
        example has ordinary weights.
        """
        from sim.forecast.onnx_graph import float32, two_floats

        layers = []
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True), start=1):
            float32(weight, self.precision, f"weight of layer {layer}")
            parts = two_floats(bias, self.precision * layer, f"bias of layer {layer}")
            layers.append((*weight.shape, sum(bool(part.any()) for part in parts)))
        sizes = tuple(layers)
        return Layout(
            ("dense", self.precision, sizes, self.relu), partial(_ordinary, self.precision, sizes, self.relu)
        )

    @property
    def least_products(self) -> int:
        """One per weight."""
        return sum(weight.size for weight in self.weights)

    @property
    def layers(self) -> Layers:
        """Its own; without ReLUs they are one."""
        if self.relu:
            return Layers(self.weights, self.biases)
        together, constant = self.weights[0], self.biases[0]
        for weight, bias in zip(self.weights[1:], self.biases[1:], strict=True):
            together, constant = weight @ together, weight @ constant + bias
        return Layers((together,), (constant,))

    def negated(self) -> Self:
        """The last layer the other way round."""
        *weights, last = self.weights
        *biases, constant = self.biases
        return replace(self, weights=(*weights, -last), biases=(*biases, -constant))


def dense_from_json(content: Mapping[str, Any]) -> IntegerDense:
    """Read what ``to_json`` wrote, parsed; from anything else it raises what comes."""
    return IntegerDense(
        family=content["family"],
        precision=content["precision"],
        weights=tuple(np.array(weight, dtype=np.int64) for weight in content["weights"]),
        biases=tuple(np.array(bias, dtype=np.int64) for bias in content["biases"]),
        relu=content.get("relu", True),
    )


def _ordinary(precision: int, layers: tuple[tuple[int, int, int], ...], relu: bool) -> IntegerDense:
    weights = tuple(np.ones((outputs, inputs), dtype=np.int64) for outputs, inputs, _ in layers)
    biases = tuple(np.full(outputs, _BIASES[terms], dtype=np.int64) for outputs, _, terms in layers)
    return IntegerDense("ordinary", precision, weights, biases, relu)
