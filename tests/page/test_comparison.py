"""Another mechanism clears the run's own orders; whatever trade gains is somebody's, to the last unit."""

import re
from dataclasses import replace

import numpy as np
import pytest

from sim.market.mechanisms import mechanisms
from sim.market.trades import clear_slots
from sim.page.comparison import cleared_by, gains_in, others, side_of
from sim.page.panels.comparison_panel import about, bills_table, clearings_table
from sim.page.timeline import Perspective, Viewer
from sim.page.views.market import supply_and_demand
from sim.runtime.wording import money
from tests.page.drawings import texts, title
from tests.page.timelines import made_up_timeline

RUN = made_up_timeline(homes=8, days=1, settings=("market.mechanism=average", "market.grid_fee=0.01"))
BUSY = int(np.abs(RUN.fill_wh).sum(axis=0).argmax())
ALL = Perspective(Viewer.EVERYTHING, 0)


@pytest.mark.parametrize("name", others(RUN))
def test_the_same_quantities_are_cleared_and_every_gain_has_an_owner(name) -> None:
    other = cleared_by(RUN, name)
    assert np.array_equal(other.quantity_wh, RUN.quantity_wh)
    assert np.array_equal(other.limit_price, RUN.limit_price) == mechanisms.make(name).asks_limits
    trades = clear_slots(mechanisms.make(name), np.arange(RUN.slots), other.quantity_wh, other.limit_price)
    assert np.array_equal(other.fill_wh, trades.fill_wh)
    assert np.array_equal(other.payment, trades.payment)
    for slots in (slice(BUSY, BUSY + 1), slice(RUN.slots)):
        gains = gains_in(other, slots)
        delivered = replace(other, net_wh=other.quantity_wh)
        assert gains.buyers + gains.sellers == (delivered.bill_without - delivered.bill)[:, slots].sum()
        assert 0 <= gains.together <= gains.most
        assert gains.utility >= 0


def test_the_runs_own_mechanism_clears_as_the_run_did() -> None:
    again = cleared_by(RUN, "average")
    assert np.array_equal(again.fill_wh, RUN.fill_wh)
    assert np.array_equal(again.payment, RUN.payment)
    assert "average" not in others(RUN)
    assert len(others(RUN)) == len(mechanisms.names) - 1


def test_who_trades_at_which_prices_is_that_of_the_slot() -> None:
    other = cleared_by(RUN, "uniform")
    for side in (1, -1):
        found = side_of(other, BUSY, side)
        assert found.rows == tuple(np.flatnonzero(side * other.fill_wh[:, BUSY] > 0))
        assert found.rows
        assert found.lowest == found.highest == other.price[BUSY]
    night = side_of(other, 0, -1)
    assert (night.rows, night.lowest, night.highest) == ((), 0.0, 0.0)


def test_both_clearings_are_told_and_bills_only_of_those_who_are_seen() -> None:
    other = cleared_by(RUN, "uniform")
    both = {"average": RUN, "uniform": other}
    told = clearings_table(both, BUSY)
    for each in both.values():
        gains = gains_in(each, slice(BUSY + 1))
        assert f"{gains.traded_wh / 1000:,.2f} kWh" in told
        assert money(gains.buyers, 3) in told
    everybody = bills_table(both, BUSY, ALL)
    for each in both.values():
        assert money(int(each.bill[3, : BUSY + 1].sum()), 3) in everybody
    assert everybody.count("<tr") == 2 + len(RUN.homes)
    own = bills_table(both, BUSY, Perspective(Viewer.HOME, 2))
    assert re.findall(r"home-\d\d", own) == ["home-03"]
    assert "7 more are private" in own
    assert "home-" not in bills_table(both, BUSY, Perspective(Viewer.NEIGHBOURS, 2))


def test_a_slot_with_two_prices_is_drawn_with_both() -> None:
    one = supply_and_demand(RUN, BUSY)
    payment = np.where(RUN.payment > 0, RUN.payment + 10_000 * RUN.fill_wh, RUN.payment)
    two = supply_and_demand(replace(RUN, payment=payment), BUSY)
    assert "price and traded volume" in texts(one)
    assert "changed hands at" in title(one)
    assert "price and traded volume" not in texts(two)
    assert {"buyers pay", "sellers get"} <= set(texts(two).split("\n"))
    bought, sold = (RUN.price[BUSY] + more for more in (10_000, 0))
    assert f"bought at ${bought / 1e6:.3f}/kWh, sold at ${sold / 1e6:.3f}/kWh" in title(two)


@pytest.mark.parametrize(
    ("run", "chosen", "limits"),
    [
        ("average", "uniform", ""),
        ("average", "mid-market", "mid-market asks for no limits"),
        ("mid-market", "average", "Under mid-market homes name no limits"),
        ("repeated", "uniform", "the one that asks for least stands"),
    ],
)
def test_which_orders_are_compared_is_said(run, chosen, limits) -> None:
    settings = (f"market.mechanism={run}", "chain.backend=none", "proofs.policy=none")
    said = about(made_up_timeline(homes=2, days=1, settings=settings), chosen)
    assert mechanisms[chosen].meaning in said
    assert "homes might have ordered otherwise" in said
    assert limits in said
    assert ("limits" in said.partition("otherwise")[2]) == bool(limits)
