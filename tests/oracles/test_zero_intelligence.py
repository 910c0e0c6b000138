"""Zero-intelligence traders in this call auction.

Gode and Sunder (Journal of Political Economy 101(1), 1993) let traders with random prices, constrained only
not to lose money, trade in a continuous double auction, and find allocative efficiency close to 100
percent. There is no continuous auction here. What is tested is a period of many sealed calls: in each,
everybody who still has a unit draws a new price between their value or cost and the end of the range, and
all are cleared at one price.

Cliff and Bruten (HP Laboratories, HPL-97-141, 1997) show that such traders' prices miss the equilibrium
where supply and demand are asymmetric, as in three of these markets: so efficiency is asserted, and no
price.
"""

import numpy as np
import pytest

from sim.market.book import OrderBook
from sim.market.optimum import gains_from_trade, most_gains
from sim.market.trades import clear_slots
from sim.seeds import Streams
from tests.market.books import DOUBLE_AUCTION, clear
from tests.market.worlds import flat

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
    trades = clear_slots(DOUBLE_AUCTION, np.arange(slots), quantity_wh, limit_price)
    outside = flat(retail, feed_in, quantity_wh.shape)
    most = most_gains(quantity_wh, np.arange(slots), outside)
    share = gains_from_trade(trades.fill_wh, outside).sum() / most.sum()
    sigma_wh = homes / (2 * (2 * homes - 1) ** 0.5)
    assert abs(share - 0.5) < 4 * sigma_wh / homes / slots**0.5
    assert trades.traded_wh.std() == pytest.approx(sigma_wh, rel=0.1)
