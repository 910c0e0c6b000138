"""Made-up homes with a daily rhythm, whose days have one of three shapes."""

from datetime import datetime

import numpy as np

from sim.forecast.gate_inputs import GateInputs
from sim.forecast.inputs import Clock, inputs

SLOTS_PER_DAY = 24


def gate_inputs(lookback=24, horizon=24, lead=1, slots_per_day=SLOTS_PER_DAY, beside=()):
    """Readings alone unless inputs are named; slot 0 is the first of January 2017."""
    clock = Clock(datetime(2017, 1, 1), slots_per_day, horizon, lead)
    return GateInputs(lookback, clock, tuple(map(inputs.make, beside)))


def rhythmic_homes(homes=6, days=40, seed=1):
    """Readings of shape (homes, slots): evening, morning or noon homes in turn, with noise."""
    rng, hour = np.random.default_rng(seed), np.arange(days * SLOTS_PER_DAY) % SLOTS_PER_DAY
    peaks = np.array([19, 7, 12])[np.arange(homes) % 3]
    signs = np.array([1, 1, -1])[np.arange(homes) % 3]
    distance = np.minimum(np.abs(hour - peaks[:, None]), 24 - np.abs(hour - peaks[:, None]))
    size = 2_000 + 150 * np.arange(homes)
    shape = (signs * size)[:, None] * np.exp(-(distance**2) / 8.0)
    return np.rint(500 + shape + rng.normal(0, 200, shape.shape)).astype(np.int64)
