"""The attack of someone who holds the homes' data and the seed: which window was it?

Such an attacker rebuilds every home of a simulation and has nothing left to learn; the embedded data are
public. What is measured is how well a bid alone gives its window away: among all windows of the homes, at any
day of the data, those that give the bid's outputs. It bears on real homes whose past has leaked, and is no
part of the leak share.
"""

from collections import defaultdict

import numpy as np

from sim.arrays import Ints
from sim.forecast.model import IntegerModel
from sim.forecast.windows import gate_windows
from sim.simulation.preparation import Prepared


def identified_share(prepared: Prepared, homes: Ints) -> float:
    """Share of bids whose outputs fit one window only, of those of all these homes at that time of day.

    homes: rows of the run's readings. Only gates at the first gate's time of day are looked at.
    """
    per_day, horizon = prepared.population.readings.slots_per_day, prepared.scenario.time.horizon
    gates = [gate for gate in range(prepared.gates) if gate * horizon % per_day == 0]
    clusters = np.array(prepared.model_set.cluster_of_home)[homes]
    alone = 0
    for cluster in np.unique(clusters).tolist():
        model, members = prepared.model_set.models[cluster], homes[clusters == cluster]
        fitting = _windows_by_outputs(prepared, model, homes)
        outputs = prepared.outputs[np.ix_(members, gates)].reshape(-1, model.horizon)
        alone += sum(len(fitting[bid.tobytes()]) == 1 for bid in outputs)
    return alone / (len(homes) * len(gates))


def _windows_by_outputs(prepared: Prepared, model: IntegerModel, homes: Ints) -> dict[bytes, set[bytes]]:
    """Different windows of all days, by the outputs that they give."""
    readings, first = prepared.population.readings, prepared.population.first_slot
    lead, per_day = prepared.scenario.time.lead, readings.slots_per_day
    earlier = (first - lead - model.lookback) // per_day
    days = earlier + (readings.slots - first) // per_day
    fitting: dict[bytes, set[bytes]] = defaultdict(set)
    for home in homes.tolist():
        net_wh = readings.load_wh[home : home + 1] - readings.pv_wh[home : home + 1]
        windows = gate_windows(net_wh, first - earlier * per_day, days, model.lookback, per_day, lead)[0]
        for window, outputs in zip(windows, model.outputs(windows), strict=True):
            fitting[outputs.tobytes()].add(window.tobytes())
    return fitting
