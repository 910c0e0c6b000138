"""How well a run's homes forecast, beside what needs no model."""

import numpy as np

from sim.arrays import Floats
from sim.data.population import gate_inputs
from sim.forecast.windows import history_of, history_slots
from sim.outputs.outcome import Outcome
from sim.simulation.preparation import Prepared


def mae_wh(prepared: Prepared, baseline: str | None = None) -> float:
    """Mean absolute error per home and slot, of the forecasts or of a baseline."""
    forecast_wh = prepared.forecast_wh if baseline is None else prepared.baselines_wh[baseline]
    return float(np.abs(forecast_wh - prepared.reading_wh).mean())


def best_baseline(prepared: Prepared) -> str:
    """The name of the baseline that misses least; known in hindsight, so hard to beat in a short run."""
    return min(prepared.baselines_wh, key=lambda name: mae_wh(prepared, name))


def rounding_wh(outcome: Outcome) -> Floats | None:
    """How far forecasts of integers are from those of the model's file, before either is whole: magnitudes.

    Shape (homes, slots); None where no file is at hand.
    """
    prepared = outcome.prepared
    if prepared.unrounded_wh is None:
        return None
    scale = prepared.forecasters.models[0].output_scale
    integers: Floats = prepared.outputs.reshape(prepared.unrounded_wh.shape) / 2.0**scale
    return np.abs(integers - prepared.unrounded_wh)


def rounding_cost_nano(outcome: Outcome) -> int | None:
    """What all homes pay more than they would with the file's own forecasts."""
    unrounded = outcome.unrounded_bills
    return None if unrounded is None else int((outcome.accounts.market - unrounded).sum())


def mase(outcome: Outcome) -> float | None:
    """Mean absolute scaled error, (Hyndman & Koehler 2006): over that of the day before, in the history.

    None where the history has no two days, or they are equal.
    """
    prepared = outcome.prepared
    population, per_day = prepared.population, prepared.population.readings.slots_per_day
    most = history_slots(prepared.scenario.forecast.history_days, per_day)
    inputs = gate_inputs(prepared.scenario, population.readings)
    history_wh = history_of(population.readings.net_wh, inputs, population.first_slot, most)
    steps = np.abs(history_wh[:, per_day:] - history_wh[:, :-per_day])
    return mae_wh(prepared) / float(steps.mean()) if steps.any() else None
