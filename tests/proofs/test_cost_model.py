from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from sim.errors import InputError
from sim.forecast.dense import IntegerDense
from sim.proofs import layout
from sim.proofs.cost_model import cost_of, predict_cost, tuned_settings
from sim.proofs.layout import rows_of
from sim.proofs.settings import EzklSettings, check_admissible, write_settings
from tests.proofs.models import LIMIT_WH, default_mlp, folded, tiny_linear, tiny_mlp

SIZES = (9, 10, 11, 12)


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


def test_models_of_one_shape_are_laid_out_once(monkeypatch):
    """Settings are chosen among dozens of layouts; other weights, readings and tariffs need no others."""
    laid_out = []

    def noted(model, settings, *paths):
        laid_out.append(settings)
        return write_settings(model, settings, *paths)

    monkeypatch.setattr(layout, "write_settings", noted)
    rows_of.cache_clear()
    first = tuned_settings(default_mlp(), LIMIT_WH, SIZES)
    once = len(laid_out)
    assert once == len(set(laid_out)) > 10
    other = replace(default_mlp(), weights=tuple(-weight for weight in default_mlp().weights))
    assert tuned_settings(other, LIMIT_WH, SIZES) == first
    assert predict_cost(other, first) == predict_cost(default_mlp(), first)
    assert len(laid_out) == once
    tuned_settings(biased(default_mlp(), 0, 0), LIMIT_WH, SIZES)
    assert len(laid_out) > once


def test_a_weight_beyond_a_circuit_is_refused_though_its_shape_is_known():
    settings = tuned_settings(tiny_linear(), LIMIT_WH, SIZES)
    wrong = replace(tiny_linear(), weights=(np.full_like(tiny_linear().weights[0], 2**24 + 1),))
    with pytest.raises(InputError, match="a weight of layer 1 is 16777217"):
        predict_cost(wrong, settings)


def test_tuning_keeps_to_the_sizes_of_the_srs():
    assert tuned_settings(tiny_mlp(), LIMIT_WH, (11,)).logrows == 11


def test_no_admissible_settings_end_in_one_sentence():
    with pytest.raises(
        InputError, match=r"the model's values reach \d+ bits, where a circuit holds 62; lower"
    ):
        tuned_settings(tiny_mlp(), 10**16, SIZES)


def test_a_model_too_large_for_the_contract_is_refused():
    model = folded((336, 128, 48)).quantised(4)
    with pytest.raises(InputError, match=r"too large for the contract: proofs of \d+ bytes"):
        tuned_settings(model, LIMIT_WH, (9,))


def test_cost_rises_with_rows_and_width():
    settings = EzklSettings(512, 4, 1, 10)
    costs = [cost_of(rows, settings) for rows in (900, 1100, 5000)]
    for cheap, dear in pairwise(costs):
        assert cheap.proof_bytes < dear.proof_bytes
        assert cheap.prove_cpu_s < dear.prove_cpu_s
        assert cheap.key_words < dear.key_words


@pytest.mark.parametrize(
    ("columns", "blocks", "proof_bytes", "key_words"),
    [(1, 1, 2080, 128), (1, 2, 3264, 174), (1, 12, 15104, 622), (2, 1, 3200, 159), (2, 6, 14592, 534)],
)
def test_sizes_agree_with_circuits_that_were_built(columns, blocks, proof_bytes, key_words):
    settings = EzklSettings(256, 4, columns, 10)
    cost = cost_of(blocks * settings.usable_rows, settings)
    assert cost.proof_bytes == pytest.approx(proof_bytes, rel=0.01)
    assert cost.key_words == pytest.approx(key_words, abs=2)
