"""The slots of a gate: which readings its forecast is made from, and which it is about.

Gate g delivers slots [first_slot + g x horizon, ... + horizon); its window is the ``lookback``
readings that end ``lead`` slots before the first of them. Negative gates lie in the past, on the same grid.
"""

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError

Ints = NDArray[np.int64]


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


def _slices(net_wh: Ints, begin: int, gates: int, length: int, horizon: int) -> Ints:
    slots = begin + horizon * np.arange(gates)[:, None] + np.arange(length)
    return net_wh[:, slots]
