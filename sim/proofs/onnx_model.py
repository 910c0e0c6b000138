"""A quantised forecaster as ONNX, such that EZKL reads back exactly its integers.

EZKL takes constants as float32 and multiplies them by the scale of their place, so an integer survives if it
has at most 24 significant bits. Weights have; a bias at scale 2^(precision x layer) may not, and then enters
as the sum of two numbers that have. The input is the window followed by the salts, which are committed and
then sliced off.
"""

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from sim.errors import InputError
from sim.forecast.quantised import Ints, QuantisedModel

_OPSET = 17
_IR_VERSION = 8


def onnx_bytes(model: QuantisedModel, salts: int) -> bytes:
    """The graph: input (1, lookback + salts), output (1, horizon). The same model gives the same bytes.

    Raises InputError where a weight or bias has more bits than float32 can carry.
    """
    nodes = [helper.make_node("Slice", ["committed", "first", "last", "axis"], ["window"])]
    constants = [
        _constant(n, np.array([v])) for n, v in (("first", 0), ("last", model.lookback), ("axis", 1))
    ]
    signal = "window"
    for layer, (weight, bias) in enumerate(zip(model.weights, model.biases, strict=True), start=1):
        if layer > 1:
            nodes.append(helper.make_node("Relu", [signal], [f"relu{layer}"]))
            signal = f"relu{layer}"
        high, low = _two_floats(bias, model.precision * layer, f"bias of layer {layer}")
        exact_weight = _exact_float32(weight, model.precision, f"weight of layer {layer}")
        constants += [_constant(f"weight{layer}", exact_weight), _constant(f"bias{layer}", high)]
        nodes.append(
            helper.make_node("Gemm", [signal, f"weight{layer}", f"bias{layer}"], [f"gemm{layer}"], transB=1)
        )
        signal = f"gemm{layer}"
        if low.any():
            constants.append(_constant(f"rest{layer}", low[np.newaxis, :]))
            nodes.append(helper.make_node("Add", [signal, f"rest{layer}"], [f"sum{layer}"]))
            signal = f"sum{layer}"
    return _serialise(nodes, constants, model.lookback + salts, signal, model.horizon)


def bias_summands(model: QuantisedModel) -> tuple[int, ...]:
    """As how many numbers each layer's bias enters: 0 where it is zero, 2 where float32 does not hold it.

    Raises InputError as ``onnx_bytes``.
    """
    summands = []
    for layer, (weight, bias) in enumerate(zip(model.weights, model.biases, strict=True), start=1):
        _exact_float32(weight, model.precision, f"weight of layer {layer}")
        parts = _two_floats(bias, model.precision * layer, f"bias of layer {layer}")
        summands.append(sum(bool(part.any()) for part in parts))
    return tuple(summands)


def _serialise(
    nodes: list[onnx.NodeProto], constants: list[onnx.TensorProto], inputs: int, output: str, outputs: int
) -> bytes:
    graph = helper.make_graph(
        nodes,
        "forecaster",
        [helper.make_tensor_value_info("committed", TensorProto.FLOAT, [1, inputs])],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, [1, outputs])],
        constants,
    )
    opsets = [helper.make_opsetid("", _OPSET)]
    document = helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION)
    return bytes(document.SerializeToString(deterministic=True))


def _constant(name: str, values: NDArray[np.generic]) -> onnx.TensorProto:
    return numpy_helper.from_array(values, name)


def _two_floats(integers: Ints, scale: int, what: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Two float32 arrays whose exact sum is integers / 2^scale; the second is zero where one is enough."""
    high = integers.astype(np.float32).astype(np.int64)
    return _exact_float32(high, scale, what), _exact_float32(integers - high, scale, what)


def _exact_float32(integers: Ints, scale: int, what: str) -> NDArray[np.float32]:
    """Integers / 2^scale in float32, exactly."""
    values = np.ldexp(integers.astype(np.float32), -scale)
    wrong = np.flatnonzero(np.ldexp(values.astype(np.float64), scale) != integers)
    if wrong.size:
        value = int(integers.flat[wrong[0]])
        raise InputError(
            f"a {what} is {value} at {scale} fractional bits, more than the 24 significant bits "
            "a circuit takes; lower proofs.precision"
        )
    return values
