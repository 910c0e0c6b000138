"""The readings of a source, read and scaled once in a process for all runs that take them."""

from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.data import sierra_crest
from sim.data.csv_file import read_csv
from sim.data.readings import Readings
from sim.schema.forecasting import EMBEDDED_SOURCE

Stamp = tuple[int, int, int]

LARGE_BYTES = 2**24
"""Takes about a second to read."""
KEPT_SOURCES, KEPT_SCALINGS = 1, 2  # as read, and as scaled; the largest sources are hundreds of megabytes


def stamp_of(path: Path) -> Stamp:
    """What changes with a file's content: inode, size and time of change in ns; zeros without a file."""
    if not path.is_file():
        return 0, 0, 0
    facts = path.stat()
    return facts.st_ino, facts.st_size, facts.st_mtime_ns


def slow_to_read(source: str) -> str:
    """What to say before a source is read that takes its time; empty of all others."""
    _, size, _ = stamp_of(Path(source)) if source != EMBEDDED_SOURCE else (0, 0, 0)
    return f"reading {source}, {size / 10**6:,.0f} MB" if size >= LARGE_BYTES else ""


def source_readings(source: str, load_scale: Fraction, pv_scale: Fraction) -> Readings:
    """All homes of the embedded data or of a CSV file, scaled; the arrays are read-only.

    Raises InputError where the source cannot be read.
    """
    stamp = (0, 0, 0) if source == EMBEDDED_SOURCE else stamp_of(Path(source))
    return _scaled_readings(source, stamp, load_scale, pv_scale)


@lru_cache(KEPT_SCALINGS)
def _scaled_readings(source: str, stamp: Stamp, load_scale: Fraction, pv_scale: Fraction) -> Readings:
    readings = _readings(source, stamp)
    load_wh, pv_wh = scaled(readings.load_wh, load_scale), scaled(readings.pv_wh, pv_scale)
    for array in (load_wh, pv_wh):
        array.flags.writeable = False
    return replace(readings, load_wh=load_wh, pv_wh=pv_wh)


@lru_cache(KEPT_SOURCES)
def _readings(source: str, stamp: Stamp) -> Readings:
    del stamp
    return sierra_crest.load() if source == EMBEDDED_SOURCE else read_csv(Path(source))


def scaled(energy_wh: NDArray[np.int64], factor: Fraction) -> NDArray[np.int64]:
    """Times an exact factor, rounded half away from zero; readings are at least 0."""
    if factor == 1:
        return energy_wh
    above, below = factor.numerator, factor.denominator
    levels, level_of = np.unique(energy_wh, return_inverse=True)
    exact = [(2 * above * level + below) // (2 * below) for level in levels.tolist()]
    return np.array(exact, dtype=np.int64)[level_of]
