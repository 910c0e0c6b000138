"""A trained forecaster in integers: what the circuit computes, computed without it.

With no rescaling between layers, layer l's output stands at scale 2^(precision x l), so weights are
round(W x 2^precision) and the bias of layer l is round(b x 2^(precision x l)), both half away from zero.
EZKL evaluates exactly this, so forecasts are known without a prover.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class FoldedModel:
    """A trained model with its normalisation folded in: integer Wh in, Wh out, real weights.

    weights: per layer, shape (outputs, inputs), float64: first from ``lookback`` Wh, last to ``horizon`` Wh
    biases:  per layer, shape (outputs,), float64, Wh
    Between layers stands a ReLU.
    """

    weights: tuple[NDArray[np.float64], ...]
    biases: tuple[NDArray[np.float64], ...]


@dataclass(frozen=True)
class QuantisedModel:
    """A forecaster in fixed point.

    family:    its model family's name
    precision: fractional bits of every weight
    weights:   per layer, shape (outputs, inputs), int64 at scale 2^precision
    biases:    per layer l = 1, 2, ..., shape (outputs,), int64 at scale 2^(precision x l)
    """

    family: str
    precision: int
    weights: tuple[Ints, ...]
    biases: tuple[Ints, ...]

    @property
    def lookback(self) -> int:
        """Readings taken."""
        return int(self.weights[0].shape[1])

    @property
    def horizon(self) -> int:
        """Slots forecast."""
        return int(self.weights[-1].shape[0])

    @property
    def output_scale(self) -> int:
        """Binary logarithm of the scale of ``outputs``."""
        return self.precision * len(self.weights)

    @property
    def parameters(self) -> int:
        """Weights and biases together."""
        return sum(w.size for w in self.weights) + sum(b.size for b in self.biases)

    @property
    def digest(self) -> str:
        """sha-256 of the canonical JSON form, in hex."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def outputs(self, windows_wh: Ints) -> Ints:
        """Public outputs, shape (..., horizon), at output_scale, for windows of shape (..., lookback)."""
        signal = windows_wh
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            signal = (np.maximum(signal, 0) if layer else signal) @ weight.T + bias
        return signal

    def forecast_wh(self, windows_wh: Ints) -> Ints:
        """Forecasts in Wh, not yet clipped to a connection limit: shape (..., horizon)."""
        return wh_from_outputs(self.outputs(windows_wh), self.output_scale)

    def largest_intermediate(self, limit_wh: int) -> int:
        """A bound, by interval analysis, on the magnitude of every value for readings within ±limit_wh.

        A partial sum may hold any of its terms, so at worst it holds those of one sign alone.
        """
        low = np.full(self.lookback, -limit_wh, dtype=object)
        high = np.full(self.lookback, limit_wh, dtype=object)
        largest = limit_wh
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            if layer:
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

    def to_json(self) -> str:
        """Canonical JSON: the same model gives the same bytes."""
        fields = {
            "family": self.family,
            "precision": self.precision,
            "weights": [weight.tolist() for weight in self.weights],
            "biases": [bias.tolist() for bias in self.biases],
        }
        return json.dumps(fields, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "QuantisedModel":
        """Read what ``to_json`` wrote."""
        fields: dict[str, Any] = json.loads(text)
        return cls(
            family=fields["family"],
            precision=fields["precision"],
            weights=tuple(np.array(weight, dtype=np.int64) for weight in fields["weights"]),
            biases=tuple(np.array(bias, dtype=np.int64) for bias in fields["biases"]),
        )


def quantise(model: FoldedModel, family: str, precision: int) -> QuantisedModel:
    """Fixed point at ``precision`` fractional bits, rounding half away from zero.

    Raises InputError where a weight or a bias leaves 64 bits.
    """
    scaled = [weight * 2.0**precision for weight in model.weights]
    scaled += [bias * 2.0 ** (precision * (layer + 1)) for layer, bias in enumerate(model.biases)]
    if max(np.abs(numbers).max() for numbers in scaled) >= 2.0**63:
        raise InputError(f"proofs.precision = {precision}: the {family} model leaves 64 bits, should be less")
    ints = tuple(map(_round_half_away, scaled))
    layers = len(model.weights)
    return QuantisedModel(
        family=family,
        precision=precision,
        weights=ints[:layers],
        biases=ints[layers:],
    )


def wh_from_outputs(outputs: Ints, output_scale: int) -> Ints:
    """sign(o) x floor((|o| + 2^(s-1)) / 2^s): the same rule as the contract's."""
    half = 1 << (output_scale - 1) if output_scale else 0
    rounded: Ints = np.sign(outputs) * ((np.abs(outputs) + half) >> output_scale)
    return rounded


def _round_half_away(values: NDArray[np.float64]) -> Ints:
    whole = np.trunc(values)
    # The fraction is exact; adding 0.5 first would round 0.49999999999999994 up.
    rounded: Ints = (whole + np.sign(values) * (np.abs(values - whole) >= 0.5)).astype(np.int64)
    return rounded
