"""Being told to end, by Ctrl-C or SIGTERM: never lost, and kept from the processes that work for this one."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from types import FrameType

_ENDINGS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """Remembers that the process was told to end: a library may swallow the KeyboardInterrupt of it.

    came: whether it ever was
    """

    def __init__(self) -> None:
        self.came = False
        self._held = False

    def check(self) -> None:
        """Raise KeyboardInterrupt if the process was told to end."""
        if self.came:
            raise KeyboardInterrupt

    @contextmanager
    def held(self) -> Iterator[None]:
        """Raise nothing within the block; it is for ``check`` to say afterwards."""
        self._held = True
        try:
            yield
        finally:
            self._held = False

    def note(self, number: int, frame: FrameType | None) -> None:
        """Handle a signal."""
        del number, frame
        self.came = True
        if not self._held:
            raise KeyboardInterrupt


@contextmanager
def interrupts() -> Iterator[Interrupts]:
    """Take over both signals for as long as the block lasts; what the process ignores stays ignored."""
    taken = Interrupts()
    before = {number: signal.getsignal(number) for number in _ENDINGS}
    try:
        for number in _ENDINGS:
            if before[number] != signal.SIG_IGN:
                signal.signal(number, taken.note)
        yield taken
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def sheltered_children() -> Iterator[None]:
    """Processes that are started in the block see no Ctrl-C from their first instant on.

    A terminal sends it to all of them; before they can ignore it they would die of it, and complain.
    """
    resource_tracker.ensure_running()  # when it starts, it lets signals through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
