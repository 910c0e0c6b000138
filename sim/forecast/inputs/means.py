"""Means of each hour over the last days, and the same hour a week ago: what a few readings cannot tell."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.arrays import Ints
from sim.forecast.inputs.base import Clock, Computed, inputs

DAYS_OF_A_WEEK = 7


class Mean(Computed):
    """Over the latest days whose reading is known when the window ends; of a younger home over all it has."""

    averaged: ClassVar[int]

    def days(self, clock: Clock) -> Ints:
        """From the latest one back."""
        return clock.days_back[:, None] + np.arange(self.averaged)


@inputs.register
@dataclass(frozen=True)
class WeekMean(Mean):
    """Every day of a week once."""

    name = "week-mean"
    meaning = "the mean of each slot of the day over the last 7 days"
    source = "a seasonal moving average; Hyndman & Athanasopoulos, Forecasting: Principles and Practice, 2021"
    averaged = DAYS_OF_A_WEEK


@inputs.register
@dataclass(frozen=True)
class FortnightMean(Mean):
    """Every day of a week twice."""

    name = "fortnight-mean"
    meaning = "the mean of each slot of the day over the last 14 days"
    source = WeekMean.source
    averaged = 2 * DAYS_OF_A_WEEK


@inputs.register
@dataclass(frozen=True)
class WeekAgo(Computed):
    """The day of the week decides."""

    name = "week-ago"
    meaning = "each slot's reading a week before"
    source = "the seasonal naive forecast of a week; Hyndman & Athanasopoulos, 2021"

    def days(self, clock: Clock) -> Ints:
        """Seven, or the next multiple whose reading is known."""
        weeks = -(-clock.days_back // DAYS_OF_A_WEEK)
        return (weeks * DAYS_OF_A_WEEK)[:, None]
