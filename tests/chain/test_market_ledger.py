"""Money: reservations, clearings, deviations; after every accepted call the ledger sums to zero."""

import numpy as np
import pytest

from sim.market.bills import bills, deviation_totals, outside_option
from sim.market.tariffs import TariffTable
from sim.market.trades import clear_slots
from tests.market.books import AVERAGE
from tests.market_on_chain import FEED_IN, FIRST_DELIVERY, NO_ORDER, RETAIL, SETTLEMENT_S, found

BUY_1000, SELL_1000 = (1_000, 200_000), (-1_000, 100_000)
NIGHT_AND_DAY = (0,) * 12 + (1,) * 12


# Reservations ---------------------------------------------------------------------------------------------


def test_an_order_reserves_its_worst_cost():
    """A buyer at worst pays its limit; a seller at worst has nothing and pays retail for all it sold."""
    community = found(homes=2, grid_fee=5)
    community.trade(0, {1: [BUY_1000, (500, 0)], 2: [SELL_1000, (-1, 0)]})
    assert community.reserved() == [1_000 * (200_000 + 2) + 500 * 2, 1_001 * (RETAIL + 3)]


def test_a_seller_reserves_the_retail_price_of_the_slot():
    community = found(homes=1, horizon=24, periods=NIGHT_AND_DAY, retail=(300, 700), feed_in=(1, 1))
    community.trade(0, {1: [(-10, 50)] * 24})
    assert community.reserved() == [12 * 10 * (300 + 700)]


@pytest.mark.parametrize("order", [BUY_1000, SELL_1000])
def test_void_frees_exactly_what_was_reserved(order):
    community = found(homes=2, grid_fee=7)
    community.trade(0, {1: [order, NO_ORDER], 2: [order, order]})
    both = community.reserved()[1]
    community.wait(community.times(0).delivery)
    community.accept(community.void(0))
    assert community.reserved() == [0, both // 2]
    community.accept(community.void(1))
    assert (community.reserved(), community.ledger()) == ([0, 0], [0, 0, 0])


def test_clearing_frees_a_buyer_and_settling_frees_a_seller():
    community = found(homes=3, grid_fee=7)
    community.trade_slot(0, {1: BUY_1000, 2: SELL_1000, 3: (-500, 150_000)})
    community.clear_gate(0)
    kept = (RETAIL + 4) * 1_000
    assert (community.reserved(), community.exposure(0)) == ([0, kept, 0], [0, kept, 0])
    community.settle_gate(0)
    assert (community.reserved(), community.exposure(0)) == ([0, 0, 0], [0, 0, 0])


def test_exposure_stays_until_the_last_period_is_settled():
    community = found(homes=2, horizon=24, periods=NIGHT_AND_DAY, retail=(300, 700), feed_in=(1, 1))
    community.trade(0, {1: [(10, 100)] * 24, 2: [(-10, 100)] * 24})
    community.clear_gate(0)
    kept = 12 * 10 * (300 + 700)
    community.accept(community.settle(0, 1), community.times(0).settles)
    assert (community.reserved(), community.exposure(0)) == ([0, kept], [0, kept])
    community.accept(community.settle(0, 0))
    assert (community.reserved(), community.exposure(0)) == ([0, 0], [0, 0])


def test_release_frees_exposures_and_forgives_nothing():
    """One period is settled in time, the other after the release: what is owed is the same."""
    community = found(homes=2, horizon=24, periods=NIGHT_AND_DAY, retail=(300, 700), feed_in=(1, 1))
    community.trade(0, {1: [(10, 100)] * 24, 2: [(-10, 100)] * 24})
    community.clear_gate(0)
    community.accept(community.settle(0, 1, [0, 9], [0, 0]), community.times(0).settles)
    before = community.ledger()
    assert community.reserved() == [0, 12 * 10 * (300 + 700)]
    community.accept(community.release(0), community.times(0).settles + SETTLEMENT_S)
    assert (community.reserved(), community.exposure(0)) == ([0, 0], [0, 0])
    assert community.ledger() == before == [9 * 700, -24 * 10 * 100, 24 * 10 * 100 - 9 * 700]
    community.accept(community.settle(0, 0, [0, 120], [0, 0]))
    assert community.ledger() == [9 * 700 + 120 * 300, -24_000, 24_000 - 9 * 700 - 120 * 300]
    assert (community.reserved(), community.exposure(0)) == ([0, 0], [0, 0])


# Credit ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "worst_cost"), [((1_000, 200_000), 1_000 * 200_003), ((-1_000, 1), 1_000 * (RETAIL + 4))]
)
def test_orders_go_up_to_the_credit_limit_and_not_beyond(order, worst_cost):
    for credit_limit in (worst_cost, worst_cost - 1):
        community = found(homes=1, grid_fee=7, credit_limit=credit_limit)
        community.accept(community.commit(0), community.times(0).window_end)
        submission = community.submit(0, 1, [order, NO_ORDER])
        if credit_limit == worst_cost:
            community.accept(submission, community.times(0).opens)
            assert community.reserved() == [worst_cost]
        else:
            community.refuse("credit limit exceeded", submission, community.times(0).opens)


def test_reservations_of_all_open_gates_count():
    cost = 1_000 * 200_000
    community = found(homes=1, gates=3, credit_limit=2 * cost)
    for gate in (0, 1):
        community.trade_slot(gate, {1: BUY_1000})
    community.accept(community.commit(2), community.times(2).window_end)
    community.refuse(
        "credit limit exceeded", community.submit(2, 1, [(1, 1), NO_ORDER]), community.times(2).opens
    )
    community.accept(community.submit(2, 1, [NO_ORDER, NO_ORDER]))


def test_earnings_may_be_spent_and_debts_count():
    """Home 2 sells 1 kWh at 150 k, delivers, and may then order for its credit and its earnings."""
    community = found(homes=2, horizon=1, gates=4, credit_limit=1_000 * RETAIL)
    community.trade_slot(0, {1: BUY_1000, 2: SELL_1000})
    community.clear_gate(0)
    community.settle_gate(0)
    assert community.ledger() == [0, -150_000_000, 150_000_000]
    community.accept(community.commit(3), community.times(3).window_end)
    community.wait(community.times(3).opens)
    richer, poorer = 1_000 * (RETAIL + 150_000), 1_000 * (RETAIL - 150_000)
    for home, funds in ((1, poorer), (2, richer)):
        community.refuse("credit limit exceeded", community.submit(3, home, [(1, funds + 1)]))
        community.accept(community.submit(3, home, [(1, funds)]))


def test_the_largest_orders_and_credits_overflow_nothing():
    """No order that is accepted can make the clearing or settlement of its slot fail."""
    limits = {"import_limit_wh": 2**23 - 1, "export_limit_wh": 2**23 - 1}
    largest = limits | {"credit_limit": 2**128 - 1, "grid_fee": 2**40 - 1}
    community = found(homes=2, retail=(2**40 - 1,), feed_in=(2**40 - 1,), **largest)
    community.trade(0, {1: [(2**23, 2**40 - 1)] * 2, 2: [(-(2**23), 0), (-(2**23), 2**40 - 1)]})
    community.clear_gate(0)
    most = 4 * (2**23 - 1)
    community.accept(community.settle(0, 0, [most, 0], [0, most]), community.times(0).settles)
    assert community.reserved() == [0, 0]


# Clearing and settling ------------------------------------------------------------------------------------


@pytest.mark.parametrize("grid_fee", [0, 1, 10, 11])
def test_money_of_a_clearing(grid_fee):
    """The buyer pays the smaller half of an odd fee."""
    community = found(homes=2, grid_fee=grid_fee)
    community.trade_slot(0, {1: BUY_1000, 2: SELL_1000})
    receipt = community.accept(community.clear(0, 150_000, [1_000, 1_000]))
    buyer_fee = grid_fee // 2
    paid, earned = (150_000 + buyer_fee) * 1_000, (150_000 - (grid_fee - buyer_fee)) * 1_000
    assert community.ledger() == [grid_fee * 1_000, -paid, earned]
    assert community.market.artifact.event(receipt.logs[0]) == (
        "SlotCleared",
        {"slot": 0, "price": 150_000, "fills_wh": (1_000, 1_000)},
    )


def test_deviations_are_paid_at_retail_and_feed_in():
    community = found(homes=3)
    community.void_gate(0)
    settle = community.settle(0, 0, short_wh=[700, 0, 30], beyond_wh=[0, 900, 40])
    receipt = community.accept(settle, community.times(0).settles)
    homes = [-700 * RETAIL, 900 * FEED_IN, 40 * FEED_IN - 30 * RETAIL]
    assert community.ledger() == [-sum(homes), *homes]
    name, event = community.market.artifact.event(receipt.logs[0])
    assert (name, event["gate"], event["period"]) == ("GateSettled", 0, 0)


def test_every_period_settles_at_its_own_prices():
    community = found(homes=1, horizon=24, periods=NIGHT_AND_DAY, retail=(300, 700), feed_in=(1, 20))
    community.void_gate(0)
    community.accept(community.settle(0, 1, short_wh=[5]), community.times(0).settles)
    community.accept(community.settle(0, 0, short_wh=[6], beyond_wh=[9]))
    assert community.ledger()[1] == -(5 * 700) - (6 * 300) + 9 * 1


@pytest.mark.parametrize(
    ("first_hour", "in_gates"),
    [(0, [{0}, {0, 1}, {1}]), (16, [{1}, {0}, {0, 1}]), (23, [{0, 1}, {0, 1}, {1}])],
)
def test_periods_go_by_the_time_of_day(first_hour, in_gates):
    """Eight-hour gates; period 1 is from noon to midnight."""
    first_delivery = FIRST_DELIVERY + 3_600 * first_hour
    tariffs = {"periods": NIGHT_AND_DAY, "retail": (3, 7), "feed_in": (1, 1)}
    community = found(homes=1, horizon=8, gates=3, first_delivery=first_delivery, **tariffs)
    for gate, periods in enumerate(in_gates):
        community.void_gate(gate)
        community.wait(community.times(gate).settles)
        for other in {0, 1} - periods:
            community.refuse("no such period in the gate", community.settle(gate, other))
        for period in periods:
            community.accept(community.settle(gate, period))


# A whole market against the bills computed off chain -------------------------------------------------------

HOMES, SLOTS, GATES = 5, 6, 2
PERIODS = tuple(int(hour % 5 == 0) for hour in range(24))
PRICES = {"retail": (RETAIL, RETAIL + 1), "feed_in": (FEED_IN, FEED_IN - 1)}
TABLE = TariffTable(np.array(PERIODS), *(np.array([PRICES[name]] * HOMES) for name in ("retail", "feed_in")))


@pytest.mark.parametrize(("seed", "grid_fee"), [(0, 0), (1, 7), (2, 10)])
def test_balances_are_the_bills(seed, grid_fee):
    """Random orders, readings that differ from them, two tariff periods, two gates."""
    generator = np.random.default_rng(seed)
    slots, shape = np.arange(SLOTS * GATES), (HOMES, SLOTS * GATES)
    quantity_wh = generator.integers(-900, 900, shape)
    limit_price = generator.integers(0, 9, shape) * 10_000
    net_wh = quantity_wh + generator.integers(-300, 300, shape)
    trades = clear_slots(AVERAGE, slots, quantity_wh, limit_price)
    assert trades.traded_wh.sum() > 0

    community = found(homes=HOMES, horizon=SLOTS, gates=GATES, grid_fee=grid_fee, periods=PERIODS, **PRICES)
    orders = np.stack((quantity_wh, limit_price), axis=2).tolist()
    for gate in range(GATES):
        span = slice(gate * SLOTS, (gate + 1) * SLOTS)
        community.trade(gate, {home: orders[home - 1][span] for home in range(1, HOMES + 1)})
        community.clear_gate(gate)
    for gate in range(GATES):
        span = slice(gate * SLOTS, (gate + 1) * SLOTS)
        in_slot = TABLE.periods_of(slots[span])
        totals_wh = deviation_totals(net_wh[:, span], trades.fill_wh[:, span], in_slot, TABLE.periods)
        community.wait(community.times(gate).settles)
        for period in sorted(set(in_slot.tolist())):
            community.accept(community.settle(gate, period, *(wh[:, period].tolist() for wh in totals_wh)))

    paid = bills(net_wh, trades, outside_option(TABLE, slots, grid_fee)).sum(axis=1)
    assert (community.ledger(), community.reserved()) == ([int(paid.sum()), *(-paid).tolist()], [0] * HOMES)
