"""How a market without proofs and chain grows with its homes."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from sim.bench.child import run_street
from sim.bench.part import Part
from sim.runtime.progress import Progress

SIZES = (200, 600, 2_000, 10_000)
DAYS, HISTORY_DAYS = 7, 28
_GB = 1e9
_SENTENCE = (
    f"Resampled homes over {DAYS} days of hourly slots, day-ahead, without proofs or chain, trained "
    f"on the {HISTORY_DAYS} days before, each size in a process of its own; memory with tables and figures."
)


@dataclass(frozen=True)
class Size:
    """What one size took: seconds of market time per slot, of set-up and in all, and bytes at the peak."""

    homes: int
    slot_s: float
    setup_s: float
    wall_s: float
    peak_bytes: int


def measure_scaling(sizes: Sequence[int], folder: Path, progress: Progress) -> Part:
    """One run of each size."""
    with progress.stage("scaling", len(sizes), "sizes") as advance:
        measured = []
        for homes in sizes:
            measured.append(_measure(homes, folder / str(homes)))
            advance(1)
    return scaling_part(measured)


def _measure(homes: int, out: Path) -> Size:
    settings = (
        f"population.agents={homes}",
        "population.resampling=true",
        f"time.days={DAYS}",
        f"forecast.history_days={HISTORY_DAYS}",
        "proofs.policy=none",
        "proofs.store=off",
        "chain.backend=none",
    )
    finished, summary = run_street(out, 1, settings)
    market_s = summary["wall_s"] - summary["setup_s"]
    return Size(
        homes=homes,
        slot_s=market_s / summary["slots"],
        setup_s=summary["setup_s"],
        wall_s=finished.wall_s,
        peak_bytes=finished.peak_bytes,
    )


def scaling_part(sizes: Sequence[Size]) -> Part:
    """Rows and figures of at least two sizes, the largest last."""
    largest = sizes[-1]
    homes = [size.homes for size in sizes]
    exponent = growth_exponent(homes, [size.slot_s for size in sizes])
    memory_exponent = growth_exponent(homes, [float(size.peak_bytes) for size in sizes])
    return Part(
        name="scaling",
        sentence=_SENTENCE,
        columns=("homes", "s per slot", "set-up s", "whole run s", "peak MB"),
        rows=tuple(
            (f"{size.homes:,}", size.slot_s, size.setup_s, size.wall_s, size.peak_bytes / 1e6)
            for size in sizes
        ),
        figures={
            "exponent": exponent,
            "memory_exponent": memory_exponent,
            f"slot_s_at_{largest.homes}": largest.slot_s,
            f"peak_gb_at_{largest.homes}": largest.peak_bytes / _GB,
        },
        repetitions=1,
        raw={"sizes": [asdict(size) for size in sizes]},
        notes=(f"Seconds per slot grow as n^{exponent:.2f}, peak memory as n^{memory_exponent:.2f}.",),
    )


def growth_exponent(sizes: Sequence[int], values: Sequence[float]) -> float:
    """The slope of log(value) on log(size), by least squares."""
    return float(np.polyfit(np.log(sizes), np.log(values), 1)[0])
