"""A forecaster in integers as ONNX, such that EZKL reads back exactly its integers.

EZKL takes constants as float32 and multiplies them by the scale of their place, so an integer survives if it
has at most 24 significant bits; a larger one may enter as the sum of two numbers that have.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from sim.arrays import Ints
from sim.errors import InputError

Float32s = NDArray[np.float32]
_OPSET = 17
_IR_VERSION = 8


class Graph:
    """A chain of operations on the window; what is committed is window and salts, which are sliced off.

    signal: the name of what the next operation takes; another one that was made begins another chain
    """

    def __init__(self, lookback: int, salts: int) -> None:
        self._inputs = lookback + salts
        self._nodes = [helper.make_node("Slice", ["committed", "first", "last", "axis"], ["window"])]
        ends = (("first", 0), ("last", lookback), ("axis", 1))
        self._constants = [numpy_helper.from_array(np.array([value]), name) for name, value in ends]
        self.signal = "window"

    def apply(
        self,
        operation: str,
        name: str,
        constants: Mapping[str, NDArray[np.generic]] | None = None,
        **attributes: Any,
    ) -> None:
        """Apply an operation of ONNX to the signal and constants; its result, called ``name``, is the next.

        constants: by name, in the order that the operation takes them
        """
        given = constants or {}
        self._constants += [numpy_helper.from_array(value, key) for key, value in given.items()]
        self._nodes.append(helper.make_node(operation, [self.signal, *given], [name], **attributes))
        self.signal = name

    def join(self, operation: str, name: str, other: str) -> None:
        """Apply an operation to the signal and another one."""
        self._nodes.append(helper.make_node(operation, [self.signal, other], [name]))
        self.signal = name

    def to_bytes(self, horizon: int) -> bytes:
        """The graph whose output, shape (1, horizon), is the signal; the same each time."""
        graph = helper.make_graph(
            self._nodes,
            "forecaster",
            [helper.make_tensor_value_info("committed", TensorProto.FLOAT, [1, self._inputs])],
            [helper.make_tensor_value_info(self.signal, TensorProto.FLOAT, [1, horizon])],
            self._constants,
        )
        opsets = [helper.make_opsetid("", _OPSET)]
        document = helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION)
        return bytes(document.SerializeToString(deterministic=True))


def with_last_inputs(content: bytes, count: int) -> bytes:
    """A graph that ``to_bytes`` gave, with the last numbers of its input behind its output.

    A circuit brings them to the output's scale.
    """
    document = onnx.load_model_from_string(content)
    graph = document.graph
    (given,), (shown,) = graph.input, graph.output
    (_, inputs), (_, outputs) = (
        [axis.dim_value for axis in one.type.tensor_type.shape.dim] for one in (given, shown)
    )
    ends = (("behind_first", inputs - count), ("behind_last", inputs))
    graph.initializer.extend(numpy_helper.from_array(np.array([value]), name) for name, value in ends)
    graph.node.append(
        helper.make_node("Slice", [given.name, "behind_first", "behind_last", "axis"], ["behind"])
    )
    graph.node.append(helper.make_node("Concat", [shown.name, "behind"], ["column"], axis=1))
    column = helper.make_tensor_value_info("column", TensorProto.FLOAT, [1, outputs + count])
    shown.CopyFrom(column)
    return bytes(document.SerializeToString(deterministic=True))


def two_floats(integers: Ints, scale: int, what: str) -> tuple[Float32s, Float32s]:
    """Two arrays whose exact sum is integers / 2^scale; the second is zero where one is enough.

    Raises InputError as ``float32`` does.
    """
    high = integers.astype(np.float32).astype(np.int64)
    return float32(high, scale, what), float32(integers - high, scale, what)


def float32(integers: Ints, scale: int, what: str) -> Float32s:
    """Integers / 2^scale, exactly. Raises InputError where one, called ``what``, has more than 24 bits."""
    values = np.ldexp(integers.astype(np.float32), -scale)
    wrong = np.flatnonzero(np.ldexp(values.astype(np.float64), scale) != integers)
    if wrong.size:
        value = int(integers.flat[wrong[0]])
        raise InputError(
            f"a {what} is {value} at {scale} fractional bits, more than the 24 significant bits "
            "a circuit takes; lower proofs.precision"
        )
    return values
