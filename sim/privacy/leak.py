"""How much of the homes' readings an attacker learns who holds all public data of a run.

The attacker knows the models, every bid's outputs, fills, what the meter posts, the time, and averages of
other homes; not the seed, and nothing of the home's own past. What a proof opens of its commitment is one
equation in salts that hide it, and worth nothing; what its lookups tell of hidden values is granted whole in
a figure of its own. An attacker who holds the homes' data
and the seed as well rebuilds every home of a simulation and has nothing left to learn; see
``identified_share``.

    leak share = 1 - sum (reading - attack)^2 / sum (reading - average day)^2

over all readings that windows hold. The best attack counts, chosen for all homes at once: with hindsight for
each home, luck would count as a leak. So the share lies between 0, nothing beyond public averages, and 1,
every reading to the Wh.

What it leaves out: homes are attacked one at a time, without the weather that they share; lattices are those
of single windows; of layers wider than what they give, and of models without layers, signals are only
estimated. A better attack may learn more.
"""

from collections import defaultdict
from dataclasses import dataclass
from itertools import product

import numpy as np
from threadpoolctl import threadpool_limits

from sim.arrays import Floats, Ints
from sim.data.population import gate_inputs
from sim.forecast.model import IntegerModel
from sim.market.clearing import Trades
from sim.privacy.attack import attack
from sim.privacy.averages import FEWEST_DAYS, Histories
from sim.privacy.lattice import WindowLattices
from sim.privacy.target import Target, target_of
from sim.simulation.preparation import Prepared

MOST_HOMES = 16
"""Attacked of a run's homes, at even distances in the order of their names; the study is of twice as many."""
DIGITS = 4
"""Of a share: fewer than rounding in floating point could reach."""


@dataclass(frozen=True)
class Leak:
    """Shares of the readings' variance, beyond public averages.

    share:  by bids' outputs and the meter's totals
    hidden: by these, were every value of a model's first layer public too: a bound; None without layers
    bids:   by the outputs of bids alone, before the meter posts its totals; None where they are sealed
    totals: by the meter's totals alone, whatever the model; of sealed orders, by those of the community
    label:  of sealed orders, by who has a generator alone, which is in ``share`` and ``totals``
    unlabelled: of sealed orders, by all that is public to one who does not know that
    """

    share: float
    hidden: float | None
    bids: float | None
    totals: float
    label: float | None = None
    unlabelled: float | None = None


def leak_of(prepared: Prepared, trades: Trades) -> Leak | None:
    """Measure the leak of a run; None where the history is too short for averages.

    Looks at MOST_HOMES homes, and at the gates of the run's first MOST_DELIVERED slots.
    Draws nothing, and rounds: the same run has the same leak.
    """
    histories = Histories(prepared, evenly(prepared, 2 * MOST_HOMES))
    if histories.days < FEWEST_DAYS:
        return None
    with threadpool_limits(1, user_api="blas"):  # small matrices: more threads would wait for each other
        homes = evenly(prepared, MOST_HOMES).tolist()
        targets = {home: target_of(prepared, trades.fill_wh, home) for home in homes}
        known = [each for target in targets.values() for each in (target, target.with_hidden_values())]
        lattices = WindowLattices(bid for target in known if target for bid in target.bids)
        errors = sum(_errors(target, histories, home, lattices) for home, target in targets.items())
    average, totals, *with_bids = np.asarray(errors).tolist()
    bids, both, *hidden = (min(pair) for pair in zip(with_bids[::2], with_bids[1::2], strict=True))
    all_public = min(totals, bids, both)
    return Leak(
        share=_share(all_public, average),
        hidden=_share(min(all_public, *hidden), average) if hidden else None,
        bids=_share(bids, average),
        totals=_share(totals, average),
    )


def evenly(prepared: Prepared, most: int) -> Ints:
    """Rows of homes at even distances in the order of their names, at most so many."""
    names = [home.name for home in prepared.population.homes]
    order = np.argsort(names, kind="stable")
    return np.sort(order[:: -(-len(order) // most)])


def _errors(target: Target, histories: Histories, home: int, lattices: WindowLattices) -> Floats:
    """Sums of squares over the readings that windows hold: of the average day; of the attack by totals alone;
    by bids, believing at first what a study of the first gate's model says of forecasts, or forecasts as they
    are; by both, likewise; by both and hidden values, likewise, where there are any.
    """
    plain, studied = histories.without(home), histories.without(home, target.models[0])
    prior = studied.belief(target.slots, target.forecast_wh)
    at_face_value = studied.at_face_value(prior, target.slots, target.forecast_wh)
    nothing = target.without_bids()
    attacks = [
        plain.average_wh(target.slots),
        attack(nothing, plain.belief(target.slots, nothing.forecast_wh), lattices),
    ]
    stages = (target.without_totals(), target, target.with_hidden_values())
    for known, start in product(filter(None, stages), (prior, at_face_value)):
        attacks.append(attack(known, start, lattices))
    return np.array([np.square(wh - target.truth_wh)[target.covered].sum() for wh in attacks])


def _share(error: float, average: float) -> float:
    """What an attack explains of the errors of the average day."""
    return round(min(max(1 - error / average, 0.0), 1.0), DIGITS) if average else 0.0


def identified_share(prepared: Prepared, homes: Ints) -> float:
    """Share of bids whose outputs fit one window only, of those of all these homes at that time of day.

    What is measured is how well a bid alone gives its window away to someone who holds the homes' data: among
    all their windows, at any day of the data, those that give the bid's outputs. It bears on real homes whose
    past has leaked, and is no part of the leak share.

    homes: rows of the run's readings. Only gates at the first gate's time of day are looked at.
    """
    per_day, horizon = prepared.population.readings.slots_per_day, prepared.scenario.time.horizon
    gates = np.arange(0, prepared.gates * horizon, per_day)
    gates = gates[gates % horizon == 0] // horizon
    used = prepared.forecasters.numbers(prepared.gates)[np.ix_(homes, gates)]
    outputs = prepared.outputs[np.ix_(homes, gates)]
    alone: int = 0
    for number in np.unique(used).tolist():
        fitting = _windows_by_outputs(prepared, prepared.forecasters.models[number], homes)
        alone += sum(len(fitting[bid.tobytes()]) == 1 for bid in outputs[used == number])
    return alone / int(used.size)


def _windows_by_outputs(prepared: Prepared, model: IntegerModel, homes: Ints) -> dict[bytes, set[bytes]]:
    """Different windows of all days, by the outputs that they give."""
    readings, first = prepared.population.readings, prepared.population.first_slot
    inputs, per_day = gate_inputs(prepared.scenario, readings), readings.slots_per_day
    earlier = (first - inputs.needs) // per_day
    days = earlier + (readings.slots - first) // per_day
    fitting: dict[bytes, set[bytes]] = defaultdict(set)
    for home in homes.tolist():
        net_wh = readings.load_wh[home : home + 1] - readings.pv_wh[home : home + 1]
        begins = (first + day * per_day for day in range(-earlier, days - earlier))
        windows = np.concatenate([inputs.at_gates(net_wh, begin, 1)[0] for begin in begins])
        for window, outputs in zip(windows, model.outputs(windows), strict=True):
            fitting[outputs.tobytes()].add(window.tobytes())
    return fitting
