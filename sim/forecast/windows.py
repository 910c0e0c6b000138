"""The slots of a gate: which readings its forecast is made from, and which it is about.

Gate g delivers slots [first_slot + g x horizon, ... + horizon); its window is the ``lookback``
readings that end ``lead`` slots before the first of them. Negative gates lie in the past, on the same grid.
"""

from itertools import count

import numpy as np

from sim.arrays import Ints
from sim.errors import InputError

MIN_GATES = 7
"""Fewest past gates a model is trained on."""


def gate_windows(net_wh: Ints, first_slot: int, gates: int, lookback: int, horizon: int, lead: int) -> Ints:
    """Readings known at each gate: shape (homes, gates, lookback), of ``net_wh`` with shape (homes, slots).

    Raises InputError where the first window would begin before the data.
    """
    begin = first_slot - lead - lookback
    if begin < 0:
        raise InputError(
            f"forecast.lookback = {lookback}: the first window would begin {-begin} slots before the data; "
            f"with this start and lead at most {max(first_slot - lead, 0)} slots are there"
        )
    return _slices(net_wh, begin, gates, lookback, horizon)


def gate_targets(net_wh: Ints, first_slot: int, gates: int, horizon: int) -> Ints:
    """Readings of each gate's delivery: shape (homes, gates, horizon), of ``net_wh``, (homes, slots)."""
    return _slices(net_wh, first_slot, gates, horizon, horizon)


def past_gates(
    first_slot: int, lookback: int, horizon: int, lead: int, history_slots: int | None = None
) -> range:
    """Gates before gate 0 whose window the data hold and whose outcome is known when gate 0's window ends.

    With ``history_slots`` only those whose whole outcome lies within so many slots before that end.
    """
    held = first_slot - lead - lookback
    reach = held if history_slots is None else min(held, lead + history_slots)
    return range(-(reach // horizon), -lead // horizon)


def history_slots(history_days: int | None, slots_per_day: int) -> int | None:
    """The most slots of history to train on; None is all there are."""
    return history_days and history_days * slots_per_day


def history_of(net_wh: Ints, first_slot: int, lead: int, history_slots: int | None = None) -> Ints:
    """Of readings, shape (homes, slots), those that are known when the window of the first gate ends."""
    end = first_slot - lead
    return net_wh[:, 0 if history_slots is None else max(end - history_slots, 0) : end]


def check_history(
    first_slot: int, lookback: int, horizon: int, lead: int, history_slots: int | None = None
) -> range:
    """The past gates to train on. Raises InputError where they are too few."""
    gates = past_gates(first_slot, lookback, horizon, lead, history_slots)
    if len(gates) >= MIN_GATES:
        return gates
    if gates != past_gates(first_slot, lookback, horizon, lead):
        holder = f"forecast.history_days: the {history_slots} slots of history that it grants"
        mend = ""
    else:
        holder = f"forecast.lookback = {lookback}: the data before time.start"
        held = (len(past_gates(first_slot + later, lookback, horizon, lead)) for later in count())
        later = next(later for later, gates_held in enumerate(held) if gates_held >= MIN_GATES)
        mend = f"; let time.start be at least {later} slots later"
    raise InputError(
        f"{holder} hold {len(gates)} past gates with window and outcome, "
        f"should be at least {MIN_GATES} to train on{mend}"
    )


def _slices(net_wh: Ints, begin: int, gates: int, length: int, horizon: int) -> Ints:
    slots = begin + horizon * np.arange(gates)[:, None] + np.arange(length)
    return net_wh[:, slots]
