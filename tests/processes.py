"""Processes of this machine: who descends from whom, and whether they end."""

import os
import signal
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import NamedTuple

PATIENCE_S = 180.0
"""How long anything may take before a test gives it up; nothing is measured by it."""


class Process(NamedTuple):
    """What the system says of one."""

    parent: int
    session: int
    zombie: bool


def _processes() -> dict[int, Process]:
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, parent, _, session, *_ = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        found[int(folder.name)] = Process(int(parent), int(session), state == "Z")
    return found


def descendants(root: int) -> frozenset[int]:
    """Children of a process, theirs, and so on, zombies among them."""
    processes = _processes()
    found: set[int] = set()
    fresh = {root}
    while fresh:
        fresh = {child for child, process in processes.items() if process.parent in fresh}
        found |= fresh
    return frozenset(found)


def alive(processes: Collection[int]) -> list[int]:
    """Those that still run."""
    now = _processes()
    return [each for each in processes if each in now and not now[each].zombie]


def session_of(leader: int) -> list[int]:
    """The living processes of a session."""
    return [pid for pid, each in _processes().items() if each.session == leader and not each.zombie]


def all_end(processes: Collection[int]) -> bool:
    """Whether processes end, and leave no zombie; those that do not are ended."""
    return _come_to_an_end(lambda: [each for each in processes if Path(f"/proc/{each}").exists()])


def nobody_is_left(leader: int) -> bool:
    """Whether all of a session end; those that do not are ended."""
    return _come_to_an_end(lambda: session_of(leader))


def _come_to_an_end(left: Callable[[], list[int]]) -> bool:
    end = time.monotonic() + PATIENCE_S
    while left():
        if time.monotonic() > end:
            for process in left():
                os.kill(process, signal.SIGKILL)
            return False
        time.sleep(0.05)
    return True
