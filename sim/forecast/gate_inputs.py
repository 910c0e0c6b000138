"""All that a forecast is made from at a gate: the window of readings, then what stands beside it.

Gate g delivers slots [first_slot + g x horizon, ... + horizon); its window is the ``lookback`` readings that
end ``lead`` slots before the first of them. Negative gates lie in the past, on the same grid.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.arrays import Floats, Ints
from sim.errors import InputError
from sim.forecast.inputs import Clock, Computed, Input, Public
from sim.forecast.inputs.base import PUBLIC_UNIT

NEARLY_KNOWN = 1e-4
"""Variance of a whole number that is known: a hundredth of a unit to each side."""


@dataclass(frozen=True)
class GateInputs:
    """The numbers that a circuit commits to before its salts.

    lookback: readings of the window, which come first
    beside:   what follows them, in this order
    """

    lookback: int
    clock: Clock
    beside: tuple[Input, ...] = ()

    @property
    def extra(self) -> int:
        """Numbers beside the window."""
        return sum(each.size(self.clock.horizon) for each in self.beside)

    @cached_property
    def is_public(self) -> list[bool]:
        """Of every number, whether it is public."""
        sizes = [(isinstance(each, Public), each.size(self.clock.horizon)) for each in self.beside]
        return [False] * self.lookback + [public for public, size in sizes for _ in range(size)]

    @property
    def window_begins(self) -> int:
        """Slots from the first of a window to the first delivered one."""
        return self.clock.lead + self.lookback

    @property
    def unknown(self) -> int:
        """Slots before a gate's first of which its model's training knows nothing: the window, and the lead
        before it, in which the model is trained and registered.
        """
        return self.window_begins + self.clock.lead

    @property
    def needs(self) -> int:
        """Slots before a gate's first that its numbers cannot do without."""
        latest = self.clock.slots_per_day * self.clock.days_back - np.arange(self.clock.horizon)
        computed = any(isinstance(each, Computed) for each in self.beside)
        return max(self.window_begins, int(latest.max()) if computed else 0)

    @property
    def looks_back(self) -> int:
        """Slots before a gate's first that its numbers look at, where there are so many."""
        days = [int(each.days(self.clock).max()) for each in self.beside if isinstance(each, Computed)]
        return max(self.window_begins, self.clock.slots_per_day * max(days, default=0))

    def limit(self, limit_wh: int) -> int:
        """What no number exceeds where no reading exceeds ``limit_wh``."""
        return max(limit_wh, PUBLIC_UNIT) if any(self.is_public) else limit_wh

    def at_gates(self, net_wh: Ints, first_slot: int, gates: int) -> Ints:
        """Of readings of shape (homes, slots): shape (homes, gates, lookback + extra).

        Raises InputError where the first window would begin before the data.
        """
        begin = first_slot - self.window_begins
        if begin < 0:
            raise InputError(
                f"forecast.lookback = {self.lookback}: the first window would begin {-begin} slots before "
                f"the data; with this start and lead at most {max(first_slot - self.clock.lead, 0)} are there"
            )
        window = begin + self.clock.horizon * np.arange(gates)[:, None] + np.arange(self.lookback)
        parts = [net_wh[:, window]]
        for each in self.beside:
            if isinstance(each, Computed):
                parts.append(each.values(net_wh, self.clock, first_slot, gates))
            elif isinstance(each, Public):
                values = each.values(self.clock, first_slot, gates)
                parts.append(np.broadcast_to(values, (len(net_wh), *values.shape)))
        return np.concatenate(parts, axis=2) if self.beside else parts[0]

    def lines(self, first_slot: int, gate: int, begin: int, size: int) -> tuple[Floats, Floats, Floats]:
        """The numbers of a gate as lines in the readings from slot ``begin`` on, of which there are ``size``.

        Returns rows, shape (numbers, size), constants, and the variance of what rounding leaves out.
        """
        first = first_slot + gate * self.clock.horizon
        rows = np.zeros((self.lookback + self.extra, size))
        constants, noise = np.zeros(len(rows)), np.zeros(len(rows))
        noise[self.lookback :] = NEARLY_KNOWN  # what follows from others would leave no volume to search
        number = np.arange(self.lookback)
        rows[number, first - self.window_begins - begin + number] = 1
        at = self.lookback
        for each in self.beside:
            own = slice(at, at := at + each.size(self.clock.horizon))
            if isinstance(each, Public):
                constants[own] = each.values(self.clock, first, 1)[0]
            elif isinstance(each, Computed):
                slots, there = (of_gate[0] for of_gate in each.sources(self.clock, first, 1))
                share = there / there.sum(axis=1, keepdims=True)
                np.add.at(rows[own], (np.arange(len(slots))[:, None], np.maximum(slots - begin, 0)), share)
                noise[own] = np.where(
                    there.sum(axis=1) > 1, 1 / 12, NEARLY_KNOWN
                )  # of rounding, evenly spread
        return rows, constants, noise


@dataclass(frozen=True)
class Scaling:
    """How numbers are brought to a common size before training: (number - shift) / factor.

    shift, factor:         shape (numbers,), of what a forecast is made from
    mean_wh, deviation_wh: of what it is of
    """

    shift: Floats
    factor: Floats
    mean_wh: float
    deviation_wh: float


def scaling_of(inputs: GateInputs, mean_wh: float, deviation_wh: float) -> Scaling:
    """Readings and their means by the mean and the deviation of readings; public numbers by their unit."""
    public = np.array(inputs.is_public)
    shift, factor = np.where(public, 0.0, mean_wh), np.where(public, float(PUBLIC_UNIT), deviation_wh)
    return Scaling(shift, factor, mean_wh, deviation_wh)
