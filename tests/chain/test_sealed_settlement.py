"""What homes pay for sealed orders, and have reserved; after every accepted call the ledger sums to zero."""

from dataclasses import replace

import pytest

from sim.chain.base import Transaction
from sim.chain.blocks import NO_REASON
from sim.chain.contracts import data_contract
from sim.chain.key_storage import encoded_key
from sim.chain.market_client import deployed, send
from sim.chain.sealed_client import cleared_of_events, sealed_deployment, settled_of_events
from sim.errors import ChainError
from sim.proofs.field import MODULUS
from tests.market_on_chain import ANY_GAS, FEED_IN, LIMIT_WH, RETAIL, SETTLEMENT_S
from tests.sealed_on_chain import LARGEST_OUTPUT, SALTS, SCALE, columns, found_sealed, key_words

ORDERS = {1: [3_000, -500], 2: [-1_000, 250], 3: [-500, 250]}
TRADES = [  # slot 0 at retail, slot 1 half way
    first * RETAIL + second * (RETAIL + FEED_IN) // 2 for first, second in ORDERS.values()
]
MOST_TRADE = (2 * LARGEST_OUTPUT * RETAIL >> SCALE) << SCALE
MOST_DEVIATION = MOST_TRADE + (2 * RETAIL * LIMIT_WH << SCALE)


def traded(**rules):
    """Gate 0 is cleared, and delivered; it is a settlement period of its own."""
    community = found_sealed(settlement_gates=1, **rules)
    community.seal(0, ORDERS)
    community.accept(community.clear(0, ORDERS))
    community.wait(community.times(0).settles)
    return community


@pytest.fixture
def cleared():
    return traded()


# Posted by the meter --------------------------------------------------------------------------------------


def test_homes_pay_trades_and_deviations_rounded_down_and_the_utility_gets_it_all(cleared):
    deviations = [-7, 1_023, -(2**40)]
    receipt = cleared.accept(cleared.settle(0, TRADES, deviations))
    (period,) = settled_of_events(cleared.events(receipt)).values()
    assert (period.trade_sums, period.deviation_sums) == (tuple(TRADES), tuple(deviations))
    paid = [(trade + deviation) // 2**SCALE for trade, deviation in zip(TRADES, deviations, strict=True)]
    assert cleared.ledger() == [sum(paid), *(-cost for cost in paid)]
    assert cleared.reserved() == [0, 0, 0]


def test_trades_add_up_to_price_times_total(cleared):
    """So the meter may be wrong on who has traded, not on how much has been traded."""
    first, second, third = TRADES
    for trades in ([first + 1, second, third], [first - 1, second, third], [0, 0, 0]):
        cleared.refuse("trades do not add up to the totals", cleared.settle(0, trades))
    cleared.accept(cleared.settle(0, [first + 1, second, third - 1]))


def test_no_sum_is_larger_than_limits_and_models_allow(cleared):
    first, second, third = TRADES
    for sign in (1, -1):
        beyond = [sign * (MOST_TRADE + 1), first + second + third - sign * (MOST_TRADE + 1), 0]
        cleared.refuse("trade out of range", cleared.settle(0, beyond))
        for place in range(3):
            sums = [0, 0, 0]
            sums[place] = sign * (MOST_DEVIATION + 1)
            cleared.refuse("deviation out of range", cleared.settle(0, TRADES, sums))
    for extreme in (2**255 - 1, -(2**255), MODULUS):
        cleared.refuse("deviation out of range", cleared.settle(0, TRADES, [extreme, 0, 0]))
        cleared.refuse("trade out of range", cleared.settle(0, [extreme, 0, 0]))
    at_the_edge = [MOST_TRADE, sum(TRADES) - MOST_TRADE, 0]
    cleared.accept(cleared.settle(0, at_the_edge, [MOST_DEVIATION, -MOST_DEVIATION, 0]))


def test_who_has_not_submitted_has_nothing_traded():
    community = traded(homes=4)
    moved = [*TRADES[:2], TRADES[2] - 1, 1]
    community.refuse("trade out of range", community.settle(0, moved))
    most = 2 * RETAIL * LIMIT_WH << SCALE
    community.refuse("deviation out of range", community.settle(0, [*TRADES, 0], [0, 0, 0, most + 1]))
    community.accept(community.settle(0, [*TRADES, 0], [0, 0, 0, most]))


def test_the_meter_settles_each_period_once_after_delivery_for_all_homes():
    community = found_sealed(settlement_gates=1)
    community.void_gate(0)
    settle, nothing, settles = community.settle(0, [0] * 3), [0] * 3, community.times(0).settles
    community.refuse("delivery has not ended", settle, settles - 1)
    community.wait(settles)
    for role in ("utility", "auctioneer", "stranger"):
        community.refuse("only the meter", replace(settle, sender=getattr(community, role)))
    for sums in (
        ([0] * 2, nothing),
        ([0] * 4, nothing),
        (nothing, [0] * 2),
        (nothing, [0] * 4),
        ([], nothing),
    ):
        malformed = community.market.settle(community.meter, 0, *sums)
        community.refuse("sums must cover every home", malformed)
    for period in (2, 2**256 - 1):
        community.refuse("no such settlement period", community.settle(period, nothing))
    community.accept(settle)
    community.refuse("period already settled", settle)
    community.refuse("delivery has not ended", community.settle(1, nothing))


def test_a_period_is_settled_when_all_its_gates_are_cleared_or_void():
    """Three gates, two to a period: the last period has one."""
    community = found_sealed(gates=3, settlement_gates=2)
    community.seal(0, ORDERS)
    community.accept(community.clear(0, ORDERS))
    community.seal(1, ORDERS)
    settles = community.times(1).settles
    community.refuse("gates neither cleared nor void", community.settle(0, TRADES), settles)
    community.accept(community.void(1))
    assert community.exposure(0) == community.reserved() == [MOST_TRADE >> SCALE] * 3
    community.accept(community.settle(0, TRADES))
    assert community.reserved() == [0, 0, 0]
    community.void_gate(2)
    community.accept(community.settle(1, [0] * 3), community.times(2).settles)


def test_sums_are_of_all_gates_of_a_period():
    community = found_sealed(settlement_gates=2)
    for gate in (0, 1):
        community.seal(gate, ORDERS)
        community.accept(community.clear(gate, ORDERS))
    settle = community.settle(0, [2 * trade for trade in TRADES])
    community.refuse(
        "trades do not add up to the totals", community.settle(0, TRADES), community.times(1).settles
    )
    community.accept(settle)
    assert community.ledger()[1:] == [-(2 * trade // 2**SCALE) for trade in TRADES]


def test_what_is_left_unsettled_is_released_after_a_week_and_forgiven_nobody(cleared):
    due = cleared.times(0).settles + SETTLEMENT_S
    cleared.refuse("too early to release", cleared.release(0), due - 1)
    (log,) = cleared.accept(cleared.release(0), due).logs
    assert cleared.market.artifact.event(log) == ("PeriodReleased", {"period": 0})
    assert cleared.reserved() == [0, 0, 0]
    cleared.refuse("nothing to release", cleared.release(0))
    cleared.refuse("no such settlement period", cleared.release(2))
    cleared.accept(cleared.settle(0, TRADES))
    assert cleared.ledger()[1:] == [-(trade // 2**SCALE) for trade in TRADES]
    assert cleared.reserved() == [0, 0, 0]


def test_a_gate_that_is_void_after_the_release_frees_nothing_twice():
    community = found_sealed(settlement_gates=1)
    community.seal(0, ORDERS)
    community.seal(1, ORDERS)
    community.accept(community.release(0), community.times(0).settles + SETTLEMENT_S)
    kept = community.reserved()
    assert kept == [MOST_TRADE >> SCALE] * 3
    community.accept(community.void(0))
    assert (community.reserved(), community.exposure(0)) == (kept, [0, 0, 0])
    community.accept(community.settle(0, [0] * 3))
    assert community.reserved() == kept


# Proved ---------------------------------------------------------------------------------------------------


@pytest.fixture
def to_prove():
    return traded(proved=True)


PRICES = [RETAIL, (RETAIL + FEED_IN) // 2]


def test_proved_trades_are_what_homes_pay(to_prove):
    deviations = [5, -5, 0]
    for home, orders in ORDERS.items():
        to_prove.refuse("trade not proved yet", to_prove.settle(0, [], deviations))
        receipt = to_prove.accept(to_prove.prove_trade(0, home, [orders], [PRICES]))
        (event,) = to_prove.events(receipt)
        assert event == ("TradeProved", {"period": 0, "home": home, "trade_sum": TRADES[home - 1]})
    to_prove.refuse("trades are proved here", to_prove.settle(0, TRADES, deviations))
    to_prove.accept(to_prove.settle(0, [], deviations))
    paid = [(trade + deviation) // 2**SCALE for trade, deviation in zip(TRADES, deviations, strict=True)]
    assert to_prove.ledger() == [sum(paid), *(-cost for cost in paid)]


def test_a_proof_is_over_the_homes_outputs_and_the_gates_prices(to_prove):
    """And over them in this order, once, with a sum that has one spelling."""
    outputs = columns().committed([*ORDERS[1], *SALTS])
    priced, empty = columns().committed(PRICES), columns().committed([])
    dearer = columns().committed([RETAIL + 1, (RETAIL + FEED_IN) // 2])

    def prove(proof: bytes, trade: int = TRADES[0], period: int = 0, home: int = 1):
        return to_prove.market.prove_trade(to_prove.stranger, period, home, proof, trade)

    for reason, forged in (
        ("outputs not committed here", prove(priced + outputs)),
        ("outputs not committed here", prove(columns().committed([1, *SALTS]) + priced)),
        ("outputs not committed here", prove(outputs + priced, home=2)),
        ("outputs not committed here", prove(outputs + priced, 0, home=4)),
        ("outputs not committed here", prove(empty + priced)),
        (NO_REASON, prove(outputs + priced, home=0)),
        ("not the gate's prices", prove(outputs + dearer)),
        ("not the gate's prices", prove(outputs + outputs)),
        ("not the gate's prices", prove(outputs + empty)),
        ("gates neither cleared nor void", prove(outputs + priced, period=1)),
        ("no such settlement period", prove(outputs + priced, period=2)),
        ("proof of wrong length", prove(outputs + priced + bytes(1))),
        (NO_REASON, prove((outputs + priced)[:-1])),
        ("trade out of range", prove(outputs + priced, TRADES[0] + MODULUS)),
        ("trade out of range", prove(outputs + priced, TRADES[0] - MODULUS)),
        ("trade out of range", prove(outputs + priced, MOST_TRADE + 1)),
        ("trade out of range", prove(outputs + priced, -(2**255))),
    ):
        to_prove.refuse(reason, forged)
    to_prove.accept(prove(outputs + priced))
    to_prove.refuse("trade already proved", prove(outputs + priced))


def test_one_proof_is_over_all_gates_of_a_period():
    """The second is void, and home 3 has no order in the first; of the last period there is one gate."""
    community = found_sealed(gates=3, settlement_gates=2, least_homes=2, proved=True)
    first = {home: ORDERS[home] for home in (1, 2)}
    community.seal(0, first)
    receipt = community.accept(community.clear(0, first))
    prices = cleared_of_events(community.events(receipt))[0].prices
    community.seal(1, {1: [5, 5]})
    proof = community.prove_trade(0, 1, [ORDERS[1], [5, 5]], [prices, ()])
    community.refuse("gates neither cleared nor void", proof)
    community.void_gate(1)
    community.seal(2, first)
    community.accept(community.clear(2, first))
    community.wait(community.times(2).settles)
    for reason, outputs, priced in (
        ("not the gate's prices", [ORDERS[1], [5, 5]], [prices, prices]),
        ("not the gate's prices", [ORDERS[1], [5, 5]], [(), ()]),
        ("outputs not committed here", [ORDERS[1], None], [prices, ()]),
        ("outputs not committed here", [[5, 5], ORDERS[1]], [(), prices]),
    ):
        community.refuse(reason, community.prove_trade(0, 1, outputs, priced))
    community.accept(proof)
    community.refuse("trade not proved yet", community.settle(0, []))
    community.accept(community.prove_trade(0, 2, [ORDERS[2], None], [prices, ()]))
    community.accept(community.prove_trade(0, 3, [None, None], [prices, ()]))
    community.accept(community.settle(0, []))
    for home, orders in first.items():
        community.accept(community.prove_trade(1, home, [orders], [prices]))
    community.accept(community.settle(1, []))


def test_trades_are_not_proved_where_the_meter_posts_them(cleared):
    cleared.refuse("trades are not proved here", cleared.prove_trade(0, 1, [ORDERS[1]], [PRICES]))
    cleared.accept(cleared.settle(0, TRADES))


def test_unproved_trades_are_released_after_a_week(to_prove):
    to_prove.accept(to_prove.release(0), to_prove.times(0).settles + SETTLEMENT_S)
    assert to_prove.reserved() == [0, 0, 0]
    for home, orders in ORDERS.items():
        to_prove.accept(to_prove.prove_trade(0, home, [orders], [PRICES]))
    to_prove.accept(to_prove.settle(0, []))
    assert to_prove.ledger()[1:] == [-(trade // 2**SCALE) for trade in TRADES]


# Contracts that do not keep to what they held ---------------------------------------------------------------


def put(community, initcode: bytes) -> bytes:
    """Where what is deployed stands."""
    (receipt,) = send(community.chain, 0, [Transaction(community.utility, None, initcode, ANY_GAS)])
    return deployed(receipt)


def changing_contract(before: bytes, after: bytes, at: int) -> bytes:
    """Initcode of a contract that returns one payload, and from a time on another of the same length."""
    length = b"\x61" + len(before).to_bytes(2, "big")
    late = b"\x42\x64" + at.to_bytes(5, "big") + b"\x11\x15"
    place = late + length + b"\x02\x61\x00\x1b\x01"
    return data_contract(length + place + b"\x5f\x39" + length + b"\x5f\xf3" + before + after)[11:]


def test_a_key_that_changes_after_its_registration_proves_nothing():
    community = found_sealed(homes=1)
    honest, times = community.rules.model, community.times(0)
    other = replace(honest, key_words=key_words(instances=0, word24=1))
    key = put(community, changing_contract(honest.key_payload, other.key_payload, times.opens + 9))
    community.accept(community.register(0, key_contract=key, from_gate=1))
    community.accept(community.register(5, key_contract=key))
    community.accept(community.commit(0), times.window_end)
    community.accept(community.submit(0, 1, ORDERS[1]), times.opens)
    community.accept(community.commit(1), community.times(1).window_end)
    community.refuse("another key", community.submit(1, 1, ORDERS[1]), community.times(1).opens)


def test_lagrange_points_are_those_of_the_digest_then_and_later():
    community = found_sealed(homes=1, proved=True, least_homes=1)
    terms, chain = community.rules.terms, community.chain
    points, others = terms.proving.lagrange, terms.proving.lagrange[::-1]
    key = put(community, data_contract(encoded_key(terms.proving.key_words)))
    lagrange = put(community, changing_contract(points, others, community.times(0).closes))
    operators = (community.market.verifier, terms, community.meter.address, community.auctioneer.address)
    wrong = replace(terms, proving=replace(terms.proving, lagrange=others))
    with pytest.raises(ChainError, match="other Lagrange points"):
        put(community, sealed_deployment(operators[0], wrong, *operators[2:], key, lagrange))
    address = put(community, sealed_deployment(*operators, key, lagrange))
    changed = replace(community, market=replace(community.market, address=address))
    changed.accept(changed.register(0, key_contract=community.market.read("models", 0)[0]))
    changed.accept(changed.enrol(changed.homes[0]))
    for market in (community, changed):
        market.accept(market.commit(0), max(market.times(0).window_end, chain.blocks[-1].timestamp + 1))
    for market in (community, changed):
        opened = max(market.times(0).opens, chain.blocks[-1].timestamp + 1)
        market.accept(market.submit(0, 1, ORDERS[1]), opened)
    community.wait(community.times(0).closes)
    changed.refuse("other Lagrange points", changed.clear(0, {1: ORDERS[1]}))
    community.accept(community.clear(0, {1: ORDERS[1]}))
