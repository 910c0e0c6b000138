"""Circuit settings: which are admissible, and what they cost."""

from dataclasses import replace

import numpy as np
import pytest

from sim.errors import InputError
from sim.forecast.dense import IntegerDense
from sim.proofs.cost_model import cost_of, predict_cost, tuned_settings
from sim.proofs.layout import rows_of
from sim.proofs.settings import EzklSettings, check_admissible, choose_precision, write_settings
from tests.proofs.models import LIMIT_WH, default_mlp, folded, tiny_linear, tiny_mlp

GOOD = EzklSettings(decomp_base=256, decomp_legs=4, num_inner_cols=2, logrows=10)
SIZES = (9, 10, 11, 12)


@pytest.mark.parametrize(
    ("base", "legs", "bits", "salts"),
    [(256, 4, 31, 14), (512, 4, 35, 12), (128, 5, 34, 13), (10, 9, 28, 15)],
)
def test_salts_carry_166_bits_more_than_the_field(base, legs, bits, salts):
    settings = EzklSettings(base, legs, 2, 10)
    assert (settings.salt_bits, settings.salts) == (bits, salts)
    assert settings.salts * settings.salt_bits >= 254 + 166 > (settings.salts - 1) * settings.salt_bits
    assert 2**settings.salt_bits <= settings.range_limit // 2


def test_good_settings_pass():
    check_admissible(tiny_mlp(), GOOD, LIMIT_WH, SIZES)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"logrows": 13}, r"logrows = 13: the SRS serves 9, 10, 11, 12$"),
        ({"decomp_legs": 2}, r"= 256\^2 should be above \d+, the largest value .* ±12000 Wh"),
        ({"decomp_legs": 8}, r"= 256\^8 should be below 2\^63$"),
        ({"decomp_base": 1024}, r"decomp_base = 1024 should be at most 1017, the usable rows at logrows 10$"),
    ],
)
def test_inadmissible_settings_are_refused_in_one_sentence(change, sentence):
    with pytest.raises(InputError, match=sentence) as refusal:
        check_admissible(tiny_mlp(), replace(GOOD, **change), LIMIT_WH, SIZES)
    assert "\n" not in str(refusal.value)


def test_window_and_salts_must_fit_one_column():
    model = folded((500, 2)).quantised(4)
    check_admissible(model, GOOD, LIMIT_WH, SIZES)
    with pytest.raises(InputError, match=r"500 numbers and 14 salts should fit one column, which has 505"):
        check_admissible(model, replace(GOOD, logrows=9), LIMIT_WH, SIZES)


def test_too_many_outputs_for_the_contract():
    model = folded((4, 97)).quantised(4)
    with pytest.raises(InputError, match="97 outputs; the contract takes at most 96"):
        check_admissible(model, GOOD, LIMIT_WH, SIZES)


def test_the_range_is_tight():
    """One more Wh of limit than the range holds, and the settings are refused."""
    model, settings = tiny_mlp(), replace(GOOD, decomp_legs=4)
    within = max(range(0, 10**6, 1000), key=lambda w: (model.largest_intermediate(w) < 2**32, w))
    check_admissible(model, settings, within, SIZES)
    with pytest.raises(InputError, match="should be above"):
        check_admissible(model, settings, within + 1000, SIZES)


def test_precision_is_the_most_that_fits_36_bits():
    model = folded((24, 8, 24), size=1.0)
    bits = choose_precision(model, LIMIT_WH)
    assert 1 <= bits < 10
    assert model.quantised(bits).largest_intermediate(LIMIT_WH) < 2**36
    assert model.quantised(bits + 1).largest_intermediate(LIMIT_WH) >= 2**36


def test_precision_stops_at_ten():
    assert choose_precision(folded((24, 24)), LIMIT_WH) == 10


def test_explicit_settings_decide_the_range():
    narrow = choose_precision(folded((24, 8, 24), size=1.0), LIMIT_WH, settings=GOOD)
    assert narrow < choose_precision(folded((24, 8, 24), size=1.0), LIMIT_WH)


def test_an_explicit_precision_is_kept_where_it_fits():
    assert choose_precision(folded((24, 8, 24)), LIMIT_WH, precision=12) == 12


@pytest.mark.parametrize("settings", [None, GOOD])
def test_an_explicit_precision_that_does_not_fit_is_refused(settings):
    deep = folded((24, 8, 8, 8, 24))
    with pytest.raises(
        InputError, match=r"with proofs.precision = 20 the mlp model needs values of \d+ bits"
    ):
        choose_precision(deep, LIMIT_WH, precision=20, settings=settings)


def test_a_model_that_fits_at_no_precision_is_refused():
    steep = folded((24, 8, 24), size=1.0)
    steep = replace(steep, weights=tuple(weight * 1e4 for weight in steep.weights))
    with pytest.raises(InputError, match=r"at any precision the mlp model needs values of \d+ bits"):
        choose_precision(steep, LIMIT_WH)


def test_the_default_forecaster_fits_one_block_of_1024_rows():
    settings = tuned_settings(default_mlp(), LIMIT_WH, SIZES)
    assert (settings.num_inner_cols, settings.logrows) == (2, 10)
    assert predict_cost(default_mlp(), settings).blocks == 1


@pytest.mark.parametrize("shape", [(24, 24), (24, 8, 24), (168, 32, 24)])
def test_tuned_settings_are_admissible(shape):
    model = folded(shape).quantised(8)
    check_admissible(model, tuned_settings(model, LIMIT_WH, SIZES), LIMIT_WH, SIZES)


def biased(model: IntegerDense, *biases: int) -> IntegerDense:
    """The model with one bias for all of a layer."""
    both = zip(biases, model.biases, strict=True)
    return replace(model, biases=tuple(np.full_like(old, bias) for bias, old in both))


@pytest.mark.parametrize(
    "model",
    [
        default_mlp(),
        tiny_linear(),
        biased(default_mlp(), 0, 0),
        biased(default_mlp(), 3, 2**30 + 1),
        biased(default_mlp(), -(2**27) - 1, 0),
        folded((48, 16, 12)).quantised(6),
    ],
)
@pytest.mark.parametrize("settings", [EzklSettings(256, 4, 2, 10), EzklSettings(1024, 4, 1, 9)])
def test_a_shape_has_the_rows_of_every_model_that_has_it(model, settings, tmp_path):
    (tmp_path / "model.onnx").write_bytes(model.onnx_bytes(settings.salts))
    itself = write_settings(model, settings, tmp_path / "model.onnx", tmp_path / "settings.json")
    assert rows_of(model.layout, settings) == itself["num_rows"]


def test_a_weight_beyond_a_circuit_is_refused_though_its_shape_is_known():
    settings = tuned_settings(tiny_linear(), LIMIT_WH, SIZES)
    wrong = replace(tiny_linear(), weights=(np.full_like(tiny_linear().weights[0], 2**24 + 1),))
    with pytest.raises(InputError, match="a weight of layer 1 is 16777217"):
        predict_cost(wrong, settings)


def test_a_model_too_large_for_the_contract_is_refused():
    model = folded((336, 128, 48)).quantised(4)
    with pytest.raises(InputError, match=r"too large for the contract: proofs of \d+ bytes"):
        tuned_settings(model, LIMIT_WH, (9,))


@pytest.mark.parametrize(
    ("columns", "blocks", "proof_bytes", "key_words"),
    [(1, 1, 2080, 128), (1, 2, 3264, 174), (1, 12, 15104, 622), (2, 1, 3200, 159), (2, 6, 14592, 534)],
)
def test_sizes_agree_with_circuits_that_were_built(columns, blocks, proof_bytes, key_words):
    settings = EzklSettings(256, 4, columns, 10)
    cost = cost_of(blocks * settings.usable_rows, settings)
    assert cost.proof_bytes == pytest.approx(proof_bytes, rel=0.01)
    assert cost.key_words == pytest.approx(key_words, abs=2)
