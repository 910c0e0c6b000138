"""A full community has to fit into blocks: nobody's orders may make a clearing unaffordable."""

import pytest

from sim.chain.market_client import send
from sim.market.mechanisms.mechanism import AVERAGE_PRICE, GENERIC
from tests.market.books import clear
from tests.market_on_chain import BLOCK_GAS_LIMIT, RETAIL, Community, Rules, empty_community

pytestmark = [pytest.mark.slow, pytest.mark.long]

MOST_HOMES = 256
GAS_TARGET = BLOCK_GAS_LIMIT // 2
ONE_BUYER_AND_255_SELLERS = [(12_000, 200_000)] + [(-101, 50_000)] * (MOST_HOMES - 1)


@pytest.fixture(scope="module", params=[AVERAGE_PRICE, GENERIC])
def full_community(request) -> Community:
    """256 homes, two tariff periods, an odd fee: what makes each call dearest; under either rule."""
    tariffs = {"periods": (0,) * 12 + (1,) * 12, "retail": (RETAIL,) * 2, "feed_in": (1, 1)}
    community = empty_community(Rules(homes=MOST_HOMES, grid_fee=3, rule=request.param, **tariffs))
    send(community.chain, 0, [community.enrol(home) for home in community.homes])
    return community


def test_a_community_ends_at_256_homes(full_community):
    full_community.refuse("community is full", full_community.enrol(full_community.stranger))
    assert full_community.market.read("homes_enrolled") == MOST_HOMES


def test_every_call_for_a_full_community_fits_the_gas_target(full_community):
    """The dearest book is the first of a run in which 255 sellers share the margin of one buyer's order."""
    community, times = full_community, full_community.times(0)
    receipts = send(community.chain, times.window_end, [community.commit(0)])
    orders = [[order, order] for order in ONE_BUYER_AND_255_SELLERS]
    send(
        community.chain,
        times.opens,
        [community.submit(0, home, of) for home, of in enumerate(orders, start=1)],
    )
    assert community.market.read("submitted", 0) == 2**MOST_HOMES - 1

    clearing = clear(community.book(0))
    assert len(set(clearing.fill_wh[1:].tolist())) == 2  # shares, and shares with one of the Wh left over
    receipts += send(community.chain, times.closes, [community.market.clear(community.auctioneer, clearing)])
    receipts += send(community.chain, times.delivery, [community.void(1)])
    totals = [9] * MOST_HOMES
    receipts += send(community.chain, times.settles, [community.settle(0, 0, totals, totals)])
    assert all(receipt.gas_used < GAS_TARGET for receipt in receipts)
    assert max(block.gas_used for block in community.chain.blocks) <= GAS_TARGET
    assert (sum(community.reserved()), sum(community.ledger())) == (0, 0)
