"""How many rows a model's circuit has, found by EZKL's own layout, once for all models of a shape.

The rows depend on the sizes of layers and on how many summands each bias enters as (none where it is zero,
two where one float32 cannot hold it), and not on the values of weights. So it is a model of ordinary weights
that is laid out, whatever model was asked for, and what is remembered cannot depend on what came first.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from sim.forecast.quantised import QuantisedModel
from sim.proofs.onnx_model import bias_summands, onnx_bytes
from sim.proofs.settings import EzklSettings, write_settings
from sim.scratch import scratch_folder

KEPT_LAYOUTS = 1024
_BIASES = (0, 1, 2**24 + 1)
"""Of none, one and two summands."""


@dataclass(frozen=True)
class Shape:
    """What decides a circuit's rows, beside its settings.

    precision: fractional bits of weights
    layers:    outputs, inputs and summands of the bias, layer by layer
    """

    precision: int
    layers: tuple[tuple[int, int, int], ...]


def shape_of(model: QuantisedModel) -> Shape:
    """The shape of a model. Raises InputError where a weight or bias has more bits than a circuit takes."""
    sizes = [weight.shape for weight in model.weights]
    layers = ((*size, terms) for size, terms in zip(sizes, bias_summands(model), strict=True))
    return Shape(model.precision, tuple(layers))


def rows_of(shape: Shape, settings: EzklSettings) -> int:
    """Rows of one column, all blocks laid end to end; milliseconds for a shape that was not asked for yet."""
    return _rows(shape, settings)


@lru_cache(KEPT_LAYOUTS)
def _rows(shape: Shape, settings: EzklSettings) -> int:
    model = _ordinary(shape)
    with scratch_folder("layout") as folder:
        onnx_path = folder / "model.onnx"
        onnx_path.write_bytes(onnx_bytes(model, settings.salts))
        return int(write_settings(model, settings, onnx_path, folder / "settings.json")["num_rows"])


def _ordinary(shape: Shape) -> QuantisedModel:
    weights = tuple(np.ones((outputs, inputs), dtype=np.int64) for outputs, inputs, _ in shape.layers)
    biases = tuple(np.full(outputs, _BIASES[terms], dtype=np.int64) for outputs, _, terms in shape.layers)
    return QuantisedModel("ordinary", shape.precision, weights, biases)
