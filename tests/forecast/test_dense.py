from fractions import Fraction
from functools import partial
from itertools import permutations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import InputError
from sim.forecast.dense import IntegerDense, RealDense
from sim.forecast.families import families
from sim.forecast.model import Shape, wh_from_outputs

LIMIT_WH = 12_000


def integers(shape, bound):
    size = int(np.prod(shape))
    numbers = st.lists(st.integers(-bound, bound), min_size=size, max_size=size)
    return numbers.map(lambda values: np.array(values, dtype=np.int64).reshape(shape))


@st.composite
def models(draw):
    """Up to three layers of up to three neurons."""
    widths = draw(st.lists(st.integers(1, 3), min_size=2, max_size=4))
    precision, layers = draw(st.integers(1, 8)), range(1, len(widths))
    return IntegerDense(
        family="mlp",
        precision=precision,
        weights=tuple(draw(integers((widths[k], widths[k - 1]), 2 * 2**precision)) for k in layers),
        biases=tuple(draw(integers((widths[k],), 900 * 2 ** (precision * k))) for k in layers),
    )


@st.composite
def models_with_windows(draw):
    model = draw(models())
    return model, draw(integers((model.inputs,), LIMIT_WH))


def trace(model, window):
    """The outputs in Python's integers, and every single product and term on the way."""
    signal, terms = [int(reading) for reading in window], []
    for layer, (weight, bias) in enumerate(zip(model.weights, model.biases, strict=True)):
        signal = [max(value, 0) for value in signal] if layer else signal
        sums = [
            [int(w) * x for w, x in zip(row, signal, strict=True)] + [int(b)]
            for row, b in zip(weight, bias, strict=True)
        ]
        terms.append(sums)
        signal = [sum(row) for row in sums]
    return signal, terms


def small_model(precision=8):
    folded = RealDense(
        "mlp",
        weights=(np.array([[0.5, -0.25], [0.125, 1.0]]), np.array([[1.5, -2.0]])),
        biases=(np.array([10.0, -20.0]), np.array([0.75])),
    )
    return folded.quantised(precision)


@given(models_with_windows())
def test_outputs_are_exact(case):
    model, window = case
    assert model.outputs(window).tolist() == trace(model, window)[0]


@given(models_with_windows())
def test_no_value_exceeds_the_largest_intermediate(case):
    """No partial sum of any row, in any order of its terms."""
    model, window = case
    bound = model.largest_intermediate(LIMIT_WH)
    for layer in trace(model, window)[1]:
        for row in layer:
            for order in permutations(row):
                assert np.abs(np.cumsum(np.array(order, dtype=object))).max() <= bound


def test_largest_intermediate_is_reached():
    """By hand: 3 x 1000 + 1 x 1000 in the first layer, then 2 x 4000 - 8000 passes 8000 on its way to 0."""
    one = IntegerDense("linear", 0, (np.array([[3, -1]]),), (np.array([0]),))
    assert one.largest_intermediate(1_000) == 4_000
    two = IntegerDense("mlp", 0, (*one.weights, np.array([[2]])), (*one.biases, np.array([-8_000])))
    assert (two.largest_intermediate(1_000), two.largest_intermediate(1_001)) == (8_000, 8_008)


def test_a_relu_shortens_the_interval():
    """A neuron that is never positive gives nothing to the next layer."""
    first, second = np.array([[1]]), np.array([[1_000]])
    silent = IntegerDense("mlp", 0, (first, second), (np.array([-200]), np.array([0])))
    heard = IntegerDense("mlp", 0, (first, second), (np.array([200]), np.array([0])))
    assert (silent.largest_intermediate(100), heard.largest_intermediate(100)) == (300, 300_000)


def test_largest_intermediate_does_not_wrap():
    """Beyond int64 it still grows, so that such models can be refused."""
    weight = np.full((1, 1), 2**40)
    model = IntegerDense("mlp", 1, (weight, weight), (np.array([0]), np.array([0])))
    assert model.largest_intermediate(2**20) == 2**100


@pytest.mark.parametrize(
    ("real", "whole"),
    [(0.5, 1), (-0.5, -1), (1.5, 2), (2.5, 3), (-2.5, -3), (0.25, 0), (np.nextafter(0.5, 0), 0)],
)
def test_weights_round_half_away_from_zero(real, whole):
    model = RealDense("linear", (np.array([[real / 2]]),), (np.array([real / 2]),)).quantised(1)
    assert (model.weights[0].tolist(), model.biases[0].tolist()) == ([[whole]], [whole])


@given(st.floats(-100, 100), st.integers(1, 12))
def test_quantising_errs_by_half_a_step_at_most(real, precision):
    model = RealDense("mlp", (np.array([[real]]),) * 2, (np.array([real]),) * 2).quantised(precision)
    steps = [(model.weights, (1, 1)), (model.biases, (1, 2))]
    for arrays, layers in steps:
        for array, layer in zip(arrays, layers, strict=True):
            scaled = Fraction(real) * 2 ** (precision * layer)
            assert abs(Fraction(int(array.item())) - scaled) <= Fraction(1, 2)


def test_biases_stand_at_the_scale_of_their_layer():
    model = small_model(precision=8)
    assert (model.biases[0].tolist(), model.biases[1].tolist()) == ([10 * 2**8, -20 * 2**8], [0.75 * 2**16])
    assert model.output_scale == 16
    assert model.forecast_wh(np.array([100, 40])).tolist() == [round(1.5 * 50 - 2 * 32.5 + 0.75)]


def test_a_model_beyond_64_bits_is_refused():
    folded = RealDense("linear", (np.array([[2.0**42]]),), (np.array([0.0]),))
    assert folded.quantised(20).weights[0].item() == 2**62
    with pytest.raises(InputError, match=r"^proofs.precision = 21: the linear model leaves 64 bits"):
        folded.quantised(21)


@given(st.integers(-(2**60), 2**60), st.integers(0, 40))
def test_wh_are_outputs_rounded_half_away_from_zero(output, scale):
    exact = Fraction(output, 2**scale)
    down = abs(exact) // 1
    magnitude = down + 1 if abs(exact) - down >= Fraction(1, 2) else down
    expected = magnitude if output >= 0 else -magnitude
    assert wh_from_outputs(np.array([output]), scale).tolist() == [expected]


def test_digest_is_that_of_the_canonical_json():
    """Fixed for ever: bundles name their models by it."""
    assert small_model(precision=2).to_json() == (
        '{"biases":[[40,-80],[12]],"family":"mlp","precision":2,"weights":[[[2,-1],[1,4]],[[6,-8]]]}'
    )
    assert (
        small_model(precision=2).digest == "1b022cf6bb4ab82a421e6201979f79c793a35859c30374349178e574248cdd5b"
    )


def test_layers_by_hand():
    layers = [torch.tensor(t, dtype=torch.float64) for t in ([[1, -1], [2, 0]], [0, -5], [[1, 10]], [0.5])]
    predict = partial(families.make("mlp").predict, Shape(2, 1, (2,)))
    assert predict(layers, torch.tensor([[3.0, 1.0]], dtype=torch.float64)).tolist() == [[2 + 10 * 1 + 0.5]]
    assert predict(layers, torch.tensor([[1.0, 3.0]], dtype=torch.float64)).tolist() == [[0.5]]


def test_widths_follow_the_family():
    shape = Shape(48, 24, hidden=(8, 4))
    sizes = {
        name: [bias.size for bias in families.make(name).nominal(shape).biases] for name in ("linear", "mlp")
    }
    assert sizes == {"linear": [24], "mlp": [8, 4, 24]}
