import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.market.baselines import bills_if_ordered, foresight_bills
from sim.market.bills import OutsideOption, bills, grid_only_bills
from sim.market.optimum import gains_from_trade
from sim.market.trades import clear_slots
from tests.market.books import AVERAGE, ints
from tests.market.worlds import World, flat, worlds


def test_foresight_by_hand():
    """Home 0 needs 5, home 1 has 3 to spare: 3 Wh at the middle of 220 and 60, the rest from the grid."""
    net_wh = ints(5, -3).reshape(2, 1)
    bill = foresight_bills(AVERAGE, net_wh, ints(0), flat(220, 60, net_wh.shape))
    assert bill[:, 0].tolist() == [3 * 140 + 2 * 220, -3 * 140]


def test_fees_move_outside_options_but_not_the_middle():
    net_wh = ints(5, -5).reshape(2, 1)
    bill = foresight_bills(AVERAGE, net_wh, ints(0), flat(220, 60, net_wh.shape, grid_fee=10))
    assert bill[:, 0].tolist() == [5 * (140 + 5), -5 * (140 - 5)]


def test_wrong_orders_cost_money():
    """Home 1 sells 5 it does not have; the utility delivers them at retail."""
    net_wh, quantity_wh = ints(5, 0).reshape(2, 1), ints(5, -5).reshape(2, 1)
    bill = bills_if_ordered(
        AVERAGE, quantity_wh, ints(100, 80).reshape(2, 1), net_wh, ints(0), flat(220, 60, (2, 1))
    )
    assert bill[:, 0].tolist() == [5 * 90, 5 * 220 - 5 * 90]


@given(worlds())
def test_foresight_saves_exactly_the_gains_from_trade(world: World):
    saving = grid_only_bills(world.net_wh, world.outside) - foresight_bills(
        AVERAGE, world.net_wh, world.slots, world.outside
    )
    fills = clear_slots(AVERAGE, world.slots, world.net_wh, world.outside.limits(world.net_wh)).fill_wh
    assert saving.sum() == gains_from_trade(fills, world.outside).sum()


@given(worlds())
def test_foresight_makes_no_home_worse_off(world: World):
    assert np.all(
        foresight_bills(AVERAGE, world.net_wh, world.slots, world.outside)
        <= grid_only_bills(world.net_wh, world.outside)
    )


@given(worlds(), st.integers(0, 20), st.integers(0, 20))
def test_under_one_tariff_no_trades_save_more_than_foresight(world: World, feed_in, spread):
    fee = world.outside.grid_fee
    outside = flat(feed_in + fee + spread, feed_in, world.net_wh.shape, fee)
    foresight = foresight_bills(AVERAGE, world.net_wh, world.slots, outside)
    assert foresight.sum() <= bills(world.net_wh, world.trades, outside).sum()


def test_with_different_tariffs_trades_can_save_more_than_foresight():
    """Home 1, balanced, buys 5 at its 10 for home 0, who would pay 30: foresight trades nothing there."""
    net_wh, outside = (
        ints(5, 0).reshape(2, 1),
        OutsideOption(ints(30, 10).reshape(2, 1), ints(0, 0).reshape(2, 1)),
    )
    ordered = bills_if_ordered(
        AVERAGE, ints(5, -5).reshape(2, 1), ints(20, 20).reshape(2, 1), net_wh, ints(0), outside
    )
    assert ordered.sum() == 5 * 10
    assert foresight_bills(AVERAGE, net_wh, ints(0), outside).sum() == 5 * 30
