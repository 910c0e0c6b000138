"""Print what a home could gain by other limits than its outside option, by mechanism and community size.

    python -m scripts.measure_incentives [--seeds 5] [--sizes 8 15 64 128]

All others tell the truth, each home deviates alone, knows the book, and values energy by its forecast as it
is known at the gate. On the street scenario, in $ over its two days; beyond its 15 homes they are resampled.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from sim.arrays import Floats
from sim.market.best_response import best_responses, on_short_side
from sim.market.mechanisms import Mechanism, mechanisms
from sim.market.orders import Orders
from sim.runtime.progress import Progress
from sim.runtime.store import open_store
from sim.schema.file import load_scenario
from sim.seeds import Streams
from sim.simulation.preparation import Prepared, prepare
from sim.study.bootstrap import mean_and_interval
from sim.units import dollars

STREET = Path(__file__).parents[1] / "scenarios" / "street.toml"
MEASURED_HOMES = 15
FIRST_SEED = 7
COLUMNS = (
    "mechanism",
    "homes",
    "mean gain of a home, $",
    "on the short side, $",
    "most of one home, $",
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=5, help=f"how many seeds, from {FIRST_SEED} on")
    parser.add_argument("--sizes", type=int, nargs="+", default=[8, 15, 64, 128], help="homes")
    options = parser.parse_args()
    print(f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|", flush=True)
    for homes in options.sizes:
        markets = [street(homes, seed) for seed in range(FIRST_SEED, FIRST_SEED + options.seeds)]
        for label, mechanism in variants():
            gains = np.array([gains_of(mechanism, market) for market in markets])
            cells = [spread(gains[:, :1]), spread(gains[:, 1:2]), f"{gains[:, 2].max():.2f}"]
            print(f"| {label} | {homes} | {' | '.join(cells)} |", flush=True)


def street(homes: int, seed: int) -> Prepared:
    """Homes, their forecasts and tariffs."""
    settings = {
        "seed": seed,
        "proofs.policy": "none",
        "chain.backend": "none",
        "population.agents": homes,
        "population.resampling": homes > MEASURED_HOMES,
    }
    scenario = load_scenario(STREET).changed(settings)
    return prepare(scenario, Progress(quiet=True), store=open_store(scenario.proofs.store))


def variants() -> Iterator[tuple[str, Mechanism]]:
    """Every registered mechanism in which homes name limits, and of k more than the default."""
    for name in mechanisms.names:
        if name == "uniform":
            yield from ((f"uniform, k = {k:g}", mechanisms.make(name, {"k": k})) for k in (0, 0.5, 1))
        elif mechanisms[name].asks_limits:
            yield name, mechanisms.make(name)


def gains_of(mechanism: Mechanism, market: Prepared) -> list[float]:
    """The mean of all homes, the mean with gains of the short side alone, and the most of one home, $."""
    truthful = Orders(market.forecast_wh, mechanism.limits(market.forecast_wh, market.outside))
    slots = np.arange(truthful.quantity_wh.shape[1])
    gains = best_responses(mechanism, truthful, market.outside, slots)
    of_home = gains.sum(axis=1)
    of_short = np.where(on_short_side(truthful.quantity_wh), gains, 0).sum(axis=1)
    return [dollars(nano) for nano in (of_home.mean(), of_short.mean(), of_home.max())]


def spread(values: Floats) -> str:
    """Mean and 95 % interval; values: shape (seeds, 1)."""
    mean, low, high = mean_and_interval(values, Streams(FIRST_SEED))
    return f"{mean:.3f}" if np.isnan(low) else f"{mean:.3f} ({low:.3f} to {high:.3f})"


if __name__ == "__main__":
    main()
