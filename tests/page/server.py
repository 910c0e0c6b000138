"""A page that is served by a process of its own, as a user starts it, and what that process leaves."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from tests.processes import PATIENCE_S, descendants

ROOT = Path(__file__).parents[2]

T = TypeVar("T")
STARTED = """
import sys
from sim.cli import main
from sim.page import launch
launch._SETTINGS["SOLARA_KERNEL_CULL_TIMEOUT"] = "5s"  # what a tab that vanished leaves ends sooner
sys.exit(main(sys.argv[1:]))
"""


def until(condition: Callable[[], T], what: str, patience_s: float = PATIENCE_S) -> T:
    """Wait until a condition holds, and give what it gave. Raises AssertionError with what it last gave."""
    end = time.monotonic() + patience_s
    while not (found := condition()):
        assert time.monotonic() < end, f"waited {patience_s:.0f} s for {what}; it is {found!r}"
        time.sleep(0.1)
    return found


class PageServer:
    """``zkpet page`` for a scenario or a run directory, on a free port of its own."""

    def __init__(self, path: Path, *options: str, jobs: int = 2) -> None:
        port = _free_port()
        self.origin = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-c", STARTED, "page", str(path), "--no-browser"]
        self._process = subprocess.Popen(
            [*command, "--port", str(port), "--jobs", str(jobs), *options],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        until(
            lambda: "the page is at" in self.output or self._process.poll() is not None, "the page's address"
        )
        if "the page is at" not in self.output:
            self._process.kill()
            raise AssertionError(self.output)
        found = re.search(rf"the page is at ({re.escape(self.origin)}/\?token=(\S+))", self.output)
        assert found, self.output
        self.address, self.token = found[1], found[2]
        self.at_rest = self.descendants()

    @property
    def output(self) -> str:
        """Everything it has written so far."""
        return "".join(self._lines)

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._lines.append(line)

    def descendants(self) -> frozenset[int]:
        """Its children, theirs, and so on: process ids."""
        return descendants(self._process.pid)

    def at_work(self) -> frozenset[int]:
        """The processes that are there for a run, and were not before one was shown."""
        return self.descendants() - self.at_rest

    def rss_bytes(self) -> int:
        """Memory of the process that serves."""
        return rss_bytes(self._process.pid)

    def interrupt(self) -> int:
        """Ctrl-C, as a terminal sends it: to all of its processes. Gives the exit code."""
        os.killpg(self._process.pid, signal.SIGINT)
        return self._process.wait(PATIENCE_S)

    def end(self) -> None:
        """End it, whatever it is at."""
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(PATIENCE_S)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def rss_bytes(process: int) -> int:
    """Memory that a process holds."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    assert found
    return 1024 * int(found[1])
