import pytest
from hypothesis import given

from sim.market.measures import (
    gains_from_trade,
    homes_worse_off,
    mae_wh,
    mean_price,
    savings,
    savings_share,
    sold_backed_share,
    traded_without_sun_wh,
    welfare_share,
)
from sim.market.trades import Trades
from tests.market.books import ints
from tests.market.worlds import World, flat, worlds

NOTHING = Trades(ints(0, 0, 0, 0).reshape(2, 2), ints(0, 0))
SOME = Trades(ints(6, 2, -6, -2).reshape(2, 2), ints(100, 200))
BEFORE, AFTER = ints(10, 20, 30, 40).reshape(2, 2), ints(8, 18, 33, 38).reshape(2, 2)


def test_savings_by_home():
    assert savings(BEFORE, AFTER).tolist() == [4, -1]
    assert homes_worse_off(BEFORE, AFTER) == 1
    assert homes_worse_off(BEFORE, BEFORE) == 0


def test_savings_share():
    assert savings_share(BEFORE, AFTER, BEFORE - 3) == 3 / 12
    assert savings_share(BEFORE, BEFORE + 3, BEFORE - 3) == -1
    assert savings_share(BEFORE, AFTER, BEFORE) is None


def test_gains_from_trade_by_hand():
    assert gains_from_trade(SOME.fill_wh, flat(220, 60, (2, 2))) == 8 * 160
    assert gains_from_trade(SOME.fill_wh, flat(220, 60, (2, 2), grid_fee=7)) == 8 * 153


def test_welfare_share_is_what_of_the_orders_quantities_traded():
    quantity_wh = ints(10, 2, -8, -4).reshape(2, 2)
    assert welfare_share(quantity_wh, SOME, ints(0, 1), flat(220, 60, (2, 2))) == 8 / 10
    assert welfare_share(quantity_wh, NOTHING, ints(0, 1), flat(220, 60, (2, 2))) == 0
    assert welfare_share(-abs(quantity_wh), NOTHING, ints(0, 1), flat(220, 60, (2, 2))) is None


def test_welfare_share_sees_who_trades():
    """One Wh is offered; it is worth 9 to home 0 and 5 to home 1, and 1 to its seller."""
    outside = flat(9, 1, (3, 1))
    outside.retail[1] = 5
    trades = Trades(ints(0, 1, -1).reshape(3, 1), ints(3))
    assert welfare_share(ints(1, 1, -1).reshape(3, 1), trades, ints(0), outside) == 4 / 8


@given(worlds())
def test_no_clearing_of_the_same_orders_gains_more_than_at_outside_options(world: World):
    share = welfare_share(world.quantity_wh, world.trades, world.slots, world.outside)
    assert share is None or share <= 1


def test_sold_backed_share():
    net_wh = ints(0, 0, -4, 3).reshape(2, 2)
    assert sold_backed_share(SOME, net_wh) == 4 / 8
    assert sold_backed_share(SOME, ints(0, 0, -9, -9).reshape(2, 2)) == 1
    assert sold_backed_share(NOTHING, net_wh) is None


def test_mean_price_is_weighted_by_volume():
    assert mean_price(SOME) == pytest.approx((6 * 100 + 2 * 200) / 8)
    assert mean_price(NOTHING) is None


def test_traded_without_sun():
    assert traded_without_sun_wh(SOME, ints(500, 0)) == 2
    assert traded_without_sun_wh(SOME, ints(500, 1)) == 0


def test_mae():
    assert mae_wh(ints(5, -3, 0, 2).reshape(2, 2), ints(7, 3, 0, 3).reshape(2, 2)) == 9 / 4
    assert mae_wh(ints(), ints()) is None
