"""How well proving and chain overlap in a run with a proof behind every bid."""

from pathlib import Path
from typing import Any

from sim.bench.child import run_street
from sim.bench.part import Part
from sim.runtime.cores import CORES
from sim.runtime.progress import Progress

HOMES, DAYS, JOBS = 30, 4, 2
_SENTENCE = (
    f"Wall time of a market with proofs for all, {HOMES} homes x {DAYS} days day-ahead on py-evm, against "
    "the least it could take: the chain alone, or proving and chain spread evenly over the cores."
)


def measure_overlap(folder: Path, progress: Progress) -> Part:
    """One run in a process of its own, without the store."""
    progress.say(f"overlap: {HOMES * DAYS} proofs")
    settings = (
        f"population.agents={HOMES}",
        "population.resampling=true",
        f"time.days={DAYS}",
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
        sentence=_SENTENCE,
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
