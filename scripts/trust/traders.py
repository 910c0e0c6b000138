"""What homes do with the quantities and prices of their orders that is not honest.

The proof fixes quantities, so that ``phantom`` needs verification switched off. Limits are free: neither
``washed`` nor ``last_look`` breaks a rule of the contract, and nothing stops them.
"""

import numpy as np

from sim.arrays import Ints
from sim.market.best_response import best_response
from sim.market.bills import OutsideOption
from sim.market.book import OrderBook
from sim.market.mechanisms import Mechanism
from sim.market.orders import Orders

WASH_PRICE_FACTOR = 2
"""A wash buyer bids so many times its retail price: beyond every honest bid."""


def phantom(honest: Orders, row: int, energy_wh: int, limit_price: Ints) -> Orders:
    """A home that sells so much more in every slot than it expects to have, and buys nothing.

    limit_price: shape (slots,), what it asks, nano-$ per Wh
    """
    quantity_wh, limits = honest.quantity_wh.copy(), honest.limit_price.copy()
    quantity_wh[row] = np.minimum(quantity_wh[row], 0) - energy_wh
    limits[row] = limit_price
    return Orders(quantity_wh, limits)


def absent(honest: Orders, row: int) -> Orders:
    """A home that does not order, because its window is not committed to or its call is not mined."""
    return honest.replaced([row], Orders(np.zeros_like(honest.quantity_wh), honest.limit_price))


def truthful(honest: Orders, rows: tuple[int, ...], outside: OutsideOption) -> Orders:
    """Some homes ask for what the energy is worth to them, as the strategy of that name does."""
    return honest.replaced(rows, Orders(honest.quantity_wh, outside.limits(honest.quantity_wh)))


def washed(honest: Orders, pair: tuple[int, int], outside: OutsideOption) -> Orders:
    """Two homes price to trade with each other: wherever one buys and one sells, at any price.

    A fill is against the pool: nobody can name a counterparty, but the best bid and the best ask are filled.
    """
    quantity_wh = honest.quantity_wh
    at_any_price = np.where(quantity_wh > 0, WASH_PRICE_FACTOR * outside.retail, 0)
    opposed = np.sign(quantity_wh[pair[0]]) * np.sign(quantity_wh[pair[1]]) < 0
    limits = np.where(opposed, at_any_price, honest.limit_price)
    return honest.replaced(pair, Orders(quantity_wh, limits))


def last_look(mechanism: Mechanism, honest: Orders, row: int, outside: OutsideOption) -> Orders:
    """A home submits last, with the limits that gain it most on the open book if its forecast holds."""
    limits = honest.limit_price.copy()
    value = outside.limits(honest.quantity_wh)
    for slot in range(limits.shape[1]):
        book = OrderBook(slot, honest.quantity_wh[:, slot], honest.limit_price[:, slot])
        limits[row, slot] = best_response(mechanism, book, row, int(value[row, slot]))[0]
    return Orders(honest.quantity_wh, limits)
