"""Sharing rules, by hand and beside the reading-by-reading definition of their papers."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.market.baselines import foresight_bills
from sim.market.bills import grid_only_bills
from sim.market.mechanisms import mechanisms
from tests.market.books import book, ints
from tests.market.worlds import flat

RETAIL, FEED_IN = 220_000, 60_000
RULES = ("mid-market", "supply-demand")


@pytest.mark.parametrize(
    ("rule", "buyer", "seller"), [("mid-market", 172_000, 140_000), ("supply-demand", 138_769, 84_615)]
)
def test_three_units_for_five(rule: str, buyer: int, seller: int) -> None:
    """At 0.22 and 0.06: buyers pay 0.172, sellers get 0.140 at the middle; 0.13877 and 0.08462 by ratio."""
    net_wh = ints(3_000, 2_000, -1_000, -2_000)[:, None]
    bills = foresight_bills(mechanisms.make(rule), net_wh, ints(0), flat(RETAIL, FEED_IN, (4, 1)))[:, 0]
    assert bills.tolist() == pytest.approx(
        [3_000 * buyer, 2_000 * buyer, -1_000 * seller, -2_000 * seller], rel=1e-5
    )


@given(
    net_wh=st.lists(st.integers(-50, 50), min_size=1, max_size=8),
    slot=st.integers(0, 99),
    rule=st.sampled_from(RULES),
)
def test_nobody_loses_and_the_community_saves_all_that_it_could(
    net_wh: list[int], slot: int, rule: str
) -> None:
    """Each Wh that is bought outside and sold outside in one slot costs the difference of the tariffs."""
    readings, outside = ints(*net_wh)[:, None], flat(RETAIL, FEED_IN, (len(net_wh), 1))
    before = grid_only_bills(readings, outside)[:, 0]
    after = foresight_bills(mechanisms.make(rule), readings, ints(slot), outside)[:, 0]
    matched_wh = min(sum(max(wh, 0) for wh in net_wh), sum(max(-wh, 0) for wh in net_wh))
    assert (after <= before).all()
    assert int((before - after).sum()) == matched_wh * (RETAIL - FEED_IN)


@given(demand=st.integers(1, 99), supply=st.integers(1, 99))
def test_the_price_is_that_of_the_ratio(demand: int, supply: int) -> None:
    clearing = mechanisms.make("supply-demand").clear(book((demand, RETAIL), (-supply, FEED_IN)))
    ratio = Fraction(supply, demand)
    expected = RETAIL * FEED_IN / ((RETAIL - FEED_IN) * ratio + FEED_IN) if ratio < 1 else FEED_IN
    assert clearing.price == expected // 1


def test_nothing_is_shared_where_no_price_suits_all() -> None:
    for rule in RULES:
        assert not np.any(mechanisms.make(rule).clear(book((5, 9), (5, 2), (-4, 3))).fill_wh)
