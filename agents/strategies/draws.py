"""The random numbers that homes order by."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from sim.arrays import Floats, Ints, Rows
from sim.seeds import Streams

DRAW_BITS = 32
"""A draw is a whole number from 0 to below 2^32."""


class DrawsByDay:
    """What all homes of a run draw. Kept, because the market is held more than once with the same numbers.

    homes: their names; slots_per_day: of the run, whose first slot begins its first day
    """

    def __init__(self, streams: Streams, homes: Sequence[str], slots_per_day: int) -> None:
        self._streams, self._homes, self._slots_per_day = streams, tuple(homes), slots_per_day
        self._kept: dict[tuple[int, int, int], Ints] = {}

    def of_slots(self, k: int, slots: slice, round_: int) -> Ints:
        """Shape (homes, slots), to be read."""
        day, first = divmod(slots.start, self._slots_per_day)
        last = (slots.stop - 1) // self._slots_per_day
        drawn = self._of_day(k, day, round_)
        if last > day:
            drawn = np.concatenate([self._of_day(k, each, round_) for each in range(day, last + 1)], axis=1)
        return drawn[:, first : first + slots.stop - slots.start]

    def _of_day(self, k: int, day: int, round_: int) -> Ints:
        if (k, day, round_) not in self._kept:
            tail = (day, k, round_) if round_ else (day, k) if k else (day,)
            streams = [self._streams.generator("strategy", home, *tail) for home in self._homes]
            drawn = [each.integers(0, 1 << DRAW_BITS, self._slots_per_day, np.int64) for each in streams]
            self._kept[k, day, round_] = np.stack(drawn)
            self._kept[k, day, round_].flags.writeable = False
        return self._kept[k, day, round_]


@dataclass(frozen=True)
class Draws:
    """The random numbers of some homes for some slots, made when asked for.

    They belong to home, slot, round and k alone, so that runs with other gates, tariffs or neighbours are
    paired.
    """

    by_day: DrawsByDay = field(repr=False)
    rows: Rows
    slots: slice
    round: int = 0

    def per_slot(self, k: int = 0) -> Ints:
        """Shape (homes, slots), from 0 to below 2^32; another k gives other numbers."""
        return self.by_day.of_slots(k, self.slots, self.round)[self.rows]

    def uniform(self, k: int = 0) -> Floats:
        """The same, shape (homes, slots), from 0 to below 1."""
        return self.per_slot(k) / 2.0**DRAW_BITS
