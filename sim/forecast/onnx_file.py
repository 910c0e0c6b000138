"""A forecaster that a user has in an ONNX file: read within bounds, and refused before anything of it runs.

What is taken: one input, float32 of shape (1, inputs): the numbers of a gate, whole ones in Wh or in the unit
that an input has, the readings first. One output, float32 of shape (1, horizon), in Wh.
"""

import math
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, numpy_helper

from sim.runtime.files import read_file

MOST_BYTES = 2**22
MOST_NODES = 128
MOST_VALUES = 2**19
"""Of a tensor, given or computed: a layer of the widest window and the most neurons holds 344,064."""
OPSETS = (7, 24)
"""Oldest and newest version of ONNX's operations."""
TYPES = {TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.INT32, TensorProto.INT64}

AFFINE = {
    "Add": (0, 1),
    "AveragePool": (0,),
    "BatchNormalization": (0,),
    "Concat": None,
    "Conv": (0,),
    "Div": (0,),
    "Flatten": (0,),
    "Gather": (0,),
    "Gemm": (0, 1, 2),
    "GlobalAveragePool": (0,),
    "Identity": (0,),
    "MatMul": (0, 1),
    "Mul": (0, 1),
    "Neg": (0,),
    "ReduceMean": (0,),
    "ReduceSum": (0,),
    "Reshape": (0,),
    "Slice": (0,),
    "Split": (0,),
    "Squeeze": (0,),
    "Sub": (0, 1),
    "Transpose": (0,),
    "Unsqueeze": (0,),
}
"""Sums of multiples of what an operation takes; which operands may depend on readings, or None for all."""
PRODUCTS = ("Gemm", "MatMul", "Mul")
"""Those of them of which only one of the first two operands may."""
BETWEEN = ("Clip", "LeakyRelu", "Relu", "Sigmoid", "Tanh")
"""Functions of single values."""
OF_CONSTANTS = ("Constant",)
NUMBERS = ("value", "value_float", "value_floats", "value_int", "value_ints")
"""Attributes that a constant may have."""
WINDOWED = ("AveragePool", "Conv")
MOST_WINDOW = 4_096
"""Of their kernels, strides and pads: what is padded is made before a stride makes it small."""
KNOWN = sorted({*AFFINE, *BETWEEN, *OF_CONSTANTS})


def read_onnx(path: Path) -> bytes:
    """What a file holds. Raises InputError where it cannot be read, or is too large."""
    return read_file(path, MOST_BYTES, "the model", follow_links=True)


def checked(content: bytes, inputs: int, horizon: int) -> ModelProto:
    """The model that a file holds. Raises ValueError, in one clause, for what is no forecaster of this shape.

    Each check stands on those before it: the library's own come last, on what is known to be small.
    """
    try:
        model = onnx.load_model_from_string(content)
    except (DecodeError, UnicodeDecodeError, RecursionError):
        raise ValueError("should be an ONNX file, and cannot be read as one") from None
    graph = model.graph
    if not (model.ir_version and graph.node):
        raise ValueError("should be an ONNX file, and holds no graph")
    _check_versions(model)
    _check_nodes(graph.node)
    for tensor in _tensors(graph):
        _check_tensor(tensor)
    _check_ends(graph, inputs, horizon)
    try:
        onnx.checker.check_model(model, full_check=True)
        inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError, ValueError) as error:
        raise ValueError(f"is no valid ONNX model: {shown(str(error).strip() or 'unknown')}") from None
    _check_shapes(inferred.graph)
    return model


def _check_versions(model: ModelProto) -> None:
    if model.functions or model.training_info or model.graph.sparse_initializer:
        raise ValueError("has functions, training steps or sparse tensors of its own; export it without")
    for opset in model.opset_import:
        if opset.domain not in ("", "ai.onnx"):
            continue  # an operation of it is refused by name
        if not OPSETS[0] <= opset.version <= OPSETS[1]:
            raise ValueError(f"opset {opset.version}: should be {OPSETS[0]} to {OPSETS[1]}")


def _check_nodes(nodes: Iterable[NodeProto]) -> None:
    for count, node in enumerate(nodes, start=1):
        if count > MOST_NODES:
            raise ValueError(f"has more than {MOST_NODES} operations")
        what = f"operation {shown(node.op_type)}"
        if any(each.type in (AttributeProto.GRAPH, AttributeProto.GRAPHS) for each in node.attribute):
            raise ValueError(f"{what} has a graph inside, and should have none: no loops and no conditions")
        if node.domain not in ("", "ai.onnx"):
            raise ValueError(f"{what} of {shown(node.domain)}: should be one of ONNX's own")
        if node.op_type not in KNOWN:
            raise ValueError(f"{what}: a forecaster should be made of {', '.join(KNOWN)}")
        for each in node.attribute:
            if node.op_type == "Constant" and each.name not in NUMBERS:
                raise ValueError(f"{what}: {shown(each.name)} should be numbers")
            if node.op_type in WINDOWED and any(abs(size) > MOST_WINDOW for size in each.ints):
                raise ValueError(f"{what}: {shown(each.name)} should be at most {MOST_WINDOW:,}")
            if each.name == "training_mode" and each.i:
                raise ValueError(f"{what} is in training mode; export it for inference")
            if each.ref_attr_name or each.type in (AttributeProto.SPARSE_TENSOR, AttributeProto.TENSORS):
                raise ValueError(f"{what}: {shown(each.name)} should be a number, a text or a tensor")


def _tensors(graph: GraphProto) -> Iterator[TensorProto]:
    yield from graph.initializer
    for node in graph.node:
        yield from (each.t for each in node.attribute if each.type == AttributeProto.TENSOR)


def _check_tensor(tensor: TensorProto) -> None:
    what = f"tensor {shown(tensor.name)}" if tensor.name else "a constant"
    if tensor.data_location == TensorProto.EXTERNAL or tensor.external_data:
        raise ValueError(f"{what} lies in another file; export the model with its data inside")
    if tensor.data_type not in TYPES:
        raise ValueError(f"{what} should be of float32, float64, int32 or int64")
    if any(size < 0 for size in tensor.dims) or math.prod(tensor.dims) > MOST_VALUES:
        shape = "x".join(map(str, tensor.dims))
        raise ValueError(f"{what} has {shape} values, should have at most {MOST_VALUES:,}")
    try:
        values = numpy_helper.to_array(tensor)
    except (ValueError, TypeError):
        raise ValueError(f"{what} holds other data than its shape and type say") from None
    if not np.isfinite(values).all():
        raise ValueError(f"{what} has a value that is no finite number")


def _check_ends(graph: GraphProto, inputs: int, horizon: int) -> None:
    given = {tensor.name for tensor in graph.initializer}
    ends = (
        ("input", [value for value in graph.input if value.name not in given], inputs),
        ("output", list(graph.output), horizon),
    )
    for what, values, size in ends:
        if len(values) != 1:
            raise ValueError(f"has {len(values)} {what}s, should have one, float32 of shape (1, {size})")
        tensor = values[0].type.tensor_type
        if not values[0].type.HasField("tensor_type") or tensor.elem_type != TensorProto.FLOAT:
            raise ValueError(f"its {what} {shown(values[0].name)} should be of float32")
        if not tensor.HasField("shape"):
            raise ValueError(f"its {what} has no shape, should have (1, {size})")
        shape = [axis.dim_value if axis.HasField("dim_value") else None for axis in tensor.shape.dim]
        if None in shape:
            raise ValueError(
                f"axis {shape.index(None)} of its {what} is open; export it with the fixed shape (1, {size})"
            )
        if shape != [1, size]:
            raise ValueError(f"its {what} has the shape {tuple(shape)}, should have (1, {size})")


def _check_shapes(graph: GraphProto) -> None:
    """Every value has a size that is known before it is computed."""
    known = {value.name: value.type.tensor_type for value in (*graph.value_info, *graph.output)}
    for node in graph.node:
        for name in filter(None, node.output):
            axes = known[name].shape.dim if name in known and known[name].HasField("shape") else None
            if axes is None or not all(axis.HasField("dim_value") for axis in axes):
                raise ValueError(f"{shown(node.op_type)} gives {shown(name)} no fixed shape")
            if math.prod(axis.dim_value for axis in axes) > MOST_VALUES:
                raise ValueError(
                    f"{shown(node.op_type)} gives {shown(name)} more than {MOST_VALUES:,} values"
                )


def shown(text: str) -> str:
    """What a file says, as a sentence can hold it: in quotes, its first line, escaped and short."""
    line = " ".join(text.split())
    return ascii(line[:120] + ("..." if len(line) > 120 else ""))
