"""Sealed orders at a gate: who is in the sum, and what it opens to. Each forgery beside its honest twin."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from sim.chain.accounts import SECP256K1_ORDER
from sim.chain.base import Transaction
from sim.chain.blocks import NO_REASON as REVERTED
from sim.chain.market_client import deployed, send
from sim.chain.sealed_client import cleared_of_events, points_of_events, sealed_deployment
from sim.proofs.curve import BASE_FIELD, INFINITY, add, coordinates, negated
from sim.proofs.field import MODULUS
from tests.market_on_chain import ANY_GAS, FEED_IN, RETAIL, point
from tests.sealed_on_chain import LARGEST_OUTPUT, SALTS, SCALE, columns, found_sealed

ORDERS = {1: [3_000, -500], 2: [-1_000, 250], 3: [-500, 250]}


@pytest.fixture
def committed():
    """Windows of both gates; gate 0 is open."""
    community = found_sealed(homes=4)
    community.accept(community.commit(0), community.times(0).window_end)
    community.wait(community.times(0).opens)
    return community


@pytest.fixture
def sealed():
    """Gate 0 is closed, and three of four homes are in its sum."""
    community = found_sealed(homes=4)
    community.seal(0, ORDERS)
    return community


# Submissions ----------------------------------------------------------------------------------------------


def test_a_sealed_order_is_logged_as_a_point_and_reserves_its_worst_cost(committed):
    receipt = committed.accept(committed.submit(0, 2, ORDERS[2]))
    commitment = coordinates(columns().committed([*ORDERS[2], *SALTS]))
    assert points_of_events(committed.events(receipt)) == {(0, 2): commitment}
    assert [committed.market.read("sum_of", 0, i) for i in (0, 1)] == [*commitment]
    assert committed.reserved() == [0, 2 * LARGEST_OUTPUT * RETAIL >> SCALE, 0, 0]


def test_the_sum_is_of_all_who_have_submitted(sealed):
    points = [columns().committed([*ORDERS[home], *SALTS]) for home in ORDERS]
    total = coordinates(add(add(points[0], points[1]), points[2]))
    assert tuple(sealed.market.read("sum_of", 0, i) for i in (0, 1)) == total
    assert sealed.market.read("submitted", 0) == 0b0111


def test_homes_submit_between_opening_and_closing_and_once():
    community, orders = found_sealed(homes=3), [7, 8]
    times = community.times(0)
    community.accept(community.commit(0), times.window_end)
    community.refuse("gate is not open", community.submit(0, 1, orders), times.opens - 1)
    community.accept(community.submit(0, 1, orders), times.opens)
    community.refuse("orders already submitted", community.submit(0, 1, [9, 9]))
    foreign = replace(community.submit(0, 2, orders), sender=community.stranger)
    community.refuse("only an enrolled home", foreign)
    community.accept(community.submit(0, 2, orders), times.closes - 1)
    community.refuse("gate is closed", community.submit(0, 3, orders), times.closes)


def test_an_order_counts_only_with_the_auctioneers_signature_of_exactly_it(committed):
    market, (signer, other) = committed.market, (committed.auctioneer, committed.meter)
    honest = committed.sealed(0, 1, ORDERS[1])
    elsewhere = [
        replace(market, chain=SimpleNamespace(chain_id=market.chain.chain_id + 1)),
        replace(market, address=b"\x77" * 20),
    ]
    r, s, v = honest.signature[:32], honest.signature[32:64], honest.signature[64]
    forged = {
        "another signer": market.signature(other, 0, 1, honest.point),
        "another gate": market.signature(signer, 1, 1, honest.point),
        "another home": market.signature(signer, 0, 2, honest.point),
        "another column": market.signature(signer, 0, 1, columns().committed([3_001, -500, *SALTS])),
        "another chain": elsewhere[0].signature(signer, 0, 1, honest.point),
        "another contract": elsewhere[1].signature(signer, 0, 1, honest.point),
        "the other v": r + s + bytes([55 - v]),
        "v without 27": r + s + bytes([v - 27]),
        "nothing": bytes(65),
        "no s": r + bytes(32) + bytes([v]),
    }
    for signature in forged.values():
        committed.refuse(
            "not signed by the auctioneer", committed.submit(0, 1, ORDERS[1], signature=signature)
        )
    committed.refuse(
        "signature of wrong length", committed.submit(0, 1, ORDERS[1], signature=honest.signature[:64])
    )
    assert market.read("receipt_of", 0, 1, coordinates(honest.point)) == market.receipt(0, 1, honest.point)
    committed.accept(committed.submit(0, 1, ORDERS[1]))


def test_the_second_form_of_a_signature_says_the_same(committed):
    signature = committed.sealed(0, 1, ORDERS[1]).signature
    s = SECP256K1_ORDER - int.from_bytes(signature[32:64], "big")
    second = signature[:32] + s.to_bytes(32, "big") + bytes([55 - signature[64]])
    committed.accept(committed.submit(0, 1, ORDERS[1], signature=second))
    committed.refuse("orders already submitted", committed.submit(0, 1, ORDERS[1]))


def test_nobody_is_an_auctioneer_where_there_is_none():
    """ecrecover answers what is no signature with the zero address."""
    founded = found_sealed(homes=1)
    code = sealed_deployment(founded.market.verifier, founded.rules.terms, founded.meter.address, bytes(20))
    (receipt,) = send(founded.chain, 0, [Transaction(founded.utility, None, code, ANY_GAS)])
    community = replace(founded, market=replace(founded.market, address=deployed(receipt)))
    community.accept(community.register(0, key_contract=founded.market.read("models", 0)[0]))
    community.accept(community.enrol(community.homes[0]))
    community.accept(community.commit(0), community.times(0).window_end)
    forged = community.submit(0, 1, ORDERS[1], signature=bytes(65))
    community.refuse("not signed by the auctioneer", forged, community.times(0).opens)


def test_what_is_no_point_is_not_added(committed):
    """Under the stub; the verifier refuses it before."""

    def proof(x: int, y: int) -> bytes:
        return point(0, 1) + x.to_bytes(32, "big") + y.to_bytes(32, "big")

    def submission(of: bytes):
        signature = committed.market.signature(committed.auctioneer, 0, 1, of[64:])
        return committed.submit(0, 1, ORDERS[1], proof=of, signature=signature)

    for bad in ((1, 3), (1 + BASE_FIELD, 2), (1, 2 + BASE_FIELD), (0, 1), (2**256 - 1, 2**256 - 1)):
        committed.refuse(REVERTED, submission(proof(*bad)))
    committed.accept(submission(proof(1, 2)))


def test_a_proof_is_over_the_homes_window_and_of_its_models_length(committed):
    honest = committed.sealed(0, 1, ORDERS[1]).proof
    for proof, reason in (
        (honest + bytes(1), "proof of wrong length"),
        (honest[:-1], "proof of wrong length"),
        (point(0, 2) + honest[64:], "window not committed here"),
        (point(1, 1) + honest[64:], "window not committed here"),
        (honest[64:] + honest[:64], "window not committed here"),
    ):
        committed.refuse(reason, committed.submit(0, 1, ORDERS[1], proof=proof))
    committed.accept(committed.submit(0, 1, ORDERS[1]))


def test_orders_go_up_to_the_credit_limit_and_not_beyond():
    """The worst cost is rounded up: three outputs of a 1024th Wh each at 5 nano-$ are one nano-$."""
    terms = {"homes": 1, "horizon": 1, "retail": (5,), "feed_in": (1,), "largest_output": 3}
    for credit_limit, reason in ((1, None), (0, "credit limit exceeded")):
        community = found_sealed(credit_limit=credit_limit, **terms)
        community.accept(community.commit(0), community.times(0).window_end)
        community.wait(community.times(0).opens)
        if reason:
            community.refuse(reason, community.submit(0, 1, [3]))
        else:
            community.accept(community.submit(0, 1, [3]))
            assert community.reserved() == [1]


# Clearing -------------------------------------------------------------------------------------------------


def test_totals_are_opened_and_make_the_prices(sealed):
    receipt = sealed.accept(sealed.clear(0, ORDERS))
    (gate,) = cleared_of_events(sealed.events(receipt)).values()
    assert (gate.homes, gate.totals, gate.prices) == (3, (1_500, 0), (RETAIL, (RETAIL + FEED_IN) // 2))
    assert sealed.market.read("traded", 0) == 1_500 * RETAIL
    assert (sealed.market.read("outcome_of", 0), sealed.market.read("finished_gates", 0)) == (1, 1)


@pytest.mark.parametrize(("k_ppm", "price"), [(0, 3), (1_000_000, 10), (333_333, 5), (999_999, 9)])
def test_the_price_of_a_balanced_slot_is_k_of_the_interval_rounded_down(k_ppm, price):
    community = found_sealed(homes=1, horizon=3, least_homes=1, k_ppm=k_ppm, retail=(10,), feed_in=(3,))
    outputs = {1: [0, -1, 1]}
    community.seal(0, outputs)
    receipt = community.accept(community.clear(0, outputs))
    assert cleared_of_events(community.events(receipt))[0].prices == (price, 3, 10)


def test_every_slot_is_priced_at_its_own_time_of_day():
    tariffs = {"periods": (0, 1, 1, 0), "retail": (7, 9), "feed_in": (2, 4)}
    community = found_sealed(homes=1, horizon=4, least_homes=1, **tariffs)
    outputs = {1: [1, -1, 1, -1]}
    community.seal(0, outputs)
    assert community.reserved() == [-(-2 * (7 + 9) * LARGEST_OUTPUT // 2**SCALE)]
    receipt = community.accept(community.clear(0, outputs))
    assert cleared_of_events(community.events(receipt))[0].prices == (7, 4, 9, 2)


def test_no_lie_about_a_total_opens_the_sum(sealed):
    """Alone, made up for in another slot, by the modulus, with another slot's opening or another's total."""
    honest = sealed.clearing(0, ORDERS)
    (first, second), (one, other) = honest.totals, honest.openings
    foreign = columns().openings([1_501, 0, *SALTS], 3, 2)
    fewer = sealed.clearing(0, {home: ORDERS[home] for home in (1, 2)})
    lies = [
        {"totals": (first + 1, second)},
        {"totals": (first + 1, second - 1)},
        {"totals": (first, -first)},
        {"totals": (-first, second)},
        {"totals": (second, first)},
        {"totals": (second, first), "openings": (other, one)},
        {"openings": (other, one)},
        {"openings": (one, one)},
        {"openings": (INFINITY, other)},
        {"openings": (INFINITY, INFINITY)},
        {"openings": (negated(one), other)},
        {"openings": (add(one, one), other)},
        {"openings": (add(one, other), add(other, negated(one)))},
        {"totals": (first + 1, second), "openings": foreign},
        {"totals": fewer.totals, "openings": fewer.openings},
    ]
    for lie in lies:
        sealed.refuse("totals do not open the sum", sealed.clear(0, ORDERS, **lie))
    sealed.accept(sealed.clear(0, ORDERS))


def test_a_total_has_one_spelling(sealed):
    for total in (1_500 + MODULUS, 1_500 - MODULUS, 2**80, -(2**80), 2**255 - 1, -(2**255)):
        sealed.refuse("total out of range", sealed.clear(0, ORDERS, totals=(total, 0)))
    sealed.accept(sealed.clear(0, ORDERS))


def test_openings_are_points_one_for_each_slot(sealed):
    (one, other), malformed = sealed.clearing(0, ORDERS).openings, "one total and opening per slot"
    for change in ({"totals": (1_500,)}, {"openings": (one,)}, {"totals": (1_500, 0, 0)}):
        sealed.refuse(malformed, sealed.clear(0, ORDERS, **change))
    sealed.refuse(malformed, sealed.clear(0, ORDERS, openings=(one, other, one)))
    x, y = coordinates(one)
    for bad in ((x + BASE_FIELD, y), (x, y + BASE_FIELD), (x, (y + 1) % BASE_FIELD), (y, x)):
        if max(bad) < 2**256:
            off = b"".join(number.to_bytes(32, "big") for number in bad)
            sealed.refuse(REVERTED, sealed.clear(0, ORDERS, openings=(off, other)))
    sealed.accept(sealed.clear(0, ORDERS))


def test_an_opening_of_another_gate_opens_nothing_here(sealed):
    """The same quantities in other columns: of gate 1, with a neighbour in place of a home."""
    of_gate_0 = sealed.clearing(0, ORDERS)
    sealed.accept(sealed.clear(0, ORDERS))
    sealed.refuse("gate already cleared or void", sealed.clear(0, ORDERS))
    others = {**ORDERS, 3: [-500, 251]}
    sealed.seal(1, others)
    reused = {"totals": of_gate_0.totals, "openings": of_gate_0.openings}
    sealed.refuse("totals do not open the sum", sealed.clear(1, others, **reused))
    sealed.accept(sealed.clear(1, others))


def test_gates_are_cleared_between_closing_and_delivery_and_once():
    community = found_sealed(homes=3)
    times = community.times(0)
    community.accept(community.commit(0), times.window_end)
    for home, outputs in ORDERS.items():
        community.accept(community.submit(0, home, outputs), times.opens + home)
    clear = community.clear(0, ORDERS)
    community.refuse("gate is not closed", clear, times.closes - 1)
    for role in ("utility", "meter", "stranger"):
        community.refuse("only the auctioneer", replace(clear, sender=getattr(community, role)))
    community.accept(clear, times.delivery - 1)
    community.refuse("clearing is over", clear, times.delivery)
    community.refuse("gate already cleared or void", community.void(0))
    community.refuse("no such gate", community.clear(2, ORDERS))


def test_a_gate_of_too_few_homes_is_not_opened_but_void(sealed):
    sealed.accept(sealed.clear(0, ORDERS))
    two = {home: ORDERS[home] for home in (1, 2)}
    sealed.seal(1, two)
    before = sealed.reserved()
    sealed.refuse("too few homes", sealed.clear(1, two))
    sealed.refuse("clearing is not over", sealed.void(1), sealed.times(1).delivery - 1)
    sealed.accept(sealed.void(1), sealed.times(1).delivery)
    assert sealed.market.read("outcome_of", 1) == 2
    assert sealed.reserved() == [before[0] // 2, before[1] // 2, before[2], 0]
    assert sealed.exposure(0) == sealed.reserved()
    sealed.refuse("gate already cleared or void", sealed.void(1))
    sealed.refuse("no such gate", sealed.void(2))
