"""How far a sweep is and how long it still takes: a bar on a terminal, one line elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tqdm import tqdm

from sim.runtime.progress import Progress
from sim.study.expected import duration

_LAYOUT = "{desc} |{bar:30}| {elapsed}"


class Countdown:
    """Counts cells; the time left comes from the cells seen so far, or else from the estimate."""

    def __init__(self, cells: int, done: int, expected_s: float) -> None:
        self.done = done
        self._cells = cells
        self._before = done
        self._expected_s = expected_s
        self._began = time.monotonic()

    def __str__(self) -> str:
        left = self._cells - self.done
        return f"cells {self.done}/{self._cells}" + (
            f", about {duration(self._left_s(left))} left" if left else ""
        )

    def _left_s(self, left: int) -> float:
        seen = self.done - self._before
        return (time.monotonic() - self._began) / seen * left if seen else self._expected_s


class Display:
    """Shows a countdown as cells come in; where nobody watches, how many there are, and what went wrong."""

    def __init__(self, countdown: Countdown, progress: Progress, bar: "tqdm[Any] | None") -> None:
        self._countdown, self._progress, self._bar = countdown, progress, bar
        if bar is None:
            progress.say(str(countdown))
        else:
            self._move(bar)

    def count(self, problem: str) -> None:
        """One more cell is through; ``problem`` is empty if all went well."""
        self._countdown.done += 1
        if self._bar is not None:
            self._move(self._bar)
        elif problem:
            self._progress.say(problem)

    def _move(self, bar: "tqdm[Any]") -> None:
        bar.set_description_str(str(self._countdown))
        bar.update(self._countdown.done - bar.n)


@contextmanager
def displayed(countdown: Countdown, cells: int, progress: Progress) -> Iterator[Display]:
    """A display for as long as the block lasts."""
    if progress.quiet or not sys.stderr.isatty():
        yield Display(countdown, progress, None)
    else:
        bar: tqdm[Any] = tqdm(total=cells, initial=countdown.done, bar_format=_LAYOUT, file=sys.stderr)
        with bar:
            yield Display(countdown, progress, bar)
