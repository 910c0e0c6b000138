"""What an input is: whole numbers for each home and gate that stand behind the window of readings.

The meter commits to all of them together, so a proof covers them as it covers readings, and the meter vouches
for them as it does for readings. Computed ones are means of readings of the delivered slots' times of day;
public ones anybody can compute.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar

import numpy as np

from sim.arrays import Bools, Ints
from sim.data.readings import DAY_S
from sim.errors import InputError
from sim.registry import Registry

PUBLIC_UNIT = 1_000
"""Public numbers lie within this of zero."""


@dataclass(frozen=True)
class Clock:
    """When slots are, and which of them a gate delivers.

    start:         local time at which slot 0 begins
    slots_per_day: slots of a day
    horizon, lead: slots of a gate, and slots between the end of its window and its first
    temperature_dc: shape (slots,), tenths of a degree Celsius; None where nothing is known of it
    """

    start: datetime
    slots_per_day: int
    horizon: int
    lead: int
    temperature_dc: Ints | None = field(default=None, compare=False, repr=False)

    def delivered(self, first_slot: int, gates: int) -> Ints:
        """The slots of gates, shape (gates, horizon), where gate 0 delivers from ``first_slot`` on."""
        return first_slot + self.horizon * np.arange(gates)[:, None] + np.arange(self.horizon)

    @property
    def days_back(self) -> Ints:
        """How many days before each delivered slot its latest known reading at that time was: (horizon,)."""
        return (np.arange(self.horizon) + self.lead) // self.slots_per_day + 1

    def time_of(self, slot: int) -> datetime:
        """Local time at which a slot begins."""
        return self.start + timedelta(seconds=slot * (DAY_S // self.slots_per_day))


class Input(ABC):
    """Numbers of one kind; ``meaning`` is a clause, for reports."""

    name: ClassVar[str]
    meaning: ClassVar[str]
    source: ClassVar[str]

    @abstractmethod
    def size(self, horizon: int) -> int:
        """How many numbers it adds at a gate."""


class Computed(Input):
    """For each delivered slot the mean of earlier readings at its time of day, rounded to whole Wh."""

    @abstractmethod
    def days(self, clock: Clock) -> Ints:
        """How many days before each delivered slot the readings lie: shape (horizon, readings of a mean).

        None is later than ``clock.days_back``, which the window's end lets in.
        """

    def size(self, horizon: int) -> int:
        """One per delivered slot."""
        return horizon

    def sources(self, clock: Clock, first_slot: int, gates: int) -> tuple[Ints, Bools]:
        """Slots of the readings that are averaged, shape (gates, horizon, readings), and which of them count.

        Those before slot 0 do not; where none does, the latest known reading stands for all.
        Raises InputError for an input that looks into the future.
        """
        delivered, days = clock.delivered(first_slot, gates)[:, :, None], self.days(clock)
        if (days < clock.days_back[:, None]).any():
            raise InputError(f'forecast.inputs: "{self.name}" takes readings from after the window\'s end')
        slots = delivered - clock.slots_per_day * days
        latest = delivered - clock.slots_per_day * clock.days_back[:, None]
        there = slots >= 0
        alone = ~there.any(axis=-1, keepdims=True) & (np.arange(slots.shape[-1]) == 0)
        return np.where(there, slots, np.maximum(latest, 0)), there | alone

    def values(self, net_wh: Ints, clock: Clock, first_slot: int, gates: int) -> Ints:
        """Of readings of shape (homes, slots): shape (homes, gates, size), Wh, rounded half up."""
        slots, there = self.sources(clock, first_slot, gates)
        total = np.zeros((len(net_wh), *slots.shape[:2]), dtype=np.int64)
        for each in range(slots.shape[-1]):  # one day at a time: all at once would hold a fortnight per slot
            total += np.where(there[..., each], net_wh[:, slots[..., each]], 0)
        number = there.sum(axis=-1)
        mean: Ints = (2 * total + number) // (2 * number)
        return mean


class Public(Input):
    """Numbers within ±PUBLIC_UNIT that do not depend on anybody's readings."""

    @abstractmethod
    def at(self, clock: Clock, first_slot: int) -> tuple[int, ...]:
        """For a gate that delivers from that slot on: as many as ``size`` says."""

    def values(self, clock: Clock, first_slot: int, gates: int) -> Ints:
        """Shape (gates, size)."""
        first_slots = clock.delivered(first_slot, gates)[:, 0].tolist()
        return np.array([self.at(clock, slot) for slot in first_slots], dtype=np.int64).reshape(gates, -1)


inputs: Registry[Input] = Registry("input", Input, settable=False)  # type: ignore[type-abstract]
