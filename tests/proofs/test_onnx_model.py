import numpy as np
import onnx
import pytest
from onnx.reference import ReferenceEvaluator

from sim.errors import InputError
from sim.forecast.dense import IntegerDense
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
    assert split["rest1"] * 2**10 == 1
    assert (split["bias1"] + split["rest1"]) * 2**10 == 2**24 + 1


def test_a_bias_beyond_two_floats_is_refused():
    with pytest.raises(InputError, match=r"bias of layer 1 is .* lower proofs.precision"):
        biased(2**60 + 2**33 + 1).onnx_bytes(1)


def test_a_weight_beyond_24_bits_is_refused():
    model = IntegerDense("linear", 20, (np.array([[2**25 + 1, 0]]),), (np.array([0]),))
    with pytest.raises(InputError, match=f"weight of layer 1 is {2**25 + 1} at 20 fractional bits"):
        model.onnx_bytes(1)
