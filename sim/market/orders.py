"""Orders of many slots."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sim.arrays import Ints
from sim.market.clearing import Trades
from sim.market.mechanisms import Mechanism
from sim.market.trades import clear_slots


class Orders(NamedTuple):
    """Signed Wh and limits in nano-$ per Wh, as in OrderBook; shapes (homes, slots), of one home (slots,)."""

    quantity_wh: Ints
    limit_price: Ints

    def replaced(self, rows: Sequence[int], other: "Orders") -> "Orders":
        """These orders, with some homes' rows from another book."""
        quantity_wh, limit_price, own = self.quantity_wh.copy(), self.limit_price.copy(), list(rows)
        quantity_wh[own], limit_price[own] = other.quantity_wh[own], other.limit_price[own]
        return Orders(quantity_wh, limit_price)

    def cleared_by(self, mechanism: Mechanism) -> Trades:
        """What a mechanism makes of all homes' orders; slots count from 0."""
        return clear_slots(mechanism, np.arange(self.quantity_wh.shape[1]), *self)


def asks_least(left_wh: Ints, limits: Ints, next_limits: Ints) -> Ints:
    """Of an order's limits so far and its next the one that asks for least; no next where nothing is left.

    left_wh: signed; all of one shape
    """
    least = np.where(left_wh > 0, np.maximum(limits, next_limits), np.minimum(limits, next_limits))
    return np.where(left_wh == 0, limits, least)
