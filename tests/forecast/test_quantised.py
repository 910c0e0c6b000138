import json
from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import InputError
from sim.forecast.quantised import FoldedModel, QuantisedModel, quantise, wh_from_outputs

LIMIT_WH = 12_000


def integers(shape, bound):
    size = int(np.prod(shape))
    numbers = st.lists(st.integers(-bound, bound), min_size=size, max_size=size)
    return numbers.map(lambda values: np.array(values, dtype=np.int64).reshape(shape))


@st.composite
def models(draw):
    """Up to three layers of up to three neurons."""
    widths = draw(st.lists(st.integers(1, 3), min_size=2, max_size=4))
    precision = draw(st.integers(1, 8))
    layers = range(1, len(widths))
    return QuantisedModel(
        family="mlp",
        precision=precision,
        weights=tuple(draw(integers((widths[k], widths[k - 1]), 2 * 2**precision)) for k in layers),
        biases=tuple(draw(integers((widths[k],), 900 * 2 ** (precision * k))) for k in layers),
    )


@st.composite
def models_with_windows(draw):
    model = draw(models())
    return model, draw(integers((model.lookback,), LIMIT_WH))


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
    folded = FoldedModel(
        weights=(np.array([[0.5, -0.25], [0.125, 1.0]]), np.array([[1.5, -2.0]])),
        biases=(np.array([10.0, -20.0]), np.array([0.75])),
    )
    return quantise(folded, "mlp", precision)


@given(models_with_windows())
def test_outputs_are_exact(case):
    model, window = case
    assert model.outputs(window).tolist() == trace(model, window)[0]


@given(models_with_windows())
def test_outputs_of_many_windows_are_those_of_each(case):
    model, window = case
    batch = np.stack([window, -window, 0 * window])[None]
    assert model.outputs(batch).shape == (1, 3, model.horizon)
    for row, each in zip(model.outputs(batch)[0], batch[0], strict=True):
        assert row.tolist() == model.outputs(each).tolist()


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
    one = QuantisedModel("linear", 0, (np.array([[3, -1]]),), (np.array([0]),))
    assert one.largest_intermediate(1_000) == 4_000
    two = QuantisedModel("mlp", 0, (*one.weights, np.array([[2]])), (*one.biases, np.array([-8_000])))
    assert two.largest_intermediate(1_000) == 8_000
    assert two.largest_intermediate(1_001) == 8_008


def test_a_relu_shortens_the_interval():
    """A neuron that is never positive gives nothing to the next layer."""
    first, second = np.array([[1]]), np.array([[1_000]])
    silent = QuantisedModel("mlp", 0, (first, second), (np.array([-200]), np.array([0])))
    heard = QuantisedModel("mlp", 0, (first, second), (np.array([200]), np.array([0])))
    assert silent.largest_intermediate(100) == 300
    assert heard.largest_intermediate(100) == 300_000


def test_largest_intermediate_does_not_wrap():
    """Beyond int64 it still grows, so that such models can be refused."""
    weight = np.full((1, 1), 2**40)
    model = QuantisedModel("mlp", 1, (weight, weight), (np.array([0]), np.array([0])))
    assert model.largest_intermediate(2**20) == 2**100


@pytest.mark.parametrize(
    ("real", "whole"),
    [(0.5, 1), (-0.5, -1), (1.5, 2), (2.5, 3), (-2.5, -3), (0.25, 0), (np.nextafter(0.5, 0), 0)],
)
def test_weights_round_half_away_from_zero(real, whole):
    model = quantise(FoldedModel((np.array([[real / 2]]),), (np.array([real / 2]),)), "linear", 1)
    assert (model.weights[0].tolist(), model.biases[0].tolist()) == ([[whole]], [whole])


@given(st.floats(-100, 100), st.integers(1, 12))
def test_quantising_errs_by_half_a_step_at_most(real, precision):
    folded = FoldedModel((np.array([[real]]), np.array([[real]])), (np.array([real]), np.array([real])))
    model = quantise(folded, "mlp", precision)
    steps = [(model.weights, (1, 1)), (model.biases, (1, 2))]
    for arrays, layers in steps:
        for array, layer in zip(arrays, layers, strict=True):
            scaled = Fraction(real) * 2 ** (precision * layer)
            assert abs(Fraction(int(array.item())) - scaled) <= Fraction(1, 2)


def test_biases_stand_at_the_scale_of_their_layer():
    model = small_model(precision=8)
    assert model.biases[0].tolist() == [10 * 2**8, -20 * 2**8]
    assert model.biases[1].tolist() == [0.75 * 2**16]
    assert model.output_scale == 16
    assert model.forecast_wh(np.array([100, 40])).tolist() == [round(1.5 * 50 - 2 * 32.5 + 0.75)]


def test_a_model_beyond_64_bits_is_refused():
    folded = FoldedModel((np.array([[2.0**42]]),), (np.array([0.0]),))
    assert quantise(folded, "linear", 20).weights[0].item() == 2**62
    with pytest.raises(InputError, match=r"^proofs.precision = 21: the linear model leaves 64 bits"):
        quantise(folded, "linear", 21)


@given(st.integers(-(2**60), 2**60), st.integers(0, 40))
def test_wh_are_outputs_rounded_half_away_from_zero(output, scale):
    exact = Fraction(output, 2**scale)
    down = abs(exact) // 1
    magnitude = down + 1 if abs(exact) - down >= Fraction(1, 2) else down
    expected = magnitude if output >= 0 else -magnitude
    assert wh_from_outputs(np.array([output]), scale).tolist() == [expected]


def test_json_and_back_is_the_same_model():
    model = small_model()
    copy = QuantisedModel.from_json(model.to_json())
    assert copy.digest == model.digest
    assert [w.tolist() for w in copy.weights] == [w.tolist() for w in model.weights]
    assert [b.tolist() for b in copy.biases] == [b.tolist() for b in model.biases]
    assert (copy.lookback, copy.horizon, copy.parameters) == (2, 1, 9)


def test_digest_is_that_of_the_canonical_json():
    """Fixed for ever: bundles name their models by it."""
    assert small_model(precision=2).to_json() == (
        '{"biases":[[40,-80],[12]],"family":"mlp","precision":2,"weights":[[[2,-1],[1,4]],[[6,-8]]]}'
    )
    assert (
        small_model(precision=2).digest == "1b022cf6bb4ab82a421e6201979f79c793a35859c30374349178e574248cdd5b"
    )


def test_digest_notices_every_number():
    fields = json.loads(small_model().to_json())
    digests = {small_model().digest}
    for key in ("weights", "biases"):
        for layer in range(2):
            changed = json.loads(json.dumps(fields))
            cell = changed[key][layer]
            row = cell[0] if key == "weights" else cell
            row[0] += 1
            digests.add(QuantisedModel.from_json(json.dumps(changed)).digest)
    assert len(digests) == 5
