"""Tariffs and bills: prices of every slot, exact to the unit, and money that adds up."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.market.bills import (
    OutsideOption,
    bills,
    bills_from_totals,
    deviation_totals,
    grid_only_bills,
    outside_option,
    trade_payments,
)
from sim.market.clearing import MOST_MONEY, Trades, money
from sim.market.tariffs import HomeTariffs, Tariff, TariffTable, tariff_table
from tests.market.books import ints
from tests.market.worlds import World, flat, worlds

FLAT = HomeTariffs(Tariff.flat(220), Tariff.flat(60))
PEAK = Tariff(((0, 180), (16 * 60, 340), (21 * 60, 180)))


def test_a_step_holds_from_its_start_to_the_next():
    assert [PEAK.at(minute) for minute in (0, 959, 960, 1_259, 1_260, 1_439)] == [
        180,
        180,
        340,
        340,
        180,
        180,
    ]


@pytest.mark.parametrize(
    "steps", [(), ((60, 1),), ((0, 1), (0, 2)), ((0, 1), (90, 2), (60, 3)), ((0, 1), (1_440, 2))]
)
def test_steps_that_do_not_make_a_day_are_refused(steps):
    with pytest.raises(ValueError, match="rising start times"):
        Tariff(steps)


def test_a_common_flat_tariff_is_one_period():
    table = tariff_table([FLAT, FLAT], 24)
    assert table.periods == 1
    assert table.retail.tolist() == [[220], [220]]
    assert table.feed_in.tolist() == [[60], [60]]


def test_flat_tariffs_that_differ_between_homes_are_one_period():
    table = tariff_table([FLAT, HomeTariffs(Tariff.flat(221), FLAT.feed_in)], 24)
    assert table.periods == 1
    assert table.retail.tolist() == [[220], [221]]


def test_slots_with_the_same_prices_share_a_period_also_when_apart():
    table = tariff_table([FLAT, HomeTariffs(PEAK, FLAT.feed_in)], 24)
    assert table.periods == 2
    assert table.period_of_day_slot.tolist() == [0] * 16 + [1] * 5 + [0] * 3
    assert table.retail.tolist() == [[220, 220], [180, 340]]


def test_periods_repeat_every_day():
    table = tariff_table([HomeTariffs(PEAK, FLAT.feed_in)], 24)
    assert table.periods_of(np.array([15, 16, 24 + 15, 24 + 16, 48])).tolist() == [0, 1, 0, 1, 0]


@pytest.mark.parametrize("slots_per_day", [24, 48, 96])
def test_every_slot_finds_the_prices_at_its_start(slots_per_day):
    homes = [FLAT, HomeTariffs(PEAK, Tariff(((0, 60), (12 * 60 + 30, 50))))]
    table = tariff_table(homes, slots_per_day)
    periods = table.periods_of(np.arange(slots_per_day))
    minutes = [slot * 1_440 // slots_per_day for slot in range(slots_per_day)]
    assert table.retail[:, periods].tolist() == [[home.retail.at(m) for m in minutes] for home in homes]
    assert table.feed_in[:, periods].tolist() == [[home.feed_in.at(m) for m in minutes] for home in homes]


def test_a_bill_by_hand():
    """Retail 220, feed-in 60: bought 5 at 100 and used 8; sold 5 at 100 and had 3; bought 5, fed 2 in."""
    net_wh, fill_wh, price = ints(8, -3, -2).reshape(3, 1), ints(5, -5, 5).reshape(3, 1), ints(100)
    bill = bills(net_wh, Trades.at_one_price(fill_wh, price), flat(220, 60, net_wh.shape))
    assert bill[:, 0].tolist() == [500 + 3 * 220, -500 + 2 * 220, 500 - 7 * 60]
    assert grid_only_bills(net_wh, flat(220, 60, net_wh.shape))[:, 0].tolist() == [8 * 220, -3 * 60, -2 * 60]


def test_the_fee_is_split_with_the_odd_unit_on_the_seller():
    trades = Trades.at_one_price(ints(4, -4).reshape(2, 1), ints(100))
    assert trade_payments(trades, flat(220, 60, (2, 1), grid_fee=7)).tolist() == [[4 * 103], [-4 * 96]]


def test_outside_options_are_tariffs_after_the_fee():
    quantity_wh = ints(5, -5, 0).reshape(3, 1)
    assert flat(220, 60, (3, 1), grid_fee=7).limits(quantity_wh)[:2, 0].tolist() == [217, 64]


def test_tariffs_are_laid_out_by_slot():
    homes = [
        HomeTariffs(Tariff(((0, 180), (720, 340))), Tariff.flat(60)),
        HomeTariffs(Tariff.flat(220), Tariff.flat(50)),
    ]
    outside = outside_option(tariff_table(homes, 4), slots=np.arange(3, 8), grid_fee=2)
    assert outside.retail.tolist() == [[340, 180, 180, 340, 340], [220] * 5]
    assert outside.feed_in.tolist() == [[60] * 5, [50] * 5]
    assert outside.grid_fee == 2


def test_deviations_by_hand():
    net_wh, fill_wh = ints(8, 2, -3, 0, 4, 6).reshape(2, 3), ints(5, 4, -5, -1, 4, 0).reshape(2, 3)
    short_wh, beyond_wh = deviation_totals(net_wh, fill_wh, ints(0, 1, 0), periods=3)
    assert short_wh.tolist() == [[5, 0, 0], [7, 0, 0]]
    assert beyond_wh.tolist() == [[0, 2, 0], [0, 0, 0]]


@given(worlds())
def test_bills_from_totals_agree_to_the_unit(world: World):
    """The ledger never sees a reading: gates of three slots, two tariff periods, totals only."""
    table = TariffTable(ints(0, 1, 1, 0), world.period_retail, world.period_feed_in)
    outside = outside_option(table, world.slots, world.outside.grid_fee)
    totals = [
        deviation_totals(
            world.net_wh[:, gate], world.trades.fill_wh[:, gate], table.periods_of(world.slots[gate]), 2
        )
        for gate in (slice(0, 3), slice(3, 6))
    ]
    short_wh, beyond_wh = (sum(parts) for parts in zip(*totals, strict=True))
    paid = trade_payments(world.trades, outside).sum(axis=1)
    expected = bills(world.net_wh, world.trades, outside).sum(axis=1)
    actual = bills_from_totals(paid, short_wh, beyond_wh, table.retail, table.feed_in)
    assert actual.tolist() == expected.tolist()


@given(worlds(), st.integers(0, 100), st.integers(0, 100))
def test_under_one_flat_tariff_the_price_drops_out_of_the_saving(world: World, feed_in, spread):
    outside = flat(feed_in + spread, feed_in, world.net_wh.shape)
    saving = (grid_only_bills(world.net_wh, outside) - bills(world.net_wh, world.trades, outside)).sum()
    missing_wh = world.net_wh - world.trades.fill_wh
    assert 2 * saving == spread * (np.abs(world.net_wh) - np.abs(missing_wh)).sum()


@given(worlds())
def test_bills_follow_the_definition_home_by_home(world: World):
    bill, outside = bills(world.net_wh, world.trades, world.outside), world.outside
    for (home, slot), n in np.ndenumerate(world.net_wh):
        q, p = world.trades.fill_wh[home, slot], world.trades.price[slot]
        fee = outside.grid_fee // 2 if q > 0 else outside.grid_fee - outside.grid_fee // 2
        grid = outside.retail[home, slot] * max(n - q, 0) - outside.feed_in[home, slot] * max(q - n, 0)
        assert bill[home, slot] == p * q + grid + fee * abs(q)


@given(worlds())
def test_homes_pay_each_other_and_the_utility_exactly(world: World):
    """The fee on every traded Wh reaches the utility whole, and prices move money between homes alone."""
    free = OutsideOption(world.outside.retail, world.outside.feed_in)
    paid = trade_payments(world.trades, world.outside).sum()
    assert paid == world.outside.grid_fee * world.trades.traded_wh.sum()
    assert trade_payments(world.trades, free).sum() == 0


def test_money_at_its_bound_is_exact_and_beyond_it_refused():
    assert money(ints(2**20), ints(-(2**40))).tolist() == [-MOST_MONEY]
    with pytest.raises(OverflowError, match="exact up to 1152921504606846976 nano"):
        money(ints(2**20), ints(2**40, 1))
