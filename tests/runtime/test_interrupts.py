"""Being told to end: noted where it is swallowed, and kept from children."""

import os
import signal
import subprocess
import sys
from contextlib import nullcontext, suppress

import pytest

from sim.runtime.interrupts import interrupts, sheltered_children


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_what_is_swallowed_is_not_forgotten(ending: signal.Signals) -> None:
    before = signal.getsignal(ending)
    with interrupts() as taken:
        taken.check()
        with suppress(KeyboardInterrupt):
            os.kill(os.getpid(), ending)
        with pytest.raises(KeyboardInterrupt):
            taken.check()
    assert signal.getsignal(ending) == before


def test_it_is_held_back_within_a_block() -> None:
    with interrupts() as taken:
        with taken.held():
            os.kill(os.getpid(), signal.SIGINT)
            assert taken.came
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize("sheltered", [True, False])
def test_children_are_sheltered_from_their_first_instant(sheltered: bool) -> None:
    code = "import signal; print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []))"
    with sheltered_children() if sheltered else nullcontext():
        child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert child.stdout == f"{sheltered}\n"
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])
