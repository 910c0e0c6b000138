"""Sharing rules, by hand and beside the reading-by-reading definition of their papers."""

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.market.baselines import shared_bills
from sim.market.bills import grid_only_bills
from sim.market.book import OrderBook
from sim.market.mechanisms import mechanisms
from sim.market.mechanisms.sharing import SHARING_RULES
from tests.market.books import book, ints
from tests.market.worlds import flat

RETAIL, FEED_IN = 220_000, 60_000
RULES = {rule.name: rule for rule in SHARING_RULES}
FAIR = ("mid-market", "supply-demand")
"""Under these nobody gets less than the utility would pay."""


@given(
    net_wh=st.lists(st.integers(-50, 50), min_size=1, max_size=8),
    slot=st.integers(0, 99),
    rule=st.sampled_from(sorted(RULES)),
)
def test_nobody_loses_and_the_community_saves_all_that_it_could(
    net_wh: list[int], slot: int, rule: str
) -> None:
    """Each Wh that is bought outside and sold outside in one slot costs the difference of the tariffs."""
    readings, outside = ints(*net_wh)[:, None], flat(RETAIL, FEED_IN, (len(net_wh), 1))
    before = grid_only_bills(readings, outside)[:, 0]
    after = shared_bills(RULES[rule], readings, ints(slot), outside)
    matched_wh = min(sum(max(wh, 0) for wh in net_wh), sum(max(-wh, 0) for wh in net_wh))
    assert (after <= before).all() or rule not in FAIR
    assert int((before - after).sum()) == matched_wh * (RETAIL - FEED_IN)


def test_shared_bills_have_one_price_for_all_that_is_wanted_and_one_for_all_that_is_over() -> None:
    """Two slots. 5 kWh for 3, then 2 for 4: bought 2 at 0.22, sold 2 at 0.06, over 7 kWh each way."""
    net_wh = ints(3_000, 2_000, 2_000, 0, -3_000, -4_000).reshape(3, 2)
    bill = shared_bills(RULES["bill-sharing"], net_wh, ints(0, 1), flat(RETAIL, FEED_IN, (3, 2)))
    buys, sells = 2_000 * RETAIL, 2_000 * FEED_IN
    assert bill.tolist() == [buys * 5 // 7 + 1, buys * 2 // 7, -sells]
    assert bill.sum() == buys - sells


def test_ahead_a_shared_bill_is_shared_energy_for_nothing() -> None:
    rule, quantity_wh = RULES["bill-sharing"], ints(5, -3, -3)[:, None]
    limits = rule.limits(quantity_wh, flat(RETAIL, FEED_IN, (3, 1)))
    assert limits[:, 0].tolist() == [RETAIL, 0, 0]
    clearing = rule.clear(OrderBook(0, quantity_wh[:, 0], limits[:, 0]))
    assert sorted(clearing.fill_wh.tolist()) == [2, 3, 5]
    assert not clearing.payment.any()


@given(demand=st.integers(1, 99), supply=st.integers(1, 99))
def test_the_price_is_that_of_the_ratio(demand: int, supply: int) -> None:
    clearing = mechanisms.make("supply-demand").clear(book((demand, RETAIL), (-supply, FEED_IN)))
    ratio = Fraction(supply, demand)
    expected = RETAIL * FEED_IN / ((RETAIL - FEED_IN) * ratio + FEED_IN) if ratio < 1 else FEED_IN
    assert clearing.price == expected // 1


def test_nothing_is_shared_where_no_price_suits_all() -> None:
    for rule in RULES:
        assert not np.any(mechanisms.make(rule).clear(book((5, 9), (5, 2), (-4, 3))).fill_wh)
