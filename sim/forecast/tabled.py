"""Dense layers with functions between them that circuits look up in a table, as sigmoid and tanh.

Weights are small where such a function takes Wh, so layer l's stand at scale 2^(precision + shift of l). Its
sums are brought back to 2^precision, rounded to the nearest, halves away from zero; then its bias is added. A
table holds the function from -8 to 8, and what is beyond takes the value at its end.

These integers are EZKL's witness, bit for bit. The circuit itself accepts a neighbour of each rounded number
as well: it proves that the outputs are these but for the last unit at each rounding.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar, Self

import numpy as np

from sim.arrays import Floats, Ints
from sim.errors import InputError
from sim.forecast.model import LayeredModel, Layout, RealModel

TABLED: dict[str, Callable[[Floats], Floats]] = {
    "sigmoid": lambda value: 1 / (1 + np.exp(-value)),
    "tanh": np.tanh,
}
"""Functions by name. Their tables are the same on every machine: no entry is near a half."""
RELU = "relu"
MOST_PRECISION = 8
"""With more bits a table is longer than the largest circuit."""
_MOST_SHIFT = 24
_OPERATIONS = {RELU: "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh"}


@dataclass(frozen=True)
class RealTabled(RealModel):
    """Dense layers with real weights, and a function after each but the last.

    functions: names of TABLED, or RELU
    weights:   per layer, shape (outputs, inputs), float64: first from Wh, last to Wh
    biases:    per layer, shape (outputs,), float64
    """

    functions: tuple[str, ...]
    weights: tuple[Floats, ...]
    biases: tuple[Floats, ...]

    most_precision: ClassVar[int] = MOST_PRECISION

    @property
    def shifts(self) -> tuple[int, ...]:
        """Bits of each layer's weights beyond precision, as many as bring the largest one to 1 or more."""
        return tuple(_shift(weight) for weight in self.weights)

    def scaled(self) -> Sequence[tuple[Floats, int]]:
        """Weights, shifted, then biases, all at the scale of precision."""
        shifted = [weight * 2.0**shift for weight, shift in zip(self.weights, self.shifts, strict=True)]
        return [(array, 1) for array in (*shifted, *self.biases)]

    def of_integers(self, precision: int, constants: Sequence[Ints]) -> "IntegerTabled":
        """Weights, then biases. Raises InputError where the table would not fit a circuit."""
        if precision > MOST_PRECISION:
            looked_up = next(name for name in self.functions if name in TABLED)
            raise InputError(
                f"proofs.precision = {precision}: should be at most {MOST_PRECISION}, as the model has a "
                f"{looked_up}, which circuits look up in a table"
            )
        layers = len(self.weights)
        weights, biases = tuple(constants[:layers]), tuple(constants[layers:])
        return IntegerTabled(self.family, precision, self.functions, self.shifts, weights, biases)


@dataclass(frozen=True)
class IntegerTabled(LayeredModel):
    """The same in fixed point.

    shifts:  per layer, bits of its weights beyond precision
    weights: per layer, shape (outputs, inputs), int64 at scale 2^(precision + shift)
    biases:  per layer, shape (outputs,), int64 at scale 2^precision, as what comes out of every layer is
    """

    functions: tuple[str, ...]
    shifts: tuple[int, ...]
    weights: tuple[Ints, ...]
    biases: tuple[Ints, ...]

    @property
    def output_scale(self) -> int:
        """Every layer's."""
        return self.precision

    @property
    def _rescaling(self) -> tuple[int, ...]:
        """Bits that sums are rounded by: Wh come in at scale 1, signals at 2^precision."""
        return tuple(shift + (self.precision if layer else 0) for layer, shift in enumerate(self.shifts))

    @property
    def _table_end(self) -> int:
        """The table holds as many values on each side of zero: it fills a circuit of precision + 4."""
        return (8 << self.precision) - 5

    def outputs(self, windows_wh: Ints) -> Ints:
        """Layer after layer."""
        signal = windows_wh
        for layer, (weight, bias, bits) in enumerate(
            zip(self.weights, self.biases, self._rescaling, strict=True)
        ):
            signal = (
                _rescaled((self._function(layer - 1, signal) if layer else signal) @ weight.T, bits) + bias
            )
        return signal

    def _function(self, layer: int, signal: Ints) -> Ints:
        name = self.functions[layer]
        if name == RELU:
            return np.maximum(signal, 0)
        value = TABLED[name](np.clip(signal, -self._table_end, self._table_end) / 2.0**self.precision)
        scaled = value * 2.0**self.precision
        rounded: Ints = (np.sign(scaled) * np.floor(np.abs(scaled) + 0.5)).astype(np.int64)
        return rounded

    def largest_intermediate(self, limit_wh: int) -> int:
        """By the magnitudes of what goes into each sum."""
        magnitude = np.full(self.inputs, limit_wh, dtype=object)
        largest = limit_wh + 1
        for layer, (weight, bias, bits) in enumerate(
            zip(self.weights, self.biases, self._rescaling, strict=True)
        ):
            sums = np.abs(weight.astype(object)) @ magnitude  # Python's integers: no overflow
            magnitude = (sums >> bits) + 1 + np.abs(bias.astype(object))
            largest = max(largest, sums.max(), magnitude.max() + self._table_end)
            if self.functions[layer : layer + 1] not in ((), (RELU,)):
                magnitude = np.full(len(bias), 2**self.precision, dtype=object)
        return int(largest)

    def onnx_bytes(self, salts: int) -> bytes:
        """A shift of the scale and a Gemm per layer; EZKL rounds sums where it takes them to one scale."""
        from sim.forecast.onnx_graph import Graph, float32

        graph, end = Graph(self.inputs, salts), np.float32(self._table_end / 2.0**self.precision)
        for layer, (weight, bias, shift) in enumerate(
            zip(self.weights, self.biases, self.shifts, strict=True), start=1
        ):
            if shift:
                graph.apply("Mul", f"shifted{layer}", {f"shift{layer}": np.array([2.0**-shift], np.float32)})
            constants = {
                f"weight{layer}": float32(weight, self.precision, f"weight of layer {layer}"),
                f"bias{layer}": float32(bias, self.precision, f"bias of layer {layer}"),
            }
            graph.apply("Gemm", f"gemm{layer}", constants, transB=1)
            for name in self.functions[layer - 1 : layer]:
                if name != RELU:
                    ends = {f"low{layer}": np.array(-end), f"high{layer}": np.array(end)}
                    graph.apply("Clip", f"clip{layer}", ends)
                graph.apply(_OPERATIONS[name], f"{name}{layer}")
        return graph.to_bytes(self.horizon)

    @property
    def layout(self) -> Layout:
        """Sizes, functions, what is shifted, and which biases are not zero."""
        sizes = tuple(weight.shape for weight in self.weights)
        biased = tuple(bool(bias.any()) for bias in self.biases)
        key = ("tabled", self.precision, self.functions, self.shifts, sizes, biased)
        return Layout(key, partial(_ordinary, *key[1:]))

    @property
    def least_products(self) -> int:
        """One per weight."""
        return sum(weight.size for weight in self.weights)

    @property
    def slack(self) -> int:
        """Each rounded number may be its neighbour; no function here is steeper than 1."""
        most = np.zeros(self.inputs, dtype=object)
        for layer, (weight, bits) in enumerate(zip(self.weights, self._rescaling, strict=True)):
            if layer and self.functions[layer - 1] != RELU:
                most = most + 1  # the table's own rounding
            most = (np.abs(weight.astype(object)) @ most >> bits) + 2
        return int(most.max())

    @property
    def rebase_multiplier(self) -> int:
        """Sums are brought back to the scale of parameters."""
        return 1

    @property
    def lookup_range(self) -> tuple[int, int]:
        """What tables hold, and one more on each side."""
        return (-self._table_end - 1, self._table_end + 1)

    @property
    def lookups(self) -> list[dict[str, object]]:
        """One per function."""
        names = sorted(_OPERATIONS[name] for name in set(self.functions) - {RELU})
        return [{name: {"scale": 2.0**self.precision}} for name in names]

    def range_checks(self, decomp_base: int) -> list[list[int]]:
        """One more, of whether a value is beyond the table."""
        return [[-1, 1], [0, 1], [0, decomp_base - 1]]

    def negated(self) -> Self:
        """The last layer the other way round."""
        *weights, last = self.weights
        *biases, constant = self.biases
        return replace(self, weights=(*weights, -last), biases=(*biases, -constant))


def tabled_from_json(content: Mapping[str, Any]) -> IntegerTabled:
    """Read what ``to_json`` wrote, parsed; from anything else it raises what comes."""
    functions, shifts = tuple(content["functions"]), tuple(content["shifts"])
    weights = tuple(np.array(weight, dtype=np.int64) for weight in content["weights"])
    biases = tuple(np.array(bias, dtype=np.int64) for bias in content["biases"])
    known = all(name in _OPERATIONS for name in functions)
    if not (known and len(functions) + 1 == len(shifts) == len(weights) == len(biases)):
        raise ValueError("functions, shifts, weights and biases are not those of layers")
    if not all(type(shift) is int and 0 <= shift <= _MOST_SHIFT for shift in shifts):
        raise ValueError(f"shifts should be whole numbers from 0 to {_MOST_SHIFT}")
    return IntegerTabled(content["family"], content["precision"], functions, shifts, weights, biases)


def _shift(weight: Floats) -> int:
    largest = float(np.abs(weight).max(initial=0))
    return int(np.clip(-np.floor(np.log2(largest)), 0, _MOST_SHIFT)) if largest else 0


def _rescaled(sums: Ints, bits: int) -> Ints:
    """Over 2^bits, rounded to the nearest, halves away from zero."""
    half = 1 << (bits - 1) if bits else 0
    rounded: Ints = np.sign(sums) * ((np.abs(sums) + half) >> bits)
    return rounded


def _ordinary(
    precision: int,
    functions: tuple[str, ...],
    shifts: tuple[int, ...],
    sizes: tuple[tuple[int, int], ...],
    biased: tuple[bool, ...],
) -> IntegerTabled:
    """EZKL lays equal constants out once, so those of different layers differ."""
    weights = tuple(np.full(size, 3 + layer) for layer, size in enumerate(sizes))
    biases = [np.full(size[0], 1 + layer) for layer, size in enumerate(sizes)]
    constants = tuple(bias * some for bias, some in zip(biases, biased, strict=True))
    return IntegerTabled("ordinary", precision, functions, shifts, weights, constants)
