"""Books whose price or volume is published, or follows from their schedules by hand."""

import numpy as np

from sim.market.bills import OutsideOption
from sim.market.book import OrderBook
from sim.market.mechanisms import mechanisms
from sim.market.optimum import gains_from_trade, most_gains
from sim.replicate.claim import Claim, Finding

UNIT, MONEY = 10, 1_000
"""A unit of goods in Wh, and of money in nano-$, so that decimals of schedules are whole numbers."""
Schedule = tuple[tuple[float, float], ...]
"""Orders of one side, as (units, price)."""
Trade = tuple[float, float]
"""Units, and their price."""

BUYERS: Schedule = ((1, 3), (2, 4), (5, 1))
SELLERS: Schedule = ((4, 2), (1, 1), (5, 6))
MANY_BUYERS: Schedule = ((1, 6.7), (1, 6.6), (1, 6.5), (1, 6.4), (1, 6.3), (1, 6))
MANY_SELLERS: Schedule = ((1, 1), (1, 2), (2, 3), (2, 4), (1, 6.1))
FEWER_SELLERS: Schedule = ((1, 1), (1, 2), (2, 3), (1.1, 4), (1, 6.1))
VALUES: Schedule = tuple((1, price) for price in range(325, 50, -25))
COSTS: Schedule = tuple((1, price) for price in range(75, 350, 25))
CLIFF = {
    "flat supply": (VALUES, ((1, 200),) * 11),
    "excess demand": (((1, 200),) * 11, ((1, 50),) * 6),
    "excess supply": (((1, 320),) * 6, ((1, 200),) * 11),
}


def order_book(buyers: Schedule, sellers: Schedule) -> OrderBook:
    """The orders of two schedules."""
    signed = np.array([*buyers, *((-units, price) for units, price in sellers)]) * (UNIT, MONEY)
    quantity_wh, limit_price = np.rint(signed).astype(np.int64).T
    return OrderBook(0, quantity_wh, limit_price)


def trade(buyers: Schedule, sellers: Schedule, k: float = 0.5) -> Trade:
    """What ``uniform`` makes of two schedules."""
    clearing = mechanisms.make("uniform", {"k": k}).clear(order_book(buyers, sellers))
    return clearing.traded_wh / UNIT, (clearing.price or 0) / MONEY


def decided(expected: Trade, *found: Trade) -> Finding:
    """Whether all that was found is what was expected."""
    said = ", ".join(f"{units:g} at {price:g}" for units, price in dict.fromkeys(found))
    return Finding(said, set(found) == {expected})


def _at_several_k() -> Finding:
    found = [trade(MANY_BUYERS, MANY_SELLERS, k) for k in (0, 0.5, 1)]
    said = f"{found[1][0]:g} units at {found[0][1]:g}, {found[1][1]:g} and {found[2][1]:g}"
    return Finding(said, found == [(6, 4), (6, 5), (6, 6)])


def _most_utility() -> Finding:
    book = order_book(BUYERS, SELLERS)
    limits, quantity_wh = book.limit_price[:, None], book.quantity_wh[:, None]
    options = OutsideOption(limits, limits)
    fill_wh = book.signed(mechanisms.make("uniform").clear(book).fill_wh)[:, None]
    most = most_gains(quantity_wh, np.zeros(1, dtype=np.int64), options)
    best, reached = (int(nano.sum()) / UNIT / MONEY for nano in (most, gains_from_trade(fill_wh, options)))
    return Finding(f"at most {best:g}; uniform reaches {reached:g}", best == reached == 6)


def _most_volume() -> Finding:
    """Each bid, lowest first, with the dearest ask left that it accepts."""
    bids, asks = (
        sorted(price for units, price in side for _ in range(int(units))) for side in (BUYERS, SELLERS)
    )
    pairs = 0
    for bid in bids:
        accepted = [ask for ask in asks if ask <= bid]
        if accepted:
            asks.remove(max(accepted))
            pairs += 1
    units, _ = trade(BUYERS, SELLERS)
    return Finding(f"{pairs} in pairs; {units:g} at one price", (pairs, units) == (4, 3))


PYMARKET = "pymarket 0.7.6 (Kiedanski), tests, read: {}"
CLAIMS = (
    Claim(
        "pymarket-price",
        PYMARKET.format("test_equilibrium_quantity_0"),
        "Buyers of 1 at 3, 2 at 4, 5 at 1 and sellers of 4 at 2, 1 at 1, 5 at 6 trade 3 units at 2.",
        "`uniform` gives 3 units at 2 for k = 0, 1/2 and 1.",
        lambda: decided((3, 2), *(trade(BUYERS, SELLERS, k) for k in (0, 0.5, 1))),
    ),
    Claim(
        "pymarket-interval",
        PYMARKET.format("test_equilibrium_quantity_1"),
        "Six buyers of 1 at 6.7, 6.6, 6.5, 6.4, 6.3, 6 and sellers of 1 at 1, 1 at 2, 2 at 3, 2 at 4, 1 "
        "at 6.1 trade 6 units at 5, the middle of all clearing prices.",
        "`uniform` gives 6 units at 4, 5 and 6 for k = 0, 1/2 and 1.",
        _at_several_k,
    ),
    Claim(
        "pymarket-partly-filled",
        "by hand, from the book of pymarket-interval",
        "With 1.1 units in place of 2 at 4 the last bid is filled in part, and its limit, 6, is the only "
        "clearing price.",
        "`uniform` gives 5.1 units at 6 for k = 0, 1/2 and 1.",
        lambda: decided((5.1, 6), *(trade(MANY_BUYERS, FEWER_SELLERS, k) for k in (0, 0.5, 1))),
    ),
    Claim(
        "pymarket-utility",
        PYMARKET.format("test_maxiumum_aggregated_utility_dataset_0, a linear program"),
        "The book of pymarket-price gains 6 at most.",
        "The optimum of the orders is 6, and `uniform` reaches it.",
        _most_utility,
    ),
    Claim(
        "pymarket-volume",
        PYMARKET.format("test_maxiumum_traded_volume_dataset_0, a linear program"),
        "The book of pymarket-price trades 4 units at most, each pair at a price of its own.",
        "Pairing each bid, lowest first, with the dearest ask that it accepts trades 4; one price, 3.",
        _most_volume,
    ),
    Claim(
        "smith-1962",
        "Smith, Journal of Political Economy 70(2), 1962, chart 1; schedules at second hand",
        "Eleven buyers and eleven sellers of one unit, at 75 to 325 in steps of 25, have the equilibrium "
        "price 200.",
        "`uniform` gives 6 units at 200 when all tell the truth.",
        lambda: decided((6, 200), trade(VALUES, COSTS)),
    ),
    Claim(
        "cliff-1997",
        "Cliff, HP Laboratories report HPL-97-91, 1997; schedules at second hand, digitised",
        "Flat supply (11 at 200), excess demand (11 at 200, 6 at 50) and excess supply (6 at 320, 11 at "
        "200) all have the equilibrium price 200 and 6 units.",
        "`uniform` gives 6 units at 200 in all three when all tell the truth.",
        lambda: decided((6, 200), *(trade(*schedules) for schedules in CLIFF.values())),
    ),
    Claim(
        "excess-demand",
        "by hand: competitive equilibrium with a long side",
        "Where 11 buyers at 300 meet 6 sellers at 100, the price is what the long side is willing to pay.",
        "`uniform` gives 6 units at 300 for k = 0, 1/2 and 1.",
        lambda: decided((6, 300), *(trade(((1, 300),) * 11, ((1, 100),) * 6, k) for k in (0, 0.5, 1))),
    ),
)
"""What is claimed of single books."""
