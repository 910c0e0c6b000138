"""The baseline that every model has to beat: persistence, the forecast that repeats a home's day before."""

import numpy as np

from sim.arrays import Ints
from sim.errors import InputError


def persistence_wh(
    net_wh: Ints, first_slot: int, gates: int, horizon: int, lead: int, slots_per_day: int
) -> Ints:
    """For each slot the latest reading at its time of day that is known when the gate's window ends.

    Takes ``net_wh`` of shape (homes, slots), gives shape (homes, gates, horizon). Where
    the slot of the day before is not yet known, within ``lead`` slots of delivery, it is the day before that.
    Raises InputError where the data begin too late.
    """
    slot_of_gate = np.arange(horizon)
    days_back = (slot_of_gate + lead) // slots_per_day + 1
    sources = first_slot + horizon * np.arange(gates)[:, None] + slot_of_gate - slots_per_day * days_back
    if sources.min(initial=0) < 0:
        raise InputError(
            f"time.start: the data begin {first_slot} slots before it, "
            f"but persistence needs {first_slot - sources.min()}"
        )
    return net_wh[:, sources]
