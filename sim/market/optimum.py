"""What trades gain at outside options, and the most that orders could gain, whatever the mechanism."""

import numpy as np

from sim.arrays import Ints
from sim.market.bills import OutsideOption
from sim.market.book import OrderBook
from sim.market.clearing import money
from sim.market.merit_order import match


def gains_from_trade(fill_wh: Ints, outside: OutsideOption) -> Ints:
    """What signed fills are worth at outside options if all energy is used and delivered, nano-$.

    The sum of (R - buyer's fee) x bought - (F + seller's fee) x sold, shape (slots,); the price drops out.
    Where the utility trades too, less what it is paid for what is left over, at the first home's tariffs.
    """
    left_wh = fill_wh.sum(axis=0, keepdims=True)
    at_utility = outside.during(slice(None), slice(1)).limits(left_wh)
    gains: Ints = money(outside.limits(fill_wh), fill_wh).sum(axis=0) - money(at_utility, left_wh)[0]
    return gains


def optimal_fills_wh(slots: Ints, quantity_wh: Ints, outside: OutsideOption) -> Ints:
    """Signed fills of the ordered quantities that gain the most, shape (homes, slots).

    They are those of merit order where all orders stand at their outside options.
    """
    limits, fill_wh = outside.limits(quantity_wh), np.zeros_like(quantity_wh)
    for column, slot in enumerate(slots.tolist()):
        book = OrderBook(slot, quantity_wh[:, column], limits[:, column])
        fill_wh[:, column] = book.signed(match(book))
    return fill_wh


def most_gains(quantity_wh: Ints, slots: Ints, outside: OutsideOption) -> Ints:
    """The most that the ordered quantities could have gained, shape (slots,), nano-$."""
    return gains_from_trade(optimal_fills_wh(slots, quantity_wh, outside), outside)
