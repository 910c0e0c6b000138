"""What is public of a run under sealed orders: totals, prices, and two sums of money per home and period.

Quantities stay committed. Public are the models, which are linear, the total of all homes' outputs in every
slot, the price, who has a generator, and per home and settlement period

    trade sum      T = sum of  price x y
    deviation sum  D = sum of  retail x max(n - y, 0) - feed-in x max(y - n, 0)

of outputs y and readings n, both at 2^-scale Wh. Were each gate settled
alone, it would have a trade sum of its own.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from sim.arrays import Bools, Floats, Ints
from sim.data.population import gate_inputs
from sim.errors import InputError
from sim.market.bills import deviations
from sim.market.mechanisms.net_price import NetPrice
from sim.simulation.preparation import Prepared

MOST_SLOTS = 840
"""Of a run that is attacked, from its first: five weeks of hours. A period cut short tells more."""


@dataclass(frozen=True)
class Maps:
    """The models as maps from readings to outputs: y = rows @ readings + constants, and an error of rounding.

    Readings are those from the first window to the run's last slot.

    rows:             shape (models, slots, readings)
    constants, noise: shape (models, slots); noise: the variance of the error
    of_home:          shape (homes,), which of the models a home has
    """

    rows: Floats
    constants: Floats
    noise: Floats
    of_home: Ints


@dataclass(frozen=True)
class Sealed:
    """What an outsider sees of a run.

    totals:         shape (slots,), sums of all homes' outputs
    prices, retail, feed_in: shape (slots,), nano-$ per Wh
    trade_period, deviation_period: shape (slots,), which sum a slot is in; from 0, rising
    trade_sums:     shape (homes, trade periods), nano-$ at 2^-scale
    deviation_sums: shape (homes, deviation periods), likewise
    has_pv:         shape (homes,), whether a home has a generator
    scale, horizon, per_day: of outputs; slots of a gate, and of a day
    """

    maps: Maps
    totals: Ints
    prices: Ints
    retail: Ints
    feed_in: Ints
    trade_period: Ints
    deviation_period: Ints
    trade_sums: Ints
    deviation_sums: Ints
    has_pv: Bools
    scale: int
    horizon: int
    per_day: int

    @property
    def homes(self) -> int:
        """How many homes take part."""
        return len(self.has_pv)

    @property
    def slots(self) -> int:
        """Of the run."""
        return len(self.totals)

    @property
    def before(self) -> int:
        """Readings before the run's first slot."""
        return int(self.maps.rows.shape[2]) - self.slots


@dataclass(frozen=True)
class Held:
    """What the homes keep to themselves: what an attacker is after, and colluders bring with them.

    reading_wh: shape (homes, readings)
    outputs:    shape (homes, slots)
    covered:    shape (readings,), whether a window holds a reading: these are at stake
    donors:     per home, whose readings it has
    """

    reading_wh: Ints
    outputs: Ints
    covered: Bools
    donors: tuple[str, ...]


@dataclass(frozen=True)
class Terms:
    """How a sealed run is settled.

    settlement_days: of a period; None for the whole run
    trades_by_gate:  whether trade sums are told of every gate, as a proof of each alone would
    mechanism:       what makes prices of totals
    """

    settlement_days: int | None
    trades_by_gate: bool = False
    mechanism: NetPrice = field(default_factory=NetPrice)


def deviation_costs(reading_wh: Ints, outputs: Ints, retail: Ints, feed_in: Ints, scale: int) -> Ints:
    """What deviations cost slot by slot, nano-$ at 2^-scale: all of one shape, or broadcast to it."""
    short, beyond = deviations(reading_wh << scale, outputs)
    costs: Ints = retail * short - feed_in * beyond
    return costs


def sums_by(period: Ints, values: Ints) -> Ints:
    """Sums over the slots of each period; values: shape (homes, slots)."""
    return np.add.reduceat(values, np.flatnonzero(np.diff(period, prepend=-1)), axis=1)


def sealed_of(prepared: Prepared, terms: Terms) -> tuple[Sealed, Held]:
    """A prepared run as if its orders were sealed: what is public, and what is not.

    Raises InputError where its models are not linear, have several scales, or homes several tariffs.
    """
    population, horizon = prepared.population, prepared.scenario.time.horizon
    readings, first, per_day = population.readings, population.first_slot, population.readings.slots_per_day
    whole = math.lcm(horizon, per_day)
    slots = min(population.slots, max(1, MOST_SLOTS // whole) * whole)
    tariffs = (prepared.outside.retail[:, :slots], prepared.outside.feed_in[:, :slots])
    if any((each != each[0]).any() for each in tariffs):
        raise InputError("market.orders: sealed orders need tariffs that are common to all homes")
    scales = {model.output_scale for model in prepared.forecasters.models}
    if len(scales) > 1:
        raise InputError(f"market.orders: sealed orders need one scale of outputs, not {sorted(scales)}")
    (scale,) = scales
    maps, covered = _maps_of(prepared, slots // horizon)
    span = slice(first + slots - maps.rows.shape[2], first + slots)
    outputs = prepared.outputs.reshape(len(prepared.outputs), -1)[:, :slots]
    held = Held(
        reading_wh=readings.net_wh[:, span],
        outputs=outputs,
        covered=covered,
        donors=tuple(home.donor for home in population.homes),
    )
    retail, feed_in = (each[0] for each in tariffs)
    totals, slot = outputs.sum(axis=0), np.arange(slots)
    prices = terms.mechanism.prices(totals, retail, feed_in)
    period = slot // (terms.settlement_days * per_day) if terms.settlement_days else np.zeros_like(slot)
    trade_period = slot // horizon if terms.trades_by_gate else period
    costs = deviation_costs(prepared.reading_wh[:, :slots], outputs, retail, feed_in, scale)
    sealed = Sealed(
        maps=maps,
        totals=totals,
        prices=prices,
        retail=retail,
        feed_in=feed_in,
        trade_period=trade_period,
        deviation_period=period,
        trade_sums=sums_by(trade_period, prices * outputs),
        deviation_sums=sums_by(period, costs),
        has_pv=np.array([home.has_pv for home in population.homes]),
        scale=scale,
        horizon=horizon,
        per_day=per_day,
    )
    return sealed, held


def _maps_of(prepared: Prepared, gates: int) -> tuple[Maps, Bools]:
    """Every sequence of models that some home has over the run's gates, and which readings windows hold."""
    numbers, of_home = np.unique(prepared.forecasters.numbers(gates), axis=0, return_inverse=True)
    inputs = gate_inputs(prepared.scenario, prepared.population.readings)
    first, horizon = prepared.population.first_slot, prepared.scenario.time.horizon
    before = min(inputs.looks_back, first)
    size = before + gates * horizon
    rows, covered = np.zeros((len(numbers), size - before, size)), np.zeros(size, dtype=np.bool_)
    constants, noise = np.zeros(rows.shape[:2]), np.zeros(rows.shape[:2])
    weights = [_affine(model.outputs, model.inputs) for model in prepared.forecasters.models]
    for gate in range(gates):
        lines, shift, error = inputs.lines(first, gate, first - before, size)
        begin, slots = before + gate * horizon - inputs.window_begins, prepared.slots_of(gate)
        covered[begin : begin + inputs.lookback] = True
        for place, number in enumerate(numbers[:, gate].tolist()):
            weight, bias = weights[number]
            rows[place, slots] = weight @ lines
            constants[place, slots] = weight @ shift + bias
            noise[place, slots] = np.square(weight) @ np.where(error > 1e-3, error, 0.0)
    return Maps(rows, constants, noise, of_home.ravel()), covered


def _affine(outputs: Callable[[Ints], Ints], inputs: int) -> tuple[Ints, Ints]:
    """Weight and bias of a model, found by asking it. Raises InputError where it is not one affine map."""
    zero, probe = np.zeros(inputs, dtype=np.int64), 1 + np.arange(inputs, dtype=np.int64) ** 2 * 7 % 997
    bias = outputs(zero)
    weight: Ints = (outputs(np.eye(inputs, dtype=np.int64)) - bias).T
    for numbers in (probe, -probe):
        if (outputs(numbers) != weight @ numbers + bias).any():
            raise InputError("market.orders: sealed orders need models that are one affine map")
    return weight, bias
