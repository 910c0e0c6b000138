"""Progress of long work: bars on a terminal, plain lines elsewhere, nothing when quiet."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tqdm import tqdm

from sim.errors import plain

_LAYOUT = "{desc} {percentage:3.0f}% |{bar:30}| {n_fmt}/{total_fmt} {unit} [{elapsed}, {remaining} left]"


Advance = Callable[[int], object]
"""Told of each so many pieces of work done."""


@dataclass(frozen=True)
class Progress:
    """Where progress is shown: on standard error, unless quiet."""

    quiet: bool = False

    @contextmanager
    def stage(self, name: str, total: int, unit: str) -> Iterator[Advance]:
        """Work on ``total`` pieces; yields what to call for each one done."""
        if self.quiet:
            yield _unseen
        elif sys.stderr.isatty():
            with tqdm(total=total, desc=f"{name:<10}", unit=unit, bar_format=_LAYOUT, file=sys.stderr) as bar:
                yield bar.update
        else:
            self.say(f"{name}: {total} {unit}")
            yield _unseen

    def say(self, line: str) -> None:
        """A line for the user."""
        if not self.quiet:
            print(plain(line), file=sys.stderr, flush=True)


def _unseen(pieces: int) -> None:
    """Progress that nobody watches."""
    del pieces
