"""Forecasts that need no model: what every model has to beat.

Persistence repeats what was known last: for gates of a day or longer each slot's latest known reading at its
time of day, for shorter ones the last reading of the window. The others are means of earlier days at the same
time of day. Hyndman & Athanasopoulos, Forecasting: Principles and Practice, 3rd edition, 2021, chapter 5.
"""

from collections.abc import Callable

import numpy as np

from sim.arrays import Ints
from sim.errors import InputError
from sim.forecast.inputs import Clock
from sim.forecast.inputs.means import FortnightMean, WeekAgo, WeekMean

Baseline = Callable[[Ints, Clock, int, int], Ints]
"""Of readings, (homes, slots), a clock, a first slot and a number of gates: shape (homes, gates, horizon)."""


def yesterday_wh(net_wh: Ints, clock: Clock, first_slot: int, gates: int) -> Ints:
    """For each slot the latest reading at its time of day that is known when the gate's window ends.

    Where the slot of the day before is not yet known, within ``lead`` slots of delivery, it is the day before
    that. Raises InputError where the data begin too late.
    """
    sources = clock.delivered(first_slot, gates) - clock.slots_per_day * clock.days_back
    if sources.min(initial=0) < 0:
        raise InputError(
            f"time.start: the data begin {first_slot} slots before it, "
            f"but persistence needs {first_slot - sources.min()}"
        )
    return net_wh[:, sources]


def persistence_wh(net_wh: Ints, clock: Clock, first_slot: int, gates: int) -> Ints:
    """The naive forecast for the horizon at hand. Raises InputError where the data begin too late."""
    as_yesterday = yesterday_wh(net_wh, clock, first_slot, gates)
    if clock.horizon >= clock.slots_per_day:
        return as_yesterday
    last = clock.delivered(first_slot, gates)[:, :1] - clock.lead - 1
    return net_wh[:, np.broadcast_to(last, as_yesterday.shape[1:])]


BASELINES: dict[str, Baseline] = {
    "persistence": persistence_wh,
    "yesterday": yesterday_wh,
    "last_week": WeekAgo().values,
    "week_mean": WeekMean().values,
    "fortnight_mean": FortnightMean().values,
}
REPORTED = {
    "persistence": "persistence",
    "last_week": "the reading a week before",
    "week_mean": "the mean of the last 7 days",
    "fortnight_mean": "the mean of the last 14 days",
}
"""What a reader calls them; within a day ``yesterday`` is another, and counts among the best alone."""
SAID = REPORTED | {"yesterday": "the day before"}
