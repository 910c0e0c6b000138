"""Trades of many slots, each cleared on its own."""

from dataclasses import dataclass

import numpy as np

from sim.market.double_auction import Ints, OrderBook, clear, signed_fills_wh


@dataclass(frozen=True)
class Trades:
    """What was traded, and at what price.

    fill_wh: shape (homes, slots), signed: positive bought, negative sold; sums to 0 over homes
    price:   shape (slots,), nano-$ per Wh, 0 in slots without trade
    """

    fill_wh: Ints
    price: Ints

    @property
    def traded_wh(self) -> Ints:
        """Shape (slots,): energy that changes hands."""
        traded_wh: Ints = np.maximum(self.fill_wh, 0).sum(axis=0)
        return traded_wh


def clear_slots(slots: Ints, quantity_wh: Ints, limit_price: Ints) -> Trades:
    """Clear the double auction of every slot.

    slots: shape (slots,), their numbers; quantity_wh, limit_price: shape (homes, slots), as in OrderBook
    """
    fill_wh, price = np.zeros_like(quantity_wh), np.zeros_like(slots)
    for column, slot in enumerate(slots.tolist()):
        book = OrderBook(slot, quantity_wh[:, column], limit_price[:, column])
        clearing = clear(book)
        fill_wh[:, column] = signed_fills_wh(book, clearing)
        price[column] = clearing.price or 0
    return Trades(fill_wh, price)
