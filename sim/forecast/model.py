"""What a forecaster is to everything else: integers in, a horizon of integers out.

What it is made of is its family's affair. What only some families have is asked for, and may be None.
"""

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import ClassVar, Self

import numpy as np

from sim.arrays import Floats, Ints
from sim.errors import InputError


@dataclass(frozen=True)
class Shape:
    """What a forecaster takes and gives.

    lookback, horizon: readings taken, slots forecast
    hidden:            widths of hidden layers, for families that have any
    extra:             numbers taken beside the readings, after them
    file:              where the model is, of families that are not trained
    """

    lookback: int
    horizon: int
    hidden: tuple[int, ...] = ()
    extra: int = 0
    file: str = ""

    @property
    def inputs(self) -> int:
        """Numbers taken."""
        return self.lookback + self.extra


@dataclass(frozen=True)
class Layers:
    """A forecaster as dense layers in integers, with a ReLU between them.

    weights: per layer, shape (outputs, inputs); biases: per layer, shape (outputs,)
    """

    weights: tuple[Ints, ...]
    biases: tuple[Ints, ...]


@dataclass(frozen=True)
class Layout:
    """What decides the rows of a circuit, beside its settings.

    key:     equal for models whose circuits have the same rows
    example: makes a model of that layout, the same for all that have it
    """

    key: Hashable
    example: "Callable[[], IntegerModel]" = field(compare=False)


@dataclass(frozen=True)
class IntegerModel(ABC):
    """A forecaster in fixed point: what its circuit computes, computed without it.

    Its fields are whole numbers, texts, arrays of int64, and tuples of such arrays.

    family:    its model family's name
    precision: fractional bits of its constants, the scale that EZKL gives to parameters
    """

    family: str
    precision: int

    @property
    @abstractmethod
    def inputs(self) -> int:
        """Numbers taken: readings, and what stands beside them."""

    @property
    @abstractmethod
    def horizon(self) -> int:
        """Slots forecast."""

    @property
    @abstractmethod
    def output_scale(self) -> int:
        """Binary logarithm of the scale of ``outputs``."""

    @abstractmethod
    def outputs(self, windows_wh: Ints) -> Ints:
        """Public outputs, shape (..., horizon), at output_scale, for numbers of shape (..., inputs)."""

    @abstractmethod
    def largest_intermediate(self, limit_wh: int) -> int:
        """A bound on the magnitude of every value for inputs within ±limit_wh, partial sums included."""

    @abstractmethod
    def onnx_bytes(self, salts: int) -> bytes:
        """The circuit as ONNX: input (1, inputs + salts), output (1, horizon).

        The same model gives the same bytes. Raises InputError where a constant has more bits than a circuit
        takes.
        """

    @property
    def constants(self) -> tuple[Ints, ...]:
        """All arrays of integers that it is made of."""
        return tuple(_arrays(getattr(self, each.name) for each in fields(self)))

    @property
    def parameters(self) -> int:
        """How many integers these hold."""
        return sum(array.size for array in self.constants)

    @property
    def form(self) -> tuple[object, ...]:
        """What models of one family and shape have in common."""
        return (self.family, [array.shape for array in self.constants], self.inputs, self.horizon)

    @property
    def digest(self) -> str:
        """sha-256 of the canonical JSON form, in hex."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def to_json(self) -> str:
        """Canonical JSON: the same model gives the same bytes. What has its default is left out."""
        values = {each.name: (getattr(self, each.name), each.default) for each in fields(self)}
        content = {name: value for name, (value, default) in values.items() if value is not default}
        return json.dumps(content, default=np.ndarray.tolist, sort_keys=True, separators=(",", ":"))

    def forecast_wh(self, windows_wh: Ints) -> Ints:
        """Forecasts in Wh, not yet clipped to a connection limit: shape (..., horizon)."""
        return wh_from_outputs(self.outputs(windows_wh), self.output_scale)

    # What circuits are expected to have, and what may be asked for

    @property
    def layout(self) -> Layout:
        """What decides its circuit's rows. Raises InputError as ``onnx_bytes`` does."""
        return Layout(self.digest, lambda: self)

    @property
    def least_products(self) -> int:
        """Multiplications by constants that its circuit cannot do without; 0 where nobody knows."""
        return 0

    @property
    def affine(self) -> bool:
        """Whether its circuit is one affine map of its numbers and looks nothing up that depends on them."""
        return False

    def largest_output(self, limit_wh: int) -> int:
        """A bound on the magnitude of its outputs for inputs within ±limit_wh."""
        return self.largest_intermediate(limit_wh)

    @property
    def lookups(self) -> list[dict[str, object]]:
        """Tables that its circuit looks values up in, as EZKL names them, sorted by name."""
        return []

    @property
    def slack(self) -> int:
        """How far its circuit lets results be from ``outputs``, at most; 0 where it proves these alone."""
        return 0

    @property
    def lookup_range(self) -> tuple[int, int]:
        """First and last value that these tables hold; EZKL's own where there are none."""
        return (-32_768, 32_768)

    @property
    def rebase_multiplier(self) -> int:
        """How far beyond precision EZKL lets scales grow before it rounds: by default, never."""
        return 10

    def range_checks(self, decomp_base: int) -> list[list[int]]:
        """Ranges that its circuit checks values against, first and last, in order."""
        return [[-1, 1], [0, decomp_base - 1]]

    @property
    def layers(self) -> Layers | None:
        """Dense layers that give its outputs, for attacks that solve them; None where there are none."""
        return None

    def negated(self) -> Self | None:
        """A model of the same layout and range with the opposite forecasts; None where there is none."""
        return None


class LayeredModel(IntegerModel):
    """A model whose first weight takes its numbers and whose last gives its slots."""

    weights: tuple[Ints, ...]

    @property
    def inputs(self) -> int:
        """Numbers taken."""
        return int(self.weights[0].shape[1])

    @property
    def horizon(self) -> int:
        """Slots forecast."""
        return int(self.weights[-1].shape[0])


@dataclass(frozen=True)
class RealModel(ABC):
    """A trained model with its normalisation folded in: Wh in, Wh out, real constants.

    family:         its model family's name
    most_precision: the most fractional bits that are chosen for it
    """

    most_precision: ClassVar[int] = 20

    family: str

    @abstractmethod
    def scaled(self) -> Sequence[tuple[Floats, int]]:
        """Its constants, each with the power k of the scale 2^(precision x k) that it stands at."""

    @abstractmethod
    def of_integers(self, precision: int, constants: Sequence[Ints]) -> IntegerModel:
        """The model in fixed point whose constants, as ``scaled`` has them, are these integers."""

    def magnitude(self, precision: int) -> float:
        """The largest magnitude of any constant in fixed point."""
        return max(float(np.abs(array).max()) * 2.0 ** (precision * k) for array, k in self.scaled())

    def quantised(self, precision: int) -> IntegerModel:
        """Fixed point at ``precision`` fractional bits, rounding half away from zero.

        Raises InputError where a constant leaves 64 bits.
        """
        if self.magnitude(precision) >= 2.0**63:
            raise InputError(
                f"proofs.precision = {precision}: the {self.family} model leaves 64 bits, should be less"
            )
        whole = [_round_half_away(array * 2.0 ** (precision * k)) for array, k in self.scaled()]
        return self.of_integers(precision, whole)


def wh_from_outputs(outputs: Ints, output_scale: int) -> Ints:
    """sign(o) x floor((|o| + 2^(s-1)) / 2^s): the same rule as the contract's."""
    half = 1 << (output_scale - 1) if output_scale else 0
    rounded: Ints = np.sign(outputs) * ((np.abs(outputs) + half) >> output_scale)
    return rounded


def _arrays(values: Iterator[object]) -> Iterator[Ints]:
    for value in values:
        if isinstance(value, np.ndarray):
            yield value
        elif isinstance(value, tuple):
            yield from _arrays(iter(value))


def _round_half_away(values: Floats) -> Ints:
    whole = np.trunc(values)
    # The fraction is exact; adding 0.5 first would round 0.49999999999999994 up.
    rounded: Ints = (whole + np.sign(values) * (np.abs(values - whole) >= 0.5)).astype(np.int64)
    return rounded
