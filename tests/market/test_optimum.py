from hypothesis import given

from sim.market.clearing import Trades
from sim.market.optimum import gains_from_trade, most_gains
from tests.market.books import ints
from tests.market.worlds import World, flat, worlds

SOME = Trades.at_one_price(ints(6, 2, -6, -2).reshape(2, 2), ints(100, 200))


def test_gains_from_trade_by_hand():
    assert gains_from_trade(SOME.fill_wh, flat(220, 60, (2, 2))).tolist() == [6 * 160, 2 * 160]
    assert gains_from_trade(SOME.fill_wh, flat(220, 60, (2, 2), grid_fee=7)).tolist() == [6 * 153, 2 * 153]


def test_most_gains_are_those_of_the_smaller_side():
    quantity_wh = ints(10, 2, -8, -4).reshape(2, 2)
    assert most_gains(quantity_wh, ints(0, 1), flat(220, 60, (2, 2))).tolist() == [8 * 160, 2 * 160]
    assert most_gains(-abs(quantity_wh), ints(0, 1), flat(220, 60, (2, 2))).tolist() == [0, 0]


def test_gains_see_who_trades():
    """One Wh is offered; it is worth 9 to home 0 and 5 to home 1, and 1 to its seller."""
    outside = flat(9, 1, (3, 1))
    outside.retail[1] = 5
    assert gains_from_trade(ints(0, 1, -1).reshape(3, 1), outside).tolist() == [4]
    assert most_gains(ints(1, 1, -1).reshape(3, 1), ints(0), outside).tolist() == [8]


@given(worlds())
def test_no_clearing_of_the_same_orders_gains_more_than_at_outside_options(world: World):
    gains = gains_from_trade(world.trades.fill_wh, world.outside)
    assert (gains <= most_gains(world.quantity_wh, world.slots, world.outside)).all()
