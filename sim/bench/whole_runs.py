"""What whole zkpet commands take: how proving and chain overlap, what the store saves, how a market grows.

Commands run in child processes of their own. The operating system counts a child's peak memory from its
parent's size at the fork: a small launcher in between keeps the bench's own memory out of it.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.bench.part import Part
from sim.errors import SimulationError
from sim.runtime.cores import CORES
from sim.runtime.progress import Progress

JOBS = 2
PROVING_HOMES, PROVING_DAYS = 30, 4
FEED_IN = (0.03, 0.06, 0.09, 0.12)
SIZES = (200, 600, 2_000, 10_000)
DAYS, HISTORY_DAYS = 7, 28
_GB = 1e9
_OF_OVERLAP = (
    f"Wall time of a market with proofs for all, {PROVING_HOMES} homes x {PROVING_DAYS} days day-ahead on "
    "py-evm, against the least it could take: the chain alone, or proving and chain spread evenly over the "
    "cores."
)
_OF_REUSE = (
    "The street with proofs for all at four feed-in tariffs: one sweep with an empty store, against four "
    "runs without a store."
)
_OF_SCALING = (
    f"Resampled homes over {DAYS} days of hourly slots, day-ahead, without proofs or chain, trained "
    f"on the {HISTORY_DAYS} days before, each size in a process of its own; memory with tables and figures."
)
SCENARIOS = Path(__file__).parents[2] / "scenarios"
_LAUNCHER = """
import json, os, sys, time
began = time.perf_counter()
_, status, usage = os.wait4(os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ), 0)
print(json.dumps([os.waitstatus_to_exitcode(status), time.perf_counter() - began, usage.ru_maxrss]))
"""
_UNIT_OF_MAXRSS = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Finished:
    """Wall seconds of a command, and the peak memory of its largest process."""

    wall_s: float
    peak_bytes: int


def zkpet(*arguments: str | Path) -> Finished:
    """Run a command to its end. Raises SimulationError with what it said where it failed."""
    command = [sys.executable, "-m", "sim.cli", *map(str, arguments)]
    code, wall_s, maxrss, said = _launch(command)
    if code:
        raise SimulationError(f"zkpet {' '.join(command[3:5])} ended with {code}: {said}")
    return Finished(wall_s, maxrss * _UNIT_OF_MAXRSS)


def _launch(command: Sequence[str]) -> tuple[int, float, int, str]:
    """Exit code, wall seconds, peak memory in the system's unit, and the last line on standard error."""
    with subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _LAUNCHER, *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=SCENARIOS.parent,
        start_new_session=True,
    ) as launcher:
        try:
            printed, errors = launcher.communicate()
        except BaseException:
            os.killpg(launcher.pid, signal.SIGTERM)
            raise
    code, wall_s, maxrss = json.loads(printed.splitlines()[-1])
    return code, wall_s, maxrss, (errors.strip().splitlines() or ["nothing said"])[-1]


def run_street(out: Path, jobs: int, settings: Sequence[str]) -> tuple[Finished, dict[str, Any]]:
    """`zkpet run` of the street under settings ("section.key=value"), and its summary."""
    overrides = [part for setting in settings for part in ("--set", setting)]
    options = (*overrides, "--jobs", str(jobs), "--out", str(out), "--quiet")
    finished = zkpet("run", SCENARIOS / "street.toml", *options)
    summary: dict[str, Any] = json.loads((out / "summary.json").read_text())
    return finished, summary


# How proving and chain overlap ------------------------------------------------------------------------


def measure_overlap(folder: Path, progress: Progress) -> Part:
    """One run in a process of its own, without the store."""
    progress.say(f"overlap: {PROVING_HOMES * PROVING_DAYS} proofs")
    settings = (
        f"population.agents={PROVING_HOMES}",
        "population.resampling=true",
        f"time.days={PROVING_DAYS}",
        "proofs.policy=all",
        "proofs.store=off",
        "chain.backend=py-evm",
    )
    _, summary = run_street(folder / "overlap", JOBS, settings)
    return overlap_part(summary, min(JOBS + 1, CORES))


def overlap_part(summary: dict[str, Any], cores: int) -> Part:
    """From a run's summary. What the bound does not count stands in the last row."""
    market_s = summary["wall_s"] - summary["setup_s"]
    chain_s, prove_cpu_s = summary["chain_s"], summary["prove_cpu_s"]
    even_s = (prove_cpu_s + chain_s) / cores
    bound_s = max(chain_s, even_s)
    return Part(
        name="overlap",
        sentence=_OF_OVERLAP,
        columns=("what", "seconds"),
        rows=(
            ("set-up", summary["setup_s"]),
            ("market, wall", market_s),
            ("proving, CPU", prove_cpu_s),
            ("chain, with its set-up", chain_s),
            (f"lower bound on {cores} cores", bound_s),
            ("beyond the bound", market_s - bound_s),
        ),
        figures={
            "wall_over_bound": market_s / bound_s,
            "chain_over_prove": chain_s / prove_cpu_s,
            "beyond_bound_s": market_s - bound_s,
        },
        repetitions=1,
        raw={name: summary[name] for name in ("wall_s", "setup_s", "chain_s", "prove_cpu_s")},
        notes=(
            "Beyond the bound lie commitments and native checks of proofs, strategies and off-chain "
            "clearing, the first gate's proofs, which nothing overlaps, and the last gate's clearing.",
        ),
    )


# What the store saves ---------------------------------------------------------------------------------


def measure_reuse(folder: Path, progress: Progress) -> Part:
    """A sweep, then the same points as runs of their own."""
    progress.say(f"reuse: a sweep over {len(FEED_IN)} points, and as many runs")
    swept, cells = _sweep(folder)
    runs = [_cold_run(folder / f"cold{i}", feed_in) for i, feed_in in enumerate(FEED_IN)]
    return reuse_part(swept, cells, runs)


def _sweep(folder: Path) -> tuple[Finished, list[dict[str, int]]]:
    study, out = folder / "study.toml", folder / "sweep"
    axis = f'\n[sweep]\n"market.feed_in" = {list(FEED_IN)}\n'
    study.write_text((SCENARIOS / "street.toml").read_text() + axis)
    store = ("--set", f"proofs.store={folder / 'store'}")
    finished = zkpet("sweep", study, *store, "--jobs", str(JOBS), "--out", out, "--quiet")
    counts = pd.read_parquet(out / "cells.parquet")[["proofs_made", "proofs_cached"]]
    return finished, [
        {"proofs_made": made, "proofs_cached": cached} for made, cached in counts.to_numpy().tolist()
    ]


def _cold_run(out: Path, feed_in: float) -> tuple[Finished, dict[str, Any]]:
    settings = (f"market.feed_in={feed_in}", "proofs.policy=all", "proofs.store=off")
    return run_street(out, JOBS, settings)


def reuse_part(
    swept: Finished, cells: list[dict[str, int]], runs: list[tuple[Finished, dict[str, Any]]]
) -> Part:
    """Proofs are counted from the summaries: as many as one run needs is what a sweep has to make."""
    made, reused = (sum(cell[name] for cell in cells) for name in ("proofs_made", "proofs_cached"))
    cold_s = [finished.wall_s for finished, _ in runs]
    cold_made = sum(int(summary["proofs_made"]) for _, summary in runs)
    return Part(
        name="reuse",
        sentence=_OF_REUSE,
        columns=("what", "wall s", "proofs made", "proofs re-used"),
        rows=(
            ("one sweep", swept.wall_s, made, reused),
            ("four runs", sum(cold_s), cold_made, 0),
        ),
        figures={
            "sweep_s": swept.wall_s,
            "runs_s": sum(cold_s),
            "gain": sum(cold_s) / swept.wall_s,
            "proofs_made_again": float(made - cold_made // len(runs)),
        },
        repetitions=1,
        raw={
            "runs_s": cold_s,
            "cells": cells,
        },
    )


# How a market grows -----------------------------------------------------------------------------------


def measure_scaling(sizes: Sequence[int], folder: Path, progress: Progress) -> Part:
    """One run of each size."""
    with progress.stage("scaling", len(sizes), "sizes") as advance:
        measured = []
        for homes in sizes:
            measured.append(_measure(homes, folder / str(homes)))
            advance(1)
    return scaling_part(measured)


def _measure(homes: int, out: Path) -> dict[str, Any]:
    """What a size took: seconds of market time per slot, of set-up and in all, and bytes at the peak."""
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
    slot_s = (summary["wall_s"] - summary["setup_s"]) / summary["slots"]
    return {"homes": homes, "slot_s": slot_s, "setup_s": summary["setup_s"], **asdict(finished)}


def scaling_part(sizes: Sequence[dict[str, Any]]) -> Part:
    """Rows and figures of at least two sizes, the largest last."""
    largest = sizes[-1]
    exponent, memory_exponent = (
        growth_exponent([size["homes"] for size in sizes], [size[name] for size in sizes])
        for name in ("slot_s", "peak_bytes")
    )
    return Part(
        name="scaling",
        sentence=_OF_SCALING,
        columns=("homes", "s per slot", "set-up s", "whole run s", "peak MB"),
        rows=tuple(
            (
                f"{size['homes']:,}",
                size["slot_s"],
                size["setup_s"],
                size["wall_s"],
                size["peak_bytes"] / 1e6,
            )
            for size in sizes
        ),
        figures={
            "exponent": exponent,
            "memory_exponent": memory_exponent,
            f"slot_s_at_{largest['homes']}": largest["slot_s"],
            f"peak_gb_at_{largest['homes']}": largest["peak_bytes"] / _GB,
        },
        repetitions=1,
        raw={"sizes": list(sizes)},
        notes=(f"Seconds per slot grow as n^{exponent:.2f}, peak memory as n^{memory_exponent:.2f}.",),
    )


def growth_exponent(sizes: Sequence[int], values: Sequence[float]) -> float:
    """The slope of log(value) on log(size), by least squares."""
    return float(np.polyfit(np.log(sizes), np.log(values), 1)[0])
