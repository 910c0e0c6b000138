"""The generic rule: a price for each home, within limits and balance."""

import pytest

from sim.market.mechanisms.mechanism import GENERIC
from tests.market_on_chain import Community, found

# Home 3 asks for more than anybody pays; home 4 orders nothing.
ORDERS = {1: (1_000, 200_000), 2: (-1_000, 100_000), 3: (-500, 300_000)}
FILLS = [1_000, 1_000, 0, 0]
PAID, RECEIVED = 180_000_001, 120_000_000  # no multiple of the fill
MOST = 2**128 - 1


def at_own_prices(community: Community, fills: list[int], payments: list[int], slot: int = 0):
    return community.call(community.auctioneer, "clear_at_own_prices", slot, fills, payments)


def closed(**rules) -> Community:
    community = found(homes=4, horizon=1, **rules)
    community.trade_slot(0, ORDERS)
    return community


@pytest.mark.parametrize("grid_fee", [0, 11])
def test_buyers_pay_sellers_get_and_the_rest_is_the_utilitys(grid_fee):
    community = closed(grid_fee=grid_fee, rule=GENERIC)
    receipt = community.accept(at_own_prices(community, FILLS, [PAID, RECEIVED, 0, 0]))
    buyer_fee, seller_fee = grid_fee // 2 * 1_000, (grid_fee - grid_fee // 2) * 1_000
    surplus = PAID - RECEIVED + grid_fee * 1_000
    assert community.ledger() == [surplus, -PAID - buyer_fee, RECEIVED - seller_fee, 0, 0]
    facts = {"slot": 0, "fills_wh": tuple(FILLS), "payments": (PAID, RECEIVED, 0, 0)}
    assert community.market.artifact.event(receipt.logs[0]) == ("SlotClearedAtOwnPrices", facts)
    assert community.reserved()[0] == community.reserved()[2] == 0
    community.settle_gate(0)
    assert community.reserved() == [0] * 4


@pytest.fixture(scope="module")
def community() -> Community:
    """Refusals change nothing, so they may share it."""
    return closed(rule=GENERIC)


@pytest.mark.parametrize(
    ("fills", "payments", "reason"),
    [
        (FILLS, [200_000_001, RECEIVED, 0, 0], "buyer pays above its limit"),
        (FILLS, [PAID, 99_999_999, 0, 0], "seller gets below its limit"),
        (FILLS, [PAID, PAID + 1, 0, 0], "sellers get more than buyers pay"),
        (FILLS, [PAID, MOST, 0, 0], "sellers get more than buyers pay"),
        (FILLS, [PAID, MOST + 1, 0, 0], "payment out of range"),
        (FILLS, [PAID, RECEIVED, 1, 0], "payment without a fill"),
        (FILLS, [PAID, RECEIVED, 0, 1], "payment without a fill"),
        (FILLS, [PAID, RECEIVED, 0], "payments must cover every home"),
        (FILLS[:3], [PAID, RECEIVED, 0], "fills must cover every home"),
        ([1_000, 999, 0, 0], [PAID, RECEIVED, 0, 0], "bought and sold differ"),
        ([1_001, 1_000, 1, 0], [PAID, RECEIVED, 0, 0], "fill above the order"),
        ([1_000, 1_000, 0, 1], [PAID, RECEIVED, 0, 0], "fill without an order"),
    ],
)
def test_what_breaks_the_rule_is_refused(community, fills, payments, reason):
    community.refuse(reason, at_own_prices(community, fills, payments))


def test_each_market_has_one_rule(community):
    community.refuse("market has the other rule", community.clear(0, 150_000, FILLS))
    uniform = closed()
    uniform.refuse("market has the other rule", at_own_prices(uniform, FILLS, [PAID, RECEIVED, 0, 0]))
    assert [each.market.read("AT_OWN_PRICES") for each in (community, uniform)] == [True, False]
