"""The market of many slots, each cleared on its own."""

import numpy as np

from sim.market.arrays import Ints
from sim.market.book import OrderBook
from sim.market.clearing import Trades
from sim.market.mechanisms import Mechanism


def clear_slots(mechanism: Mechanism, slots: Ints, quantity_wh: Ints, limit_price: Ints) -> Trades:
    """Clear every slot.

    slots: shape (slots,), their numbers; quantity_wh, limit_price: shape (homes, slots), as in OrderBook
    """
    fill_wh, payment = np.zeros_like(quantity_wh), np.zeros_like(quantity_wh)
    for column, slot in enumerate(slots.tolist()):
        book = OrderBook(slot, quantity_wh[:, column], limit_price[:, column])
        clearing = mechanism.clear(book)
        fill_wh[:, column], payment[:, column] = book.signed(clearing.fill_wh), clearing.payment
    return Trades(fill_wh, payment)
