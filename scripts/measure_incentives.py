"""Print what a home could gain by other limits than its outside option, by mechanism and community size.

    python -m scripts.measure_incentives [--seeds 3] [--sizes 8 15 30 64] [--mechanisms uniform pay-as-bid]

Each home deviates alone, knows the book, and values energy by its forecast, the reading of the day before.
All others tell the truth; or they name limits at random, as zic does: where one tariff is common to all,
their truths are but two limits. Homes and tariffs are those of
``zkpet replicate``: one day in each of four months, resampled beyond 15 homes. In cents a home and day, the
mean over homes, months and seeds with a 95 % interval. Against random limits eight homes, spread evenly,
deviate in every fourth slot, and their day is four times what these gain.
"""

import argparse

import numpy as np

from sim.arrays import Ints
from sim.market.best_response import best_response, best_responses, on_short_side
from sim.market.book import OrderBook
from sim.market.mechanisms import Mechanism, mechanisms
from sim.market.mechanisms.rounds import InRounds
from sim.market.orders import Orders
from sim.replicate.streets import EVERY_MONTH, SEEDS, Estimate, Street, streets
from sim.replicate.zero_intelligence import random_limits
from sim.units import NANO

CENT = NANO // 100
MONTHS = EVERY_MONTH[::3]
DEVIATING, EVERY_SLOT = 8, 4
COLUMNS = (
    "mechanism",
    "homes",
    "gain, others truthful",
    "of it on the short side",
    "most of one home",
    "gain, others at random",
    "most of one home",
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=3, help=f"how many, from {SEEDS[0]} on, at most 5")
    parser.add_argument("--sizes", type=int, nargs="+", default=[8, 15, 30, 64], help="homes")
    parser.add_argument("--mechanisms", nargs="+", choices=sealed(), default=sealed())
    options = parser.parse_args()
    print(f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|", flush=True)
    for name in options.mechanisms:
        mechanism = mechanisms.make(name)
        for homes in options.sizes:
            rows = streets(MONTHS, 1, homes, seeds=SEEDS[: options.seeds])
            found = np.array([[gains_of(mechanism, each) for each in row] for row in rows]) / CENT
            cells = (
                spread(found[:, :, 0]),
                spread(found[:, :, 1]),
                f"{found[:, :, 2].max():.2f}",
                spread(found[:, :, 3]),
                f"{found[:, :, 4].max():.2f}",
            )
            print(f"| `{name}` | {homes} | {' | '.join(cells)} |", flush=True)


def sealed() -> list[str]:
    """Every registered mechanism in which homes name one limit for a slot."""
    return [each.name for each in mechanisms if each.asks_limits and not issubclass(each, InRounds)]


def gains_of(mechanism: Mechanism, street: Street) -> list[float]:
    """Of all homes against the truth: their mean, with gains of the short side alone, and the most of one.

    Then the mean of some against random limits, and the most of one; nano-$ a day.
    """
    truth = mechanism.limits(street.expected_wh, street.outside)
    gains = best_responses(mechanism, Orders(street.expected_wh, truth), street.outside, street.slots)
    of_home = gains.sum(axis=1)
    of_short = np.where(on_short_side(street.expected_wh), gains, 0).sum(axis=1)
    some = against_random(mechanism, street, truth)
    return [float(each) for each in (of_home.mean(), of_short.mean(), of_home.max(), some.mean(), some.max())]


def against_random(mechanism: Mechanism, street: Street, truth: Ints) -> Ints:
    """What some homes gain in a day over telling the truth where all others draw their limits: nano-$."""
    homes = np.arange(0, len(truth), max(1, len(truth) // DEVIATING))[:DEVIATING]
    drawn, gains = random_limits(street, 0), np.zeros(len(homes), dtype=np.int64)
    for place, home in enumerate(homes.tolist()):
        for slot in street.slots[::EVERY_SLOT].tolist():
            limits = drawn[:, slot].copy()
            limits[home] = truth[home, slot]
            book = OrderBook(slot, street.expected_wh[:, slot].copy(), limits)
            if book.quantity_wh[home]:
                gains[place] += best_response(mechanism, book, home, int(truth[home, slot]))[1]
    return gains * EVERY_SLOT


def spread(values: np.ndarray) -> str:
    """Mean and 95 % interval; values: shape (seeds, months), cents."""
    found = Estimate.of(values)
    return "0" if not values.any() else f"{found.mean:.2f} ({found.low:.2f} to {found.high:.2f})"


if __name__ == "__main__":
    main()
