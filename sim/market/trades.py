"""The market of many slots, each cleared on its own."""

from collections.abc import Callable, Sequence

import numpy as np

from sim.arrays import Ints
from sim.market.book import OrderBook
from sim.market.clearing import Trades
from sim.market.mechanisms import Mechanism
from sim.market.mechanisms.rounds import InRounds, Session


def broken_rule(
    mechanism: Mechanism, quantity_wh: Ints, limit_price: Ints, trades: Trades
) -> tuple[int, str] | None:
    """The first column in which trades break what every mechanism keeps to, and how; None where they do not.

    This is what the contract's generic rule checks. What is left over may go to the utility under some.
    """
    uneven = trades.fill_wh.sum(axis=0, keepdims=True) != 0
    loses = trades.surplus[None] < 0
    side, worth = np.sign(quantity_wh), limit_price * trades.fill_wh
    rules = {
        "a fill is beyond its order": (side * trades.fill_wh < 0)
        | (np.abs(trades.fill_wh) > np.abs(quantity_wh)),
        "bought and sold differ": uneven & (not mechanism.utility_trades),
        "a home without a fill pays or gets something": (trades.fill_wh == 0) & (trades.payment != 0),
        "a buyer gets, or a seller pays": side * trades.payment < 0,
        "a payment is beyond a limit": trades.payment > worth,
        "sellers get more than buyers pay": loses & (not mechanism.utility_trades),
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


def hold_slots(
    mechanism: Mechanism, slots: Ints, quantity_wh: Ints, limit_price: Ints, requote: Callable[[Trades], Ints]
) -> Trades:
    """Clear every slot, in all of the mechanism's rounds; arguments as of ``clear_slots``.

    requote: gives the limits of the next round, shape (homes, slots), when told what a round's orders came to
    """
    if not isinstance(mechanism, InRounds):
        return clear_slots(mechanism, slots, quantity_wh, limit_price)
    sessions = [mechanism.session(slot, quantity_wh[:, column]) for column, slot in enumerate(slots.tolist())]
    total = made = _held(sessions, limit_price)
    for _ in range(1, mechanism.rounds):
        made = _held(sessions, requote(made))
        total = total.plus(made)
    return total


def _held(sessions: Sequence[Session], limit_price: Ints) -> Trades:
    """One round of all slots."""
    held = [session.hold(limit_price[:, column]) for column, session in enumerate(sessions)]
    return Trades(*(np.stack(each, axis=1) for each in zip(*held, strict=True)))
