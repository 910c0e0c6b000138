"""The most that orders could gain, whatever the mechanism."""

import numpy as np

from sim.arrays import Ints
from sim.market.bills import OutsideOption
from sim.market.book import OrderBook
from sim.market.measures import gains_from_trade
from sim.market.merit_order import match


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
    """The most that the ordered quantities could have gained, shape (slots,), nano-$.

    What was gained over this is allocative efficiency (Smith, Journal of Political Economy 70(2), 1962; Gode
    and Sunder, ibid. 101(1), 1993).
    """
    return gains_from_trade(optimal_fills_wh(slots, quantity_wh, outside), outside)
