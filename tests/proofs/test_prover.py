"""Proofs of windows, made here and in processes."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sim.errors import InputError, ProverError
from sim.forecast.dense import IntegerDense
from sim.proofs import prover
from sim.proofs.circuit import commitment_of
from sim.proofs.field import MODULUS
from sim.proofs.jobs import CircuitJob
from sim.proofs.pool import ProverPool
from sim.proofs.prover import prove, verify
from sim.proofs.settings import EzklSettings
from sim.proofs.setup import build_circuit
from tests.proofs.models import LIMIT_WH, default_mlp, proof_job, tiny_linear, tiny_mlp


@pytest.fixture(scope="module")
def window():
    return (120, -3400, 0, 5000, -1, 777)


@pytest.fixture(scope="module")
def proof(mlp_circuit, window, srs):
    return prove(mlp_circuit, window, srs)


def test_a_proof_verifies_and_opens_the_commitment(mlp_circuit, window, proof, srs):
    assert verify(mlp_circuit, proof.proof, proof.instances, srs)
    assert proof.proof[:64] == proof.commitment
    assert commitment_of(mlp_circuit, window, proof.salts, srs) == proof.commitment
    assert len(proof.proof) == mlp_circuit.proof_bytes


def test_flipped_outputs_do_not_verify(mlp_circuit, proof, srs):
    for place in range(len(proof.instances)):
        changed = list(proof.instances)
        changed[place] = (changed[place] + 1) % MODULUS
        assert not verify(mlp_circuit, proof.proof, changed, srs)
    assert not verify(mlp_circuit, proof.proof, proof.instances[:-1], srs)


def test_changed_proofs_do_not_verify(mlp_circuit, proof, srs):
    for place in (0, 63, 64, 1000, len(proof.proof) - 1):
        changed = bytearray(proof.proof)
        changed[place] ^= 1
        assert not verify(mlp_circuit, bytes(changed), proof.instances, srs)
    assert not verify(mlp_circuit, proof.proof + b"\0", proof.instances, srs)
    assert not verify(mlp_circuit, proof.proof[:-32], proof.instances, srs)


@pytest.mark.parametrize("which", ["mlp_circuit", "linear_circuit"])
def test_outputs_equal_integer_arithmetic(which, request, srs):
    circuit, rng = request.getfixturevalue(which), np.random.default_rng(5)
    lookback = circuit.model.inputs
    alternating = [LIMIT_WH * (-1) ** place for place in range(lookback)]
    windows = [[-LIMIT_WH] * lookback, alternating, rng.integers(-LIMIT_WH, LIMIT_WH, lookback).tolist()]
    for window in windows:
        expected = circuit.model.outputs(np.array(window))
        assert prove(circuit, window, srs).outputs == tuple(expected.tolist())


def test_windows_beyond_the_limit_are_refused(mlp_circuit, srs):
    for reading in (LIMIT_WH + 1, -LIMIT_WH - 1):
        with pytest.raises(InputError, match=f"number 2 of a window is {reading}; .* within ±12000"):
            prove(mlp_circuit, [0, 0, reading, 0, 0, 0], srs)
    with pytest.raises(InputError, match="a window of 5 numbers; the circuit takes 6"):
        prove(mlp_circuit, [0] * 5, srs)


def test_salts_and_so_commitments_differ_every_time(mlp_circuit, window, proof, srs):
    again = prove(mlp_circuit, window, srs)
    assert again.outputs == proof.outputs
    assert again.salts != proof.salts
    assert again.commitment != proof.commitment
    assert len(proof.salts) == mlp_circuit.settings.salts == len(set(proof.salts))
    assert max(proof.salts) < 2**mlp_circuit.settings.salt_bits


def test_the_circuit_commits_to_every_bit_of_a_salt(linear_circuit, srs, monkeypatch):
    """As numbers, EZKL would round salts to 24 bits, and the market would hide less than it promises."""
    monkeypatch.setattr(prover.secrets, "randbits", lambda bits: 2**bits - 1)
    proof = prove(linear_circuit, [1] * 5, srs)
    assert set(proof.salts) == {2**31 - 1}
    assert verify(linear_circuit, proof.proof, proof.instances, srs)


def test_outputs_that_differ_from_the_arithmetic_are_a_loud_error(mlp_circuit, window, srs, monkeypatch):
    monkeypatch.setattr(IntegerDense, "outputs", lambda *_: np.zeros(3, np.int64))
    with pytest.raises(ProverError, match="outputs differ from integer arithmetic"):
        prove(mlp_circuit, window, srs)


def test_a_proof_of_another_commitment_is_a_loud_error(mlp_circuit, window, srs, monkeypatch):
    monkeypatch.setattr(prover, "commitment_of", lambda *_: bytes(64))
    with pytest.raises(ProverError, match="does not open its window's commitment"):
        prove(mlp_circuit, window, srs)


@pytest.mark.slow
def test_the_default_forecaster_is_proved_exactly(srs, tmp_path):
    """24 -> 8 -> 24 with tuned settings, and biases of more than 24 bits."""
    model = default_mlp()
    biases = (model.biases[0] * 1000 + 1, model.biases[1] + 2**25 + 1)
    model = IntegerDense(model.family, model.precision, model.weights, biases)
    circuit = build_circuit(model, None, LIMIT_WH, srs, tmp_path)
    assert circuit.settings == EzklSettings(512, 4, 2, 10)
    rng = np.random.default_rng(6)
    for _ in range(2):
        assert prove(circuit, rng.integers(-LIMIT_WH, LIMIT_WH, 24).tolist(), srs).outputs


ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def pool(srs):
    with ProverPool(2, srs) as pool:
        yield pool


def orders(circuit):
    return [
        proof_job(circuit, (agent, gate, -1, 2, 3, 1000), agent, gate)
        for gate in range(2)
        for agent in range(2)
    ]


def results(pool, circuit):
    pool.start(orders(circuit))
    return {(o.agent, o.gate): pool.proof(o.agent, o.gate) for o in reversed(orders(circuit))}


def test_two_workers_give_what_one_gives(pool, mlp_circuit, srs):
    two = results(pool, mlp_circuit)
    with ProverPool(1, srs) as single:
        one = results(single, mlp_circuit)
    assert {key: proof.outputs for key, proof in one.items()} == {
        key: proof.outputs for key, proof in two.items()
    }
    assert all(verify(mlp_circuit, proof.proof, proof.instances, srs) for proof in two.values())


def test_circuits_are_set_up_in_parallel_and_in_order(
    pool, mlp_circuit, linear_circuit, small_settings, tmp_path
):
    models = (tiny_linear(), tiny_mlp())
    built = pool.set_up(
        [CircuitJob(m, small_settings, LIMIT_WH, tmp_path / m.family) for m in models],
    )
    assert [circuit.digest for circuit in built] == [linear_circuit.digest, mlp_circuit.digest]
    assert [circuit.model.digest for circuit in built] == [model.digest for model in models]


HEAVY_MAIN = """
import wave  # stands for whatever the command line loads
from sim.proofs.pool import ProverPool
from sim.proofs.srs import load_srs
with ProverPool(1, load_srs()) as pool:
    print(*pool._submit(eval, "list(__import__('sys').modules)").result())
"""


@pytest.mark.slow
def test_workers_load_neither_the_main_module_nor_what_only_training_needs(tmp_path):
    script = tmp_path / "main.py"
    script.write_text(HEAVY_MAIN)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(script)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert {"ezkl", "sim.proofs.pool"} <= loaded
    assert not {"wave", "torch", "mesa", "pandas", "matplotlib"} & loaded
