from dataclasses import replace

import pytest

from sim.errors import InputError
from sim.proofs.settings import EzklSettings, check_admissible, choose_precision
from tests.proofs.models import LIMIT_WH, folded, tiny_mlp

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
    with pytest.raises(InputError, match=r"500 readings and 14 salts should fit one column, which has 505"):
        check_admissible(model, replace(GOOD, logrows=9), LIMIT_WH, SIZES)


def test_too_many_outputs_for_the_contract():
    model = folded((4, 49)).quantised(4)
    with pytest.raises(InputError, match="49 outputs; the contract takes at most 48"):
        check_admissible(model, GOOD, LIMIT_WH, SIZES)


def test_the_range_is_tight():
    """One more Wh of limit than the range holds, and the settings are refused."""
    model = tiny_mlp()
    settings = replace(GOOD, decomp_legs=4)
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
