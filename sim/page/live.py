"""A run that is computed while it is watched, in a process of its own."""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.connection import Connection

from sim.page.attempt import Attempt
from sim.page.run_state import RunState, Work
from sim.page.timeline import timeline_of
from sim.page.worker import Cleared, Failed, Finished, Message, Notice, Problem, Request, work
from sim.plugins import loaded_plugins
from sim.schema.scenario import Scenario

_FORGES = get_context("forkserver")
_PRELOADED = ["sim.page.worker", "sim.forecast.training"]
_PATIENCE_S = 20.0
"""How long a process may take to end by itself."""


def warm_up() -> None:
    """Load the libraries, once, in the process that all runs are forked from."""
    _FORGES.set_forkserver_preload(_PRELOADED)
    _FORGES.Process(target=int).start()


class LiveRun:
    """A scenario's run; see ``Run``. It begins at once, and ends with ``stop``."""

    live = True

    def __init__(self, scenario: Scenario, jobs: int) -> None:
        self._scenario = scenario
        self._state = RunState()
        self._lock = threading.Lock()
        self._over = threading.Event()
        ours, theirs = _FORGES.Pipe()
        self._connection = ours
        self._process = _FORGES.Process(target=work, args=(theirs, scenario, jobs, loaded_plugins()))
        threading.Thread(target=self._follow, args=(theirs,), daemon=True).start()

    @property
    def state(self) -> RunState:
        """See ``Run.state``."""
        return self._state

    def attempt(self, attack: str, home: int, gate: int) -> None:
        """See ``Run.attempt``."""
        if not (self._state.stopped or self._state.problem):
            self._change(lambda state: replace(state, asked=state.asked + 1))
            with suppress(OSError):  # it has just ended, which the state will tell
                self._connection.send(Request(attack, home, gate))

    def stop(self) -> None:
        """See ``Run.stop``."""
        self._change(lambda state: replace(state, stopped=True, work=None, asked=len(state.attempts)))
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
            if self._state.stopped:
                return
        self._process.start()
        theirs.close()
        if self._state.stopped:
            self._process.terminate()
        with suppress(EOFError, OSError):
            while True:
                self._take(self._connection.recv())
        self._connection.close()
        self._process.join()
        self._over.set()
        self._change(_ended)

    def _take(self, message: Message) -> None:
        if isinstance(message, Cleared):
            timeline = timeline_of(self._scenario, message.tables, message.slots)
            self._change(lambda state: replace(state, timeline=timeline))
        else:
            self._change(lambda state: _told(state, message))

    def _change(self, change: Callable[[RunState], RunState]) -> None:
        with self._lock:
            self._state = change(self._state)


def _told(state: RunState, message: Message) -> RunState:
    if state.stopped:
        return state
    match message:
        case Work():
            return replace(state, work=message)
        case Finished(leak_share):
            return replace(state, work=None, finished=True, leak_share=leak_share)
        case Notice(sentence):
            return replace(state, notices=(*state.notices, sentence))
        case Failed(sentence):
            return replace(state, notices=(*state.notices, sentence), asked=state.asked - 1)
        case Problem(sentence):
            return replace(state, work=None, asked=len(state.attempts), problem=sentence)
        case Attempt():
            return replace(state, attempts=(*state.attempts, message))
        case _:
            return state


def _ended(state: RunState) -> RunState:
    """The process is gone: as it was told to, or for a reason already known, or else for none."""
    if state.stopped or state.problem:
        return state
    return replace(
        state,
        work=None,
        asked=len(state.attempts),
        problem="the run's process was ended from outside, perhaps for want of memory; reset to begin again",
    )
