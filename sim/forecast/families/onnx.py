"""A model of the user's own, from an ONNX file. Nothing of it is trained: all homes have it as it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.arrays import Floats, Ints
from sim.errors import InputError
from sim.forecast.dense import IntegerDense, RealDense, dense_from_json
from sim.forecast.families.base import ModelFamily, families
from sim.forecast.gate_inputs import Scaling
from sim.forecast.model import IntegerModel, RealModel, Shape
from sim.forecast.tabled import RELU, IntegerTabled, RealTabled, tabled_from_json

if TYPE_CHECKING:
    from torch import Tensor


@families.register
@dataclass(frozen=True)
class Onnx(ModelFamily):
    """Sums of multiples, with ReLUs or functions that circuits look up between them."""

    name = "onnx"
    meaning = "a model of your own, from the ONNX file that forecast.model names; it is not trained"
    source = "Open Neural Network Exchange, onnx.ai"
    reads_file = True

    def check(self, shape: Shape) -> None:
        """Read the file."""
        self.nominal(shape)

    def initial(self, _shape: Shape, _seed: int) -> "list[Tensor]":
        """Nothing is trained."""
        return []

    def predict(self, shape: Shape, _parameters: "list[Tensor]", windows: "Tensor") -> "Tensor":
        """Of numbers as they are."""
        import torch

        return torch.from_numpy(self.unrounded_wh(shape, windows.numpy()))

    def fold(self, shape: Shape, _parameters: "list[Tensor]", _scaling: Scaling) -> RealModel:
        """It takes numbers as they are."""
        return self.nominal(shape)

    def nominal(self, shape: Shape) -> RealModel:
        """The model itself. Raises InputError where the file is none of the shape."""
        return _given(shape).layers

    def unrounded_wh(self, shape: Shape, numbers: Ints) -> Floats:
        """In float32, one window at a time."""
        evaluator, flat = _given(shape).evaluator, numbers.reshape(-1, 1, shape.inputs).astype(np.float32)
        forecasts = [evaluator.run(None, {evaluator.input_names[0]: each})[0] for each in flat]
        return np.array(forecasts, dtype=np.float64).reshape(*numbers.shape[:-1], shape.horizon)

    def read(self, content: Mapping[str, Any]) -> IntegerModel:
        """Of either kind; its layers fit each other."""
        model: IntegerDense | IntegerTabled
        model = tabled_from_json(content) if "functions" in content else dense_from_json(content)
        sizes = [weight.shape for weight in model.weights]
        fit = all(len(size) == 2 for size in sizes) and all(low[0] == top[1] for low, top in pairwise(sizes))
        if not fit or [bias.shape for bias in model.biases] != [size[:1] for size in sizes]:
            raise ValueError("layers that do not fit each other")
        return model

    def described(self, shape: Shape) -> str:
        """With the name of its file."""
        return f"the model in {Path(shape.file).name}"


@dataclass(frozen=True)
class _Given:
    """A file's content: its layers, and what computes it as it is."""

    layers: RealModel
    evaluator: Any


def _given(shape: Shape) -> _Given:
    from sim.forecast.onnx_file import read_onnx

    if not shape.file:
        raise InputError('forecast.model is missing: with forecast.family = "onnx" it names an ONNX file')
    return _of_content(read_onnx(Path(shape.file)), shape)


@lru_cache(4)
def _of_content(content: bytes, shape: Shape) -> _Given:
    from onnx.reference import ReferenceEvaluator

    from sim.forecast.onnx_file import checked
    from sim.forecast.onnx_fold import folded

    try:
        model = checked(content, shape.inputs, shape.horizon)
        layers = folded(model, shape.inputs)
    except ValueError as error:
        raise InputError(f"forecast.model = {shape.file}: {error}") from None
    if set(layers.functions) <= {RELU}:
        real: RealModel = RealDense(Onnx.name, *_balanced(layers.weights, layers.biases))
    else:
        real = RealTabled(Onnx.name, layers.functions, layers.weights, layers.biases)
    return _Given(real, ReferenceEvaluator(model))


def _balanced(
    weights: tuple[Floats, ...], biases: tuple[Floats, ...]
) -> tuple[tuple[Floats, ...], tuple[Floats, ...]]:
    """The same forecasts, with neither weights into a neuron nor those out of it much larger: fixed point
    serves both alike. A ReLU commutes with a positive factor, here a power of two.
    """
    scaled, constants = [weight.copy() for weight in weights], [bias.copy() for bias in biases]
    for layer in range(len(weights) - 1):
        into = np.abs(scaled[layer]).max(axis=1)
        out = np.abs(scaled[layer + 1]).max(axis=0)
        used = (into > 0) & (out > 0)
        powers = np.zeros(len(into))
        powers[used] = np.round(np.log2(out[used] / into[used]) / 2)
        factor = 2.0**powers
        scaled[layer] *= factor[:, np.newaxis]
        constants[layer] *= factor
        scaled[layer + 1] /= factor
    return tuple(scaled), tuple(constants)
