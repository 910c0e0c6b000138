"""The time line of a gate, and who may do what on it. Each refusal stands beside what is accepted."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from tests.market_on_chain import FEED_IN, NO_ORDER, RETAIL, SETTLEMENT_S, found, point

ORDERS = [(1_000, 200_000), (-500, 100_000)]


@pytest.fixture
def town():
    return found(homes=3)


def sender(town, role: str):
    return town.homes[0] if role == "home" else getattr(town, role)


# Commitments ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("gate", [0, 1])
def test_the_meter_commits_between_the_window_and_the_opening(town, gate):
    times = town.times(gate)
    town.refuse("window has not ended", town.commit(gate, [1]), times.window_end - 1)
    town.accept(town.commit(gate, [1]), times.window_end)
    town.accept(town.commit(gate, [2]), times.opens - 1)
    town.refuse("commitments are closed", town.commit(gate, [3]), times.opens)
    assert town.market.read("committed", gate) == 0b011


@pytest.mark.parametrize("role", ["utility", "auctioneer", "stranger", "home"])
def test_only_the_meter_commits(town, role):
    honest = town.commit(0)
    town.refuse("only the meter", replace(honest, sender=sender(town, role)), town.times(0).window_end)
    town.accept(honest)


@pytest.mark.parametrize("number", [0, 4, 2**255])
def test_commitments_are_for_homes_that_exist(town, number):
    town.wait(town.times(0).window_end)
    town.refuse("no such home", town.commit(0, [1, number]))
    town.accept(town.commit(0, [1, 3]))


def test_a_home_is_committed_once_a_gate(town):
    town.wait(town.times(0).window_end)
    other = town.market.commit(town.meter, 0, [1], [b"\x05" * 32])
    town.refuse(
        "home already committed", town.market.commit(town.meter, 0, [1, 1], [b"\x05" * 32, b"\x06" * 32])
    )
    town.accept(town.commit(0, [1]))
    town.refuse("home already committed", other)


@pytest.mark.parametrize(
    ("homes", "commitments", "reason"),
    [
        ([1], [bytes(32)], "empty commitment"),
        ([1, 2], [b"\x05" * 32], "one commitment per home"),
        ([1], [], "one commitment per home"),
        ([1, 2], [b"\x05" * 32, b"\x05" * 32], "commitment reused"),
    ],
)
def test_malformed_commitments_are_refused(town, homes, commitments, reason):
    town.wait(town.times(0).window_end)
    town.refuse(reason, town.call(town.meter, "commit", 0, homes, commitments))
    town.accept(town.call(town.meter, "commit", 0, [1, 2], [b"\x05" * 32, b"\x06" * 32]))


@pytest.mark.parametrize("home", [1, 2])
def test_a_commitment_is_never_used_at_another_gate(town, home):
    """Neither for the same home nor for another: yesterday's proof would open it."""
    town.accept(town.commit(0, [1]), town.times(0).window_end)
    again = town.market.commit(town.meter, 1, [home], [point(0, 1)])
    town.refuse("commitment reused", again, town.times(1).window_end)
    town.accept(town.commit(1, [home]))


@pytest.mark.parametrize("part", ["chain", "contract"])
def test_what_the_meter_posts_for_another_market_opens_nothing_in_this_one(town, part):
    here, there = town.market, SimpleNamespace(chain_id=town.chain.chain_id + 1)
    another = {"chain": replace(here, chain=there), "contract": replace(here, address=b"\x77" * 20)}[part]
    posted = [another.commitment(point(0, 1)), here.commitment(point(0, 2))]
    town.accept(town.call(town.meter, "commit", 0, [1, 2], posted), town.times(0).window_end)
    town.refuse("window not committed here", town.submit(0, 1, ORDERS), town.times(0).opens)
    town.accept(town.submit(0, 2, ORDERS))


def test_the_contract_says_how_a_commitment_is_posted(town):
    assert town.market.read("commitment_of", point(0, 1)) == town.market.commitment(point(0, 1))


def test_there_is_no_gate_after_the_last(town):
    town.refuse("no such gate", town.commit(2), town.times(2).window_end)
    town.refuse("no such gate", town.submit(2, 1, ORDERS))
    town.refuse("no such gate", town.clear(4, 0, [0, 0, 0]))
    town.refuse("no such gate", town.void(4))
    town.refuse("no such gate", town.settle(2))
    town.refuse("no such gate", town.void(2**256 - 1))


# Submissions ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("gate", [0, 1])
def test_homes_submit_between_opening_and_closing(town, gate):
    times = town.times(gate)
    town.accept(town.commit(gate), times.window_end)
    town.refuse("gate is not open", town.submit(gate, 1, ORDERS), times.opens - 1)
    town.accept(town.submit(gate, 1, ORDERS), times.opens)
    town.accept(town.submit(gate, 2, ORDERS), times.closes - 1)
    town.refuse("gate is closed", town.submit(gate, 3, ORDERS), times.closes)
    assert town.market.read("submitted", gate) == 0b011


@pytest.mark.parametrize("role", ["utility", "meter", "auctioneer", "stranger"])
def test_only_enrolled_homes_submit(town, role):
    town.accept(town.commit(0), town.times(0).window_end)
    honest = town.submit(0, 1, ORDERS)
    town.refuse("only an enrolled home", replace(honest, sender=sender(town, role)), town.times(0).opens)
    town.accept(honest)


def test_an_operator_that_is_a_home_as_well_has_no_more_rights_than_a_home():
    """Enrolment does not ask who an account is: the operator's office and home stay apart."""
    town = found(homes=2)
    town.accept(town.enrol(town.auctioneer))
    town.accept(town.commit(0, [1, 2]), town.times(0).window_end)
    theirs = replace(town.submit(0, 1, ORDERS), sender=town.auctioneer)
    town.refuse("window not committed here", theirs, town.times(0).opens)
    town.accept(town.submit(0, 1, ORDERS))


def test_a_home_submits_once_a_gate(town):
    town.accept(town.commit(0), town.times(0).window_end)
    first, second = town.submit(0, 1, ORDERS), town.submit(0, 1, [(900, 200_000), NO_ORDER])
    receipts = town.chain.mine(town.times(0).opens, [first, second])
    assert [receipt.block_number for receipt in receipts] == [receipts[0].block_number] * 2
    assert [receipt.revert_reason for receipt in receipts] == [None, "orders already submitted"]
    town.refuse("orders already submitted", first)
    assert town.book(0).quantity_wh.tolist() == [1_000, 0, 0]


def test_orders_are_remembered_and_logged(town):
    town.accept(town.commit(0), town.times(0).window_end)
    receipt = town.accept(town.submit(0, 2, ORDERS), town.times(0).opens)
    assert town.market.read("order_of", 0, 2) == (False, 1_000, 200_000)
    assert town.market.read("order_of", 1, 2) == (True, 500, 100_000)
    assert town.market.read("order_of", 0, 1) == (False, 0, 0)
    name, event = town.market.artifact.event(receipt.logs[0])
    assert (name, event["gate"], event["home"], len(event["orders"])) == ("OrdersSubmitted", 0, 2, 1)


@pytest.mark.parametrize("horizon", [1, 3, 4, 5, 48])
def test_every_slot_of_a_gate_has_its_own_order(horizon):
    town = found(homes=1, horizon=horizon)
    orders = [((-1) ** i * (i + 1), 100 + i) for i in range(horizon)]
    town.trade(0, {1: orders})
    assert [town.book(slot).quantity_wh.tolist() for slot in town.slots(0)] == [[wh] for wh, _ in orders]
    assert [town.book(slot).limit_price.tolist() for slot in town.slots(0)] == [
        [limit] for _, limit in orders
    ]
    assert town.book(horizon).quantity_wh.tolist() == [0]  # the next gate's are not there yet


def test_nothing_forecast_is_no_order_but_a_submission(town):
    town.trade(0, {1: [(0, 200_000), (0, 0)]})
    assert town.market.read("submitted", 0) == 0b001
    assert town.market.read("order_of", 0, 1) == (False, 0, 0)
    town.clear_gate(0)


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
def test_malformed_submissions_are_refused(town, change, reason):
    town.accept(town.commit(0), town.times(0).window_end)
    town.refuse(reason, town.submit(0, 1, ORDERS, **change), town.times(0).opens)
    town.accept(town.submit(0, 1, ORDERS))


@pytest.mark.parametrize("limit", [0, 2**40 - 1])
def test_limit_prices_at_the_edge_are_accepted(limit):
    town = found(homes=1, credit_limit=2**60)
    town.trade(0, {1: [(100, limit), (-100, limit)]})
    assert town.market.read("order_of", 0, 1) == (False, 100, limit)
    assert town.market.read("order_of", 1, 1) == (True, 100, limit)


# Clearing, voiding, settling ------------------------------------------------------------------------------


@pytest.mark.parametrize("gate", [0, 1])
def test_slots_are_cleared_between_closing_and_delivery(town, gate):
    times, (first, second) = town.times(gate), town.slots(gate)
    nothing = [0, 0, 0]
    town.refuse("gate is not closed", town.clear(first, 0, nothing), times.closes - 1)
    town.accept(town.clear(first, 0, nothing), times.closes)
    town.refuse("clearing is not over", town.void(second), times.delivery - 1)
    town.refuse("clearing is over", town.clear(second, 0, nothing), times.delivery)
    town.accept(town.void(second))


def test_a_slot_may_be_cleared_in_the_last_second(town):
    town.accept(town.clear(0, 0, [0, 0, 0]), town.times(0).delivery - 1)


@pytest.mark.parametrize("role", ["utility", "meter", "stranger", "home"])
def test_only_the_auctioneer_clears(town, role):
    honest = town.clear(0, 0, [0, 0, 0])
    town.refuse("only the auctioneer", replace(honest, sender=sender(town, role)), town.times(0).closes)
    town.accept(honest)


@pytest.mark.parametrize("role", ["utility", "meter", "auctioneer", "stranger", "home"])
def test_anybody_voids(town, role):
    town.accept(town.void(0, sender(town, role)), town.times(0).delivery)


def test_a_slot_is_finished_once(town):
    town.accept(town.clear(0, 0, [0, 0, 0]), town.times(0).closes)
    town.refuse("slot already cleared or void", town.clear(0, 0, [0, 0, 0]))
    town.refuse("slot already cleared or void", town.void(0), town.times(0).delivery)
    town.accept(town.void(1))
    town.refuse("slot already cleared or void", town.void(1))
    town.refuse("clearing is over", town.clear(1, 0, [0, 0, 0]))
    assert town.market.read("finished_slots", 0) == 0b11


def test_a_gate_is_settled_after_delivery(town):
    town.void_gate(0)
    times = town.times(0)
    town.refuse("delivery has not ended", town.settle(0), times.settles - 1)
    town.accept(town.settle(0), times.settles)
    town.refuse("period already settled", town.settle(0))


def test_a_gate_is_settled_once_all_slots_are_cleared_or_void(town):
    town.accept(town.clear(0, 0, [0, 0, 0]), town.times(0).closes)
    town.refuse("slots neither cleared nor void", town.settle(0), town.times(0).settles)
    town.accept(town.void(1))
    town.accept(town.settle(0))


@pytest.mark.parametrize("role", ["utility", "auctioneer", "stranger", "home"])
def test_only_the_meter_settles(town, role):
    town.void_gate(0)
    town.refuse("only the meter", replace(town.settle(0), sender=sender(town, role)), town.times(0).settles)
    town.accept(town.settle(0))


@pytest.mark.parametrize("period", [1, 2, 255, 256, 2**256 - 1])
def test_only_periods_of_the_gate_are_settled(period):
    """Period 1 begins at noon, and gate 0 trades the two hours after midnight."""
    town = found(homes=1, periods=(0,) * 12 + (1,) * 12, retail=(9, 9), feed_in=(1, 1))
    town.void_gate(0)
    town.refuse("no such period in the gate", town.settle(0, period), town.times(0).settles)
    town.accept(town.settle(0, 0))


@pytest.mark.parametrize(
    ("short_wh", "beyond_wh", "reason"),
    [
        ([1, 1], [1, 1, 1], "totals must cover every home"),
        ([1, 1, 1], [1, 1], "totals must cover every home"),
        ([1, 1, 1, 1], [1, 1, 1, 1], "totals must cover every home"),
    ],
)
def test_malformed_totals_are_refused(town, short_wh, beyond_wh, reason):
    town.void_gate(0)
    town.refuse(reason, town.settle(0, 0, short_wh, beyond_wh), town.times(0).settles)
    town.accept(town.settle(0, 0, [1, 1, 1], [1, 1, 1]))


@pytest.mark.parametrize("total_wh", [2 * 17_000 + 1, 2**256 - 1])
def test_a_total_beyond_a_homes_limits_counts_up_to_them_and_hinders_nobody(total_wh):
    """Of two slots: what it has sold and what it draws, or what it has bought and what it feeds in."""
    town, most_wh = found(homes=3, import_limit_wh=12_000, export_limit_wh=5_000), 2 * 17_000
    town.void_gate(0)
    settle = town.settle(0, 0, [total_wh, 0, most_wh], [0, total_wh, 0])
    (log,) = town.accept(settle, town.times(0).settles).logs
    _, event = town.market.artifact.event(log)
    assert (event["short_wh"], event["beyond_wh"]) == ((most_wh, 0, most_wh), (0, most_wh, 0))
    dear, earned = -most_wh * RETAIL, most_wh * FEED_IN
    assert town.ledger() == [-2 * dear - earned, dear, earned, dear]


def sold(town) -> int:
    """A sale of gate 0 waits to be settled; returns when it may be released."""
    town.trade_slot(0, {1: ORDERS[0], 2: ORDERS[1]})
    town.clear_gate(0)
    return town.times(0).settles + SETTLEMENT_S


def test_what_the_meter_leaves_unsettled_is_released_after_a_week(town):
    due = sold(town)
    town.refuse("too early to release", town.release(0), due - 1)
    (log,) = town.accept(town.release(0), due).logs
    assert town.market.artifact.event(log) == ("GateReleased", {"gate": 0})
    town.refuse("nothing to release", town.release(0))


def test_what_is_settled_need_not_be_released(town):
    due = sold(town)
    town.accept(town.settle(0), due)
    town.refuse("nothing to release", town.release(0))


@pytest.mark.parametrize("role", ["utility", "meter", "auctioneer", "stranger", "home"])
def test_anybody_releases(town, role):
    due = sold(town)
    town.accept(town.release(0, sender(town, role)), due)


def test_there_is_no_gate_to_release_after_the_last(town):
    town.refuse("no such gate", town.release(town.rules.gates), town.times(1).settles + SETTLEMENT_S)


def test_gates_overlap_where_the_lead_is_longer_than_the_horizon():
    """Three gates are under way at once: one commits while another is cleared."""
    town = found(homes=2, horizon=1, lead=4, gates=3)
    first, second, third = (town.times(gate) for gate in range(3))
    assert first.closes == third.window_end < first.delivery
    town.accept(town.commit(0), first.window_end)
    town.accept(town.commit(1), second.window_end)
    town.accept(town.submit(0, 1, [(700, 150_000)]))
    town.accept(town.submit(0, 2, [(-700, 100_000)]))
    town.accept(town.commit(2), third.window_end)
    town.accept(town.submit(1, 2, [(-300, 100_000)]))
    town.accept(town.clear(0, 125_000, [700, 700]))
    town.accept(town.submit(2, 1, [(200, 150_000)]), third.opens)
    town.clear_gate(1)
    town.void_gate(2)
    for gate in range(3):
        town.settle_gate(gate)
    assert town.ledger() == [0, -700 * 125_000, 700 * 125_000]
    assert town.reserved() == [0, 0]
