"""Markets of the literature beyond the ledger of ``sim.replicate``: curves, scarcity, how calls matter."""

import numpy as np
import pytest

from sim.market.merit_order import demand_curve, supply_curve
from sim.market.optimum import gains_from_trade, most_gains
from sim.market.trades import clear_slots
from sim.replicate.books import BUYERS, COSTS, SELLERS, VALUES, order_book, trade
from sim.replicate.zero_intelligence import constrained_efficiency
from sim.seeds import Streams
from tests.market.books import AVERAGE
from tests.market.worlds import flat


def test_less_supply_raises_the_price():
    """Smith's market without its three cheapest sellers trades four units, between 225 and 250."""
    assert trade(VALUES, COSTS[3:]) == (4, 237.5)


def test_one_call_is_inefficient_and_many_are_not():
    """Zero-intelligence traders with a budget constraint; ``zkpet replicate`` has more of them."""
    assert constrained_efficiency("M1", calls=1, periods=40) < 0.5
    assert constrained_efficiency("M1", calls=80, periods=4) > 0.95


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


def test_curves():
    """Of the first book of pymarket 0.7.6, as tests/test_demand_curves.py there has them."""
    book = order_book(BUYERS, SELLERS)
    demand, supply = demand_curve(book), supply_curve(book)
    assert (demand.cumulative_wh / 10).tolist() == [2, 3, 8]
    assert (demand.price / 1_000).tolist() == [4, 3, 1]
    assert (supply.cumulative_wh / 10).tolist() == [1, 5, 10]
    assert (supply.price / 1_000).tolist() == [1, 2, 6]
