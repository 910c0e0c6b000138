import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sim.errors import InputError, ProverError
from sim.proofs.jobs import CircuitJob
from sim.proofs.pool import ProverPool
from sim.proofs.prover import verify
from tests.proofs.models import LIMIT_WH, proof_job, tiny_linear, tiny_mlp

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


def test_refusals_travel_back_as_they_are(pool, mlp_circuit):
    pool.start([proof_job(mlp_circuit, (10**6,) * 6, 9, 9)])
    with pytest.raises(InputError, match="reading 0 of a window is 1000000 Wh"):
        pool.proof(9, 9)


def test_workers_are_single_threaded(pool):
    assert pool._submit(os.getenv, "RAYON_NUM_THREADS").result() == "1"
    assert pool._submit(os.getenv, "OMP_NUM_THREADS").result() == "1"


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


def test_a_dead_worker_ends_in_one_sentence(mlp_circuit, srs):
    with ProverPool(1, srs) as pool:
        pool._submit(os._exit, 1)
        with pytest.raises(ProverError, match="a prover process was killed"):
            results(pool, mlp_circuit)
        with pytest.raises(ProverError, match="a prover process was killed"):
            pool.start(orders(mlp_circuit))


PARENT = """
import os, time
from sim.proofs.pool import ProverPool
from sim.proofs.srs import load_srs
with ProverPool(2, load_srs()) as pool:
    pool._submit(os.getpid).result()
    print(*pool._executor._processes, flush=True)
    time.sleep(60)
"""


@pytest.mark.slow
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_no_worker_outlives_its_parent(end, tmp_path):
    with (tmp_path / "errors").open("w+") as errors:
        command = [sys.executable, "-c", PARENT]
        parent = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True, start_new_session=True
        )
        workers = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(workers) == 2
        if end == signal.SIGINT:
            os.killpg(parent.pid, end)  # as a terminal's Ctrl-C does: workers get it too
        else:
            parent.send_signal(end)
        parent.wait()
        assert all_end(workers)
        parent.stdout.close()
        errors.seek(0)
        assert "SpawnProcess" not in errors.read()


def all_end(pids):
    """Whether processes end within half a minute; those that do not are ended."""
    for _ in range(600):
        alive = [pid for pid in pids if Path(f"/proc/{pid}").exists()]
        if not alive:
            return True
        time.sleep(0.05)
    for pid in alive:
        os.kill(pid, signal.SIGKILL)
    return False
