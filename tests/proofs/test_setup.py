import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from eth_hash.auto import keccak

from sim.errors import InputError, ProverError
from sim.proofs import setup
from sim.proofs.circuit import commitment_of
from sim.proofs.settings import EzklSettings
from sim.proofs.setup import build_circuit
from tests.proofs.models import LIMIT_WH, folded, tiny_linear, tiny_mlp

TINY_MLP_DIGEST = "0x4dbb88b92a077714441117e34b299cf81543d1875e47f38058d25c4a4b5d4f59"


def test_the_digest_is_keccak_of_the_key_words(mlp_circuit):
    words = mlp_circuit.key_words
    assert {len(word) for word in words} == {32}
    assert mlp_circuit.digest == "0x" + keccak(b"".join(words)).hex()
    assert mlp_circuit.model.horizon == int.from_bytes(words[2], "big")  # the verifier reads words big-endian


def test_golden_digest(mlp_circuit):
    assert mlp_circuit.digest == TINY_MLP_DIGEST


def test_same_model_same_keys(mlp_circuit, srs, small_settings, tmp_path):
    """Six times, for EZKL lists its range checks in either order."""
    for attempt in range(6):
        again = build_circuit(tiny_mlp(), small_settings, LIMIT_WH, srs, tmp_path / str(attempt))
        assert again.digest == mlp_circuit.digest
        assert again.pk_path.read_bytes() == mlp_circuit.pk_path.read_bytes()


def test_another_model_or_layout_is_another_circuit(mlp_circuit, linear_circuit, srs, tmp_path):
    assert linear_circuit.digest != mlp_circuit.digest
    wider = EzklSettings(256, 4, 1, 9)
    assert build_circuit(tiny_mlp(), wider, LIMIT_WH, srs, tmp_path).digest != mlp_circuit.digest


def test_facts(mlp_circuit, small_settings):
    assert mlp_circuit.settings == small_settings
    assert mlp_circuit.vk_bytes == mlp_circuit.vk_path.stat().st_size > 0
    assert mlp_circuit.pk_bytes == mlp_circuit.pk_path.stat().st_size > 0
    assert mlp_circuit.proof_bytes % 32 == 0
    assert mlp_circuit.rows <= small_settings.usable_rows


def test_every_value_moves_the_commitment(mlp_circuit, srs):
    lookback, salts = mlp_circuit.model.lookback, mlp_circuit.settings.salts
    base = [*range(1, lookback + 1), *[2**31 - 1] * salts]
    changed = [base, *([*base[:i], base[i] - 1, *base[i + 1 :]] for i in range(len(base)))]
    found = {commitment_of(mlp_circuit, values[:lookback], values[lookback:], srs) for values in changed}
    assert len(found) == 1 + lookback + salts


def test_values_beyond_one_column_are_refused(mlp_circuit, srs):
    with pytest.raises(ProverError, match="600 committed values take 2 points"):
        commitment_of(mlp_circuit, [1] * 300, [1] * 300, srs)


def test_set_up_notices_a_value_that_is_not_committed(mlp_circuit, srs, monkeypatch):
    def forgets_the_last(circuit, window_wh, salts, srs):
        return commitment_of(circuit, window_wh, [*salts[:-1], 0], srs)

    monkeypatch.setattr(setup, "commitment_of", forgets_the_last)
    with pytest.raises(ProverError, match="does not depend on value 19 of 20"):
        setup._check_every_value_is_committed(mlp_circuit, srs)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"model_output_scales": [7]}, r"output scales are \[7\], where \[14\] was meant"),
        ({"required_lookups": ["Abs"]}, "lookups"),
        ({"module_sizes": {"polycommit": [6, 13]}}, r"committed values are \[6, 13\], where \[20\]"),
    ],
)
def test_set_up_refuses_a_circuit_that_was_not_meant(mlp_circuit, change, sentence):
    layout = json.loads(mlp_circuit.settings_path.read_text())
    setup._check_layout(layout, mlp_circuit.model, mlp_circuit.settings)
    with pytest.raises(ProverError, match=sentence):
        setup._check_layout(layout | change, mlp_circuit.model, mlp_circuit.settings)


@pytest.mark.parametrize(
    "run_args",
    [
        {"input_visibility": "Private"},
        {"param_visibility": "Private"},
        {"output_visibility": "Private"},
        {"ignore_range_check_inputs_outputs": True},
    ],
)
def test_set_up_refuses_what_weakens_a_circuit(mlp_circuit, run_args):
    layout = json.loads(mlp_circuit.settings_path.read_text())
    layout["run_args"] |= run_args
    with pytest.raises(ProverError, match="was meant"):
        setup._check_layout(layout, mlp_circuit.model, mlp_circuit.settings)


def test_inadmissible_settings_make_no_files(srs, tmp_path):
    with pytest.raises(InputError, match="should be above"):
        build_circuit(tiny_linear(), EzklSettings(16, 4, 2, 9), LIMIT_WH, srs, tmp_path / "refused")
    assert not (tmp_path / "refused").exists()


def test_a_circuit_beyond_the_contract_is_refused_before_its_keys_are_made(srs, tmp_path):
    model = folded((336, 64, 24)).quantised(4)
    with pytest.raises(InputError, match=r"too large for the contract: proofs of \d+ bytes .* 16384"):
        build_circuit(model, EzklSettings(256, 4, 2, 9), LIMIT_WH, srs, tmp_path)
    assert not (tmp_path / "pk").exists()


@pytest.mark.parametrize(("bound", "value"), [("MAX_KEY_WORDS", 100), ("MAX_PROOF_BYTES", 3000)])
def test_what_was_built_is_held_to_the_contract_too(srs, small_settings, tmp_path, monkeypatch, bound, value):
    monkeypatch.setattr(setup, bound, value)
    monkeypatch.setattr(setup, "_PREDICTION_TOLERANCE", 2)
    with pytest.raises(InputError, match="too large for the contract"):
        build_circuit(tiny_mlp(), small_settings, LIMIT_WH, srs, tmp_path)


def test_facts_compare_without_the_clock(mlp_circuit):
    assert replace(mlp_circuit, setup_s=0.0) == mlp_circuit


QUIETLY = """
import sys
from pathlib import Path
from sim.proofs.srs import load_srs
from sim.proofs.setup import build_circuit
from tests.proofs.models import LIMIT_WH, tiny_mlp
build_circuit(tiny_mlp(), None, LIMIT_WH, load_srs(), Path(sys.argv[1]))
"""


@pytest.mark.slow
def test_the_terminal_stays_clean(tmp_path):
    """In a process of its own: here, the test runner's log handlers would hide what EZKL says."""
    command = [sys.executable, "-c", QUIETLY, str(tmp_path)]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
