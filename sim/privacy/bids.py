"""What a bid's outputs say about the window that it was made from: equations, taken out layer by layer.

The model is public, and so are the outputs. Where the last layer has as many independent outputs as hidden
neurons, or integers do the rest, the hidden signals follow exactly; every one above zero is a linear equation
in what lies below it, and so on down to the window. A signal at zero only says that its sum was not above it.
Where the chain ends above the window, the layers between are taken as lines through a cloud: see ``spread``.
Of a model that has no dense layers to show, all between window and outputs is taken as such lines.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sim.arrays import Floats, Ints
from sim.forecast.model import IntegerModel, Layers
from sim.privacy.belief import Belief

DEPENDENT = 1e-9
"""Of the largest singular value: below it, equations say what others say."""
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

    slope: shape (signals, inputs); constant: shape (signals,); noise: shape (signals, signals)
    """

    slope: Floats
    constant: Floats
    noise: Floats


def outputs_say(model: IntegerModel, outputs: Ints) -> Equations:
    """The equations of one bid's outputs, shape (horizon,), as far down as they solve themselves."""
    layers = model.layers
    if layers is None:
        return Equations(1, np.eye(len(outputs), dtype=np.int64), outputs)
    last = len(layers.weights) - 1
    known = Equations(last, layers.weights[last], outputs - layers.biases[last])
    while known.layer and (signal := solved(known.rows, known.values)) is not None:
        known = below(layers, known.layer, signal)
    return known


def below(layers: Layers, layer: int, signal: Ints) -> Equations:
    """What signals that enter a layer, known exactly, say about those that enter the layer below."""
    active = signal > 0
    rows, values = layers.weights[layer - 1], signal - layers.biases[layer - 1]
    return Equations(layer - 1, rows[active], values[active])


def solved(rows: Ints, values: Ints) -> Ints | None:
    """The only solution of integer equations, where there are enough of them."""
    if len(rows) < rows.shape[1]:
        return None
    found, _, rank, _ = np.linalg.lstsq(rows.astype(np.float64), values.astype(np.float64))
    signal: Ints = np.rint(found).astype(np.int64)
    return signal if rank == rows.shape[1] and (rows @ signal == values).all() else None


def spread(model: IntegerModel, layer: int, window: Belief) -> Spread:
    """Statistical linearisation of the layers below one, over what is believed of the window.

    A Gaussian z of mean m and deviation s goes through the ReLU to a mean of m P(m/s) + s p(m/s), P and p the
    normal distribution and density, and its covariance with anything Gaussian shrinks by P(m/s) (Stein's
    lemma). What a line does not hold of its variance is noise. Of a model without
    layers, lines go through its outputs a deviation to both sides of each reading's mean.
    """
    if model.layers is None:
        return _probed(model, window)
    size, layers = len(window.mean), model.layers
    slope, constant, noise = np.eye(size), np.zeros(size), np.zeros((size, size))
    for weight, bias in zip(layers.weights[:layer], layers.biases, strict=False):
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


def _probed(model: IntegerModel, window: Belief) -> Spread:
    step = np.maximum(np.rint(np.sqrt(np.diag(window.covariance))), 1).astype(np.int64)
    middle = np.rint(window.mean).astype(np.int64)
    ahead, behind = model.outputs(middle + np.diag(step)), model.outputs(middle - np.diag(step))
    slope = ((ahead - behind) / (2 * step[:, None])).T
    deviation = np.sqrt(np.diag(slope @ window.covariance @ slope.T)) + 1e-9
    return Spread(slope, model.outputs(middle) - slope @ middle, np.diag((DOUBT * deviation) ** 2))


def window_lines(
    model: IntegerModel, known: Equations, window: Callable[[], Belief]
) -> tuple[Floats, Floats, Floats]:
    """Rows, values and noise of a bid's equations as lines in the window; as few of them as say all.

    window: what is believed of it, asked for where lines have to be laid through layers
    """
    rows, values = known.rows.astype(np.float64), known.values.astype(np.float64)
    if known.layer:
        through = spread(model, known.layer, window())
        return rows @ through.slope, values - rows @ through.constant, rows @ through.noise @ rows.T
    left, size, _ = np.linalg.svd(rows, full_matrices=False)
    few = left[:, size > DEPENDENT * size.max(initial=0)].T
    return few @ rows, few @ values, np.zeros((len(few),) * 2)
