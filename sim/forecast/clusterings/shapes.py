"""What homes are compared by: mean days and trends, brought to one size."""

from dataclasses import dataclass
from math import lcm

import numpy as np

from sim.arrays import Floats, Ints
from sim.errors import InputError

FLAT = 1e300
"""In place of a deviation of 0, so that no home with a shape is taken for one without."""


@dataclass(frozen=True)
class Shapes:
    """Of each home one row of numbers, the trend before the mean days.

    values:       shape (homes, numbers): mean 0 and mean square 1, or all 0 where a home has no shape
    deviation_wh: shape (homes,): what they were divided by; ``FLAT`` where a home has no shape
    """

    values: Floats
    deviation_wh: Floats

    def different(self, enough: int) -> int:
        """How many homes there are no two of which have one shape; counting ends with ``enough``.

        Shapes are one where they differ by less than a Wh in every slot, at the size of the smaller home:
        readings are whole Wh, so that no more is known of a mean day.
        """
        left, found = np.lexsort(self.values.T[::-1]), 0
        while len(left) and found < enough:
            first, found = left[0], found + 1
            size_wh = np.minimum(self.deviation_wh[left], self.deviation_wh[first])
            apart_wh = np.abs(self.values[left] - self.values[first]).max(axis=1) * size_wh
            left = left[apart_wh >= 1]
        return found


def shapes_of(net_wh: Ints, slots_per_day: int, seasons: int = 1, trend: int = 0) -> Shapes:
    """The shapes of homes with readings of shape (homes, slots), over their last whole days.

    seasons: equal parts of the days, each with a mean day; trend: equal parts, each with a mean

    A home of which neither differs from its mean by a Wh has no shape. What is above or below is found and
    divided out in integers first: days of one shape have the same floats, and rounding gives no flat day one.
    All stays within int64 for ten years of days of 24 MWh, which a connection of 1000 kW can carry.
    """
    beyond, unit = _beyond_means(net_wh, slots_per_day, seasons, trend)
    flat = np.abs(beyond).max(axis=1) < unit
    beyond[flat] = 0
    common = np.maximum(np.gcd.reduce(beyond, axis=1, keepdims=True), 1)
    beyond //= common
    deviation = np.sqrt(np.square(beyond.astype(np.float64)).mean(axis=1, keepdims=True))
    deviation_wh = (deviation * common / unit)[:, 0]
    return Shapes(beyond / np.where(deviation, deviation, 1), np.where(flat, FLAT, deviation_wh))


def _beyond_means(net_wh: Ints, slots_per_day: int, seasons: int, trend: int) -> tuple[Ints, int]:
    """What trend and mean days are beyond their own means, and how much of that is a Wh."""
    days, homes = net_wh.shape[1] // slots_per_day, len(net_wh)
    if days < max(seasons, trend):
        parts = max(seasons, trend)
        of_each = f" for each of {parts} parts" if parts > 1 else ""
        raise InputError(
            f"time.start: clustering needs a day of history{of_each}, {parts * slots_per_day} slots; "
            f"there are {net_wh.shape[1]}"
        )
    of_season = days // seasons
    mean_days = _last(net_wh, seasons * of_season * slots_per_day)
    mean_days = mean_days.reshape(homes, seasons, of_season, slots_per_day).sum(axis=2)
    mean_days = (slots_per_day * mean_days - mean_days.sum(axis=2, keepdims=True)).reshape(homes, -1)
    unit_of_days = of_season * slots_per_day
    if not trend:
        return mean_days, unit_of_days
    of_part = days // trend * slots_per_day
    means = _last(net_wh, trend * of_part).reshape(homes, trend, of_part).sum(axis=2)
    means = trend * means - means.sum(axis=1, keepdims=True)
    unit = lcm(unit_of_days, trend * of_part)
    both = [means * (unit // (trend * of_part)), mean_days * (unit // unit_of_days)]
    return np.concatenate(both, axis=1), unit


def _last(net_wh: Ints, slots: int) -> Ints:
    return net_wh[:, net_wh.shape[1] - slots :]
