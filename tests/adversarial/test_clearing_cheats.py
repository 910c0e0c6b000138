"""An auctioneer that cheats: every clearing but the one that the rules determine is refused."""

import pytest

from sim.errors import ChainError
from sim.market.mechanisms.mechanism import UNIFORM_PRICE
from sim.market.merit_order import priority
from tests.market.books import clear
from tests.market_on_chain import Rules, empty_community, found

# The last of seven homes orders nothing. Homes 2 and 3 share 250 Wh at the margin, one by the fixed order.
BOOK = {
    1: (300, 200_000),
    2: (200, 180_000),
    3: (201, 180_000),
    4: (100, 130_000),
    5: (-400, 90_000),
    6: (-150, 120_000),
}
FIRST_AT_MARGIN = min((1, 2), key=lambda index: priority(0, index))
SHARES_BY_FIRST = {1: [125, 125], 2: [124, 126]}
LAWFUL = [300, *SHARES_BY_FIRST[FIRST_AT_MARGIN], 0, 400, 150, 0]
FRIEND_FIRST = [300, *SHARES_BY_FIRST[3 - FIRST_AT_MARGIN], 0, 400, 150, 0]
PRICE = 150_000
LEFT, NOT_PRO_RATA = "orders that accept each other left", "margin not rationed pro rata"


@pytest.fixture(scope="module")
def community():
    """Closed and waiting to be cleared. Refusals change nothing, so cheats may share it."""
    community = found(homes=7, horizon=1)
    community.trade_slot(0, BOOK)
    return community


def changed(**wh: int) -> list[int]:
    """The lawful fills with some homes' changed: h1=299."""
    fills = {f"h{number}": fill for number, fill in enumerate(LAWFUL, start=1)} | wh
    return list(fills.values())


def test_the_lawful_clearing_is_what_the_auction_gives(community):
    clearing = clear(community.book(0))
    assert (clearing.price, clearing.fill_wh.tolist()) == (PRICE, LAWFUL)


CHEATS = {
    "more than ordered": (PRICE, changed(h5=401, h4=1), "fill above the order"),
    "far more than ordered": (PRICE, changed(h1=2**62), "fill above the order"),
    "energy for who asked for none": (PRICE, changed(h7=1), "fill without an order"),
    "energy from nowhere": (PRICE, changed(h5=399), "bought and sold differ"),
    "energy that vanishes": (PRICE, changed(h1=299), "bought and sold differ"),
    "a price for the sellers": (180_000, LAWFUL, "price off the rule"),
    "a price for the buyers": (120_000, LAWFUL, "price off the rule"),
    "a price beyond all limits": (250_000, LAWFUL, "price off the rule"),
    "one nano up": (PRICE + 1, LAWFUL, "price off the rule"),
    "one nano down": (PRICE - 1, LAWFUL, "price off the rule"),
    "for free": (0, LAWFUL, "price off the rule"),
    "the best bid left out": (
        PRICE,
        changed(h1=0, h2=200, h3=201, h5=251),
        LEFT,
    ),
    "the best bid cut": (PRICE, changed(h1=299, h2=LAWFUL[1] + 1), "better bid passed over"),
    "a worse bid let in": (125_000, changed(h2=LAWFUL[1] - 1, h4=1), "better bid passed over"),
    "a friend at the margin": (PRICE, changed(h2=200, h3=50), NOT_PRO_RATA),
    "a friend by one Wh": (
        PRICE,
        changed(h2=LAWFUL[1] - 2, h3=LAWFUL[2] + 2),
        NOT_PRO_RATA,
    ),
    "the odd Wh to a friend": (PRICE, FRIEND_FIRST, "remainder out of order"),
    "nobody trades": (0, [0] * 7, LEFT),
    "nobody trades, at a price": (PRICE, [0] * 7, LEFT),
    "one Wh withheld": (PRICE, changed(h2=LAWFUL[1] - 1, h6=149), LEFT),
    "a home forgotten": (PRICE, LAWFUL[:-1], "fills must cover every home"),
    "a home invented": (PRICE, [*LAWFUL, 0], "fills must cover every home"),
    "no homes": (0, [], "fills must cover every home"),
}


@pytest.mark.parametrize("cheat", CHEATS)
def test_cheats_are_refused(community, cheat):
    price, fills_wh, reason = CHEATS[cheat]
    community.refuse(reason, community.clear(0, price, fills_wh))


def test_and_the_lawful_clearing_is_accepted():
    community = found(homes=7, horizon=1)
    community.trade_slot(0, BOOK)
    community.accept(community.clear(0, PRICE, LAWFUL))
    assert community.ledger()[1:] == [-PRICE * wh for wh in LAWFUL[:4]] + [PRICE * wh for wh in LAWFUL[4:]]


Proposal = tuple[int, list[int]]


def refused_then_accepted(
    orders: dict[int, tuple[int, int]], cheat: Proposal, reason: str, lawful: Proposal
) -> None:
    community = found(homes=len(orders), horizon=1)
    community.trade_slot(0, orders)
    community.refuse(reason, community.clear(0, *cheat))
    community.accept(community.clear(0, *lawful))


def test_nobody_is_filled_against_its_limit():
    """A bid of 5 and an ask of 10 do not meet at 7."""
    refused_then_accepted({1: (10, 5), 2: (-10, 10)}, (7, [10, 10]), "filled against a limit", (0, [0, 0]))


def test_nor_beyond_the_volume_at_which_the_book_crosses():
    orders = {1: (10, 9), 2: (10, 5), 3: (-10, 3), 4: (-10, 6)}
    refused_then_accepted(orders, (5, [10, 10, 10, 10]), "filled against a limit", (6, [10, 0, 10, 0]))


def test_a_better_ask_is_not_passed_over():
    orders = {1: (10, 9), 2: (-6, 3), 3: (-6, 5)}
    refused_then_accepted(orders, (7, [10, 5, 5]), "better ask passed over", (7, [10, 6, 4]))
    refused_then_accepted(orders, (7, [10, 4, 6]), "better ask passed over", (7, [10, 6, 4]))


def test_sellers_share_the_margin_pro_rata():
    orders = {1: (9, 9), 2: (-6, 3), 3: (-12, 3)}
    refused_then_accepted(orders, (6, [9, 6, 3]), NOT_PRO_RATA, (6, [9, 3, 6]))


def test_a_price_without_trade_is_refused():
    refused_then_accepted({1: (10, 5), 2: (-10, 6)}, (5, [0, 0]), "price without trade", (0, [0, 0]))
    refused_then_accepted({1: (10, 5), 2: (0, 0)}, (5, [0, 0]), "price without trade", (0, [0, 0]))


def test_a_trade_at_price_zero_is_a_trade():
    refused_then_accepted({1: (10, 0), 2: (-10, 0)}, (1, [10, 10]), "price off the rule", (0, [10, 10]))


def test_equal_limits_trade():
    refused_then_accepted({1: (10, 7), 2: (-10, 7)}, (0, [0, 0]), LEFT, (7, [10, 10]))


# The two best orders trade; the two left hold the price between 50 and 80.
BETWEEN = {1: (10, 90), 2: (-10, 30), 3: (4, 50), 4: (-4, 80)}
FILLED = [10, 10, 0, 0]
PARTLY = {1: (10, 90), 2: (-14, 30)}


@pytest.mark.parametrize(("k_ppm", "price"), [(0, 50), (500_000, 65), (333_333, 59), (1_000_000, 80)])
def test_only_k_of_the_way_up_the_interval_is_the_uniform_price(k_ppm, price):
    community = found(homes=4, horizon=1, rule=UNIFORM_PRICE, rule_arguments=(k_ppm,))
    community.trade_slot(0, BETWEEN)
    for other in {0, 49, 50, 65, 80, 81, 90, price - 1, price + 1} - {price}:
        community.refuse("price not k of the interval", community.clear(0, other, FILLED))
    community.accept(community.clear(0, price, FILLED))


def test_an_order_filled_in_part_is_the_uniform_price():
    community = found(homes=2, horizon=1, rule=UNIFORM_PRICE, rule_arguments=(500_000,))
    community.trade_slot(0, PARTLY)
    for other in (29, 31, 60, 90):
        community.refuse("price not k of the interval", community.clear(0, other, [10, 10]))
    community.accept(community.clear(0, 30, [10, 10]))


def test_k_is_a_share():
    with pytest.raises(ChainError, match="k out of range"):
        empty_community(Rules(rule=UNIFORM_PRICE, rule_arguments=(1_000_001,)))
