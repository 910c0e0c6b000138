"""A full community has to fit into blocks: nobody's orders may make a clearing unaffordable."""

import pytest

from sim.chain.market_client import send
from tests.market_on_chain import BLOCK_GAS_LIMIT, RETAIL, Rules, Town, empty_town, point

pytestmark = pytest.mark.slow

MOST_HOMES = 256
GAS_TARGET = BLOCK_GAS_LIMIT // 2
TWO_PERIODS = (0,) * 12 + (1,) * 12


@pytest.fixture(scope="module")
def full_town() -> Town:
    """256 homes with dear two-period tariffs."""
    rules = Rules(homes=MOST_HOMES, horizon=2, periods=TWO_PERIODS, retail=(RETAIL,) * 2, feed_in=(1, 1))
    town = empty_town(rules)
    send(town.chain, 0, [town.enrol(home) for home in town.homes])
    return town


def test_the_community_ends_at_256_homes(full_town):
    assert full_town.market.read("homes_enrolled") == MOST_HOMES
    full_town.refuse("community is full", full_town.enrol(full_town.stranger))


def test_a_full_community_commits_clears_voids_and_settles_within_the_gas_target(full_town):
    """The dearest book: one buyer, and 255 sellers who share the margin for the first time."""
    town, times = full_town, full_town.times(0)
    commitment = send(town.chain, times.window_end, [town.commit(0)])[0]
    orders = {home: [(-101, 50_000)] * 2 for home in range(2, MOST_HOMES + 1)} | {1: [(12_000, 200_000)] * 2}
    submissions = [town.submit(0, home, orders[home]) for home in range(1, MOST_HOMES + 1)]
    submitted = send(town.chain, times.opens, submissions)
    town.wait(times.closes)
    assert town.chain.blocks[-1].timestamp == times.closes
    assert town.market.read("submitted", 0) == 2**MOST_HOMES - 1

    book = town.book(0)
    from sim.market.double_auction import clear

    clearing = clear(book)
    assert clearing.trades == MOST_HOMES
    assert len(set(clearing.fill_wh[1:].tolist())) == 2  # rationed, with a remainder
    cleared = send(town.chain, 0, [town.clear(0, clearing.price, clearing.fill_wh.tolist())])[0]
    town.wait(times.delivery)
    voided = send(town.chain, 0, [town.void(1)])[0]
    totals = [9] * MOST_HOMES
    settled = send(town.chain, times.settles, [town.settle(0, 0, totals, totals)])[0]
    gas = {
        "commit": commitment.gas_used,
        "clear": cleared.gas_used,
        "void": voided.gas_used,
        "settle": settled.gas_used,
    }
    print(gas, max(receipt.gas_used for receipt in submitted))
    assert max(gas.values()) < GAS_TARGET
    assert town.market.read("place_of_commitment", point(0, 1)[:32]) == 0
    assert sum(town.reserved()) == 0
