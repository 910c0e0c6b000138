"""Markets of the literature come out as published."""

import numpy as np
import pytest

from sim.market.book import OrderBook
from sim.market.merit_order import demand_curve, supply_curve
from sim.market.optimum import gains_from_trade, most_gains
from sim.market.trades import clear_slots
from sim.seeds import Streams
from tests.market.books import AVERAGE, book, clear, ints
from tests.market.worlds import flat

# Smith, An experimental study of competitive market behavior, Journal of Political Economy 70(2), 1962 ----


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


# Zero-intelligence traders in this call auction -----------------------------------------------------------


LOWEST, HIGHEST = 1, 400
SMITH = (list(range(75, 350, 25)), list(range(75, 350, 25)))
FLAT_SUPPLY = (list(range(100, 320, 20)), [150] * 11)
EXCESS_DEMAND = ([300] * 11, [100] * 6)
EXCESS_SUPPLY = ([300] * 6, [100] * 11)


def efficiency(market, calls: int, constrained: bool = True, periods: int = 60) -> float:
    """Gains of all periods over the most there were to gain."""
    values, costs = market
    worth = np.array(values + costs)
    side = np.repeat([1, -1], [len(values), len(costs)])
    generator = Streams(7).generator("zero-intelligence")
    gains = 0
    for _ in range(periods):
        left = side.copy()
        for call in range(calls):
            low, high = (np.where(side > 0, LOWEST, worth), np.where(side > 0, worth, HIGHEST))
            limit = (
                generator.integers(low, high + 1)
                if constrained
                else generator.integers(LOWEST, HIGHEST, len(side))
            )
            book = OrderBook(call, left, limit)
            traded = book.signed(clear(book).fill_wh)
            gains += int((traded * worth).sum())
            left = left - traded
    pairs = zip(sorted(values, reverse=True), sorted(costs), strict=False)
    return gains / (periods * sum(max(value - cost, 0) for value, cost in pairs))


@pytest.mark.parametrize("market", [SMITH, FLAT_SUPPLY, EXCESS_DEMAND, EXCESS_SUPPLY])
def test_many_calls_are_efficient(market):
    assert efficiency(market, calls=80) > 0.95


@pytest.mark.parametrize("market", [SMITH, FLAT_SUPPLY, EXCESS_DEMAND, EXCESS_SUPPLY])
def test_one_call_is_not(market):
    assert efficiency(market, calls=1) < 0.5


def test_it_is_the_budget_constraint_that_does_it():
    assert efficiency(SMITH, calls=80, constrained=False) < 0.5


def test_one_call_between_two_tariffs_trades_half_on_average():
    """This is what zero intelligence costs where there is one call per slot.

    With n buyers and n sellers drawing from one range, the volume is the number of bids among the upper n of
    all 2n prices: hypergeometric, with mean n / 2 and variance n^2 / (4 (2n - 1)).
    """
    homes, slots, retail, feed_in = 8, 2_000, 220_000, 60_000
    quantity_wh = np.tile(np.repeat([1, -1], homes)[:, None], slots)
    limit_price = Streams(7).generator("zic").integers(feed_in, retail, quantity_wh.shape, endpoint=True)
    trades = clear_slots(AVERAGE, np.arange(slots), quantity_wh, limit_price)
    outside = flat(retail, feed_in, quantity_wh.shape)
    most = most_gains(quantity_wh, np.arange(slots), outside)
    share = gains_from_trade(trades.fill_wh, outside).sum() / most.sum()
    sigma_wh = homes / (2 * (2 * homes - 1) ** 0.5)
    assert abs(share - 0.5) < 4 * sigma_wh / homes / slots**0.5
    assert trades.traded_wh.std() == pytest.approx(sigma_wh, rel=0.1)


# Two books whose demand, supply, equilibrium and optimum stand in the test suite of pymarket --------------


SMALL = book((1, 3_000), (2, 4_000), (5, 1_000), (-4, 2_000), (-1, 1_000), (-5, 6_000))
LARGE = book(
    *[(10, price) for price in (6_700, 6_600, 6_500, 6_400, 6_300, 6_000)],
    *[(-10, 1_000), (-10, 2_000), (-20, 3_000), (-11, 4_000), (-10, 6_100)],
)


def test_curves():
    demand, supply = demand_curve(SMALL), supply_curve(SMALL)
    assert (demand.cumulative_wh.tolist(), demand.price.tolist()) == ([2, 3, 8], [4_000, 3_000, 1_000])
    assert (supply.cumulative_wh.tolist(), supply.price.tolist()) == ([1, 5, 10], [1_000, 2_000, 6_000])


def test_equilibrium_quantities():
    assert clear(SMALL).traded_wh == 3
    assert clear(LARGE).traded_wh == 51


def test_the_uniform_price_reaches_the_most_utility():
    """The optimum, 6, is that of a linear program; it takes 3 units."""
    clearing = clear(SMALL)
    assert (SMALL.signed(clearing.fill_wh) * SMALL.limit_price).sum() == 6_000
    assert clearing.price == 2_500


def test_the_most_volume_takes_pairs_at_prices_of_their_own():
    """Pairing each bid, lowest first, with the dearest ask it accepts trades 4: more than any one price."""
    bids, asks, pairs = [1, 1, 1, 1, 1, 3, 4, 4], [1, 2, 2, 2, 2, 6, 6, 6, 6, 6], 0
    for bid in bids:
        accepted = [ask for ask in asks if ask <= bid]
        if accepted:
            asks.remove(max(accepted))
            pairs += 1
    assert pairs == 4
    assert clear(SMALL).traded_wh == 3
