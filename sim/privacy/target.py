"""One home under attack: which of its readings are at stake, and what is public about them.

The attacker looks for all readings that bids were made from, means of a fortnight too; at stake are those of
windows.
"""

from dataclasses import dataclass, replace

import numpy as np

from sim.arrays import Bools, Floats, Ints
from sim.data.population import gate_inputs
from sim.forecast.model import IntegerModel
from sim.market.bills import deviation_totals
from sim.privacy.averages import forecasts_wh, neighbours_mean
from sim.privacy.belief import Belief
from sim.privacy.bids import Equations, outputs_say
from sim.simulation.preparation import Prepared

MOST_DELIVERED = 360
"""Slots of a run whose gates a home is attacked over: fifteen days of hours, or a gate."""


@dataclass(frozen=True)
class Lines:
    """What a bid was made from: numbers = rows @ readings + constant, and an error of rounding.

    numbers:          shape (inputs,), as they were
    rows:             shape (inputs, readings)
    constant, noise:  shape (inputs,); noise: the variance of the error
    """

    numbers: Ints
    rows: Floats
    constant: Floats
    noise: Floats

    def through(self, belief: Belief) -> Belief:
        """What is believed of the numbers by who believes that of the readings."""
        some = np.flatnonzero(self.rows.any(axis=0))
        rows = self.rows[:, some]
        covariance = rows @ belief.covariance[np.ix_(some, some)] @ rows.T + np.diag(self.noise)
        return Belief(self.mean(belief), covariance)

    def mean(self, belief: Belief) -> Floats:
        """Its mean alone."""
        return self.rows @ belief.mean + self.constant

    def known(self, there: Bools) -> bool:
        """Whether all readings that the numbers take in are known."""
        return not self.rows[:, ~there].any()


@dataclass(frozen=True)
class Target:
    """The readings from a home's first window to its last delivery, in order, and what is public of them.

    truth_wh:    shape (readings,), what the attacker is after
    slots:       shape (readings,), their slots, counted from the run's first
    covered:     shape (readings,), whether a window of readings holds them
    models:      per gate, what its bid was made with
    windows:     per gate, where its window lies among the readings
    inputs:      per gate, all that its bid was made from as lines in the readings
    outputs:     shape (gates, horizon), the bids' public outputs
    bids:        per gate, what its outputs say about its window
    forecast_wh: shape (readings,), what the bids forecast for each reading and the one a day later
    totals:      what the meter posted: rows of shape (totals, readings), 0 or 1, and the sums of readings
    """

    truth_wh: Ints
    slots: Ints
    covered: Bools
    models: tuple[IntegerModel, ...]
    windows: tuple[slice, ...]
    inputs: tuple[Lines, ...]
    outputs: Ints
    bids: tuple[Equations, ...]
    forecast_wh: Floats
    totals: tuple[Floats, Floats]

    def without_bids(self) -> "Target":
        """As if nothing were public but the meter's totals."""
        nothing = np.full(self.forecast_wh.shape, np.nan)
        return replace(
            self, models=(), windows=(), inputs=(), outputs=self.outputs[:0], bids=(), forecast_wh=nothing
        )

    def with_hidden_values(self) -> "Target | None":
        """As if every value of the first layer were public; None where the model has no layers.

        EZKL commits without blinding to what its range checks look up, so that a proof tells those values
        which a ReLU keeps from the outputs: docs/threat-model.md. Found one by one for a few; granted here.
        """
        said = []
        for model, lines in zip(self.models, self.inputs, strict=True):
            if model.layers is None:
                return None
            rows = model.layers.weights[0]
            said.append(Equations(0, rows, rows @ lines.numbers))
        return replace(self, bids=tuple(said))

    def without_totals(self) -> "Target":
        """As if the meter posted nothing."""
        rows, sums = self.totals
        return replace(self, totals=(rows[:0], sums[:0]))


def target_of(prepared: Prepared, fill_wh: Ints, home: int) -> Target:
    """A home of the run, a row of its arrays; fill_wh: shape (homes, slots)."""
    inputs = gate_inputs(prepared.scenario, prepared.population.readings)
    horizon, lookback = prepared.scenario.time.horizon, prepared.scenario.forecast.lookback
    before = min(inputs.looks_back, prepared.population.first_slot)
    gates = min(prepared.gates, max(1, MOST_DELIVERED // horizon))
    size, per_day = before + gates * horizon, prepared.population.readings.slots_per_day
    first, readings = prepared.population.first_slot, prepared.population.readings
    span = slice(first - before, first - before + size)
    begins = (before - inputs.window_begins + gate * horizon for gate in range(gates))
    windows = tuple(slice(begin, begin + lookback) for begin in begins)
    covered = np.zeros(size, dtype=np.bool_)
    for window in windows:
        covered[window] = True
    models = tuple(prepared.forecasters.model_of(home, gate) for gate in range(gates))
    outputs = prepared.outputs[home, :gates]
    forecasts = [forecasts_wh(*each) for each in zip(models, outputs, strict=True)]
    forecast_wh = np.concatenate([np.full(before, np.nan), *forecasts])
    return Target(
        truth_wh=readings.load_wh[home, span] - readings.pv_wh[home, span],
        slots=np.arange(size) - before,
        covered=covered,
        models=models,
        windows=windows,
        inputs=tuple(
            Lines(prepared.inputs[home, gate], *inputs.lines(first, gate, first - before, size))
            for gate in range(gates)
        ),
        outputs=outputs,
        bids=tuple(outputs_say(*each) for each in zip(models, outputs, strict=True)),
        forecast_wh=neighbours_mean(forecast_wh, per_day),
        totals=_totals(prepared, fill_wh, home, before, size),
    )


def _totals(prepared: Prepared, fill_wh: Ints, home: int, before: int, size: int) -> tuple[Floats, Floats]:
    """Short of fills less beyond fills, and the fills, make the sum of a gate's readings in a period."""
    rows, sums = [], []
    for gate in range((size - before) // prepared.scenario.time.horizon):
        slots = prepared.slots_of(gate)
        period, periods = prepared.period_of_slot[slots], int(prepared.period_of_slot.max()) + 1
        fills = fill_wh[home : home + 1, slots]
        short, beyond = deviation_totals(prepared.reading_wh[home : home + 1, slots], fills, period, periods)
        for each in np.unique(period).tolist():
            row = np.zeros(size)
            row[before + slots.start : before + slots.stop] = period == each
            rows.append(row)
            sums.append(short[0, each] - beyond[0, each] + fills[0, period == each].sum())
    return np.array(rows), np.array(sums, dtype=np.float64)
