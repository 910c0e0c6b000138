"""Circuits that commit to their outputs and show none."""

import json
from dataclasses import replace

import numpy as np
import onnx
import pytest
from onnx.reference import ReferenceEvaluator

from sim.errors import InputError, ProverError
from sim.proofs import curve, setup
from sim.proofs.circuit import commitment_of, output_column
from sim.proofs.columns import columns_of, total
from sim.proofs.cost_model import cost_of, predict_cost, tuned_settings
from sim.proofs.field import MODULUS
from sim.proofs.jobs import CircuitJob, OpeningJob
from sim.proofs.kept import keep_circuit, keep_proof, kept_circuit, kept_proof
from sim.proofs.pool import ProverPool
from sim.proofs.prover import fresh_salts, prove, prove_under, verify
from sim.proofs.settings import OPEN, EzklSettings, Form, check_admissible, onnx_of
from sim.proofs.setup import build_circuit
from tests.proofs.models import LIMIT_WH, default_mlp, folded, proof_job, tiny_linear, tiny_mlp, tiny_ridge

WINDOW_WH = (120, -3400, 0, 5000, -1)
SEALED = Form(output_proofs=1)
PROVED = Form(output_proofs=2)
SIZES = (9, 10, 11, 12)


@pytest.fixture(scope="module")
def proof(sealed_circuit, srs):
    return prove(sealed_circuit, WINDOW_WH, srs)


@pytest.fixture
def layout(sealed_circuit):
    return json.loads(sealed_circuit.settings_path.read_text())


def test_a_proof_commits_to_window_and_outputs_and_has_no_instances(sealed_circuit, proof, srs):
    outputs = sealed_circuit.model.outputs(np.array(WINDOW_WH)).tolist()
    assert (proof.instances, list(proof.column[: len(outputs)])) == ((), outputs)
    assert proof.commitment == proof.proof[:64] == commitment_of(sealed_circuit, WINDOW_WH, proof.salts, srs)
    assert proof.output_point == proof.proof[64:128] == columns_of(srs, 9).committed(proof.column)
    assert verify(sealed_circuit, proof.proof, (), srs)


def test_nothing_else_verifies(sealed_circuit, proof, srs):
    """Not with an instance, and not with the two points changed, swapped or equal."""
    points, rest = (proof.commitment, proof.output_point), proof.proof[128:]
    other = columns_of(srs, 9).committed([proof.column[0] + 1, *proof.column[1:]])
    assert not verify(sealed_circuit, proof.proof, (0,), srs)
    for changed in ((points[0], other), (other, points[1]), points[::-1], (points[0],) * 2):
        assert not verify(sealed_circuit, b"".join(changed) + rest, (), srs)


def test_a_value_moves_its_points_and_no_other(sealed_circuit, srs):
    """A salt of the window moves the window's point, one of the outputs both, and a reading both."""
    salts = fresh_salts(sealed_circuit)
    first = prove_under(sealed_circuit, WINDOW_WH, salts, srs)
    for place, moves_outputs in ((0, False), (len(salts) - 1, True)):
        changed = (*salts[:place], salts[place] ^ 1, *salts[place + 1 :])
        other = prove_under(sealed_circuit, WINDOW_WH, changed, srs)
        assert other.commitment != first.commitment
        assert (other.output_point != first.output_point) == moves_outputs
    moved = prove_under(sealed_circuit, (121, *WINDOW_WH[1:]), salts, srs)
    assert {moved.commitment, moved.output_point}.isdisjoint({first.commitment, first.output_point})


def test_salts_are_elements_and_one_more_than_proofs_of_their_column(sealed_circuit, proof):
    assert [(form.output_salts, form.salts(sealed_circuit.settings)) for form in (SEALED, PROVED)] == [
        (2, 4),
        (3, 5),
    ]
    assert (OPEN.output_salts, OPEN.salts(sealed_circuit.settings)) == (0, sealed_circuit.settings.salts)
    assert len(set(proof.salts)) == len(proof.salts) == sealed_circuit.salts
    assert min(proof.salts) > 2**200  # but with a probability of 2^-51
    scale = 2**sealed_circuit.model.output_scale
    assert [value % MODULUS for value in proof.column[-2:]] == [
        salt * scale % MODULUS for salt in proof.salts[-2:]
    ]


def test_an_open_circuit_has_no_column(linear_circuit):
    assert output_column(linear_circuit, WINDOW_WH, [1] * linear_circuit.salts) == ()


def test_the_graph_has_the_last_salts_behind_its_outputs(sealed_circuit):
    graph = onnx.load_from_string(onnx_of(sealed_circuit.model, sealed_circuit.settings, SEALED))
    onnx.checker.check_model(graph, full_check=True)
    inputs = np.array([[*range(1, 6), 7, 8, 9, 10]], dtype=np.float32)
    (found,) = ReferenceEvaluator(graph).run(None, {"committed": inputs})
    expected = sealed_circuit.model.outputs(np.arange(1, 6)) / 2.0**sealed_circuit.model.output_scale
    np.testing.assert_allclose(found[0], [*expected, 9, 10], rtol=1e-5)


# What can be sealed, and what set-up refuses


def test_only_affine_models_can_be_sealed(small_settings):
    for model in (tiny_linear(), tiny_ridge()):
        check_admissible(model, small_settings, LIMIT_WH, SIZES, SEALED)
    check_admissible(tiny_mlp(), small_settings, LIMIT_WH, SIZES)
    for refused in (
        lambda: tuned_settings(default_mlp(), LIMIT_WH, SIZES, SEALED),
        lambda: check_admissible(tiny_mlp(), small_settings, LIMIT_WH, SIZES, SEALED),
    ):
        with pytest.raises(InputError, match=r"^the mlp model cannot be sealed: .* linear model") as refusal:
            refused()
        assert "\n" not in str(refusal.value)


def test_two_layers_without_a_relu_are_sealed_exactly(srs, small_settings, tmp_path):
    """Twice the scale of one layer; what lies between them is in columns that end in random rows."""
    model = tiny_ridge()
    circuit = build_circuit(model, small_settings, LIMIT_WH, srs, tmp_path, PROVED)
    found = prove(circuit, [LIMIT_WH, -LIMIT_WH] * 3, srs)
    expected = model.outputs(np.array([LIMIT_WH, -LIMIT_WH] * 3)).tolist()
    assert list(found.column[: model.horizon]) == expected
    assert found.output_point == columns_of(srs, 9).committed(found.column)


@pytest.mark.parametrize("model", [tiny_linear(), tiny_ridge()])
def test_the_largest_output_is_reached_and_never_passed(model):
    (weight,), (bias,) = model.layers.weights, model.layers.biases
    worst = [
        LIMIT_WH * np.sign(row) * (1 if constant >= 0 else -1)
        for row, constant in zip(weight, bias, strict=True)
    ]
    assert np.abs(model.outputs(np.array(worst))).max() == model.largest_output(LIMIT_WH)
    assert model.largest_output(LIMIT_WH) <= model.largest_intermediate(LIMIT_WH)


def test_the_largest_output_of_a_model_with_relus_is_a_bound():
    corners = np.array(np.meshgrid(*[(-LIMIT_WH, LIMIT_WH)] * 6)).reshape(6, -1).T
    assert np.abs(tiny_mlp().outputs(corners)).max() <= tiny_mlp().largest_output(LIMIT_WH)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"required_range_checks": [[-1, 1], [0, 255]]}, r"range checks are .* where \[\] was meant"),
        ({"required_lookups": ["Abs"]}, "lookups"),
        ({"module_sizes": {"polycommit": [9]}}, r"committed values are \[9\], where \[9, 6\] was meant"),
        ({"model_instance_shapes": [[1, 6]]}, r"outputs are \[\[1, 6\]\], where \[\] was meant"),
        ({"run_args": {"output_visibility": "Public"}}, "output visibility"),
        ({"run_args": {"ignore_range_check_inputs_outputs": False}}, "skipped range checks"),
    ],
)
def test_set_up_refuses_a_layout_that_shows_or_looks_up(sealed_circuit, layout, change, sentence):
    arguments = (sealed_circuit.model, sealed_circuit.settings, SEALED)
    setup._check_layout(layout, *arguments)
    run_args = layout["run_args"] | change.get("run_args", {})
    with pytest.raises(ProverError, match=sentence):
        setup._check_layout(layout | change | {"run_args": run_args}, *arguments)


def test_set_up_notices_a_column_that_is_not_blinded(sealed_circuit, proof, srs):
    """Under other salts it might not show, if some of them are in it."""
    again = prove_under(sealed_circuit, WINDOW_WH, proof.salts, srs).proof
    setup._check_what_repeats(proof.proof, again)
    third = slice(2 * 64, 3 * 64)
    unblinded = again[: third.start] + proof.proof[third] + again[third.stop :]
    other_salts = prove(sealed_circuit, WINDOW_WH, srs).proof
    for other, shared in ((unblinded, r"\[0, 64, 128\]"), (other_salts, r"\[\]")):
        with pytest.raises(ProverError, match=f"share the points at bytes {shared}, where"):
            setup._check_what_repeats(proof.proof, other)


def test_outputs_that_differ_from_the_arithmetic_are_a_loud_error(sealed_circuit, srs, monkeypatch):
    monkeypatch.setattr(type(sealed_circuit.model), "outputs", lambda *_: np.zeros(4, np.int64))
    with pytest.raises(ProverError, match="outputs differ from integer arithmetic"):
        prove(sealed_circuit, WINDOW_WH, srs)


# Costs


def test_a_sealed_circuit_costs_less_than_an_open_one():
    model = folded((48, 24)).quantised(10)
    open_one, sealed = (
        predict_cost(model, tuned_settings(model, LIMIT_WH, SIZES, form), form) for form in (OPEN, SEALED)
    )
    assert sealed.rows < open_one.rows / 2
    assert sealed.proof_bytes < open_one.proof_bytes
    assert sealed.prove_cpu_s < open_one.prove_cpu_s / 2


@pytest.mark.parametrize(
    ("columns", "blocks", "proof_bytes", "key_words"),
    [
        (1, 1, 2432, 121),
        (1, 10, 12352, 478),
        (2, 1, 2528, 133),
        (2, 5, 8416, 353),
        (3, 1, 2976, 147),
        (3, 4, 8544, 352),
    ],
)
def test_sizes_agree_with_circuits_that_were_built(columns, blocks, proof_bytes, key_words):
    settings = EzklSettings(256, 4, columns, 9)
    cost = cost_of(blocks * settings.usable_rows, settings, form=SEALED)
    assert cost.proof_bytes == pytest.approx(proof_bytes, rel=0.015)
    assert cost.key_words == pytest.approx(key_words, abs=3)


# The store and the pool


def test_a_kept_sealed_proof_has_its_column_and_is_dropped_with_other_salts(
    store, sealed_circuit, proof, srs
):
    order = proof_job(sealed_circuit, WINDOW_WH)
    keep_proof(store, order, proof)
    assert kept_proof(store, order, srs) == proof
    another, (*others, last) = replace(order, name="another"), proof.salts
    keep_proof(store, another, replace(proof, salts=(*others, last + 1)))
    assert kept_proof(store, another, srs) is None


def test_a_kept_circuit_is_sealed_or_not(store, sealed_circuit, small_settings, srs, tmp_path):
    order = CircuitJob(tiny_linear(), small_settings, LIMIT_WH, tmp_path, SEALED)
    keep_circuit(store, order, srs, sealed_circuit)
    for form in (OPEN, PROVED):
        assert kept_circuit(store, replace(order, form=form), srs) is None
    assert kept_circuit(store, order, srs).form == SEALED


@pytest.mark.slow
def test_a_gate_is_opened_in_the_pool_from_columns_that_are_known_before_their_proofs(
    store, sealed_circuit, srs
):
    orders = [proof_job(sealed_circuit, tuple(np.add(WINDOW_WH, home).tolist()), home) for home in range(2)]
    horizon, found = sealed_circuit.model.horizon, {}
    for again in range(2):
        with ProverPool(1, srs, store) as pool:
            pool.start(orders)
            ahead = [pool.column(home, 0) for home in range(2)]
            values = total(ahead)
            pool.start_openings([OpeningJob(0, values, 2, horizon, sealed_circuit.logrows)])
            proofs = [pool.proof(home, 0) for home in range(2)]
            openings = pool.openings(0)
        assert [each.column for each in proofs] == ahead
        assert [each.cached for each in proofs] == [bool(again)] * 2
        point = curve.add(*(each.output_point for each in proofs))
        assert columns_of(srs, sealed_circuit.logrows).all_open(point, values[:horizon], openings, 12345)
        found[again] = point
    assert found[0] == found[1]
