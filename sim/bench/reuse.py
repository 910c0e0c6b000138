"""What the proof store saves a sweep whose points share all forecasts."""

from pathlib import Path
from typing import Any

import pandas as pd

from sim.bench.child import SCENARIOS, Finished, run_street, zkpet
from sim.bench.part import Part
from sim.runtime.progress import Progress

FEED_IN = (0.03, 0.06, 0.09, 0.12)
JOBS = 2
_SENTENCE = (
    "The street with proofs for all at four feed-in tariffs: one sweep with an empty store, against four "
    "runs without a store."
)


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
        sentence=_SENTENCE,
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
