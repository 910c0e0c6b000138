"""A run that is computed while it is watched, in a process of its own."""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.connection import Connection

from sim.page.run_state import Run, RunState
from sim.page.taken_over import Answer
from sim.page.worker import Changes, Request, work
from sim.plugins import loaded_plugins
from sim.schema.scenario import Scenario

_FORGES = get_context("forkserver")
_PRELOADED = ["sim.page.worker", "sim.page.preloaded"]
_PATIENCE_S = 20.0
"""How long a process may take to end by itself."""
_ENDED = "the run's process was ended from outside, perhaps for want of memory; reset to begin again"
"""The problem of a run whose process is gone, though nobody stopped it and it knew of none."""
_ADDED = ("notices", "attempts", "asked", "failed")
"""Fields of a state to which changes add."""


def warm_up() -> None:
    """Load the libraries, once, in the process that all runs are forked from."""
    _FORGES.set_forkserver_preload(_PRELOADED)
    _FORGES.Process(target=int).start()


class LiveRun(Run):
    """A scenario's run; see ``Run``. It begins at once, and ends with ``stop``.

    Where a home (row) is taken over, it waits for that home's limits at every gate.
    """

    live = True

    def __init__(self, scenario: Scenario, jobs: int, taken: int | None = None) -> None:
        super().__init__(RunState())
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._connection, theirs = _FORGES.Pipe()
        self._process = _FORGES.Process(target=work, args=(theirs, scenario, jobs, loaded_plugins(), taken))
        threading.Thread(target=self._follow, args=(theirs,), daemon=True).start()

    def attempt(self, attack: str, home: int, gate: int) -> None:
        """See ``Run.attempt``."""
        if not self.state.over:
            self._change({"asked": 1})
            self._send((attack, home, gate))

    def answer(self, answer: Answer) -> None:
        """See ``Run.answer``."""
        if not self.state.over:
            self._send(answer)

    def _send(self, request: Request) -> None:
        with suppress(OSError):  # it has just ended, which the state will tell
            self._connection.send(request)

    def stop(self) -> None:
        """See ``Run.stop``."""
        self._change({"stopped": True, "work": None})
        self._signal(self._process.terminate)
        threading.Thread(target=self._make_sure, daemon=True).start()

    def _make_sure(self) -> None:
        if not self._over.wait(_PATIENCE_S):
            self._signal(self._process.kill)

    def _signal(self, signal: Callable[[], None]) -> None:
        """Send the process a signal if there is one; only ``_follow`` asks whether it has ended, and how."""
        with self._lock:
            if self._process.pid is not None and not self._over.is_set():
                signal()

    def _follow(self, theirs: Connection) -> None:
        """Start the process, and take in what it tells until it ends."""
        with self._lock:
            if self.state.stopped:
                return
        self._process.start()
        theirs.close()
        if self.state.stopped:
            self._process.terminate()
        with suppress(EOFError, OSError):
            while True:
                self._change(self._connection.recv())
        self._connection.close()
        self._process.join()
        self._over.set()
        self._change({"problem": _ENDED, "work": None})

    def _change(self, changes: Changes) -> None:
        with self._lock:
            self.state = changed(self.state, changes)


def changed(state: RunState, changes: Changes) -> RunState:
    """The state after a change; of a run that is over nothing changes any more."""
    if state.over:
        return state
    added = {name: getattr(state, name) + changes[name] for name in _ADDED if name in changes}
    return replace(state, **{**changes, **added})
