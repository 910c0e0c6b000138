"""A home's orders as the market contract takes them, and as it logs them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.arrays import Ints
from sim.chain.bounds import MAX_PRICE, MAX_QUANTITY_WH, ORDER_BITS, ORDERS_PER_WORD, PRICE_BITS


@dataclass(frozen=True)
class Submission:
    """A home's orders for a gate with their proof; instances are field elements."""

    gate: int
    proof: bytes
    instances: tuple[int, ...]
    limits: tuple[int, ...]


def orders_of_words(words: Sequence[int], horizon: int) -> tuple[Ints, Ints]:
    """Unpack an OrdersSubmitted event: signed quantities in Wh and limit prices, each of shape (horizon,)."""
    orders = [
        words[i // ORDERS_PER_WORD] >> (ORDER_BITS * (i % ORDERS_PER_WORD)) & (1 << ORDER_BITS) - 1
        for i in range(horizon)
    ]
    sells = np.array([order >> ORDER_BITS - 1 for order in orders], dtype=np.int64)
    size_wh = np.array([order >> PRICE_BITS & MAX_QUANTITY_WH for order in orders], dtype=np.int64)
    limits = np.array([order & MAX_PRICE for order in orders], dtype=np.int64)
    return np.where(sells == 1, -size_wh, size_wh), limits
