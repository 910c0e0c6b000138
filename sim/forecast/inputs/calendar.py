"""What the calendar tells of a gate: the time, the day of the week and the season of its first slot."""

import math
from dataclasses import dataclass

from sim.forecast.inputs.base import PUBLIC_UNIT, Clock, Public, inputs

DAYS_OF_A_YEAR = 365.25
MINUTES_OF_A_DAY = 24 * 60
_ON_A_CIRCLE = "sine and cosine on a circle, as of angles"


@inputs.register
@dataclass(frozen=True)
class Hour(Public):
    """Of use where gates are shorter than a day."""

    name = "hour"
    meaning = "the time of day at which the gate's first slot begins, as a point on a circle"
    source = _ON_A_CIRCLE

    def size(self, _horizon: int) -> int:
        """Two coordinates."""
        return 2

    def at(self, clock: Clock, first_slot: int) -> tuple[int, ...]:
        """Midnight is (0, 1000)."""
        first = clock.time_of(first_slot)
        return _on_a_circle((60 * first.hour + first.minute) / MINUTES_OF_A_DAY)


@inputs.register
@dataclass(frozen=True)
class Weekday(Public):
    """One number per day, so that no day lies between two others."""

    name = "weekday"
    meaning = "the day of the week of the gate's first slot"
    source = "indicator variables"

    def size(self, _horizon: int) -> int:
        """Monday to Sunday."""
        return 7

    def at(self, clock: Clock, first_slot: int) -> tuple[int, ...]:
        """1000 on its day, 0 on the others."""
        return tuple(PUBLIC_UNIT * (day == clock.time_of(first_slot).weekday()) for day in range(7))


@inputs.register
@dataclass(frozen=True)
class Season(Public):
    """A year's history at least tells it from the trend."""

    name = "season"
    meaning = "the day of the year of the gate's first slot, as a point on a circle"
    source = _ON_A_CIRCLE

    def size(self, _horizon: int) -> int:
        """Two coordinates."""
        return 2

    def at(self, clock: Clock, first_slot: int) -> tuple[int, ...]:
        """The first of January is (0, 1000)."""
        return _on_a_circle((clock.time_of(first_slot).timetuple().tm_yday - 1) / DAYS_OF_A_YEAR)


def _on_a_circle(turn: float) -> tuple[int, int]:
    angle = 2 * math.pi * turn
    return round(PUBLIC_UNIT * math.sin(angle)), round(PUBLIC_UNIT * math.cos(angle))
