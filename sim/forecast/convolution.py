"""Filters along the window with a ReLU after each layer of them, then a dense layer; trained and in integers.

A filter is the same few weights at every place, so a layer of filters is a dense layer most of whose weights
are zero or equal. As such it is evaluated, bounded and shown to attackers; its circuit has the filters. What
is given beside the readings goes to the dense layer directly.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, Self

import numpy as np

from sim.arrays import Floats, Ints
from sim.forecast.dense import IntegerDense
from sim.forecast.model import IntegerModel, Layers, Layout, RealModel

_BIASES = (0, 1, 2**24 + 1)
"""Of none, one and two summands."""


def places(length: int, taps: int, stride: int) -> int:
    """At how many places of a sequence a filter stands."""
    return (length - taps) // stride + 1


@dataclass(frozen=True)
class RealConvolution(RealModel):
    """With real weights.

    lookback, stride: readings taken, and how far a filter moves from one place to the next
    filters:          per layer, shape (channels, channels below, taps); biases: per layer, shape (channels,)
    weight, bias:     of the dense layer, shapes (horizon, channels x places) and (horizon,)
    direct:           none where nothing stands beside the readings, else one: (horizon, numbers beside them)
    """

    lookback: int
    stride: int
    filters: tuple[Floats, ...]
    biases: tuple[Floats, ...]
    weight: Floats
    bias: Floats
    direct: tuple[Floats, ...]

    def scaled(self) -> Sequence[tuple[Floats, int]]:
        """Weights at the scale of precision, biases at that of their layer."""
        biases = [(bias, layer) for layer, bias in enumerate((*self.biases, self.bias), start=1)]
        return [(array, 1) for array in (*self.filters, self.weight, *self.direct)] + biases

    def of_integers(self, precision: int, constants: Sequence[Ints]) -> "IntegerConvolution":
        """Filters, dense weights, then biases. EZKL takes a filter's bias as one float32: it has 24 bits."""
        layers = len(self.filters)
        *weights, bias = constants
        filters, weight, biases = weights[:layers], weights[layers], weights[len(weights) - layers :]
        return IntegerConvolution(
            self.family,
            precision,
            self.lookback,
            self.stride,
            tuple(filters),
            tuple(_in_float32(bias) for bias in biases),
            weight,
            bias,
            tuple(weights[layers + 1 : len(weights) - layers]),
        )


@dataclass(frozen=True)
class IntegerConvolution(IntegerModel):
    """In fixed point: weights at scale 2^precision, biases of layer l at 2^(precision x l)."""

    lookback: int
    stride: int
    filters: tuple[Ints, ...]
    biases: tuple[Ints, ...]
    weight: Ints
    bias: Ints
    direct: tuple[Ints, ...]

    @property
    def inputs(self) -> int:
        """Readings, and what stands beside them."""
        return self.lookback + sum(int(weight.shape[1]) for weight in self.direct)

    @property
    def horizon(self) -> int:
        """Slots forecast."""
        return len(self.bias)

    @property
    def output_scale(self) -> int:
        """Every layer adds the weights' precision."""
        return self.precision * (len(self.filters) + 1)

    @cached_property
    def _of_readings(self) -> IntegerDense:
        """As dense layers, what becomes of the readings; values stand channel after channel."""
        weights, biases, length = [], [], self.lookback
        for kernel, bias in zip(self.filters, self.biases, strict=True):
            channels, below, taps = kernel.shape
            width = places(length, taps, self.stride)
            weight = np.zeros((channels, width, below, length), dtype=np.int64)
            for place in range(width):
                weight[:, place, :, place * self.stride :][..., :taps] = kernel
            weights.append(weight.reshape(channels * width, below * length))
            biases.append(np.repeat(bias, width))
            length = width
        return IntegerDense(self.family, self.precision, (*weights, self.weight), (*biases, self.bias))

    def outputs(self, windows_wh: Ints) -> Ints:
        """From the readings, and directly."""
        readings, beside = np.split(windows_wh, [self.lookback], axis=-1)
        outputs = self._of_readings.outputs(readings)
        for weight in self.direct:
            outputs = outputs + ((beside @ weight.T) << (self.precision * len(self.filters)))
        return outputs

    def largest_intermediate(self, limit_wh: int) -> int:
        """What comes directly adds at most as much as its weights together do."""
        largest, scale = self._of_readings.largest_intermediate(limit_wh), self.precision * len(self.filters)
        for weight in self.direct:
            largest += int(np.abs(weight.astype(object)).sum(axis=1).max() * limit_wh) << scale
        return largest

    def onnx_bytes(self, salts: int) -> bytes:
        """A Conv per layer; a bias that float32 does not hold enters as the sum of two numbers."""
        from sim.forecast.onnx_graph import Graph, float32

        graph = Graph(self.inputs, salts)
        window = graph.signal
        if self.direct:
            graph.apply("Slice", "readings", _span(0, self.lookback, "readings"))
        graph.apply("Reshape", "sequence", {"sequence_shape": np.array([1, 1, 1, self.lookback])})
        for layer, (kernel, bias) in enumerate(zip(self.filters, self.biases, strict=True), start=1):
            exact = float32(kernel, self.precision, f"filter of layer {layer}")
            constants = {
                f"filter{layer}": exact[:, :, np.newaxis],
                f"bias{layer}": float32(bias, self.precision * layer, f"bias of layer {layer}"),
            }
            graph.apply("Conv", f"conv{layer}", constants, strides=[1, self.stride])
            graph.apply("Relu", f"relu{layer}")
        graph.apply("Reshape", "features", {"features_shape": np.array([1, self.weight.shape[1]])})
        high, low = self._summands
        weight = float32(self.weight, self.precision, "weight of the dense layer")
        graph.apply("Gemm", "gemm", {"weight": weight, "bias": high}, transB=1)
        if low.any():
            graph.apply("Add", "sum", {"rest": low[np.newaxis, :]})
        for matrix in self.direct:
            exact = float32(matrix, self.precision, "weight beside the readings")
            indirect, graph.signal = graph.signal, window
            graph.apply("Slice", "beside", _span(self.lookback, self.inputs, "beside"))
            graph.apply("Gemm", "direct", {"direct_weight": exact}, transB=1)
            graph.join("Add", "forecast", indirect)
        return graph.to_bytes(self.horizon)

    @property
    def _summands(self) -> Any:
        from sim.forecast.onnx_graph import two_floats

        return two_floats(self.bias, self.output_scale, "bias of the dense layer")

    @property
    def layout(self) -> Layout:
        """Shapes, which biases are not zero, and as how many summands the last one enters."""
        from sim.forecast.onnx_graph import float32

        for layer, bias in enumerate(self.biases, start=1):
            float32(bias, self.precision * layer, f"bias of layer {layer}")
        for weight in (*self.filters, self.weight, *self.direct):
            float32(weight, self.precision, "weight")
        key = (
            self.precision,
            self.lookback,
            self.stride,
            tuple(kernel.shape for kernel in self.filters),
            tuple(int(bias.any()) for bias in self.biases),
            self.weight.shape,
            sum(bool(part.any()) for part in self._summands),
            tuple(weight.shape for weight in self.direct),
        )
        return Layout(("convolution", *key), partial(_ordinary, *key))

    @property
    def least_products(self) -> int:
        """One per weight of a dense layer, and one per tap at every place."""
        count, length = sum(each.size for each in (self.weight, *self.direct)), self.lookback
        for kernel in self.filters:
            length = places(length, kernel.shape[2], self.stride)
            count += kernel.size * length
        return count

    @property
    def layers(self) -> Layers | None:
        """Where nothing stands beside the readings."""
        return None if self.direct else self._of_readings.layers

    def negated(self) -> Self:
        """The dense layer the other way round."""
        return replace(
            self, weight=-self.weight, bias=-self.bias, direct=tuple(-each for each in self.direct)
        )


def convolution_from_json(content: Mapping[str, Any]) -> IntegerConvolution:
    """Read what ``to_json`` wrote, parsed; from anything else it raises what comes."""
    return IntegerConvolution(
        family=content["family"],
        precision=content["precision"],
        lookback=int(content["lookback"]),
        stride=int(content["stride"]),
        filters=tuple(np.array(each, dtype=np.int64) for each in content["filters"]),
        biases=tuple(np.array(each, dtype=np.int64) for each in content["biases"]),
        weight=np.array(content["weight"], dtype=np.int64),
        bias=np.array(content["bias"], dtype=np.int64),
        direct=tuple(np.array(each, dtype=np.int64) for each in content["direct"]),
    )


def _in_float32(integers: Ints) -> Ints:
    return integers.astype(np.float32).astype(np.int64)


def _span(first: int, last: int, of: str) -> dict[str, Ints]:
    """What Slice takes for columns."""
    ends = {f"{of}_first": first, f"{of}_last": last, f"{of}_axis": 1}
    return {name: np.array([value]) for name, value in ends.items()}


def _ordinary(
    precision: int,
    lookback: int,
    stride: int,
    filters: tuple[tuple[int, int, int], ...],
    biases: tuple[int, ...],
    weight: tuple[int, int],
    summands: int,
    direct: tuple[tuple[int, int], ...],
) -> IntegerConvolution:
    return IntegerConvolution(
        "ordinary",
        precision,
        lookback,
        stride,
        tuple(np.ones(shape, dtype=np.int64) for shape in filters),
        tuple(np.full(shape[0], bias) for shape, bias in zip(filters, biases, strict=True)),
        np.ones(weight, dtype=np.int64),
        np.full(weight[0], _BIASES[summands]),
        tuple(np.full(shape, 2) for shape in direct),  # EZKL lays equal constants out once
    )
