"""The whole bench: parts in turn, printed as they are done, and kept as JSON."""

import json
import platform
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sim.bench.clearing import ORDERS, QUICK_ORDERS, compare_clearing
from sim.bench.flows import build_circuits, compare_flows, compare_verification
from sim.bench.part import Part, Verdict, judge, part_text, verdicts_text
from sim.bench.recurrent import measure_recurrent
from sim.bench.sealed import HOMES, QUICK_HOMES, measure_sealed
from sim.bench.slots import measure_slots
from sim.bench.whole_runs import SIZES, measure_overlap, measure_reuse, measure_scaling
from sim.outputs.provenance import versions
from sim.proofs.srs import load_srs
from sim.runtime.cores import CORES
from sim.runtime.progress import Progress
from sim.runtime.scratch import scratch_folder

REPETITIONS, QUICK_REPETITIONS = 7, 3
_CPU_INFO = Path("/proc/cpuinfo")


def run_bench(
    quick: bool, out: Path, progress: Progress, show: Callable[[str], None], recurrent: bool = False
) -> None:
    """Measure, show each part as it is done, and write bench.json or quick.json into the folder ``out``.

    recurrent: measure GRU and LSTM alone, and write recurrent.json

    Raises SimulationError where a flow fails or gas differs; a missed target is shown, not raised.
    """
    out.mkdir(parents=True, exist_ok=True)
    parts = []
    with scratch_folder("bench") as folder:
        parts_of = _recurrent(folder, progress) if recurrent else _parts(quick, folder, progress)
        for part in parts_of:
            parts.append(part)
            show(part_text(part) + "\n")
    verdicts = judge(parts)
    if verdicts:
        show(verdicts_text(verdicts))
    path = out / ("recurrent.json" if recurrent else "quick.json" if quick else "bench.json")
    path.write_text(json.dumps(document(quick, parts, verdicts), indent=1) + "\n")
    show(f"\nwritten to {path}")


def _parts(quick: bool, folder: Path, progress: Progress) -> Iterator[Part]:
    repetitions = QUICK_REPETITIONS if quick else REPETITIONS
    progress.say("circuits of both flows")
    srs = load_srs()
    circuits = build_circuits(srs, folder)
    yield compare_flows(circuits, repetitions, progress)
    yield compare_verification(circuits.ours, srs, repetitions, progress)
    yield compare_clearing(QUICK_ORDERS if quick else ORDERS, repetitions, progress)
    yield measure_sealed(QUICK_HOMES if quick else HOMES, srs, folder, progress)
    if not quick:
        yield measure_slots(folder, progress)
        yield measure_scaling(SIZES, folder, progress)
        yield measure_overlap(folder, progress)
        yield measure_reuse(folder, progress)


def _recurrent(folder: Path, progress: Progress) -> Iterator[Part]:
    yield measure_recurrent(load_srs(), folder, progress)


def document(quick: bool, parts: list[Part], verdicts: list[Verdict]) -> dict[str, Any]:
    """What the JSON file holds."""
    return {
        "quick": quick,
        "machine": machine(),
        "targets": [
            {
                "part": verdict.target.part,
                "figure": verdict.target.figure,
                "at_least" if verdict.target.at_least else "at_most": verdict.target.limit,
                "measured": verdict.value,
                "met": verdict.met,
            }
            for verdict in verdicts
        ],
        "parts": {part.name: part.to_json() for part in parts},
    }


def machine() -> dict[str, Any]:
    """CPU model, cores, platform, Python and the versions of the stack."""
    return {
        "cpu": cpu_model(_CPU_INFO.read_text() if _CPU_INFO.exists() else ""),
        "cores": CORES,
        "platform": platform.platform(),
        "python": platform.python_version(),
        "versions": versions(),
    }


def cpu_model(cpu_info: str) -> str:
    """The model's name from the text of /proc/cpuinfo, or what the platform calls its processor."""
    for line in cpu_info.splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            return value.strip()
    return platform.processor() or platform.machine()
