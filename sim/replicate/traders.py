"""Traders of the literature in the auctions of the literature: prices and efficiencies day by day."""

from collections.abc import Mapping, Sequence

import numpy as np

from agents.strategies import strategies
from sim.market.clearing import Trades
from sim.market.mechanisms.continuous import Continuous
from sim.market.mechanisms.repeated import Repeated
from sim.market.mechanisms.rounds import InRounds
from sim.replicate.books import CLIFF, COSTS, MONEY, VALUES, Schedule
from sim.replicate.claim import Claim, Finding
from sim.replicate.trading_floor import TradingFloor, efficiency
from sim.replicate.zero_intelligence import GODE_AND_SUNDER, LEAST, MARKETS, MOST, TRADERS
from sim.seeds import Streams

EQUILIBRIUM, HIGHEST, NEAR = 200, 400, 0.05
"""Of all of Cliff's markets; the highest price that is asked there; and how near is near."""
CLIFF_MARKETS: dict[str, tuple[Schedule, Schedule]] = {"symmetric": (VALUES, COSTS), **CLIFF}
CONSTRAINED_PRICES = (200, 218, 161, 232)
"""Mean prices of constrained traders in another simulation of these markets."""
PUBLISHED_PERCENT = (99.9, 99.2, 99.0, 98.2)
"""What Gode and Sunder report of constrained traders in their markets 1 to 4."""
SHOUTS_PERCENT = {25: 19, 50: 36, 100: 61, 200: 82, 500: 98, 2_000: 99.8}
"""Efficiency in market 1 by the number of shouts, in another simulation."""
PERCENT_OFF, PERCENT_OFF_BY_SHOUTS = 2, 5
PERIODS, QUOTES = 50, 10
SEEDS, FRESH_SEEDS = range(20), range(20, 40)
FIRST_DAYS, LATER_DAYS = slice(3, 6), slice(10, 20)
"""The fourth to the sixth, the eleventh to the twentieth."""
LEARNED_DAYS, CALL_DAYS, CALL_SEEDS, HIGH_PERCENT = slice(900, 1_000), 1_000, 5, 90
ZIP_ABSOLUTE = 0.005
"""Cliff's small amount in $/kWh: a fortieth of the equilibrium, as his $0.05 are of $2."""
ONE_CALL = Repeated(calls=1)


def cliff_floor(market: str) -> TradingFloor:
    """One unit a trader."""
    buyers, sellers = ([[round(MONEY * price)] for _, price in side] for side in CLIFF_MARKETS[market])
    return TradingFloor.of(buyers, sellers, 0, MONEY * HIGHEST)


def sunder_floor(market: str) -> TradingFloor:
    """Each trader offers the units of the schedule one after the other."""
    values, costs = MARKETS[market]
    return TradingFloor.of([values] * TRADERS, [costs] * TRADERS, LEAST, MOST)


def days_of(
    floor: TradingFloor,
    strategy: str,
    mechanism: InRounds,
    days: int,
    seed: int = 0,
    parameters: Mapping[str, float] | None = None,
) -> Trades:
    """What traders of one strategy trade in so many days."""
    return floor.days(strategies.make(strategy, parameters), mechanism, days, Streams(seed))


def mean_price(made: Sequence[Trades], days: slice = slice(None)) -> float:
    """Of all units traded in these days, in the schedules' money."""
    paid, units = (
        sum(int(np.maximum(each, 0)[:, days].sum()) for each in arrays)
        for arrays in ([each.payment for each in made], [each.fill_wh for each in made])
    )
    return paid / max(units, 1) / MONEY


def zip_price(market: str, mechanism: InRounds, days: slice, seeds: range) -> float:
    """The mean price of ZIP traders in these days."""
    floor, parameters = cliff_floor(market), {"absolute": ZIP_ABSOLUTE}
    return mean_price([days_of(floor, "zip", mechanism, days.stop, seed, parameters) for seed in seeds], days)


def constrained_percent(market: str, quotes: int) -> float:
    """The mean efficiency of constrained traders, of whom each quotes so often a period."""
    floor = sunder_floor(market)
    return 100 * efficiency(floor, days_of(floor, "zic", Continuous(quotes), PERIODS))


def _near(expected: Sequence[float], found: Sequence[float], most: float, names: Sequence[object]) -> Finding:
    said = ", ".join(f"{name}: {each:.1f}" for name, each in zip(names, found, strict=True))
    return Finding(said, bool(np.all(np.abs(np.subtract(expected, found)) <= most)))


def _prices(found: Sequence[float], expected: Sequence[float]) -> Finding:
    return _near(expected, found, NEAR * EQUILIBRIUM, list(CLIFF_MARKETS))


def _zip_prices(mechanism: InRounds, days: slice = FIRST_DAYS, seeds: range = SEEDS) -> Finding:
    found = [zip_price(market, mechanism, days, seeds) for market in CLIFF_MARKETS]
    return _prices(found, [EQUILIBRIUM] * len(found))


def _constrained_prices() -> Finding:
    days = 4 * PERIODS
    made = [days_of(cliff_floor(each), "zic", Continuous(QUOTES * QUOTES), days) for each in CLIFF_MARKETS]
    return _prices([mean_price([each]) for each in made], CONSTRAINED_PRICES)


def _many_quotes() -> Finding:
    found = [constrained_percent(market, _quotes(max(SHOUTS_PERCENT))) for market in MARKETS]
    return _near(PUBLISHED_PERCENT, found, PERCENT_OFF, list(MARKETS))


def _by_shouts() -> Finding:
    found = [constrained_percent("M1", _quotes(shouts)) for shouts in SHOUTS_PERCENT]
    return _near(list(SHOUTS_PERCENT.values()), found, PERCENT_OFF_BY_SHOUTS, list(SHOUTS_PERCENT))


def _quotes(shouts: int) -> int:
    return round(shouts / (2 * TRADERS))


def _believers() -> Finding:
    floor = cliff_floor("symmetric")
    made = [days_of(floor, "gd", Continuous(QUOTES), FIRST_DAYS.stop, seed) for seed in SEEDS]
    price = mean_price(made, FIRST_DAYS)
    percent = _percent_of(floor, made, FIRST_DAYS)
    near = abs(price - EQUILIBRIUM) <= NEAR * EQUILIBRIUM
    return Finding(f"{percent:.1f} % at {price:.1f}", near and percent >= 100 - PERCENT_OFF)


def _reinforced() -> Finding:
    floor = cliff_floor("symmetric")
    made = [days_of(floor, "roth-erev", ONE_CALL, CALL_DAYS, seed) for seed in range(CALL_SEEDS)]
    first, last = (_percent_of(floor, made, days) for days in (slice(100), LEARNED_DAYS))
    return Finding(f"{last:.1f} %; {first:.1f} % in the first hundred days", last >= HIGH_PERCENT)


def _percent_of(floor: TradingFloor, made: Sequence[Trades], days: slice) -> float:
    shares = [efficiency(floor, Trades(each.fill_wh[:, days], each.payment[:, days])) for each in made]
    return 100 * float(np.mean(shares))


ZIP = "Cliff, HP Laboratories report HPL-97-91, 1997; schedules and course of prices at second hand"
NEAR_RULE = (
    f"in each of four markets the mean price of days {FIRST_DAYS.start + 1} to {FIRST_DAYS.stop} over "
    f"{len(SEEDS)} seeds lies within 5 % of {EQUILIBRIUM}."
)
CLAIMS = (
    Claim(
        "constrained-traders-many-quotes",
        GODE_AND_SUNDER.format("schedules and efficiencies"),
        "In a continuous double auction traders with a budget constraint reach 99.9, 99.2, 99.0 and 98.2 % "
        "of the gains in markets 1 to 4.",
        f"`continuous`, a unit at a time: with {_quotes(2_000)} quotes of each of 12 traders the mean of "
        f"{PERIODS} periods lies within {PERCENT_OFF} points of these. How often theirs quoted is not known.",
        _many_quotes,
    ),
    Claim(
        "constrained-traders-by-shouts",
        "another author's simulation of market 1, at second hand; its order of shouts is not known",
        "After 25, 50, 100, 200, 500 and 2,000 shouts such traders have reached 19, 36, 61, 82, 98 and "
        "99.8 % in market 1.",
        f"`continuous`, with shouts / 12 quotes of each trader: means of {PERIODS} periods lie within "
        f"{PERCENT_OFF_BY_SHOUTS} points of these.",
        _by_shouts,
    ),
    Claim(
        "constrained-traders-prices",
        "another author's simulation of the markets of Cliff and Bruten, HP Laboratories report HPL-97-141, "
        "1997, at second hand; of the report the abstract read",
        "Such traders do not find the equilibrium price, 200, where supply and demand are not symmetric: "
        "their mean price is 200 in the symmetric market, 218 with flat supply, 161 with excess demand and "
        "232 with excess supply.",
        f"`continuous` with {QUOTES * QUOTES} quotes and asks up to {HIGHEST}, which is not known of theirs: "
        f"the mean prices of {4 * PERIODS} periods lie within 5 % of {EQUILIBRIUM} of these.",
        _constrained_prices,
    ),
    Claim(
        "zip-traders",
        ZIP,
        "Prices of ZIP traders come near the equilibrium within the first days, in markets where those of "
        "constrained traders do not.",
        f"`continuous` with {QUOTES} quotes, everybody `zip`, who learns once a round and not from "
        f"every shout: {NEAR_RULE}",
        lambda: _zip_prices(Continuous(QUOTES)),
    ),
    Claim(
        "zip-traders-later",
        ZIP,
        "Prices of ZIP traders come to the equilibrium.",
        f"As zip-traders, days {LATER_DAYS.start + 1} to {LATER_DAYS.stop}, {len(FRESH_SEEDS)} other seeds. "
        "Written when these days of five seeds had been seen.",
        lambda: _zip_prices(Continuous(QUOTES), LATER_DAYS, FRESH_SEEDS),
    ),
    Claim(
        "zip-traders-one-call",
        ZIP + "; theirs was a continuous auction",
        "So do they with one sealed call a day.",
        f"`repeated` with one call, everybody `zip`: {NEAR_RULE}",
        lambda: _zip_prices(ONE_CALL),
    ),
    Claim(
        "gd-traders",
        "Gjerstad and Dickhaut, Games and Economic Behavior 22(1), 1998; abstract read",
        "Traders who believe what past bids and asks came to reach competitive prices and complete "
        "efficiency after several periods.",
        f"`continuous` with {QUOTES} quotes in the symmetric market, everybody `gd`: over days "
        f"{FIRST_DAYS.start + 1} to {FIRST_DAYS.stop} and {len(SEEDS)} seeds the mean price lies within "
        f"5 % of {EQUILIBRIUM}, and efficiency is at least {100 - PERCENT_OFF} %.",
        _believers,
    ),
    Claim(
        "roth-erev-traders",
        "Nicolaisen, Petrov and Tesfatsion, IEEE Transactions on Evolutionary Computation 5(5), 2001; "
        "abstract read. Their calls paid the middle between each bid and ask, and their schedules are others",
        "In repeated calls traders who learn by reinforcement generally attain high efficiency.",
        f"`repeated` with one call a day in the symmetric market, everybody `roth-erev`: over days "
        f"{LEARNED_DAYS.start + 1} to {LEARNED_DAYS.stop:,} and {CALL_SEEDS} seeds efficiency is at least "
        f"{HIGH_PERCENT} %.",
        _reinforced,
    ),
)
"""What is claimed of traders who trade again and again."""
