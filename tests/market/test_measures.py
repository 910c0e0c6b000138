import pytest
from hypothesis import given

from sim.market.clearing import Trades
from sim.market.measures import (
    absolute_error_wh,
    gains_from_trade,
    homes_worse_off,
    mae_wh,
    savings,
    share,
    sold_backed_wh,
    sold_wh,
    traded_without_sun_wh,
)
from sim.market.optimum import most_gains
from tests.market.books import ints
from tests.market.worlds import World, flat, worlds

NOTHING = Trades.at_one_price(ints(0, 0, 0, 0).reshape(2, 2), ints(0, 0))
SOME = Trades.at_one_price(ints(6, 2, -6, -2).reshape(2, 2), ints(100, 200))
BEFORE, AFTER = ints(10, 20, 30, 40).reshape(2, 2), ints(8, 18, 33, 38).reshape(2, 2)


def test_savings_by_home():
    assert savings(BEFORE, AFTER).tolist() == [4, -1]
    assert homes_worse_off(BEFORE, AFTER) == 1
    assert homes_worse_off(BEFORE, BEFORE) == 0


def test_a_share_needs_something_to_share():
    assert share(3, 12) == 0.25
    assert share(-3, 12) == -0.25
    assert share(3, 0) is None
    assert share(-3, -12) is None


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


def test_sold_and_backed():
    net_wh = ints(0, 0, -4, 3).reshape(2, 2)
    assert sold_wh(SOME).tolist() == [6, 2]
    assert sold_backed_wh(SOME, net_wh).tolist() == [4, 0]
    assert sold_backed_wh(SOME, ints(0, 0, -9, -9).reshape(2, 2)).tolist() == [6, 2]
    assert sold_wh(NOTHING).tolist() == [0, 0]


def test_paid():
    assert SOME.paid.tolist() == [6 * 100, 2 * 200]
    assert NOTHING.paid.tolist() == [0, 0]


def test_traded_without_sun():
    assert traded_without_sun_wh(SOME, ints(500, 0)).tolist() == [0, 2]
    assert traded_without_sun_wh(SOME, ints(500, 1)).tolist() == [0, 0]


def test_errors():
    forecast_wh, net_wh = ints(5, -3, 0, 2).reshape(2, 2), ints(7, 3, 0, 3).reshape(2, 2)
    assert absolute_error_wh(forecast_wh, net_wh).tolist() == [2, 7]
    assert mae_wh(forecast_wh, net_wh) == pytest.approx(9 / 4)
    assert mae_wh(ints(), ints()) is None
