"""A user's ONNX file: what is refused before anything runs, and what is made of one."""

from pathlib import Path

import numpy as np
import pytest
from onnx.reference import ReferenceEvaluator

from sim.errors import InputError
from sim.forecast.dense import IntegerDense
from sim.forecast.families import families
from sim.forecast.model import Shape
from sim.forecast.onnx_file import MOST_BYTES
from sim.forecast.tabled import MOST_PRECISION, IntegerTabled
from sim.proofs.cost_model import tuned_settings
from sim.proofs.settings import EzklSettings, check_admissible, choose_precision
from tests.forecast.onnx_models import BROKEN, EXACT, SOUND, dense

WINDOWS_WH = np.random.default_rng(4).integers(-3_000, 6_000, (200, 6))


@pytest.fixture
def shape(tmp_path):
    return Shape(6, 3, file=str(tmp_path / "mine.onnx"))


def written(shape, model):
    content = model if isinstance(model, bytes) else model.SerializeToString()
    Path(shape.file).write_bytes(content)
    return shape


def family():
    return families.make("onnx")


@pytest.mark.parametrize("fault", BROKEN)
def test_what_is_no_forecaster_is_refused_in_one_sentence(fault, shape):
    make, clause = BROKEN[fault]
    with pytest.raises(InputError, match=f"^forecast.model = .*/mine.onnx: {clause}") as refused:
        family().check(written(shape, make()))
    sentence = str(refused.value)
    assert sentence.isprintable()
    assert len(sentence) < len(shape.file) + 500


def test_a_file_that_is_not_there_too_large_or_none_is_refused(shape, tmp_path):
    with pytest.raises(InputError, match=r"mine.onnx: cannot read the model \(No such file"):
        family().check(shape)
    with pytest.raises(InputError, match=r"it has 4,194,305 bytes, and should have at most 4,194,304"):
        family().check(written(shape, bytes(MOST_BYTES + 1)))
    with pytest.raises(InputError, match=r"cannot read the model \(it is a directory"):
        family().check(Shape(6, 3, file=str(tmp_path)))
    with pytest.raises(InputError, match=r"forecast.model is missing: .* it names an ONNX file"):
        family().check(Shape(6, 3))


@pytest.mark.parametrize("name", SOUND)
def test_layers_forecast_what_the_file_does(name, shape):
    """Computed in float64, where the file has float32; then rounded."""
    model = SOUND[name]()
    evaluator = ReferenceEvaluator(model)
    expected = [evaluator.run(None, {"x": each[None].astype(np.float32)})[0][0] for each in WINDOWS_WH]
    given = written(shape, model)
    assert np.array_equal(family().unrounded_wh(given, WINDOWS_WH), expected)
    integers = family().nominal(given).quantised(14 if name in EXACT else 8)
    assert isinstance(integers, IntegerDense if name in EXACT else IntegerTabled)
    deviation = np.abs(integers.forecast_wh(WINDOWS_WH) - expected).max()
    assert deviation < (2 if name in EXACT else 40)


def test_slack_bounds_what_neighbours_of_rounded_numbers_give(shape):
    """A circuit takes either neighbour; so does this, at random."""
    model = family().nominal(written(shape, SOUND["two functions"]())).quantised(8)
    rng, seen = np.random.default_rng(5), []
    for _ in range(20):
        signal = WINDOWS_WH
        layers = zip(model.weights, model.biases, model._rescaling, strict=True)
        for layer, (weight, bias, bits) in enumerate(layers):
            sums = (model._function(layer - 1, signal) if layer else signal) @ weight.T
            signal = (sums >> bits) + rng.integers(0, 2, sums.shape) + bias
        seen.append(np.abs(signal - model.outputs(WINDOWS_WH)).max())
    assert 0 < max(seen) <= model.slack < 100 * max(seen)


def test_a_table_fits_a_column_or_is_refused(shape):
    real = family().nominal(written(shape, SOUND["sigmoid"]()))
    assert choose_precision(real, 12_000) == MOST_PRECISION
    model, sizes = real.quantised(8), (9, 10, 11, 12)
    assert tuned_settings(model, 12_000, sizes).logrows == 12
    with pytest.raises(
        InputError, match=r"the table of 4,089 values .* has 2,041 usable rows at logrows 11; "
    ):
        check_admissible(model, EzklSettings(1024, 4, 2, 11), 12_000, sizes)
    with pytest.raises(InputError, match=r"precision = 9: should be at most 8, as the model has a sigmoid"):
        real.quantised(9)


def test_a_file_that_has_changed_is_read_again(shape):
    first = family().nominal(written(shape, dense())).quantised(8)
    second = family().nominal(written(shape, dense(seed=9))).quantised(8)
    assert first.digest != second.digest
