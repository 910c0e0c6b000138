"""Circuits and proofs that are not made twice, and commitments that are never proved twice."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from sim.proofs import kept as proof_store
from sim.proofs.jobs import CircuitJob
from sim.proofs.kept import keep_circuit, keep_proof, kept_circuit, kept_proof
from sim.proofs.pool import ProverPool
from sim.proofs.prover import prove, verify
from sim.proofs.settings import EzklSettings
from sim.proofs.srs import Srs
from tests.proofs.models import LIMIT_WH, proof_job, tiny_linear, tiny_mlp

WINDOW_WH = (120, -3400, 0, 5000, -1, 777)


@pytest.fixture
def order(mlp_circuit):
    return proof_job(mlp_circuit, WINDOW_WH, name="anna")


@pytest.fixture(scope="module")
def proof(mlp_circuit, srs):
    return prove(mlp_circuit, WINDOW_WH, srs)


def kept(store, shelf):
    return list((store.root / shelf).iterdir())


def test_a_proof_comes_back_as_it_was_and_says_so(store, order, proof, srs):
    assert kept_proof(store, order, srs) is None
    assert keep_proof(store, order, proof) is None
    again = kept_proof(store, order, srs)
    assert (again, again.salts, again.prove_cpu_s) == (proof, proof.salts, proof.prove_cpu_s)
    assert (proof.cached, again.cached) == (False, True)


def test_another_agent_gate_window_or_circuit_has_no_proof(store, order, proof, srs):
    keep_proof(store, order, proof)
    others = [
        replace(order, name="ben"),
        replace(order, delivery=order.delivery + timedelta(hours=1)),
        replace(order, window_wh=(121, *WINDOW_WH[1:])),
        replace(order, circuit=replace(order.circuit, digest="0x00")),
    ]
    assert [kept_proof(store, other, srs) for other in others] == [None] * 4
    assert kept_proof(store, order, srs)


def test_a_kept_proof_has_the_outputs_of_integer_arithmetic(store, order, srs):
    """The checksum is right here; what was kept is a proof of something else."""
    keep_proof(store, order, prove(order.circuit, [1] * 6, srs))
    assert kept_proof(store, order, srs) is None
    assert kept(store, "proofs") == []


@pytest.mark.parametrize("place", [64, 1_000, -1])
def test_a_kept_proof_verifies(store, order, proof, srs, place):
    """Outputs, commitment and checksum are right here; the proof is not."""
    forged = bytearray(proof.proof)
    forged[place] ^= 1
    keep_proof(store, order, replace(proof, proof=bytes(forged)))
    assert kept_proof(store, order, srs) is None
    assert kept(store, "proofs") == []


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"commitment": 1}', b"\xff", b'{"proof": "xyz"}'])
def test_what_is_no_proof_is_dropped(store, order, srs, content):
    store.put("proofs", proof_store._proof_key(order), content)
    assert kept_proof(store, order, srs) is None
    assert kept(store, "proofs") == []


@pytest.fixture
def circuit_order(small_settings, tmp_path):
    return CircuitJob(tiny_mlp(), small_settings, LIMIT_WH, tmp_path / "taken")


def test_a_kept_circuit_proves_without_the_store(store, mlp_circuit, circuit_order, srs):
    assert kept_circuit(store, circuit_order, srs) is None
    assert keep_circuit(store, circuit_order, srs, mlp_circuit) is None
    taken = kept_circuit(store, circuit_order, srs)
    assert (replace(taken, folder=mlp_circuit.folder), taken.setup_s) == (mlp_circuit, mlp_circuit.setup_s)
    assert taken.model.digest == mlp_circuit.model.digest
    for path in kept(store, "circuits"):
        path.unlink()  # as another run may at any time
    proof = prove(taken, WINDOW_WH, srs)
    assert verify(mlp_circuit, proof.proof, proof.instances, srs)


def test_another_model_layout_limit_srs_or_program_has_no_circuit(
    store, mlp_circuit, circuit_order, srs, monkeypatch
):
    keep_circuit(store, circuit_order, srs, mlp_circuit)
    others = [
        replace(circuit_order, model=tiny_linear()),
        replace(circuit_order, settings=None),
        replace(circuit_order, settings=EzklSettings(256, 4, 1, 9)),
        replace(circuit_order, limit_wh=LIMIT_WH - 1),
    ]
    assert [kept_circuit(store, other, srs) for other in others] == [None] * 4
    assert kept_circuit(store, circuit_order, Srs(srs.files, ("0" * 64, *srs.digests[1:]))) is None
    with monkeypatch.context() as patch:
        patch.setattr(proof_store, "source_sha256", lambda: "another")
        assert kept_circuit(store, circuit_order, srs) is None
    assert kept_circuit(store, circuit_order, srs)


def test_a_damaged_circuit_is_dropped(store, mlp_circuit, circuit_order, srs):
    """Five bytes among megabytes, and an archive with the key of another circuit."""
    for place in (0, 100, 10_000, 1_000_000, -1):
        keep_circuit(store, circuit_order, srs, mlp_circuit)
        (path,) = kept(store, "circuits")
        data = bytearray(path.read_bytes())
        data[place] ^= 1
        path.write_bytes(data)
        assert kept_circuit(store, circuit_order, srs) is None
        assert kept(store, "circuits") == []
    keep_circuit(store, circuit_order, srs, replace(mlp_circuit, key=bytes(32)))
    assert kept_circuit(store, circuit_order, srs) is None
    store.put("circuits", proof_store._circuit_key(circuit_order, srs), json.dumps({}).encode())
    assert kept_circuit(store, circuit_order, srs) is None
    assert kept(store, "circuits") == []


def test_a_pool_sets_up_only_what_is_not_kept(store, mlp_circuit, circuit_order, srs, tmp_path):
    with ProverPool(1, srs, store) as pool:
        (built,) = pool.set_up([circuit_order])
    again, other = (replace(circuit_order, folder=tmp_path / name) for name in ("again", "other"))
    advanced = []
    with ProverPool(1, srs, store) as pool:
        (taken,) = pool.set_up([again], advanced.append)
        assert pool._executor is None
        assert advanced == [1]
        mixed = pool.set_up([replace(other, model=tiny_linear()), again])
    assert built.digest == taken.digest == mlp_circuit.digest
    assert [circuit.model.family for circuit in mixed] == ["linear", "mlp"]
    assert taken.folder == tmp_path / "again"
