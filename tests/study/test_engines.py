"""Engines give the same cells, however they are ended, and leave nobody behind."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from sim.errors import InputError, SimulationError
from sim.study import study_tables
from sim.study import sweep as sweep_module
from sim.study.engine import open_engine
from sim.study.sweep import sweep
from sim.study.worker import CellJob
from tests.processes import nobody_is_left, session_of
from tests.runs import QUIET, ROOT
from tests.study.jobs import dying, environment
from tests.study.studies import assert_same_study, here, study, study_file

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The four cells run without any engine."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweep_module, "open_engine", here)
        patch.setattr(study_tables, "write_study_figures", lambda *_: [])
        sweep(study(folder), folder / "out", "local", 2, QUIET)
    return folder / "out"


def started(folder: Path, engine: str = "local") -> "subprocess.Popen[str]":
    """``zkpet sweep`` in a session of its own, so that whoever it leaves behind can be found."""
    command = [
        sys.executable,
        "-m",
        "sim.cli",
        "sweep",
        str(study_file(folder)),
        "--out",
        str(folder / "out"),
    ]
    return subprocess.Popen(
        [*command, "--engine", engine, "--jobs", "2"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for(happened: Callable[[], object], process: "subprocess.Popen[str]") -> None:
    while process.poll() is None and not happened():
        time.sleep(0.02)


def cells(folder: Path) -> list[Path]:
    return [path for path in folder.glob("out/cells/*") if not path.name.startswith(".")]


def workers(leader: int) -> bool:
    return len(session_of(leader)) > 2


@pytest.mark.long
def test_killed_at_random_moments_it_goes_on_to_the_same_tables(tmp_path: Path, undisturbed: Path) -> None:
    moments = random.Random(7)
    for kill in range(2):
        with started(tmp_path) as process:
            done = len(cells(tmp_path))
            if kill:
                wait_for(lambda done=done: len(cells(tmp_path)) > done, process)  # type: ignore[misc]
            else:
                wait_for(lambda leader=process.pid: workers(leader), process)  # type: ignore[misc]
            time.sleep(moments.uniform(0, 0.3))
            process.kill()
        assert nobody_is_left(process.pid)
    with started(tmp_path) as process:
        said, complaints = process.communicate()
    assert process.returncode == 0, complaints
    assert "small: 4 cells, 2 points x 2 seeds" in said
    assert nobody_is_left(process.pid)
    assert_same_study(tmp_path / "out", undisturbed)


def starting(leader: int) -> bool:
    """Whether a worker is there; it may be long before it has begun."""
    for pid in session_of(leader):
        with suppress(OSError):  # gone meanwhile
            if "popen_loky" in Path(f"/proc/{pid}/cmdline").read_text():
                return True
    return False


@pytest.mark.long
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_told_to_end_it_says_how_far_it_is(end: signal.Signals, tmp_path: Path) -> None:
    with started(tmp_path) as process:
        wait_for(lambda: starting(process.pid), process)
        if end == signal.SIGINT:
            os.killpg(process.pid, end)  # as a terminal's Ctrl-C does: workers get it too
        else:
            process.send_signal(end)
        complaints = process.communicate()[1]
    assert process.returncode == 130
    assert "of 4 cells are done, and the same command goes on" in complaints
    assert "Traceback" not in complaints
    assert "Warning" not in complaints
    assert nobody_is_left(process.pid)


@pytest.mark.long
def test_ray_gives_the_same_cells(tmp_path: Path, undisturbed: Path) -> None:
    pytest.importorskip("ray", reason="Ray is an extra: pip install 'zkpet[ray]'")
    with started(tmp_path, "ray") as process:
        complaints = process.communicate()[1]
    assert process.returncode == 0, complaints
    assert_same_study(tmp_path / "out", undisturbed)


def test_a_killed_worker_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.study.engine.run_cell", dying)
    orders = [CellJob(cell, 1) for cell in study(tmp_path).cells]
    with (
        open_engine("local", 2) as engine,
        pytest.raises(SimulationError, match="a worker was killed, probably for want of memory"),
    ):
        list(engine.run(orders, 2))


def test_workers_have_one_thread_and_a_ctrl_c_that_somebody_swallowed_ends_the_sweep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.study.engine.run_cell", environment)
    for name in ("OMP", "OPENBLAS"):
        monkeypatch.delenv(f"{name}_NUM_THREADS")
    with open_engine("local", 2) as engine:
        results_here = engine.run([CellJob(cell, 1) for cell in study(tmp_path).cells], 2)
        assert next(results_here).problem == "{'OMP': '1', 'MKL': '1', 'OPENBLAS': '1', 'RAYON': '1'}"
        with suppress(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):  # with the next result
            next(results_here)


@pytest.mark.long
def test_a_cluster_that_nobody_answers_for_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")
    named = r"cannot join the cluster that RAY_ADDRESS names, 127\.0\.0\.1:1"
    with pytest.raises(InputError, match=named), open_engine("ray", 2):
        pass
