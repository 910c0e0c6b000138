"""Streets of real homes in several months, with what they expect of a day: nothing here is trained."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from sim.arrays import Floats, Ints
from sim.data.population import build_population, gate_inputs, slots_from_midnight
from sim.forecast.baselines import yesterday_wh
from sim.market.bills import OutsideOption, outside_option
from sim.runtime.wording import money
from sim.schema.scenario import Scenario
from sim.seeds import Streams
from sim.simulation.feasibility import home_tariffs
from sim.study.bootstrap import mean_and_interval
from sim.units import NANO

MEASURED_HOMES = 15
SEEDS = (7, 8, 9, 10, 11)
FRESH_SEEDS = (12, 13, 14, 15, 16)
"""For what the others have been looked at already."""
EVERY_MONTH = tuple(f"2016-{month:02}-12" for month in range(8, 13)) + tuple(
    f"2017-{month:02}-12" for month in range(1, 8)
)
EVERY_OTHER_MONTH = EVERY_MONTH[::2]


@dataclass(frozen=True)
class Street:
    """Some homes for some days, day-ahead; arrays of shape (homes, slots).

    reading_wh, expected_wh: what they have, and expect at the gate: the reading of the day before
    """

    reading_wh: Ints
    expected_wh: Ints
    outside: OutsideOption
    streams: Streams

    @property
    def slots(self) -> Ints:
        """Their numbers."""
        return np.arange(self.reading_wh.shape[1])


@cache
def street(start: str, days: int, seed: int, homes: int = MEASURED_HOMES, pv_per_load: float = 0) -> Street:
    """Homes of the embedded data at the shipped street's tariffs; beyond its 15 they are resampled.

    pv_per_load: what all PV gives over what all homes consume in these days, by scaling PV; 0: as measured
    """
    scenario = Scenario.of(
        {
            "name": "street",
            "seed": seed,
            "time": {"start": start, "days": days},
            "population": {"agents": homes, "pv_share": 0.54, "resampling": homes > MEASURED_HOMES},
            "market": {"retail": 0.22, "feed_in": 0.06},
        }
    )
    streams = Streams(seed)
    population = build_population(scenario, streams)
    first, slots = population.first_slot, population.slots
    load_wh, pv_wh = population.readings.load_wh, population.readings.pv_wh
    if pv_per_load:
        factor = pv_per_load * load_wh[:, first:].sum() / pv_wh[:, first:].sum()
        pv_wh = np.rint(pv_wh * factor).astype(np.int64)
    net_wh = load_wh - pv_wh
    clock = gate_inputs(scenario, population.readings).clock
    expected_wh = yesterday_wh(net_wh, clock, first, days)
    day_slots = slots_from_midnight(scenario, population.readings.slot_s, slots)
    outside = outside_option(home_tariffs(scenario, population), day_slots, scenario.market.grid_fee)
    return Street(net_wh[:, first:].copy(), expected_wh.reshape(len(net_wh), -1), outside, streams)


def streets(
    starts: Sequence[str],
    days: int,
    homes: int = MEASURED_HOMES,
    pv_per_load: float = 0,
    seeds: Sequence[int] = SEEDS,
) -> list[list[Street]]:
    """Of each seed one street for every period."""
    return [[street(start, days, seed, homes, pv_per_load) for start in starts] for seed in seeds]


@dataclass(frozen=True)
class Estimate:
    """A mean over seeds and months with its 95 % interval."""

    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Floats) -> "Estimate":
        """From values of shape (seeds, months)."""
        return cls(*mean_and_interval(values, Streams(SEEDS[0])))

    def __str__(self) -> str:
        return f"{self.mean:.3f} ({self.low:.3f} to {self.high:.3f})"

    @property
    def money(self) -> str:
        """The same, of $."""
        mean, low, high = (money(NANO * dollars, 3) for dollars in (self.mean, self.low, self.high))
        return f"{mean} ({low} to {high})"
