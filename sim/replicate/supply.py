"""How a local market's saving, and what forecasts cost of it, depend on how much there is to sell."""

from sim.arrays import Floats
from sim.replicate.claim import Claim, Finding
from sim.replicate.forecast_errors import BALANCES, KOSTMANN, SETTING, outcomes
from sim.replicate.streets import Estimate

PERCENT = 100


def shares(balance: str) -> tuple[Floats, Floats]:
    """Saving with perfect foresight, and what forecasts take of it, in % of the bill without the market.

    Each of all homes and months of a seed: shapes (seeds, 1).
    """
    expected, foreseen, alone = outcomes(balance).sum(axis=1).T
    return PERCENT * (foreseen / alone)[:, None], PERCENT * ((expected - foreseen) / alone)[:, None]


def _bills_are_paid() -> bool:
    return all(bool((outcomes(balance).sum(axis=1)[:, 2] > 0).all()) for balance in BALANCES)


def _compared(which: int, pairs: tuple[tuple[str, str], ...]) -> tuple[str, list[Estimate]]:
    """In words the shares of each balance, and their differences in pairs."""
    found = {balance: shares(balance)[which] for balance in BALANCES}
    said = ", ".join(f"{balance} {share.mean():.2f} %" for balance, share in found.items())
    ahead = [Estimate.of(found[one] - found[other]) for one, other in pairs]
    told = " and ".join(map(str, ahead))
    return f"{said}; differences of {told} points", ahead


def _savings() -> Finding:
    said, ahead = _compared(0, (("over", "balanced"), ("balanced", "under")))
    return Finding(said, _bills_are_paid() and all(each.low > 0 for each in ahead))


def _losses() -> Finding:
    said, behind = _compared(1, (("over", "balanced"), ("over", "under")))
    return Finding(said, _bills_are_paid() and all(each.high < 0 for each in behind))


IN_SHARES = (
    "in % of the bill without the market, which has to be above 0, each summed over all homes and months of "
    "a seed:"
)
CLAIMS = (
    Claim(
        "savings-by-supply",
        KOSTMANN
        + ". Their tables at second hand: 4.82, 129.08 and 1.90 % in balance, over- and under-supply",
        "With true values a local market saves the largest share of the bill in over-supply, and a larger "
        "one in balance than in under-supply.",
        f"{SETTING} savings with perfect foresight {IN_SHARES} over- less balanced supply and balanced less "
        "under-supply have intervals above 0.",
        _savings,
    ),
    Claim(
        "errors-by-supply",
        KOSTMANN + ". Their tables at second hand: -4.80, -13.75 and -4.76 points",
        "Errors of forecasts cost most, in points of the bill, in over-supply.",
        f"{SETTING} savings with forecasts less those with perfect foresight {IN_SHARES} over- less balanced "
        "supply and over- less under-supply have intervals below 0.",
        _losses,
    ),
)
"""What is claimed of how much there is to sell."""
