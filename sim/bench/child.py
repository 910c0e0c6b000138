"""zkpet commands in child processes of their own, with what they took.

The operating system counts a child's peak memory from its parent's size at the fork: a small launcher in
between keeps the bench's own memory out of it.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.errors import SimulationError

SCENARIOS = Path(__file__).parents[2] / "scenarios"
_LAUNCHER = """
import json, os, sys, time
began = time.perf_counter()
_, status, usage = os.wait4(os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ), 0)
print(json.dumps([os.waitstatus_to_exitcode(status), time.perf_counter() - began, usage.ru_maxrss]))
"""
_UNIT_OF_MAXRSS = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Finished:
    """Wall seconds of a command, and the peak memory of its largest process."""

    wall_s: float
    peak_bytes: int


def zkpet(*arguments: str | Path) -> Finished:
    """Run a command to its end. Raises SimulationError with what it said where it failed."""
    command = [sys.executable, "-m", "sim.cli", *map(str, arguments)]
    code, wall_s, maxrss, said = _launch(command)
    if code:
        raise SimulationError(f"zkpet {' '.join(command[3:5])} ended with {code}: {said}")
    return Finished(wall_s, maxrss * _UNIT_OF_MAXRSS)


def _launch(command: Sequence[str]) -> tuple[int, float, int, str]:
    """Exit code, wall seconds, peak memory in the system's unit, and the last line on standard error."""
    with subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _LAUNCHER, *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=SCENARIOS.parent,
        start_new_session=True,
    ) as launcher:
        try:
            printed, errors = launcher.communicate()
        except BaseException:
            os.killpg(launcher.pid, signal.SIGTERM)
            raise
    code, wall_s, maxrss = json.loads(printed.splitlines()[-1])
    return code, wall_s, maxrss, (errors.strip().splitlines() or ["nothing said"])[-1]


def run_street(out: Path, jobs: int, settings: Sequence[str]) -> tuple[Finished, dict[str, Any]]:
    """`zkpet run` of the street under settings ("section.key=value"), and its summary."""
    overrides = [part for setting in settings for part in ("--set", setting)]
    options = (*overrides, "--jobs", str(jobs), "--out", str(out), "--quiet")
    finished = zkpet("run", SCENARIOS / "street.toml", *options)
    summary: dict[str, Any] = json.loads((out / "summary.json").read_text())
    return finished, summary
