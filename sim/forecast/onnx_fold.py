"""The graph of an ONNX file as dense layers: all between two functions folds into one matrix and a constant.

Whatever lies between is a sum of multiples, so each matrix is read off by computing it for one number at a
time, with the reference implementation that the onnx package has. A skip past a ReLU goes through it as the
difference of two halves. What is no chain of sums and functions is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from sim.arrays import Floats
from sim.forecast.onnx_file import AFFINE, BETWEEN, PRODUCTS, shown
from sim.forecast.tabled import RELU

MOST_NEURONS = 1024
MOST_WORK = 2**26
"""Numbers that are held or computed in all, of every value what every neuron adds to it: half a GB."""
_LEAKY_SLOPE = 0.01
"""What ONNX takes where a file says none."""

Level = int
"""0 for what the forecast is made from, and how many functions one behind the other lie before a neuron."""


@dataclass(frozen=True)
class Folded:
    """Dense layers: per layer weights of shape (outputs, inputs) and biases; between them a function each."""

    functions: tuple[str, ...]
    weights: tuple[Floats, ...]
    biases: tuple[Floats, ...]


@dataclass(frozen=True)
class _Signal:
    """A tensor: a constant, and what each neuron of a level adds to it, shape (neurons, *of the tensor)."""

    constant: np.ndarray[Any, Any]
    parts: dict[Level, Floats] = field(default_factory=dict)

    def __neg__(self) -> "_Signal":
        return _Signal(-self.constant, {level: -part for level, part in self.parts.items()})

    def plus(self, other: "_Signal | float") -> "_Signal":
        if not isinstance(other, _Signal):
            return _Signal(self.constant + other, self.parts)
        parts = dict(self.parts)
        for level, part in other.parts.items():
            parts[level] = _added(parts[level], part) if level in parts else part
        return _Signal(self.constant + other.constant, parts)

    def times(self, factor: float) -> "_Signal":
        return _Signal(self.constant * factor, {level: part * factor for level, part in self.parts.items()})


def _added(one: Floats, other: Floats) -> Floats:
    """Of as many neurons as the wider one has: a level may have grown between the two."""
    total = np.zeros((max(len(one), len(other)), *one.shape[1:]))
    total[: len(one)] += one
    total[: len(other)] += other
    return total


@dataclass
class _Neurons:
    """Those of one level: what they take, and the function that they have in common."""

    function: str
    signals: list[_Signal] = field(default_factory=list)

    def __len__(self) -> int:
        return sum(signal.constant.size for signal in self.signals)


class _Folding:
    """The levels found so far, and the signal behind every name."""

    def __init__(self, model: ModelProto, inputs: int) -> None:
        self._opsets = model.opset_import
        self._ir_version = model.ir_version
        self._levels: list[_Neurons] = []
        self._work = 0
        self._widths = [inputs]
        self._signals = {tensor.name: _Signal(_array(tensor)) for tensor in model.graph.initializer}
        (given,) = [value.name for value in model.graph.input if value.name not in self._signals]
        self._signals[given] = _Signal(np.zeros((1, inputs)), {0: np.eye(inputs)[:, np.newaxis, :]})

    def apply(self, node: NodeProto) -> None:
        operands = [self._signals[name] if name else None for name in node.input]
        if node.op_type in BETWEEN and operands[0] is not None and operands[0].parts:
            made = [self._between(node, operands[0], operands[1:])]
        else:
            made = self._affine(node, operands)
        self._signals.update(zip(node.output, made, strict=False))

    def _affine(self, node: NodeProto, operands: Sequence[_Signal | None]) -> list[_Signal]:
        moving = [at for at, operand in enumerate(operands) if operand is not None and operand.parts]
        allowed = AFFINE.get(node.op_type, ())
        if allowed is not None and not set(moving) <= set(allowed):
            _refuse(node, "has an operand that depends on readings, where a constant should be")
        if node.op_type in PRODUCTS and {0, 1} <= set(moving):
            _refuse(node, "multiplies two values that depend on readings; one should be a constant")
        evaluator = self._evaluator(node)
        constants = [None if operand is None else operand.constant for operand in operands]
        at_zero = _outputs(evaluator, node, constants)
        parts: list[dict[Level, Floats]] = [{} for _ in at_zero]
        for level in sorted({level for at in moving for level in operands[at].parts}):  # type: ignore[union-attr]
            width = max(len(operands[at].parts.get(level, ())) for at in moving)  # type: ignore[union-attr]
            self._work += width * sum(output.size for output in at_zero)
            if self._work > MOST_WORK:
                _refuse(node, "makes the model too large to be read: fewer neurons, operations or values")
            found = [np.zeros((width, *output.shape)) for output in at_zero]
            for neuron in range(width):
                changed = list(constants)
                for at in moving:
                    part = operands[at].parts.get(level, ())  # type: ignore[union-attr]
                    if neuron < len(part):
                        changed[at] = constants[at] + part[neuron]
                for whole, output, zero in zip(
                    found, _outputs(evaluator, node, changed), at_zero, strict=True
                ):
                    whole[neuron] = output - zero
            for of_output, whole in zip(parts, found, strict=True):
                of_output[level] = whole
        return [_Signal(output, of_output) for output, of_output in zip(at_zero, parts, strict=True)]

    def _evaluator(self, node: NodeProto) -> ReferenceEvaluator:
        taken, given = (
            [helper.make_empty_tensor_value_info(name) for name in dict.fromkeys(names) if name]
            for names in (node.input, node.output)
        )
        graph = helper.make_graph([node], "one", taken, given)
        return ReferenceEvaluator(
            helper.make_model(graph, opset_imports=self._opsets, ir_version=self._ir_version)
        )

    def _between(self, node: NodeProto, value: _Signal, others: Sequence[_Signal | None]) -> _Signal:
        """A function of single values; those that are made of ReLUs as that."""
        settings = {each.name: helper.get_attribute_value(each) for each in node.attribute}
        if node.op_type in ("Sigmoid", "Tanh"):
            return self._neurons(node, node.op_type.lower(), value)
        if node.op_type == "Relu":
            return self._neurons(node, RELU, value)
        if node.op_type == "LeakyRelu":
            slope = float(settings.get("alpha", _LEAKY_SLOPE))
            below = self._neurons(node, RELU, -value).times(-slope)
            return self._neurons(node, RELU, value).plus(below)
        if any(other is not None and other.parts for other in others):
            _refuse(node, "has an end that depends on readings; it should be a constant")
        if any(other is not None and other.constant.size != 1 for other in others):
            _refuse(node, "has ends that differ between values; each should be one number")
        ends = [None if other is None else other.constant.item() for other in others]
        low, high = (*ends, None, None)[:2]
        low, high = settings.get("min", low), settings.get("max", high)  # as it was before opset 11
        if high is not None and low is None:
            return (-self._neurons(node, RELU, (-value).plus(high))).plus(high)
        if low is None:
            return value
        clipped = self._neurons(node, RELU, value.plus(-low)).plus(low)
        if high is None:
            return clipped
        if high < low:
            _refuse(node, f"should have its ends in order, and has {low:g} and {high:g}")
        return clipped.plus(-self._neurons(node, RELU, value.plus(-high)))

    def _neurons(self, node: NodeProto, function: str, value: _Signal) -> _Signal:
        level = 1 + max(value.parts)
        while len(self._levels) < level:
            self._levels.append(_Neurons(function))
            self._widths.append(0)
        neurons = self._levels[level - 1]
        if neurons.function != function:
            _refuse(node, f"stands where another value goes through a {neurons.function}; should be alike")
        first, shape = len(neurons), value.constant.shape
        neurons.signals.append(_flat(value))
        if sum(map(len, self._levels)) > MOST_NEURONS:
            _refuse(node, f"makes more than {MOST_NEURONS:,} neurons")
        part = np.zeros((len(neurons), value.constant.size))
        part[first:] = np.eye(value.constant.size)
        return _Signal(np.zeros(shape), {level: part.reshape(len(neurons), *shape)})

    def layers(self, output: str) -> Folded:
        """All that was found, as layers from the numbers to the output."""
        above, taken = _flat(self._signals[output]), []
        if not above.parts:
            raise ValueError("its output does not depend on its input")
        functions = [neurons.function for neurons in self._levels[: max(above.parts)]]
        for level in range(len(functions), 0, -1):
            own = _joined(self._levels[level - 1].signals)
            above, own = _carried(above, own, level, functions)
            taken.append(above)
            above = own
        taken.append(above)
        taken.reverse()
        weights = tuple(signal.parts[level].T.copy() for level, signal in enumerate(taken))
        return Folded(tuple(functions), weights, tuple(signal.constant for signal in taken))


def folded(model: ModelProto, inputs: int) -> Folded:
    """The layers of a model that ``checked`` has let through.

    Raises ValueError, in one sentence, where it is no chain of sums and functions.
    """
    folding = _Folding(model, inputs)
    with np.errstate(all="ignore"):  # what is not finite is refused
        for node in model.graph.node:
            folding.apply(node)
    return folding.layers(model.graph.output[0].name)


def _carried(above: _Signal, own: _Signal, level: Level, functions: Sequence[str]) -> tuple[_Signal, _Signal]:
    """Let what skips a level go through ReLUs of it: all that is above then comes from this level."""
    rows = [np.zeros((own.constant.size, above.constant.size))]
    seen = above.parts.get(level, rows[0])
    rows[0][: len(seen)] = seen
    signals = [own]
    for below in sorted(set(above.parts) - {level}):
        used = np.flatnonzero(above.parts[below].any(axis=1))
        if used.size and functions[level - 1] != RELU:
            raise ValueError(f"a value skips a {functions[level - 1]}; that can be had past a relu alone")
        is_signed = below == 0 or functions[below - 1] == "tanh"
        for sign in (1, -1) if is_signed else (1,):
            rows.append(sign * above.parts[below][used])
            itself = sign * np.eye(len(above.parts[below]))[:, used]
            signals.append(_Signal(np.zeros(used.size), {below: itself}))
    return _Signal(above.constant, {level: np.vstack(rows)}), _joined(signals)


def _joined(signals: Sequence[_Signal]) -> _Signal:
    """Vectors as one."""
    sizes = [signal.constant.size for signal in signals]
    parts: dict[Level, Floats] = {}
    for number, signal in enumerate(signals):
        for level, part in signal.parts.items():
            whole = np.zeros((len(part), sum(sizes)))
            whole[:, sum(sizes[:number]) : sum(sizes[: number + 1])] = part
            parts[level] = _added(parts[level], whole) if level in parts else whole
    return _Signal(np.concatenate([signal.constant for signal in signals]), parts)


def _flat(signal: _Signal) -> _Signal:
    parts = {level: part.reshape(len(part), -1) for level, part in signal.parts.items() if part.any()}
    return _Signal(signal.constant.ravel(), parts)


def _array(tensor: TensorProto) -> np.ndarray[Any, Any]:
    """A constant; numbers that are no indices in float64, in which all is computed."""
    values = numpy_helper.to_array(tensor)
    return values.astype(np.float64) if values.dtype.kind == "f" else values


def _outputs(
    evaluator: ReferenceEvaluator, node: NodeProto, operands: Sequence[np.ndarray[Any, Any] | None]
) -> list[np.ndarray[Any, Any]]:
    given = {name: value for name, value in zip(node.input, operands, strict=True) if name}
    try:
        made = evaluator.run(None, given)
    except Exception as error:  # whatever numpy says to operands that do not fit
        raise ValueError(f"{node.op_type} cannot be computed: {shown(str(error))}") from None
    arrays = [np.asarray(each) for each in made]
    if not all(np.isfinite(each).all() for each in arrays):
        raise ValueError(f"{node.op_type} gives a value that is no finite number")
    return [each.astype(np.float64) if each.dtype.kind == "f" else each for each in arrays]


def _refuse(node: NodeProto, why: str) -> NoReturn:
    name = f" {shown(node.name)}" if node.name else ""
    raise ValueError(f"{node.op_type}{name} {why}")
