"""The past of some homes of a run, with what a model would have forecast for them.

A forecast tells of two readings at its time of day: of the one that it is about, and of the one a day before,
which it was largely made from. So a reading is held against the mean of its own forecast and the next day's.
"""

import numpy as np

from sim.arrays import Floats, Ints
from sim.forecast.model import IntegerModel
from sim.forecast.windows import gate_windows
from sim.privacy.averages import Averages, averages_of
from sim.simulation.preparation import Prepared

MOST_DAYS, MOST_SLOTS = 28, 2_688
"""Four weeks of hours, fewer of shorter slots: the season is public, and the study's work bounded."""
FEWEST_DAYS = 2


class Histories:
    """Whole days of some homes, before the first window of a run.

    homes: rows of the run's readings
    days:  how many, with windows to forecast them from; at least FEWEST_DAYS to see how they vary
    """

    def __init__(self, prepared: Prepared, homes: Ints) -> None:
        readings, time = prepared.population.readings, prepared.scenario.time
        lookback, first = prepared.scenario.forecast.lookback, prepared.population.first_slot
        self.homes, self._per_day, self._time, self._lookback = homes, readings.slots_per_day, time, lookback
        before = -(-(time.lead + lookback) // self._per_day)
        known = (first - time.lead - lookback - time.horizon) // self._per_day
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
        horizon, lead, end = self._time.horizon, self._time.lead, self._end + self._per_day
        first, last = self._begin // horizon, -(-end // horizon)
        slot = self._first + first * horizon
        windows = gate_windows(net_wh[None], slot, last - first, self._lookback, horizon, lead)
        wh = forecasts_wh(model, model.outputs(windows[0])).ravel()
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
