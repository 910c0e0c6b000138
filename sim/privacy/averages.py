"""What an outsider knows of days like these: their average, how they vary, and what forecasts say of them.

Taken from *other* homes in the weeks before the first gate's window, as a study of such homes would publish
it. The average day is the guess that a leak is measured against. That day, corrected by what the public
forecasts say at face value, is the prior of the least-squares attack, with the covariance of what they miss.

A forecast tells of two readings at its time of day: of the one that it is about, and of the one a day before,
which it was largely made from. So a reading is held against the mean of its own forecast and the next day's.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Floats, Ints
from sim.data.population import gate_inputs
from sim.forecast.model import IntegerModel
from sim.privacy.belief import Belief
from sim.simulation.preparation import Prepared

MOST_CORRELATION = 0.95
LEAST_SHARE = 0.01
"""Of the mean variance, added to every slot's, so that nothing is thought to be known."""
MOST_DAYS, MOST_SLOTS = 28, 2_688
"""Four weeks of hours, fewer of shorter slots: the season is public, and the study's work bounded."""
FEWEST_DAYS = 2


@dataclass(frozen=True)
class Averages:
    """Statistics of days; S slots a day, the first of them the run's first.

    mean_wh:     shape (S,)
    forecast_wh: shape (S,), what the model forecasts on average
    slope:       shape (S,), Wh that a reading is higher per Wh that its forecast is
    telling:     shape (S,), whether forecasts differ at all between homes and days
    homes:       shape (S, S), covariance between homes of their own mean days, less slope x forecast, Wh^2
    days:        shape (S, S), likewise of a home's days about its mean
    next_day:    shape (S, S), correlation of these with the next day's, both whitened: a contraction
    """

    mean_wh: Floats
    forecast_wh: Floats
    slope: Floats
    telling: NDArray[np.bool_]
    homes: Floats
    days: Floats
    next_day: Floats

    def belief(self, slots: Ints, forecast_wh: Floats) -> Belief:
        """About one home's readings in ascending slots, counted from the run's first, negative before it.

        forecast_wh: shape (slots,), NaN where none is public
        """
        place = slots % len(self.mean_wh)
        beyond = np.nan_to_num(forecast_wh - self.forecast_wh[place])
        return Belief(self.mean_wh[place] + self.slope[place] * beyond, self._covariance(slots))

    def at_face_value(self, prior: Belief, slots: Ints, forecast_wh: Floats) -> Belief:
        """The same, but for readings taken to be what is forecast, wherever forecasts tell anything.

        A study cannot say how well the model of a single home, trained on it alone, knows that home.
        """
        told = ~np.isnan(forecast_wh) & self.telling[slots % len(self.mean_wh)]
        return Belief(np.where(told, forecast_wh, prior.mean), prior.covariance)

    def average_wh(self, slots: Ints) -> Floats:
        """The guess of someone who has seen nothing of the run."""
        return self.mean_wh[slots % len(self.mean_wh)]

    def _covariance(self, slots: Ints) -> Floats:
        """A home differs from others by as much every day; its days follow each other as a Markov chain."""
        per_day = len(self.mean_wh)
        day, place = slots // per_day, slots % per_day
        of_days, later = root(self.days), np.eye(per_day)
        by_lag = np.empty((int(np.ptp(day)) + 1, per_day, per_day))
        for days_apart in range(len(by_lag)):
            by_lag[days_apart] = self.homes + of_days @ later @ of_days
            later = later @ self.next_day
        lag = day[None, :] - day[:, None]
        upper: Floats = by_lag[np.abs(lag), place[:, None], place[None, :]]
        return np.where(lag >= 0, upper, upper.T)


def averages_of(days_wh: Floats, forecast_wh: Floats) -> Averages:
    """Averages over homes: readings and forecasts of shape (homes, days, S), of at least two days."""
    mean, forecast = days_wh.mean(axis=(0, 1)), forecast_wh.mean(axis=(0, 1))
    beyond = forecast_wh - forecast
    together, varies = ((days_wh - mean) * beyond).mean(axis=(0, 1)), np.square(beyond).mean(axis=(0, 1))
    telling = varies > 1  # Wh^2: more than rounding
    slope = np.divide(together, varies, out=np.zeros_like(mean), where=telling)
    missed = days_wh - mean - slope * beyond
    means = missed.mean(axis=1)
    own = missed - means[:, None]
    pairs = own.shape[0] * (own.shape[1] - 1)
    days: Floats = np.einsum("hds,hdt->st", own, own) / pairs
    days += np.eye(len(days)) * (1 + LEAST_SHARE * float(np.trace(days)) / len(days))
    whitened = np.linalg.inv(root(days))
    following = np.einsum("hds,hdt->st", own[:, :-1], own[:, 1:]) / pairs
    left, strength, right = np.linalg.svd(whitened @ following @ whitened)
    next_day = (left * np.minimum(strength, MOST_CORRELATION)) @ right
    between = np.einsum("hs,ht->st", means, means) / len(means)
    return Averages(mean, forecast, slope, telling, between, days, next_day)


def root(matrix: Floats) -> Floats:
    """The symmetric square root of a covariance."""
    values, vectors = np.linalg.eigh(matrix)
    found: Floats = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    return found


class Histories:
    """Whole days of some homes, before the first window of a run.

    homes: rows of the run's readings
    days:  how many, with windows to forecast them from; at least FEWEST_DAYS to see how they vary
    """

    def __init__(self, prepared: Prepared, homes: Ints) -> None:
        readings, time = prepared.population.readings, prepared.scenario.time
        self._inputs, first = gate_inputs(prepared.scenario, readings), prepared.population.first_slot
        self.homes, self._per_day, self._time = homes, readings.slots_per_day, time
        before = -(-self._inputs.window_begins // self._per_day)
        known = (first - self._inputs.needs - time.horizon) // self._per_day
        self.days = max(0, min(MOST_DAYS, MOST_SLOTS // self._per_day, known - before))
        self._first = first
        self._begin, self._end = (-days * self._per_day for days in (before + self.days, before))
        self._net_wh = readings.load_wh[homes, :first] - readings.pv_wh[homes, :first]
        self._forecasts: dict[str, Floats] = {}

    def without(self, home: int, model: IntegerModel | None = None) -> Averages:
        """Averages over all homes but one, a row of the run's readings, and their forecasts by its model.

        Without a model, forecasts say nothing.
        """
        others = self.homes != home
        wh = self._net_wh[others, self._first + self._begin : self._first + self._end]
        days_wh = wh.reshape(len(wh), self.days, self._per_day).astype(np.float64)
        forecast_wh = np.zeros_like(days_wh) if model is None else self._forecast_wh(model)[others]
        return averages_of(days_wh, forecast_wh)

    def _forecast_wh(self, model: IntegerModel) -> Floats:
        """Shape (homes, days, S): mean of each slot's forecast and the next day's."""
        if model.digest not in self._forecasts:
            own = [self._forecasts_of(net_wh, model) for net_wh in self._net_wh]
            both = neighbours_mean(np.stack(own), self._per_day)[:, : -self._per_day]
            self._forecasts[model.digest] = both.reshape(len(own), self.days, self._per_day)
        return self._forecasts[model.digest]

    def _forecasts_of(self, net_wh: Ints, model: IntegerModel) -> Floats:
        """One home's forecasts from the study's first slot to a day past its last."""
        horizon, end = self._time.horizon, self._end + self._per_day
        first, last = self._begin // horizon, -(-end // horizon)
        slot = self._first + first * horizon
        numbers = self._inputs.at_gates(net_wh[None], slot, last - first)[0]
        wh = forecasts_wh(model, model.outputs(numbers)).ravel()
        return wh[self._begin - first * horizon :][: end - self._begin]


def forecasts_wh(model: IntegerModel, outputs: Ints) -> Floats:
    """Outputs in Wh, neither rounded nor clipped."""
    return outputs / 2.0**model.output_scale


def neighbours_mean(forecast_wh: Floats, per_day: int) -> Floats:
    """Mean of each slot's forecast and the next day's, of those that are not NaN; shape (..., slots)."""
    padding = [(0, 0)] * (forecast_wh.ndim - 1) + [(0, per_day)]
    next_day = np.pad(forecast_wh, padding, constant_values=np.nan)[..., per_day:]
    first = np.where(np.isnan(forecast_wh), next_day, forecast_wh)
    mean: Floats = (first + np.where(np.isnan(next_day), first, next_day)) / 2
    return mean
