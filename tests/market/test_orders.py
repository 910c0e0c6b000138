import numpy as np

from sim.market.orders import Orders
from sim.market.trades import clear_slots
from tests.market.books import DOUBLE_AUCTION, ints

SLOTS = 3


def test_rows_of_all_slots_are_replaced():
    honest = Orders(np.zeros((2, SLOTS), dtype=np.int64), np.zeros((2, SLOTS), dtype=np.int64))
    ones = Orders(np.ones((2, SLOTS), dtype=np.int64), np.ones((2, SLOTS), dtype=np.int64))
    mixed = honest.replaced([1], ones)
    assert mixed.quantity_wh.tolist() == mixed.limit_price.tolist() == [[0] * SLOTS, [1] * SLOTS]
    assert not honest.quantity_wh.any()


def test_every_slot_is_cleared_counting_from_0():
    orders = Orders(ints(5, -5, 3, -2, 4, 3).reshape(2, SLOTS), ints(9, 1, 9, 5, 4, 1).reshape(2, SLOTS))
    trades, same = orders.cleared_by(DOUBLE_AUCTION), clear_slots(DOUBLE_AUCTION, np.arange(SLOTS), *orders)
    assert trades.fill_wh.tolist() == same.fill_wh.tolist()
    assert trades.price.tolist() == same.price.tolist() == [7, 2, 0]
