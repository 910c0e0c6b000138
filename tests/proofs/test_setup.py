"""Circuits and the SRS that they are set up with."""

import json
import shutil

import pytest
from eth_hash.auto import keccak

from sim.errors import InputError, ProverError
from sim.proofs import setup
from sim.proofs import srs as srs_module
from sim.proofs.circuit import commitment_of
from sim.proofs.settings import EzklSettings
from sim.proofs.setup import build_circuit
from sim.proofs.srs import load_srs
from tests.proofs.models import LIMIT_WH, folded, tiny_mlp


def test_shipped_files_are_the_pinned_ones_and_small():
    srs = load_srs()
    assert srs.logrows == (9, 10, 11, 12)
    assert sum(path.stat().st_size for _, path in srs.files) < 2_000_000


def test_a_changed_shipped_file_is_noticed(tmp_path, monkeypatch):
    for _, path in load_srs().files:
        shutil.copy(path, tmp_path)
    changed = bytearray((tmp_path / "kzg11.srs").read_bytes())
    changed[1000] ^= 1
    (tmp_path / "kzg11.srs").write_bytes(changed)
    monkeypatch.setattr(srs_module, "_FOLDER", tmp_path)
    with pytest.raises(InputError, match=r"kzg11\.srs: differs from the SRS"):
        load_srs()


def test_a_ceremony_file_serves_its_own_size(tmp_path):
    path = tmp_path / "kzg10.srs"
    shutil.copy(load_srs().path(10), path)
    named = load_srs(str(path))
    assert (named.logrows, named.digests) == ((10,), (load_srs().digests[1],))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.srs: cannot read the SRS \(No such file"):
        load_srs(str(tmp_path / "none.srs"))


@pytest.mark.parametrize("damage", [lambda _: b"", lambda d: d[:-1], lambda d: d[:4] + b"\0" * (len(d) - 4)])
def test_what_is_no_srs_is_refused(tmp_path, damage):
    path = tmp_path / "bad.srs"
    path.write_bytes(damage(load_srs().path(9).read_bytes()))
    with pytest.raises(InputError, match=r"bad\.srs: not an SRS"):
        load_srs(str(path))


def test_a_file_too_small_for_any_circuit_is_refused(tmp_path):
    small, whole = tmp_path / "kzg4.srs", load_srs().path(9).read_bytes()
    small.write_bytes((4).to_bytes(4, "little") + whole[4 : 4 + 128 * (2**4 + 2)])
    with pytest.raises(InputError, match=r"an SRS of 2\^4 points; circuits here need .* 2\^9 to 2\^14"):
        load_srs(str(small))


TINY_MLP_DIGEST = "0x4dbb88b92a077714441117e34b299cf81543d1875e47f38058d25c4a4b5d4f59"


def test_the_digest_is_keccak_of_the_key_words(mlp_circuit):
    words = mlp_circuit.key_words
    assert ({len(word) for word in words}, mlp_circuit.digest) == ({32}, "0x" + keccak(b"".join(words)).hex())
    assert mlp_circuit.model.horizon == int.from_bytes(words[2], "big")  # the verifier reads words big-endian


def test_golden_digest(mlp_circuit):
    assert mlp_circuit.digest == TINY_MLP_DIGEST


def test_same_model_same_keys(mlp_circuit, srs, small_settings, tmp_path):
    """Six times, for EZKL lists its range checks in either order."""
    for attempt in range(6):
        again = build_circuit(tiny_mlp(), small_settings, LIMIT_WH, srs, tmp_path / str(attempt))
        assert again.digest == mlp_circuit.digest
        assert again.pk_path.read_bytes() == mlp_circuit.pk_path.read_bytes()


def test_every_value_moves_the_commitment(mlp_circuit, srs):
    lookback, salts = mlp_circuit.model.inputs, mlp_circuit.settings.salts
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
