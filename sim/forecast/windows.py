"""Which past gates a model learns from, and what they were about."""

from itertools import count

import numpy as np

from sim.arrays import Ints
from sim.errors import InputError
from sim.forecast.gate_inputs import GateInputs

MIN_GATES = 7
"""Fewest past gates a model is trained on."""


def gate_targets(net_wh: Ints, first_slot: int, gates: int, horizon: int) -> Ints:
    """Readings of each gate's delivery: shape (homes, gates, horizon), of ``net_wh``, (homes, slots)."""
    return net_wh[:, first_slot + horizon * np.arange(gates)[:, None] + np.arange(horizon)]


def past_gates(inputs: GateInputs, first_slot: int, history_slots: int | None = None) -> range:
    """Gates before gate 0 whose numbers the data hold and whose outcome is known a lead before its window.

    A model is fixed before the window that it is first used on: nothing later has any influence on it. With
    ``history_slots`` only those whose whole outcome lies within so many slots before that.
    """
    horizon, before = inputs.clock.horizon, inputs.unknown
    held = first_slot - inputs.needs
    reach = held if history_slots is None else min(held, before + history_slots)
    return range(-(reach // horizon), -before // horizon)


def history_slots(history_days: int | None, slots_per_day: int) -> int | None:
    """The most slots of history to train on; None is all there are."""
    return history_days and history_days * slots_per_day


def history_of(net_wh: Ints, inputs: GateInputs, first_slot: int, history_slots: int | None = None) -> Ints:
    """Of readings, shape (homes, slots), those that are known a lead before the first gate's window."""
    end = max(first_slot - inputs.unknown, 0)
    return net_wh[:, 0 if history_slots is None else max(end - history_slots, 0) : end]


def check_history(inputs: GateInputs, first_slot: int, history_slots: int | None = None) -> range:
    """The past gates to train on. Raises InputError where they are too few."""
    gates = past_gates(inputs, first_slot, history_slots)
    if len(gates) >= MIN_GATES:
        return gates
    if gates != past_gates(inputs, first_slot):
        holder = f"forecast.history_days: the {history_slots} slots of history that it grants"
        mend = ""
    else:
        holder = f"forecast.lookback = {inputs.lookback}: the data before time.start"
        held = (len(past_gates(inputs, first_slot + later)) for later in count())
        later = next(later for later, gates_held in enumerate(held) if gates_held >= MIN_GATES)
        mend = f"; let time.start be at least {later} slots later"
    raise InputError(
        f"{holder} hold {len(gates)} past gates with window and outcome, "
        f"should be at least {MIN_GATES} to train on{mend}"
    )
