"""What a bid's outputs say about the window that it was made from: equations, taken out layer by layer.

The model is public, and so are the outputs. Where the last layer has as many independent outputs as hidden
neurons, or integers do the rest, the hidden signals follow exactly; every one above zero is a linear equation
in what lies below it, and so on down to the window. A signal at zero only says that its sum was not above it.
Where the chain ends above the window, the layers between are taken as lines through a cloud: see ``spread``.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.forecast.quantised import QuantisedModel
from sim.privacy.belief import Belief

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


DOUBT = 0.05
"""Of a signal's deviation: error that is always granted, as the cloud is not really Gaussian."""


@dataclass(frozen=True)
class Equations:
    """rows @ signal = values, for the signal that enters a layer; layer 0 takes the window.

    rows: shape (equations, signals); values: shape (equations,)
    """

    layer: int
    rows: Ints
    values: Ints


@dataclass(frozen=True)
class Spread:
    """The signals that enter a layer, as lines in the window: slope @ window + constant, and an error.

    slope: shape (signals, lookback); constant: shape (signals,); noise: shape (signals, signals)
    """

    slope: Floats
    constant: Floats
    noise: Floats


def outputs_say(model: QuantisedModel, outputs: Ints) -> Equations:
    """The equations of one bid's outputs, shape (horizon,), as far down as they solve themselves."""
    last = len(model.weights) - 1
    known = Equations(last, model.weights[last], outputs - model.biases[last])
    while known.layer and (signal := solved(known.rows, known.values)) is not None:
        known = below(model, known.layer, signal)
    return known


def below(model: QuantisedModel, layer: int, signal: Ints) -> Equations:
    """What signals that enter a layer, known exactly, say about those that enter the layer below."""
    active = signal > 0
    return Equations(layer - 1, model.weights[layer - 1][active], (signal - model.biases[layer - 1])[active])


def solved(rows: Ints, values: Ints) -> Ints | None:
    """The only solution of integer equations, where there are enough of them."""
    if len(rows) < rows.shape[1]:
        return None
    found, _, rank, _ = np.linalg.lstsq(rows.astype(np.float64), values.astype(np.float64))
    signal: Ints = np.rint(found).astype(np.int64)
    return signal if rank == rows.shape[1] and (rows @ signal == values).all() else None


def spread(model: QuantisedModel, layer: int, window: Belief) -> Spread:
    """Statistical linearisation of the layers below one, over what is believed of the window.

    A Gaussian z of mean m and deviation s goes through the ReLU to a mean of m P(m/s) + s p(m/s), P and p the
    normal distribution and density, and its covariance with anything Gaussian shrinks by P(m/s) (Stein's
    lemma). What a line does not hold of its variance is noise.
    """
    size = len(window.mean)
    slope, constant, noise = np.eye(size), np.zeros(size), np.zeros((size, size))
    for weight, bias in zip(model.weights[:layer], model.biases, strict=False):
        slope, constant, noise = weight @ slope, weight @ constant + bias, weight @ noise @ weight.T
        mean = slope @ window.mean + constant
        deviation = np.sqrt(np.diag(slope @ window.covariance @ slope.T + noise)) + 1e-9
        ratio = mean / deviation
        share = np.array([math.erfc(-x / math.sqrt(2)) / 2 for x in ratio.tolist()])
        density = np.exp(-(ratio**2) / 2) / math.sqrt(2 * math.pi)
        after = mean * share + deviation * density
        square = (mean**2 + deviation**2) * share + mean * deviation * density
        missed = np.maximum(square - after**2 - (share * deviation) ** 2, 0)
        slope = share[:, None] * slope
        constant = after - slope @ window.mean
        noise = share[:, None] * noise * share + np.diag(missed + (DOUBT * deviation) ** 2)
    return Spread(slope, constant, noise)


def window_lines(known: Equations, through: Spread) -> tuple[Floats, Floats, Floats]:
    """Rows, values and noise of a bid's equations as lines in the window."""
    rows = known.rows.astype(np.float64)
    return rows @ through.slope, known.values - rows @ through.constant, rows @ through.noise @ rows.T
