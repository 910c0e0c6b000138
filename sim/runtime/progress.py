"""Progress of long work: bars on a terminal, plain lines elsewhere, nothing when quiet."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tqdm import tqdm

from sim.errors import plain
from sim.runtime.wording import counted, noted

_LAYOUT = "{desc} {percentage:3.0f}% |{bar:30}| {n_fmt}/{total_fmt} {unit} [{elapsed}, {remaining} left]"


Advance = Callable[[int], object]
"""Told of each so many pieces of work done."""


@dataclass(frozen=True)
class Progress:
    """Where progress is shown: on standard error, unless quiet."""

    quiet: bool = False

    @contextmanager
    def stage(self, name: str, total: int, unit: str) -> Iterator[Advance]:
        """Work on ``total`` pieces, called ``unit`` in the plural; yields what to call for each one done."""
        if self.quiet:
            yield _unseen
        elif sys.stderr.isatty():
            left = f"{name:<10}"
            with tqdm(total=total, desc=left, unit=unit, bar_format=_LAYOUT, file=sys.stderr) as bar:
                yield bar.update
        else:
            self.say(f"{name}: {total:,}" if name == unit else f"{name}: {counted(total, unit[:-1])}")
            yield _unseen

    def say(self, line: str) -> None:
        """A line for the user, above a bar where there is one."""
        if not self.quiet:
            tqdm.write(plain(line), file=sys.stderr)

    def note(self, sentence: str) -> None:
        """A sentence of what is worth knowing of a run before it begins."""
        self.say(noted(sentence))


def _unseen(pieces: int) -> None:
    """Progress that nobody watches."""
    del pieces
