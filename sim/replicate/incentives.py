"""What misreporting gains, and how that changes as the community grows."""

import numpy as np

from sim.arrays import Floats
from sim.market.best_response import best_responses
from sim.market.mechanisms import mechanisms
from sim.market.orders import Orders
from sim.replicate.claim import Claim, Finding
from sim.replicate.streets import EVERY_MONTH, FRESH_SEEDS, Estimate, Street, streets
from sim.units import dollars

FEW, MANY = 8, 64


def mean_gain(mechanism: str, street: Street) -> float:
    """What a home gains by its best response to everybody's truth, mean of all, $ over the street's days."""
    rule = mechanisms.make(mechanism)
    truthful = Orders(street.expected_wh, rule.limits(street.expected_wh, street.outside))
    gains = best_responses(rule, truthful, street.outside, street.slots)
    return dollars(gains.sum() / len(gains))


def _vanishes(mechanism: str) -> Finding:
    few, many = (_gains(mechanism, homes) for homes in (FEW, MANY))
    difference = Estimate.of(many - few / 2)
    means = f"${few.mean():.3f} at {FEW} homes, ${many.mean():.3f} at {MANY}"
    return Finding(f"{means}; less half of the former {difference.money}", difference.high < 0)


def _gains(mechanism: str, homes: int) -> Floats:
    """Means in communities of so many homes: shape (seeds, months)."""
    rows = streets(EVERY_MONTH, 1, homes, seeds=FRESH_SEEDS)
    return np.array([[mean_gain(mechanism, each) for each in row] for row in rows])


RULE = (
    f"One day in each of {len(EVERY_MONTH)} months x {len(FRESH_SEEDS)} seeds, forecasts as the day "
    "before, each home's best limit against the truth of all others: the mean gain of a home and day at "
    f"{MANY} homes less half of that at {FEW} has an interval below 0. (Of the order 1 / n it would be an "
    "eighth. A pilot on other seeds and half of the months did not meet the rule for `uniform`, -0.025 "
    "(-0.061 to 0.007); the rule was kept, the sample doubled, and seeds are fresh.)"
)
CLAIMS = (
    Claim(
        "misreporting-uniform",
        "Rustichini, Satterthwaite and Williams, Econometrica 62(5), 1994, 1041-1063; its theorem at "
        "second hand",
        "Under a market-clearing price, what traders gain by misreporting vanishes as the market grows.",
        RULE,
        lambda: _vanishes("uniform"),
    ),
    Claim(
        "misreporting-average",
        "no source: the same theorem, taken for a price rule that it does not cover",
        "What traders gain by misreporting vanishes, too, where the price is the middle between the last "
        "filled bid and ask, `average`.",
        RULE,
        lambda: _vanishes("average"),
    ),
)
"""What is claimed of incentives."""
