"""The market of many slots, each cleared on its own."""

import numpy as np

from sim.arrays import Ints
from sim.market.book import OrderBook
from sim.market.clearing import Trades
from sim.market.mechanisms import Mechanism


def broken_rule(quantity_wh: Ints, limit_price: Ints, trades: Trades) -> tuple[int, str] | None:
    """The first column in which trades break what every mechanism keeps to, and how; None where they do not.

    This is what the contract's generic rule checks.
    """
    side, worth = np.sign(quantity_wh), limit_price * trades.fill_wh
    rules = {
        "a fill is beyond its order": (side * trades.fill_wh < 0)
        | (np.abs(trades.fill_wh) > np.abs(quantity_wh)),
        "bought and sold differ": trades.fill_wh.sum(axis=0, keepdims=True) != 0,
        "a home without a fill pays or gets something": (trades.fill_wh == 0) & (trades.payment != 0),
        "a buyer gets, or a seller pays": side * trades.payment < 0,
        "a payment is beyond a limit": trades.payment > worth,
        "sellers get more than buyers pay": trades.surplus[None] < 0,
    }
    for rule, broken in rules.items():
        if broken.any():
            return int(np.argmax(broken.any(axis=0))), rule
    return None


def clear_slots(mechanism: Mechanism, slots: Ints, quantity_wh: Ints, limit_price: Ints) -> Trades:
    """Clear every slot.

    slots: shape (slots,), their numbers; quantity_wh, limit_price: shape (homes, slots), as in OrderBook
    """
    fill_wh, payment = np.zeros_like(quantity_wh), np.zeros_like(quantity_wh)
    for column, slot in enumerate(slots.tolist()):
        book = OrderBook(slot, quantity_wh[:, column], limit_price[:, column])
        clearing = mechanism.cleared(book)
        fill_wh[:, column], payment[:, column] = book.signed(clearing.fill_wh), clearing.payment
    return Trades(fill_wh, payment)
