"""A hostile input, the command that is given it, and how the command came out of it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sim.outputs.own_files import REPORT

ROOT = Path(__file__).parents[2]
SECRET = "hunter2"
"""What the user's private files hold; no output may."""

BOUND_S, BOUND_KB = 10, 1_000_000
_PATIENCE_S = 60.0
_LAUNCHER = """
import json, os, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (6 * 2**30, 6 * 2**30))  # the machine stays usable without a bound
_, status, usage = os.wait4(os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ), 0)
print(json.dumps([os.waitstatus_to_exitcode(status), usage.ru_maxrss]))
"""
"""In between, because the system counts a child's peak from its parent's size, and that may have grown."""
_LONG_AGO = 10 * 365 * 86_400
_ARGUMENTS = {
    "verify": ("--quiet", "--jobs", "1"),
    "replay": ("--quiet", "--jobs", "1"),
    "bundle": ("--quiet", "--jobs", "1", "-o", "packed.zkpet"),
    "run": ("--quiet", "--jobs", "1", "--out", "out"),
    "sweep": ("--quiet", "--jobs", "1", "--out", "out"),
    "page": ("--no-browser", "--port", "18765"),
}


@dataclass(frozen=True)
class Honest:
    """What hostile inputs are made from: a finished run without proofs, and its bundle."""

    run: Path
    bundle: Path


@dataclass(frozen=True)
class Case:
    """An input that should be refused.

    command: of zkpet
    make:    puts the input into a folder, and gives its path
    """

    command: str
    make: Callable[[Honest, Path], Path]


Cases = Mapping[str, Case]


@dataclass(frozen=True)
class CaseOutcome:
    """How a command ended: its exit code, what it printed, its seconds, and its peak resident set in kB."""

    code: int
    printed: str
    seconds: float
    peak_kb: int

    def faults(self) -> list[str]:
        """What is wrong with it, but for its seconds; empty where it was a clean refusal."""
        lines = [line for line in self.printed.splitlines() if line]
        last = lines[-1] if lines else ""
        return [
            fault
            for fault, holds in (
                (f"exit code {self.code}", self.code not in (1, 2)),
                ("a traceback", "Traceback" in self.printed),
                ("no sentence at the end", not last.startswith(("zkpet: ", "NOT VERIFIED: "))),
                ("a line that says VERIFIED", any(line.startswith("VERIFIED") for line in lines)),
                ("control characters", not all(line.isprintable() for line in self.printed.split("\n"))),
                ("contents of a private file", SECRET in self.printed),
                ("a screenful", len(last) > 1_200),
                (f"{self.peak_kb} kB at its peak", self.peak_kb > BOUND_KB),
            )
            if holds
        ]


def attempted(case: Case, honest: Honest, folder: Path) -> tuple[CaseOutcome, list[str]]:
    """Give the command its input in a folder with a home of its own; its outcome, and what is wrong."""
    home, path = private_home(folder), case.make(honest, folder)
    before = _facts(folder)
    outcome = _run([case.command, str(path), *_ARGUMENTS.get(case.command, ())], folder, home)
    after = _facts(folder)
    gone = [name for name in before if before[name] != after.get(name)]
    made = [name for name in after if name not in before and not _is_cache(name)]
    faults = outcome.faults()
    faults += [f"{name} is changed or gone" for name in gone] + [f"left {name} behind" for name in made]
    return outcome, faults


def private_home(folder: Path) -> Path:
    """A user's home with private files that nobody has touched for years."""
    home = folder / "home"
    for name in (".ssh/id_ed25519", ".ssh/config", ".gnupg/key", "thesis/chapter.txt"):
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_text(f"machine example.org login me password {SECRET}\n")
        path.chmod(0o600)
        then = time.time() - _LONG_AGO
        os.utime(path, (then, then))
    return home


def _run(arguments: list[str], folder: Path, home: Path) -> CaseOutcome:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "80",
        "TERM": "dumb",
    }
    log, began = folder.with_suffix(".log"), time.perf_counter()
    with log.open("wb") as output:
        launcher = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _LAUNCHER, sys.executable, "-m", "sim.cli", *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            launcher.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            os.killpg(launcher.pid, signal.SIGKILL)
            launcher.wait()
    *printed, last = log.read_text(errors="replace").splitlines(keepends=True) or [""]
    code, peak_kb = json.loads(last) if launcher.returncode == 0 else (launcher.returncode, 0)
    return CaseOutcome(code, "".join(printed), time.perf_counter() - began, peak_kb)


def _facts(folder: Path) -> dict[str, tuple[int, int, float, str]]:
    """Every file and link below a folder: mode, size, time of change and target."""
    found = {}
    for root, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(root) / name
            facts = path.lstat()
            is_file = not path.is_dir() or path.is_symlink()
            target = str(path.readlink()) if path.is_symlink() else ""
            found[str(path.relative_to(folder))] = (
                facts.st_mode,
                facts.st_size if is_file else 0,
                facts.st_mtime if is_file else 0.0,
                target,
            )
    return found


def _is_cache(name: str) -> bool:
    """What a program may leave in a home of its user, and the report that a command is asked for."""
    return name.startswith(("home/.cache", "home/.local", "home/.config")) or name.endswith(REPORT)
