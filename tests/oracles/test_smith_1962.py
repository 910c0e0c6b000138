"""Smith, An experimental study of competitive market behavior, Journal of Political Economy 70(2), 1962.

Test 1, chart 1: eleven buyers with reservation prices from 3.25 down to 0.75 and eleven sellers from 0.75
up to 3.25, each 0.25 from the next and for one unit. Supply and demand meet at 2.00 and six units. In cents
here.
"""

import numpy as np
import pytest

from sim.market.book import OrderBook
from tests.market.books import clear, ints

VALUES = list(range(325, 50, -25))
COSTS = list(range(75, 350, 25))
EQUILIBRIUM_PRICE, EQUILIBRIUM_UNITS = 200, 6
MOST_GAINS = 750


@pytest.mark.parametrize("units", [1, 1_000])
def test_truthful_orders_trade_at_the_equilibrium(units):
    limits = ints(*VALUES, *COSTS)
    book = OrderBook(0, np.repeat(ints(units, -units), 11), limits)
    clearing = clear(book)
    assert len(VALUES) == len(COSTS) == 11
    assert clearing.price == EQUILIBRIUM_PRICE
    assert clearing.traded_wh == EQUILIBRIUM_UNITS * units
    assert (book.signed(clearing.fill_wh) * limits).sum() == MOST_GAINS * units


def test_less_supply_raises_the_price():
    """Without its three cheapest sellers the market trades four units, between 2.25 and 2.50."""
    clearing = clear(OrderBook(0, np.repeat(ints(1, -1), [11, 8]), ints(*VALUES, *COSTS[3:])))
    assert (clearing.price, clearing.traded_wh) == (237, 4)
