"""Zero-intelligence traders: what follows from schedules, and what from how often the market is called."""

import numpy as np

from sim.arrays import Floats, Ints
from sim.market.bills import OutsideOption
from sim.market.book import OrderBook
from sim.market.mechanisms import mechanisms
from sim.market.optimum import gains_from_trade, most_gains
from sim.market.orders import Orders
from sim.replicate.claim import Claim, Finding
from sim.replicate.streets import EVERY_OTHER_MONTH, Estimate, Street, streets
from sim.seeds import Streams

TRADERS = 6
LEAST, MOST = 1, 200
"""The prices that are drawn from."""
MARKETS: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "M1": ((102, 97, 92, 87, 82, 77), (34, 46, 58, 70, 82, 94)),
    "M2": ((117, 105, 93, 81, 69, 57), (49, 54, 59, 64, 69, 74)),
    "M3": ((133, 95, 90), (90, 95, 100)),
    "M4": ((180, 175, 170, 165, 160), (90, 142, 170, 190, 198)),
}
"""Gode and Sunder's schedules, values and costs: one unit a step for each of six buyers and sellers."""
UNCONSTRAINED_PERCENT = (90.0, 90.0, 76.7, 48.8)
"""What they report of unconstrained traders in these markets."""
CONSTRAINED_SHARE = 0.97
"""The least of what they report of traders with a budget constraint in five markets, rounded down: 97.1 %."""
CALLS, PERIODS, PERIODS_OF_ONE_CALL = 100, 20, 500
DRAWS = 20
POINTS = 0.02
UNIFORM = mechanisms.make("uniform")


def units_of(market: str) -> tuple[Ints, Ints]:
    """The side of every unit, 1 or -1, and its value or cost: shapes (units,)."""
    values, costs = MARKETS[market]
    side = np.repeat([1, -1], [TRADERS * len(values), TRADERS * len(costs)])
    return side, np.repeat(np.array([*values, *costs]), TRADERS)


def efficiency_of_all(market: str) -> float:
    """Where every unit trades: gains over the most that the schedules allow."""
    side, worth = (each[:, None] for each in units_of(market))
    option = OutsideOption(worth, worth)
    most = most_gains(side, np.zeros(1, dtype=np.int64), option)
    return float(gains_from_trade(side, option)[0] / most[0])


def constrained_efficiency(market: str, calls: int, periods: int) -> float:
    """Of traders who never trade at a loss, with a fresh price for each unit left at each of the calls."""
    side, worth = units_of(market)
    generator, gains = Streams(0).generator("zero-intelligence", market), 0
    low, high = np.where(side > 0, LEAST, worth), np.where(side > 0, worth, MOST)
    for _ in range(periods):
        left = side.copy()
        for call in range(calls):
            book = OrderBook(call, left, generator.integers(low, high, endpoint=True))
            traded = book.signed(UNIFORM.clear(book).fill_wh)
            gains, left = gains + int((traded * worth).sum()), left - traded
    option = OutsideOption(worth[:, None], worth[:, None])
    return float(gains / periods / most_gains(side[:, None], np.zeros(1, dtype=np.int64), option)[0])


def random_limits(street: Street, draw: int) -> Ints:
    """Of all homes in all slots, uniform between cost and value: shape (homes, slots)."""
    generator = street.streams.generator("replicate", "limits", draw)
    limits: Ints = generator.integers(
        street.outside.feed_in, street.outside.retail, street.expected_wh.shape, endpoint=True
    )
    return limits


def one_call(street: Street) -> tuple[float, float, float]:
    """Wh that random limits trade on average, that the closed form says, and that could trade."""
    demand_wh, supply_wh = (np.maximum(side * street.expected_wh, 0).sum(axis=0) for side in (1, -1))
    closed = demand_wh * supply_wh / np.maximum(demand_wh + supply_wh, 1)
    traded_wh = [
        Orders(street.expected_wh, random_limits(street, draw)).cleared_by(UNIFORM).traded_wh.sum()
        for draw in range(DRAWS)
    ]
    return float(np.mean(traded_wh)), float(closed.sum()), float(np.minimum(demand_wh, supply_wh).sum())


def _all_units() -> Finding:
    found = [round(100 * efficiency_of_all(market), 1) for market in MARKETS]
    return Finding(_percents(found), tuple(found) == UNCONSTRAINED_PERCENT)


def _constrained(calls: int, periods: int) -> Finding:
    found = [constrained_efficiency(market, calls, periods) for market in MARKETS]
    return Finding(_percents([100 * each for each in found]), min(found) >= CONSTRAINED_SHARE)


def _closed_form() -> Finding:
    found = np.array([[one_call(each) for each in row] for row in streets(EVERY_OTHER_MONTH, days=2)])
    traded, closed, most = (found[:, :, column] for column in range(3))
    off: Floats = (traded - closed) / most.mean()
    difference = Estimate.of(off)
    said = f"{traded.sum() / most.sum():.3f} against {closed.sum() / most.sum():.3f}: {difference} apart"
    return Finding(said, max(-difference.low, difference.high) < POINTS)


def _percents(found: list[float]) -> str:
    return ", ".join(f"{market} {each:.1f} %" for market, each in zip(MARKETS, found, strict=True))


GODE_AND_SUNDER = (
    "Gode and Sunder, Journal of Political Economy 101(1), 1993; abstract read, {} digitised at second hand"
)
CLAIMS = (
    Claim(
        "unconstrained-traders",
        GODE_AND_SUNDER.format("schedules and efficiencies"),
        "Traders without budget constraint reach 90.0, 90.0, 76.7 and 48.8 % of the gains in markets 1 to "
        "4: what is left where every unit trades.",
        "All units' gains over the optimum of the schedules round to these four figures.",
        _all_units,
    ),
    Claim(
        "constrained-traders-one-call",
        GODE_AND_SUNDER.format("schedules"),
        "Random traders that never trade at a loss reach 97 % and more of the gains, whatever their "
        "intelligence. Theirs was a continuous double auction; here it is one sealed call.",
        f"In each of markets 1 to 4 the mean of {PERIODS_OF_ONE_CALL} periods of one call, with a price "
        f"from {LEAST} to {MOST} for each unit, is at least 97 %.",
        lambda: _constrained(1, PERIODS_OF_ONE_CALL),
    ),
    Claim(
        "constrained-traders-many-calls",
        GODE_AND_SUNDER.format("schedules"),
        "Where units left are offered again at fresh prices, as in a continuous double auction, such "
        "traders reach 97 % and more.",
        f"In each of markets 1 to 4 the mean of {PERIODS} periods of {CALLS} calls is at least 97 %.",
        lambda: _constrained(CALLS, PERIODS),
    ),
    Claim(
        "one-call-closed-form",
        "by hand: of D equal bids and S equal asks from one range, the buyers among the S highest of all "
        "limits trade, D S / (D + S) on average; of unequal ones about so many",
        "In one sealed call of random prices between common tariffs, a slot with D Wh wanted and S Wh "
        "offered trades D S / (D + S): an efficiency of sum D S / (D + S) over sum min(D, S).",
        f"Orders as the day before, two days in each of {len(EVERY_OTHER_MONTH)} months x 5 seeds of 15 "
        f"homes, {DRAWS} draws each: the interval of measured less closed form lies within 2 points.",
        _closed_form,
    ),
)
"""What is claimed of traders without intelligence."""
