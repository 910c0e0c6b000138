"""What attacks would bring were they not stopped: by hand, and as laws."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from sim.errors import AuditError
from sim.market.bills import OutsideOption
from sim.market.orders import Orders
from sim.outputs.counterfactual import Counterfactual, Effect, Money, counterfactual
from tests.market.books import AVERAGE
from tests.outputs.markets import Market, column, markets

# A buyer of 10 Wh who bids 200, an honest seller of 4 Wh who asks 80, and an idle cheat who would sell 20 Wh.
NET_WH = column(10, -4, 3)
HONEST = Orders(column(10, -4, 0), column(200, 80, 0))
PHANTOM = Orders(column(0, 0, -20), column(0, 0, 60))


def of(market: Market, rows: list[int], wished: Orders | None = None) -> Counterfactual:
    wish = wished or market.wished
    return counterfactual(AVERAGE, market.net_wh, market.outside, market.honest, wish, rows)


def tariffs(*retail: int) -> OutsideOption:
    return OutsideOption(column(*retail), np.full((len(retail), 1), 60))


def test_a_phantom_seller_by_hand():
    """It sells all 10 Wh at (200 + 60) / 2 = 130 and buys them at 220; before, 4 Wh went at 140."""
    found = counterfactual(AVERAGE, NET_WH, tariffs(220, 220, 220), HONEST, PHANTOM, [2])
    assert found == Counterfactual(
        effect=Effect(
            attackers_gain_nano=10 * (130 - 220),
            honest_loss_nano=(10 * 130 - 4 * 140 - 6 * 220) + 4 * (140 - 60),
            honest_worse_off=1,
            worse_off_loss_nano=4 * (140 - 60),
            utility_gain_nano=640,
        ),
        phantom_wh=10,
        phantom_gain_nano=-900,
    )
    assert -900 + 640 == (10 * 130 - 4 * 140 - 6 * 220) + 4 * (140 - 60)


@given(markets(), st.data())
def test_what_attackers_and_utility_gain_honest_homes_lose(market: Market, data):
    rows = data.draw(st.lists(st.integers(0, len(market.net_wh) - 1), unique=True))
    found = of(market, rows).effect
    assert found.attackers_gain_nano + found.utility_gain_nano == found.honest_loss_nano
    assert found.worse_off_loss_nano >= max(found.honest_loss_nano, found.honest_worse_off)
    assert found.honest_worse_off <= len(market.net_wh) - len(rows)


def idle(market: Market) -> Market:
    """Home 0 has nothing to sell, and orders nothing."""
    net_wh, quantity_wh = market.net_wh.copy(), market.honest.quantity_wh.copy()
    net_wh[0], quantity_wh[0] = np.abs(net_wh[0]), 0
    return replace(market, net_wh=net_wh, honest=Orders(quantity_wh, market.honest.limit_price))


def selling(market: Market, limits) -> Orders:
    """Home 0 sells at these limits."""
    return Orders(-np.abs(market.wished.quantity_wh), np.broadcast_to(limits, market.net_wh.shape))


@given(markets(common=True), st.integers(0, 60))
def test_under_a_common_tariff_a_phantom_seller_never_gains(drawn: Market, limit):
    """It loses retail, and its half of the fee, less the price, on every Wh."""
    market = idle(drawn)
    wish = selling(market, limit)
    found, trades = of(market, [0], wish), market.honest.replaced([0], wish).cleared_by(AVERAGE)
    lost_nano = market.outside.retail[0] + market.outside.seller_fee - trades.price
    assert found.effect.attackers_gain_nano == found.phantom_gain_nano <= 0
    assert found.phantom_gain_nano == (trades.fill_wh[0] * lost_nano).sum()
    assert found.phantom_wh == -trades.fill_wh[0].sum()


# In most markets no price is that high.
@settings(suppress_health_check=[HealthCheck.filter_too_much])
@given(markets())
def test_with_a_retail_price_below_the_clearing_price_it_gains(drawn: Market):
    """It asks what the energy costs it; wherever the price is higher, it gains the difference."""
    market = idle(drawn)
    cost = market.outside.retail + market.outside.seller_fee
    wish = selling(market, cost)
    trades = market.honest.replaced([0], wish).cleared_by(AVERAGE)
    margin = trades.price - cost[0]
    assume(np.any((trades.fill_wh[0] < 0) & (margin > 0)))
    assert of(market, [0], wish).effect.attackers_gain_nano == -(margin * trades.fill_wh[0]).sum() > 0


def test_what_is_backed_is_no_phantom():
    """Of 20 Wh sold, 12 are there; the honest run's own shortfall of 2 Wh is not the attack's."""
    net_wh, honest = column(30, -12), Orders(column(30, -14), column(200, 80))
    wish = Orders(column(0, -20), column(0, 80))
    found = counterfactual(AVERAGE, net_wh, tariffs(220, 220), honest, wish, [1])
    assert found.phantom_wh == 6
    assert found.phantom_gain_nano == found.effect.attackers_gain_nano == 6 * (140 - 220)


def test_money_that_does_not_balance_is_refused():
    Money(np.array([3, -1]), 2)
    with pytest.raises(AuditError, match="homes pay 2 nano-\\$, but the utility takes 3 nano-\\$"):
        Money(np.array([3, -1]), 3)
