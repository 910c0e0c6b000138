"""Slots are cleared on their own, gate by gate."""

import numpy as np

from sim.market.orders import Orders
from sim.market.trades import clear_slots
from tests.market.books import AVERAGE, book, clear, ints

SLOTS = 3


def test_rows_of_all_slots_are_replaced():
    honest = Orders(np.zeros((2, SLOTS), dtype=np.int64), np.zeros((2, SLOTS), dtype=np.int64))
    ones = Orders(np.ones((2, SLOTS), dtype=np.int64), np.ones((2, SLOTS), dtype=np.int64))
    mixed = honest.replaced([1], ones)
    assert mixed.quantity_wh.tolist() == mixed.limit_price.tolist() == [[0] * SLOTS, [1] * SLOTS]
    assert not honest.quantity_wh.any()


def test_every_slot_is_cleared_counting_from_0():
    orders = Orders(ints(5, -5, 3, -2, 4, 3).reshape(2, SLOTS), ints(9, 1, 9, 5, 4, 1).reshape(2, SLOTS))
    trades, same = orders.cleared_by(AVERAGE), clear_slots(AVERAGE, np.arange(SLOTS), *orders)
    assert trades.fill_wh.tolist() == same.fill_wh.tolist()
    assert trades.price.tolist() == same.price.tolist() == [7, 2, 0]


def test_every_slot_is_cleared_on_its_own():
    quantity_wh = ints(5, -5, 3, -2, 4, 3).reshape(2, 3)
    trades = clear_slots(AVERAGE, ints(7, 8, 9), quantity_wh, ints(9, 1, 9, 5, 4, 1).reshape(2, 3))
    assert trades.fill_wh.tolist() == [[2, -4, 0], [-2, 4, 0]]
    assert trades.price.tolist() == [7, 2, 0]
    assert trades.traded_wh.tolist() == [2, 4, 0]


def test_slots_keep_their_numbers_in_the_tie_break():
    tied = [(-1, 1), *[(1, 5)] * 8]
    slots = np.arange(100, 110)
    alone = [clear(book(*tied, slot=slot)).fill_wh.tolist() for slot in slots.tolist()]
    quantity_wh, limit_price = (np.tile(ints(*column)[:, None], 10) for column in zip(*tied, strict=True))
    together = clear_slots(AVERAGE, slots, quantity_wh, limit_price)
    assert np.abs(together.fill_wh).T.tolist() == alone
    assert len({tuple(fills) for fills in alone}) > 1
