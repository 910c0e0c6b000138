"""ONNX files of forecasters, sound ones and broken ones."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper

FLOAT = TensorProto.FLOAT


def node(operation, taken, given, **attributes):
    """From and to names, each in one text."""
    return helper.make_node(operation, taken.split(), given.split(), **attributes)


def constant(*shape, seed=0, size=1.0):
    """Float32 within ±size."""
    return np.random.default_rng(seed).uniform(-size, size, shape).astype(np.float32)


def value(name, *shape, of=FLOAT):
    return helper.make_tensor_value_info(name, of, list(shape))


def document(nodes, constants=None, *, inputs=6, horizon=3, opset=17, taken=None, given=None, domains=()):
    """A model from x to y."""
    graph = helper.make_graph(
        nodes,
        "forecaster",
        [value("x", 1, inputs)] if taken is None else taken,
        [value("y", 1, horizon)] if given is None else given,
        [numpy_helper.from_array(array, name) for name, array in (constants or {}).items()],
    )
    opsets = [helper.make_opsetid("", opset), *(helper.make_opsetid(name, 1) for name in domains)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def dense(inputs=6, horizon=3, hidden=4, function="Relu", seed=1, **changed):
    """Normalised to kilowatt-hours, one hidden layer, and back to Wh."""
    nodes = [
        node("Div", "x unit", "scaled"),
        node("Gemm", "scaled w1 b1", "before", transB=1),
        node(function, "before", "hidden"),
        node("Gemm", "hidden w2 b2", "after", transB=1),
        node("Mul", "after unit", "y"),
    ]
    constants = {
        "unit": np.array([1_000], dtype=np.float32),
        "w1": constant(hidden, inputs, seed=seed, size=1 / np.sqrt(inputs)),
        "b1": constant(hidden, seed=seed + 1, size=0.5),
        "w2": constant(horizon, hidden, seed=seed + 2, size=1 / np.sqrt(hidden)),
        "b2": constant(horizon, seed=seed + 3, size=0.5),
    }
    return document(nodes, constants | changed, inputs=inputs, horizon=horizon)


def convolution():
    """Filters with a leaky ReLU, clipped, and a mean: as what else is a sum of multiples."""
    nodes = [
        node("Reshape", "x shape", "sequence"),
        node("Conv", "sequence w1 b1", "before"),
        node("LeakyRelu", "before", "leaky", alpha=0.25),
        node("Flatten", "leaky", "flat"),
        node("Clip", "flat low high", "clipped"),
        node("MatMul", "clipped w2", "after"),
        node("ReduceMean", "x", "mean", axes=[1], keepdims=1),
        node("Add", "after mean", "y"),
    ]
    constants = {
        "shape": np.array([1, 1, 6]),
        "w1": constant(2, 1, 3, seed=5),
        "b1": constant(2, seed=6, size=500),
        "low": np.array(-2_000, dtype=np.float32),
        "high": np.array(3_000, dtype=np.float32),
        "w2": constant(8, 3, seed=7),
    }
    return document(nodes, constants)


def residual():
    """A skip past two ReLUs, and one of the input."""
    nodes = [
        node("Gemm", "x w1 b1", "before", transB=1),
        node("Relu", "before", "first"),
        node("Gemm", "first w2", "more", transB=1),
        node("Relu", "more", "second"),
        node("Add", "first second", "both"),
        node("Gemm", "both w3", "after", transB=1),
        node("Slice", "x begin end axis", "last"),
        node("Add", "after last", "y"),
    ]
    constants = {
        "w1": constant(4, 6, seed=8),
        "b1": constant(4, seed=9, size=300),
        "w2": constant(4, 4, seed=10),
        "w3": constant(3, 4, seed=11),
        "begin": np.array([3]),
        "end": np.array([6]),
        "axis": np.array([1]),
    }
    return document(nodes, constants)


def two_functions(inputs=6):
    """A sigmoid, then a tanh."""
    nodes = [
        node("Div", "x unit", "scaled"),
        node("Gemm", "scaled w1", "a", transB=1),
        node("Sigmoid", "a", "b"),
        node("Gemm", "b w2", "c", transB=1),
        node("Tanh", "c", "d"),
        node("Gemm", "d w3", "e", transB=1),
        node("Mul", "e unit", "y"),
    ]
    constants = {
        "unit": np.array([1_500], dtype=np.float32),
        "w1": constant(5, inputs, seed=12),
        "w2": constant(4, 5, seed=13, size=2),
        "w3": constant(3, 4, seed=14, size=0.1),
    }
    return document(nodes, constants, inputs=inputs)


SOUND = {
    "relu": lambda: dense(),
    "convolution": convolution,
    "residual": residual,
    "sigmoid": lambda: dense(function="Sigmoid"),
    "two functions": two_functions,
}
EXACT = ("relu", "convolution", "residual")


def _changed(change):
    model = dense()
    change(model)
    return model


def _external(model):
    tensor = model.graph.initializer[1]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../etc/passwd")


def _huge(model):
    tensor = model.graph.initializer[1]
    tensor.dims[:] = [2**40, 2**40]


def _with_loop(model):
    body = helper.make_graph([node("Identity", "x", "z")], "body", [], [value("z", 1, 6)])
    model.graph.node.insert(0, helper.make_node("If", ["unit"], ["q"], then_branch=body, else_branch=body))


def _product(model):
    model.graph.node[2].op_type = "Mul"
    model.graph.node[2].input[:] = ["before", "before"]


BROKEN = {
    "no onnx": (lambda: b"not a model", "should be an ONNX file, and cannot be read as one"),
    "empty": (lambda: b"", "should be an ONNX file, and holds no graph"),
    "cut short": (lambda: dense().SerializeToString()[:-40], "should be an ONNX file, and cannot be read"),
    "other inputs": (lambda: dense(inputs=7), r"its input has the shape \(1, 7\), should have \(1, 6\)"),
    "other horizon": (lambda: dense(horizon=4), r"its output has the shape \(1, 4\), should have \(1, 3\)"),
    "two inputs": (
        lambda: document([node("Add", "x z", "y")], taken=[value("x", 1, 6), value("z", 1, 6)]),
        r"has 2 inputs, should have one, float32 of shape \(1, 6\)",
    ),
    "two outputs": (
        lambda: _changed(lambda model: model.graph.output.append(value("after", 1, 3))),
        "has 2 outputs, should have one",
    ),
    "integers": (
        lambda: document([node("Identity", "x", "y")], taken=[value("x", 1, 6, of=TensorProto.INT64)]),
        "its input 'x' should be of float32",
    ),
    "open axis": (
        lambda: document([node("Identity", "x", "y")], taken=[value("x", "batch", 6)]),
        r"axis 0 of its input is open; export it with the fixed shape \(1, 6\)",
    ),
    "no shape": (
        lambda: document(
            [node("Identity", "x", "y")], taken=[helper.make_tensor_value_info("x", FLOAT, None)]
        ),
        r"its input has no shape, should have \(1, 6\)",
    ),
    "external data": (
        lambda: _changed(_external),
        "tensor 'w1' lies in another file; export the model with its data inside",
    ),
    "not finite": (
        lambda: dense(b1=np.array([0, 1, np.inf, 2], dtype=np.float32)),
        "tensor 'b1' has a value that is no finite number",
    ),
    "half floats": (
        lambda: dense(b1=np.zeros(4, dtype=np.float16)),
        "tensor 'b1' should be of float32, float64, int32 or int64",
    ),
    "huge": (
        lambda: _changed(_huge),
        f"tensor 'w1' has {2**40}x{2**40} values, should have at most 524,288",
    ),
    "less data than it says": (
        lambda: _changed(lambda model: model.graph.initializer[1].dims.__setitem__(0, 5)),
        "tensor 'w1' holds other data than its shape and type say",
    ),
    "too new": (lambda: document([node("Identity", "x", "y")], opset=99), "opset 99: should be 7 to 24"),
    "a condition": (lambda: _changed(_with_loop), "operation 'If' has a graph inside"),
    "chance": (
        lambda: document([node("RandomNormalLike", "x", "y")]),
        "operation 'RandomNormalLike': a forecaster should be made of Add, AveragePool, ",
    ),
    "softmax": (lambda: dense(function="Softmax"), "operation 'Softmax': a forecaster should be made of "),
    "of another domain": (
        lambda: document(
            [helper.make_node("Gemm", ["x"], ["y"], domain="com.example")], domains=["com.example"]
        ),
        "operation 'Gemm' of 'com.example': should be one of ONNX's own",
    ),
    "too many operations": (
        lambda: document([node("Identity", "x", "y")] * 129),
        "has more than 128 operations",
    ),
    "no such value": (lambda: document([node("Relu", "z", "y")]), "is no valid ONNX model: "),
    "a product of readings": (
        lambda: _changed(_product),
        "Mul multiplies two values that depend on readings; one should be a constant",
    ),
    "no forecast": (
        lambda: document([node("Identity", "c", "y")], {"c": np.ones((1, 3), dtype=np.float32)}),
        "its output does not depend on its input",
    ),
    "a skip past a tanh": (
        lambda: document(
            [node("Tanh", "x", "t"), node("Add", "t x", "both"), node("MatMul", "both w", "y")],
            {"w": constant(6, 3)},
        ),
        "a value skips a tanh; that can be had past a relu alone",
    ),
    "a step to no number": (
        lambda: dense(unit=np.array([0], dtype=np.float32)),
        "Div gives a value that is no finite number",
    ),
    "a text among numbers": (
        lambda: document(
            [helper.make_node("Constant", [], ["c"], value_string="abc"), node("MatMul", "x w", "y")],
            {"w": constant(6, 3)},
        ),
        "operation 'Constant': 'value_string' should be numbers",
    ),
    "ends that differ": (
        lambda: document(
            [node("Clip", "x low", "kept"), node("MatMul", "kept w", "y")],
            {"low": np.zeros(6, dtype=np.float32), "w": constant(6, 3)},
        ),
        "Clip has ends that differ between values; each should be one number",
    ),
    "far more work than values": (
        lambda: document(
            [
                node("MatMul", "x w1", "h"),
                node("Relu", "h", "r"),
                node("Add", "r wide", "a"),
                node("ReduceMean", "a", "m", axes=[0], keepdims=1),
                node("MatMul", "m w2", "y"),
            ],
            {
                "w1": constant(6, 1024),
                "wide": constant(512, 1),
                "w2": constant(1024, 3),
            },
        ),
        "Add makes the model too large to be read",
    ),
    "pads without end": (
        lambda: document(
            [
                node("Reshape", "x shape", "r"),
                node("Conv", "r w", "c", pads=[10**9, 0], strides=[10**9]),
                node("Reshape", "c end", "y"),
            ],
            {
                "shape": np.array([1, 1, 6]),
                "w": constant(3, 1, 1),
                "end": np.array([1, 3]),
            },
        ),
        "operation 'Conv': '(pads|strides)' should be at most 4,096",
    ),
    "control characters": (
        lambda: document([node("\x1b[31mRed", "x", "y")]),
        r"operation '\\x1b\[31mRed': a forecaster should",
    ),
}
"""By what is wrong: the file, and the clause that says so."""
