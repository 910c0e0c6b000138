"""Killed at any instant, out of memory or out of disk: one sentence, nothing lost, nobody left behind."""

import ctypes
import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sim.cli import main
from sim.outputs.run_directory import (
    MANIFEST,
    SUMMARY,
    RunContents,
    check_writable,
    new_run,
    write_run,
)
from sim.proofs.pool import ProverPool
from tests.outputs.test_own_files import old_run
from tests.processes import all_end
from tests.runs import ROOT

TINY = str(ROOT / "scenarios" / "tiny.toml")

KILLED_WRITERS = """
import json, os, signal, sys
from pathlib import Path
from sim.outputs import run_directory
from tests.outputs.test_own_files import OLD
base, moments = Path(sys.argv[1]), ("writing", "whole", "set aside", "in place")
for moment in moments:
    child = os.fork()
    if child == 0:
        renames = []
        def rename(path, to, real=Path.rename):
            if moment == "whole":
                os.kill(os.getpid(), signal.SIGKILL)
            real(path, to)
            renames.append(to)
            if moments[1 + len(renames)] == moment:
                os.kill(os.getpid(), signal.SIGKILL)
        Path.rename = rename
        with run_directory.new_run(base / moment) as folder:
            (folder / "summary.json").write_text("new")
            if moment == "writing":
                os.kill(os.getpid(), signal.SIGKILL)
            (folder / "manifest.json").write_text(json.dumps(OLD | {"scenario": "new"}))
        os._exit(0)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
"""
"""Killed while it writes, before the older run is set aside, after that, and after the new one took over."""


def state_of(out: Path) -> set[str]:
    """What the files of a run directory hold; the same in all of them."""
    assert {path.name for path in out.iterdir()} == {SUMMARY, MANIFEST}
    return {(out / SUMMARY).read_text(), json.loads((out / MANIFEST).read_text())["scenario"]}


def test_a_writer_killed_at_any_moment_leaves_the_old_run_or_the_new_one(tmp_path: Path) -> None:
    expected = {"writing": "old", "whole": "old", "set aside": "old", "in place": "new"}
    for moment in expected:
        old_run(tmp_path / moment)
    subprocess.run([sys.executable, "-c", KILLED_WRITERS, str(tmp_path)], cwd=ROOT, check=True)
    assert len(list(tmp_path.glob(".*"))) == 4
    assert not (tmp_path / "set aside").exists()
    for moment, content in expected.items():
        check_writable(tmp_path / moment)  # what every run begins with
        assert state_of(tmp_path / moment) == {content}
    assert list(tmp_path.glob(".*")) == []


def test_interrupted_between_two_renames_the_old_run_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename, out = Path.rename, tmp_path / "out"
    old_run(out)

    def interrupted(path: Path, to: Path) -> None:
        if path.name == "new":
            raise KeyboardInterrupt
        rename(path, to)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt), new_run(out) as folder:
        (folder / SUMMARY).write_text("new")
    assert (state_of(out), list(tmp_path.iterdir())) == ({"old"}, [out])


@pytest.mark.parametrize("full", ["to_parquet", "write_text", "fsync"])
def test_a_full_disk_leaves_the_old_run(full: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    old_run(out)
    written = []

    def no_space(*_: object, **__: object) -> None:
        written.append(full)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr({"to_parquet": pd.DataFrame, "write_text": Path, "fsync": os}[full], full, no_space)
    contents = RunContents({}, {"slots": pd.DataFrame({"slot": [0]})}, "", "", {})
    with pytest.raises(OSError, match="No space left"), new_run(out) as folder:
        write_run(folder, contents)
    monkeypatch.undo()
    assert (written, state_of(out), list(tmp_path.iterdir())) == ([full], {"old"}, [out])


BUSY = """
import os, sys, time
from pathlib import Path
from sim.proofs.pool import ProverPool
from sim.proofs.srs import load_srs
with ProverPool(1, load_srs()) as pool:
    hold = "open({!r}, 'x').close(), __import__('ctypes').PyDLL(None).sleep(60)"  # as EZKL does
    pool._submit(eval, hold.format(sys.argv[1]))
    while not Path(sys.argv[1]).exists():
        time.sleep(0.05)
    time.sleep(0.2)
    print(*pool._executor._processes, flush=True)
    os.kill(os.getpid(), 9)
"""


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "prctl"), reason="elsewhere a prover ends after its proof")
def test_a_prover_ends_with_its_run_in_the_middle_of_a_proof(tmp_path: Path) -> None:
    command = [sys.executable, "-c", BUSY, str(tmp_path / "busy")]
    with (tmp_path / "said").open("w") as said:  # a pipe would be open for as long as the prover lives
        ended = subprocess.run(command, cwd=ROOT, stdout=said, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert all_end([int((tmp_path / "said").read_text())])


@pytest.mark.slow
@pytest.mark.long
def test_a_killed_prover_is_one_sentence_and_the_next_run_goes_on(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ["run", TINY, "--out", str(tmp_path / "out"), "--jobs", "2", "--quiet"]
    for setting in (f"proofs.store={tmp_path}/store", "chain.backend=revm", "forecast.rounds=2"):
        arguments += ["--set", setting]
    provers: list[int] = []
    proof = ProverPool.proof

    def killed_after_the_first(pool: ProverPool, *whose: Any) -> object:
        made = proof(pool, *whose)
        if pool._executor and not provers:
            provers.extend(pool._executor._processes)
            os.kill(provers[0], signal.SIGKILL)
        return made

    with monkeypatch.context() as patch:
        patch.setattr(ProverPool, "proof", killed_after_the_first)
        assert main(arguments) == 1
    said = capfd.readouterr().err
    assert said == (
        "zkpet: a prover process was killed, probably for want of memory; run again, best with fewer --jobs; "
        "what the store keeps is not made again\n"
    )
    assert all_end(provers)
    assert list(tmp_path.iterdir()) == [tmp_path / "store"]
    kept = len(list((tmp_path / "store" / "proofs").iterdir()))
    assert main(arguments) == 0
    summary = json.loads((tmp_path / "out" / SUMMARY).read_text())
    assert (summary["proofs_cached"], summary["proofs_made"]) == (kept, 4 - kept)
    assert kept >= 1


def test_want_of_memory_in_the_run_itself_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_much(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("sim.simulation.run.run_contents", too_much)
    assert main(["run", TINY, "--out", str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err == "zkpet: not enough memory; run again, with fewer --jobs\n"
    assert list(tmp_path.iterdir()) == []
