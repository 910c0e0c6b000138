"""The time line of a gate, and who may do what on it. Each refusal stands beside what is accepted."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from tests.market_on_chain import FEED_IN, NO_ORDER, RETAIL, SETTLEMENT_S, found, point

ORDERS = [(1_000, 200_000), (-500, 100_000)]


@pytest.fixture
def community():
    return found(homes=3)


def sender(community, role: str):
    return community.homes[0] if role == "home" else getattr(community, role)


# Commitments ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("gate", [0, 1])
def test_the_meter_commits_between_the_window_and_the_opening(community, gate):
    times = community.times(gate)
    community.refuse("window has not ended", community.commit(gate, [1]), times.window_end - 1)
    community.accept(community.commit(gate, [1]), times.window_end)
    community.accept(community.commit(gate, [2]), times.opens - 1)
    community.refuse("commitments are closed", community.commit(gate, [3]), times.opens)
    assert community.market.read("committed", gate) == 0b011


@pytest.mark.parametrize("role", ["utility", "auctioneer", "stranger", "home"])
def test_only_the_meter_commits(community, role):
    honest = community.commit(0)
    community.refuse(
        "only the meter", replace(honest, sender=sender(community, role)), community.times(0).window_end
    )
    community.accept(honest)


@pytest.mark.parametrize("number", [0, 4, 2**255])
def test_commitments_are_for_homes_that_exist(community, number):
    community.wait(community.times(0).window_end)
    community.refuse("no such home", community.commit(0, [1, number]))
    community.accept(community.commit(0, [1, 3]))


def test_a_home_is_committed_once_a_gate(community):
    community.wait(community.times(0).window_end)
    other = community.market.commit(community.meter, 0, [1], [b"\x05" * 32])
    community.refuse(
        "home already committed",
        community.market.commit(community.meter, 0, [1, 1], [b"\x05" * 32, b"\x06" * 32]),
    )
    community.accept(community.commit(0, [1]))
    community.refuse("home already committed", other)


@pytest.mark.parametrize(
    ("homes", "commitments", "reason"),
    [
        ([1], [bytes(32)], "empty commitment"),
        ([1, 2], [b"\x05" * 32], "one commitment per home"),
        ([1], [], "one commitment per home"),
        ([1, 2], [b"\x05" * 32, b"\x05" * 32], "commitment reused"),
    ],
)
def test_malformed_commitments_are_refused(community, homes, commitments, reason):
    community.wait(community.times(0).window_end)
    community.refuse(reason, community.call(community.meter, "commit", 0, homes, commitments))
    community.accept(community.call(community.meter, "commit", 0, [1, 2], [b"\x05" * 32, b"\x06" * 32]))


@pytest.mark.parametrize("home", [1, 2])
def test_a_commitment_is_never_used_at_another_gate(community, home):
    """Neither for the same home nor for another: yesterday's proof would open it."""
    community.accept(community.commit(0, [1]), community.times(0).window_end)
    again = community.market.commit(community.meter, 1, [home], [point(0, 1)])
    community.refuse("commitment reused", again, community.times(1).window_end)
    community.accept(community.commit(1, [home]))


@pytest.mark.parametrize("part", ["chain", "contract"])
def test_what_the_meter_posts_for_another_market_opens_nothing_in_this_one(community, part):
    here, there = community.market, SimpleNamespace(chain_id=community.chain.chain_id + 1)
    another = {"chain": replace(here, chain=there), "contract": replace(here, address=b"\x77" * 20)}[part]
    posted = [another.commitment(point(0, 1)), here.commitment(point(0, 2))]
    community.accept(
        community.call(community.meter, "commit", 0, [1, 2], posted), community.times(0).window_end
    )
    community.refuse("window not committed here", community.submit(0, 1, ORDERS), community.times(0).opens)
    community.accept(community.submit(0, 2, ORDERS))


def test_the_contract_says_how_a_commitment_is_posted(community):
    assert community.market.read("commitment_of", point(0, 1)) == community.market.commitment(point(0, 1))


def test_there_is_no_gate_after_the_last(community):
    community.refuse("no such gate", community.commit(2), community.times(2).window_end)
    community.refuse("no such gate", community.submit(2, 1, ORDERS))
    community.refuse("no such gate", community.clear(4, 0, [0, 0, 0]))
    community.refuse("no such gate", community.void(4))
    community.refuse("no such gate", community.settle(2))
    community.refuse("no such gate", community.void(2**256 - 1))


# Submissions ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("gate", [0, 1])
def test_homes_submit_between_opening_and_closing(community, gate):
    times = community.times(gate)
    community.accept(community.commit(gate), times.window_end)
    community.refuse("gate is not open", community.submit(gate, 1, ORDERS), times.opens - 1)
    community.accept(community.submit(gate, 1, ORDERS), times.opens)
    community.accept(community.submit(gate, 2, ORDERS), times.closes - 1)
    community.refuse("gate is closed", community.submit(gate, 3, ORDERS), times.closes)
    assert community.market.read("submitted", gate) == 0b011


@pytest.mark.parametrize("role", ["utility", "meter", "auctioneer", "stranger"])
def test_only_enrolled_homes_submit(community, role):
    community.accept(community.commit(0), community.times(0).window_end)
    honest = community.submit(0, 1, ORDERS)
    community.refuse(
        "only an enrolled home", replace(honest, sender=sender(community, role)), community.times(0).opens
    )
    community.accept(honest)


def test_an_operator_that_is_a_home_as_well_has_no_more_rights_than_a_home():
    """Enrolment does not ask who an account is: the operator's office and home stay apart."""
    community = found(homes=2)
    community.accept(community.enrol(community.auctioneer))
    community.accept(community.commit(0, [1, 2]), community.times(0).window_end)
    theirs = replace(community.submit(0, 1, ORDERS), sender=community.auctioneer)
    community.refuse("window not committed here", theirs, community.times(0).opens)
    community.accept(community.submit(0, 1, ORDERS))


def test_a_home_submits_once_a_gate(community):
    community.accept(community.commit(0), community.times(0).window_end)
    first, second = community.submit(0, 1, ORDERS), community.submit(0, 1, [(900, 200_000), NO_ORDER])
    receipts = community.chain.mine(community.times(0).opens, [first, second])
    assert [receipt.block_number for receipt in receipts] == [receipts[0].block_number] * 2
    assert [receipt.revert_reason for receipt in receipts] == [None, "orders already submitted"]
    community.refuse("orders already submitted", first)
    assert community.book(0).quantity_wh.tolist() == [1_000, 0, 0]


def test_orders_are_remembered_and_logged(community):
    community.accept(community.commit(0), community.times(0).window_end)
    receipt = community.accept(community.submit(0, 2, ORDERS), community.times(0).opens)
    assert community.market.read("order_of", 0, 2) == (False, 1_000, 200_000)
    assert community.market.read("order_of", 1, 2) == (True, 500, 100_000)
    assert community.market.read("order_of", 0, 1) == (False, 0, 0)
    name, event = community.market.artifact.event(receipt.logs[0])
    assert (name, event["gate"], event["home"], len(event["orders"])) == ("OrdersSubmitted", 0, 2, 1)


@pytest.mark.parametrize("horizon", [1, 3, 4, 5, 96])
def test_every_slot_of_a_gate_has_its_own_order(horizon):
    community = found(homes=1, horizon=horizon)
    orders = [((-1) ** i * (i + 1), 100 + i) for i in range(horizon)]
    community.trade(0, {1: orders})
    assert [community.book(slot).quantity_wh.tolist() for slot in community.slots(0)] == [
        [wh] for wh, _ in orders
    ]
    assert [community.book(slot).limit_price.tolist() for slot in community.slots(0)] == [
        [limit] for _, limit in orders
    ]
    assert community.book(horizon).quantity_wh.tolist() == [0]  # the next gate's are not there yet


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"limits": (2**40, 1)}, "limit price out of range"),
        ({"limits": (1, 2**40)}, "limit price out of range"),
        ({"limits": (2**256 - 1, 1)}, "limit price out of range"),
        ({"limits": (1,)}, "one limit price per slot"),
        ({"limits": (1, 1, 1)}, "one limit price per slot"),
        ({"instances": (0,)}, "one output per slot"),
        ({"instances": (0, 0, 0)}, "one output per slot"),
    ],
)
def test_malformed_submissions_are_refused(community, change, reason):
    community.accept(community.commit(0), community.times(0).window_end)
    community.refuse(reason, community.submit(0, 1, ORDERS, **change), community.times(0).opens)
    community.accept(community.submit(0, 1, ORDERS))


@pytest.mark.parametrize("limit", [0, 2**40 - 1])
def test_limit_prices_at_the_edge_are_accepted(limit):
    community = found(homes=1, credit_limit=2**60)
    community.trade(0, {1: [(100, limit), (-100, limit)]})
    assert community.market.read("order_of", 0, 1) == (False, 100, limit)
    assert community.market.read("order_of", 1, 1) == (True, 100, limit)


# Clearing, voiding, settling ------------------------------------------------------------------------------


@pytest.mark.parametrize("gate", [0, 1])
def test_slots_are_cleared_between_closing_and_delivery(community, gate):
    times, (first, second) = community.times(gate), community.slots(gate)
    nothing = [0, 0, 0]
    community.refuse("gate is not closed", community.clear(first, 0, nothing), times.closes - 1)
    community.accept(community.clear(first, 0, nothing), times.closes)
    community.refuse("clearing is not over", community.void(second), times.delivery - 1)
    community.refuse("clearing is over", community.clear(second, 0, nothing), times.delivery)
    community.accept(community.void(second))


@pytest.mark.parametrize("role", ["utility", "meter", "stranger", "home"])
def test_only_the_auctioneer_clears(community, role):
    honest = community.clear(0, 0, [0, 0, 0])
    community.refuse(
        "only the auctioneer", replace(honest, sender=sender(community, role)), community.times(0).closes
    )
    community.accept(honest)


@pytest.mark.parametrize("role", ["utility", "meter", "auctioneer", "stranger", "home"])
def test_anybody_voids(community, role):
    community.accept(community.void(0, sender(community, role)), community.times(0).delivery)


def test_a_slot_is_finished_once(community):
    community.accept(community.clear(0, 0, [0, 0, 0]), community.times(0).closes)
    community.refuse("slot already cleared or void", community.clear(0, 0, [0, 0, 0]))
    community.refuse("slot already cleared or void", community.void(0), community.times(0).delivery)
    community.accept(community.void(1))
    community.refuse("slot already cleared or void", community.void(1))
    community.refuse("clearing is over", community.clear(1, 0, [0, 0, 0]))
    assert community.market.read("finished_slots", 0) == 0b11


def test_a_gate_is_settled_after_delivery(community):
    community.void_gate(0)
    times = community.times(0)
    community.refuse("delivery has not ended", community.settle(0), times.settles - 1)
    community.accept(community.settle(0), times.settles)
    community.refuse("period already settled", community.settle(0))


def test_a_gate_is_settled_once_all_slots_are_cleared_or_void(community):
    community.accept(community.clear(0, 0, [0, 0, 0]), community.times(0).closes)
    community.refuse("slots neither cleared nor void", community.settle(0), community.times(0).settles)
    community.accept(community.void(1))
    community.accept(community.settle(0))


@pytest.mark.parametrize("role", ["utility", "auctioneer", "stranger", "home"])
def test_only_the_meter_settles(community, role):
    community.void_gate(0)
    community.refuse(
        "only the meter",
        replace(community.settle(0), sender=sender(community, role)),
        community.times(0).settles,
    )
    community.accept(community.settle(0))


@pytest.mark.parametrize("period", [1, 2, 255, 256, 2**256 - 1])
def test_only_periods_of_the_gate_are_settled(period):
    """Period 1 begins at noon, and gate 0 trades the two hours after midnight."""
    community = found(homes=1, periods=(0,) * 12 + (1,) * 12, retail=(9, 9), feed_in=(1, 1))
    community.void_gate(0)
    community.refuse("no such period in the gate", community.settle(0, period), community.times(0).settles)
    community.accept(community.settle(0, 0))


@pytest.mark.parametrize(
    ("short_wh", "beyond_wh", "reason"),
    [
        ([1, 1], [1, 1, 1], "totals must cover every home"),
        ([1, 1, 1], [1, 1], "totals must cover every home"),
        ([1, 1, 1, 1], [1, 1, 1, 1], "totals must cover every home"),
    ],
)
def test_malformed_totals_are_refused(community, short_wh, beyond_wh, reason):
    community.void_gate(0)
    community.refuse(reason, community.settle(0, 0, short_wh, beyond_wh), community.times(0).settles)
    community.accept(community.settle(0, 0, [1, 1, 1], [1, 1, 1]))


@pytest.mark.parametrize("total_wh", [2 * 17_000 + 1, 2**256 - 1])
def test_a_total_beyond_a_homes_limits_counts_up_to_them_and_hinders_nobody(total_wh):
    """Of two slots: what it has sold and what it draws, or what it has bought and what it feeds in."""
    community, most_wh = found(homes=3, import_limit_wh=12_000, export_limit_wh=5_000), 2 * 17_000
    community.void_gate(0)
    settle = community.settle(0, 0, [total_wh, 0, most_wh], [0, total_wh, 0])
    (log,) = community.accept(settle, community.times(0).settles).logs
    _, event = community.market.artifact.event(log)
    assert (event["short_wh"], event["beyond_wh"]) == ((most_wh, 0, most_wh), (0, most_wh, 0))
    dear, earned = -most_wh * RETAIL, most_wh * FEED_IN
    assert community.ledger() == [-2 * dear - earned, dear, earned, dear]


def sold(community) -> int:
    """A sale of gate 0 waits to be settled; returns when it may be released."""
    community.trade_slot(0, {1: ORDERS[0], 2: ORDERS[1]})
    community.clear_gate(0)
    return community.times(0).settles + SETTLEMENT_S


def test_what_the_meter_leaves_unsettled_is_released_after_a_week(community):
    due = sold(community)
    community.refuse("too early to release", community.release(0), due - 1)
    (log,) = community.accept(community.release(0), due).logs
    assert community.market.artifact.event(log) == ("GateReleased", {"gate": 0})
    community.refuse("nothing to release", community.release(0))


@pytest.mark.parametrize("role", ["utility", "meter", "auctioneer", "stranger", "home"])
def test_anybody_releases(community, role):
    due = sold(community)
    community.accept(community.release(0, sender(community, role)), due)
