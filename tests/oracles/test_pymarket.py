"""Two books whose demand, supply, equilibrium and optimum stand in the test suite of pymarket.

Prices are scaled by 1,000 and quantities of the second book by 10, so that all are integers.
"""

from sim.market.merit_order import demand_curve, supply_curve
from tests.market.books import book, clear

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
