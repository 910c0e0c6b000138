"""The plug-in that the documentation shows: two prices, and a surplus that goes to the utility."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.market.bills import deviation_payments, deviations
from sim.market.book import OrderBook
from sim.market.clearing import Clearing
from sim.market.mechanisms import Mechanism, mechanisms
from sim.outputs.figures import write_figures
from sim.outputs.summary import summary_of
from sim.outputs.tables import tables_of
from sim.plugins import plugged_in, read_plugins
from sim.simulation.audit import audit
from tests.bundle.forgery import UNPROVED, bundle_of_run, refused, verdict
from tests.market.books import book, clear
from tests.runs import MCAFEE, run, scenario

BUYERS = (9, 8, 7, 4)


@pytest.fixture(scope="module")
def mcafee() -> Iterator[Mechanism]:
    with plugged_in(read_plugins([MCAFEE])):
        yield mechanisms.make("mcafee")


def of_one_unit_each(*asks: int) -> OrderBook:
    return book(*((1, bid) for bid in BUYERS), *((-1, ask) for ask in asks))


def test_all_efficient_trades_where_the_next_limits_leave_a_price_for_them(mcafee):
    """k = 3, and (4 + 5) / 2 lies between 4 and 7; all pay and get 4."""
    clearing = mcafee.clear(of_one_unit_each(2, 3, 4, 5))
    assert clearing.fill_wh.tolist() == [1, 1, 1, 0, 1, 1, 1, 0]
    assert (clearing.price, clearing.surplus) == (4, 0)


@pytest.mark.parametrize("asks", [(2, 3, 4, 12), (2, 3, 4)])
def test_else_the_last_pair_sets_both_prices_and_does_not_trade(mcafee, asks):
    """(4 + 12) / 2 is above 7, or there is no next ask: buyers pay 7, sellers get 4."""
    clearing = mcafee.clear(of_one_unit_each(*asks))
    assert clearing.payment.tolist()[:6] == [7, 7, 0, 0, -4, -4]
    assert (clearing.price, clearing.surplus) == (None, 6)


def test_the_longer_side_shares_what_is_left_by_quantity(mcafee):
    clearing = mcafee.clear(book((30, 9), (10, 8), (5, 6), (-20, 1), (-21, 4)))
    assert clearing.fill_wh.tolist() == [15, 5, 0, 20, 0]
    assert clearing.payment.tolist() == [90, 30, 0, -80, 0]


units = st.lists(
    st.tuples(st.sampled_from([1, -1]), st.integers(0, 20).map(lambda limit: 2 * limit)), max_size=9
)


@given(orders=units, other=st.integers(0, 41), data=st.data())
def test_no_other_limit_gains_anybody_anything(mcafee, orders, other, data):
    """McAfee's theorem, where the middle needs no rounding and each has a unit at a limit of its own."""
    orders = list({limit: side for side, limit in orders}.items())
    honest = book(*((side, limit) for limit, side in orders))
    if not orders:
        return
    home = data.draw(st.integers(0, len(orders) - 1))
    limits = honest.limit_price.copy()
    limits[home] = other
    value = int(honest.limit_price[home])

    def gain(clearing: Clearing) -> int:
        return value * int(honest.signed(clearing.fill_wh)[home]) - int(clearing.payment[home])

    assert gain(mcafee.clear(replace(honest, limit_price=limits))) <= gain(mcafee.clear(honest))


# Whole runs -----------------------------------------------------------------------------------------------

RUN = ("market.mechanism=mcafee", "proofs.policy=none", "market.grid_fee=0.010001", "population.agents=8")


@pytest.mark.usefixtures("mcafee")
def test_every_venue_has_the_same_market_and_the_utility_the_surplus(tmp_path):
    outcomes = [run(scenario("tiny", *RUN, f"chain.backend={name}")) for name in ("py-evm", "revm", "none")]
    assert len({(outcome.market_digest, outcome.balances) for outcome in outcomes}) == 1
    for outcome in outcomes:
        audit(outcome)
    one, *_ = outcomes
    trades, prepared = one.trades, one.prepared
    assert trades.surplus.sum() > 0
    assert not trades.has_one_price.all()
    fees = int(prepared.scenario.market.grid_fee * trades.traded_wh.sum())
    short_wh, beyond_wh = deviations(prepared.reading_wh, trades.fill_wh)
    outside = deviation_payments(short_wh, beyond_wh, prepared.outside.retail, prepared.outside.feed_in)
    assert one.balances[0] == trades.surplus.sum() + fees + outside.sum()
    write_figures(tmp_path, tables_of(one), summary_of(one))
    assert any((tmp_path / "figures").iterdir())


@pytest.mark.long
def test_verification_recomputes_what_the_contract_does_not_check(mcafee, tmp_path):
    """A forger's simulator clears otherwise, within all that the contract asks for."""
    settings = scenario("tiny", *UNPROVED, *RUN)
    holds, report = verdict(bundle_of_run(tmp_path / "honest.zkpet", settings))
    assert holds, report
    assert "all slots are as mcafee clears them" in report

    def clear_otherwise(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(type(mcafee), "clear", lambda _, orders: clear(orders))
        patch.setattr("sim.bundle.events._check_mechanism", lambda *_: None)

    forged = bundle_of_run(tmp_path / "forged.zkpet", settings, forge=clear_otherwise)
    refused(forged, "is not cleared as mcafee clears its orders")
