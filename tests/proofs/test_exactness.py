"""The circuit computes exactly the integers of its model."""

import json
import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx.reference import ReferenceEvaluator

from sim.errors import InputError
from sim.forecast.dense import IntegerDense
from sim.proofs.field import from_hex, signed, to_hex
from sim.proofs.native import ezkl
from sim.proofs.settings import EzklSettings, write_settings
from tests.proofs.models import default_mlp, tiny_linear, tiny_mlp


def constants(data):
    graph = onnx.load_from_string(data).graph
    return {entry.name: onnx.numpy_helper.to_array(entry).astype(np.float64) for entry in graph.initializer}


@pytest.mark.parametrize("model", [tiny_linear(), tiny_mlp(), default_mlp()])
def test_integers_survive_the_round_trip(model):
    read = constants(model.onnx_bytes(11))
    for layer, (weight, bias) in enumerate(zip(model.weights, model.biases, strict=True), start=1):
        scale = 2.0 ** (model.precision * layer)
        assert (read[f"weight{layer}"] * 2**model.precision == weight).all()
        assert (
            (read[f"bias{layer}"] + read.get(f"rest{layer}", [np.zeros(len(bias))])[0]) * scale == bias
        ).all()


def test_the_graph_is_valid_and_ignores_the_salts():
    model = tiny_linear()
    graph = onnx.load_from_string(model.onnx_bytes(3))
    onnx.checker.check_model(graph, full_check=True)
    inputs = np.array([[3, -1, 4, 1, -5, 9, 2, 6]], dtype=np.float32)
    (found,) = ReferenceEvaluator(graph).run(None, {"committed": inputs})
    expected = model.outputs(inputs[0, :5].astype(np.int64)) / 2.0**model.output_scale
    np.testing.assert_allclose(found[0], expected, rtol=1e-5)


def biased(bias):
    return IntegerDense("linear", 10, (np.array([[1, 2]]),), (np.array([bias]),))


def test_only_a_bias_beyond_24_bits_is_split():
    assert "rest1" not in constants(biased(2**24).onnx_bytes(1))
    split = constants(biased(2**24 + 1).onnx_bytes(1))
    assert (split["rest1"] * 2**10, (split["bias1"] + split["rest1"]) * 2**10) == (1, 2**24 + 1)


def test_a_bias_beyond_two_floats_is_refused():
    with pytest.raises(InputError, match=r"bias of layer 1 is .* lower proofs.precision"):
        biased(2**60 + 2**33 + 1).onnx_bytes(1)


def test_a_weight_beyond_24_bits_is_refused():
    model = IntegerDense("linear", 20, (np.array([[2**25 + 1, 0]]),), (np.array([0]),))
    with pytest.raises(InputError, match=f"weight of layer 1 is {2**25 + 1} at 20 fractional bits"):
        model.onnx_bytes(1)


# EZKL's own evaluation against integer arithmetic, on models of all shapes; without keys it is quick ------


WIDE = EzklSettings(decomp_base=1024, decomp_legs=6, num_inner_cols=2, logrows=11)
SALTS = (2**59 - 1, 3)


@st.composite
def models(draw):
    precision = draw(st.integers(1, 10))
    widths = draw(st.lists(st.integers(1, 5), min_size=2, max_size=4))
    weights, biases = [], []
    for layer, (into, out) in enumerate(pairwise(widths), start=1):
        weight = st.one_of(st.just(0), st.integers(-(2**precision), 2**precision))
        bias = st.one_of(
            st.just(0), st.integers(-(2 ** (12 + precision * layer)), 2 ** (12 + precision * layer))
        )
        weights.append(
            np.array(draw(st.lists(weight, min_size=into * out, max_size=into * out))).reshape(out, into)
        )
        biases.append(np.array(draw(st.lists(bias, min_size=out, max_size=out))))
    return IntegerDense("mlp", precision, tuple(weights), tuple(biases))


@settings(max_examples=40)
@given(models(), st.data())
def test_ezkl_evaluates_exactly_the_integers(model, data):
    reading = st.integers(-12_000, 12_000)
    window = data.draw(st.lists(reading, min_size=model.inputs, max_size=model.inputs))
    assert ezkl_outputs(model, window) == model.outputs(np.array(window)).tolist()


def ezkl_outputs(model, window):
    return witness(model, [window])[0]


def witness(model, windows):
    """What EZKL makes of windows in the circuit of a model, which is compiled once."""
    outputs = []
    with tempfile.TemporaryDirectory() as name:
        onnx_path, layout, compiled, inputs, found = (Path(name) / file for file in "abcde")
        onnx_path.write_bytes(model.onnx_bytes(len(SALTS)))
        write_settings(model, WIDE, onnx_path, layout)
        ezkl.compile_circuit(str(onnx_path), str(compiled), str(layout))
        for window in windows:
            inputs.write_text(json.dumps({"input_data": [[to_hex(v) for v in (*window, *SALTS)]]}))
            ezkl.gen_witness(str(inputs), str(compiled), str(found))
            document = json.loads(found.read_text())
            assert [signed(from_hex(v)) for v in document["inputs"][0]] == [*window, *SALTS]
            outputs.append([signed(from_hex(v)) for v in document["outputs"][0]])
    return outputs
