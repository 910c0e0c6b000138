"""What sealed orders cost beside open ones, by the size of the community."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from sim.bench.part import Part
from sim.bench.whole_runs import JOBS, run_street
from sim.proofs.columns import Columns, columns_of
from sim.proofs.srs import Srs
from sim.runtime.progress import Progress

HOMES, QUICK_HOMES = (15, 64, 256), (15,)
_SLOTS = 24
_SALTS = 2
_OPEN, _SEALED = "open", "sealed"
_OF_ORDERS = {
    _OPEN: ("market.strategy=truthful",),
    _SEALED: ("market.orders=sealed", "market.mechanism=net-price", "forecast.family=linear"),
}
_SENTENCE = (
    "Open orders, with the default model and uniform price, against sealed ones with a linear model of full "
    "rank: one day-ahead gate of resampled homes with proofs for all, on py-evm, without the store. An order "
    "is one home in one slot, whether anything is traded in it or not."
)


def measure_sealed(sizes: Sequence[int], srs: Srs, folder: Path, progress: Progress) -> Part:
    """One run of each size and kind."""
    measured = []
    with progress.stage("sealed orders", 2 * len(sizes), "runs") as advance:
        for homes in sizes:
            for kind in _OF_ORDERS:
                measured.append(_measure(homes, kind, srs, folder / f"{kind}{homes}"))
                advance(1)
    return sealed_part(measured)


def _measure(homes: int, kind: str, srs: Srs, out: Path) -> dict[str, Any]:
    """CPU seconds and gas of a run; proving, and of sealed orders what the auctioneer computes too."""
    settings = (
        f"population.agents={homes}",
        "population.resampling=true",
        "time.days=1",
        "proofs.store=off",
        *_OF_ORDERS[kind],
    )
    _, summary = run_street(out, JOBS, settings)
    gas = pd.read_parquet(out / "transactions.parquet").groupby("stage")["gas"].sum()
    logrows = int(pd.read_parquet(out / "circuits.parquet")["logrows"].iloc[0])
    auctioneer_cpu_s = _auctioneer_cpu_s(columns_of(srs, logrows), homes) if kind == _SEALED else 0.0
    return {
        "homes": homes,
        "orders": kind,
        "prove_cpu_s": summary["prove_cpu_s"],
        "auctioneer_cpu_s": auctioneer_cpu_s,
        "gas": int(gas.drop("set-up").sum()),
        "clear_gas": int(gas["clear"]),
    }


def _auctioneer_cpu_s(columns: Columns, homes: int) -> float:
    """To check a gate's columns and open their sum, fixed points aside, which are made once in a run."""
    column = [*range(-_SLOTS // 2, _SLOTS // 2), *(2**250 + salt for salt in range(_SALTS))]
    columns.openings(column, 1, _SLOTS)
    began = time.process_time()
    for _ in range(homes):
        columns.committed(column)
    columns.openings(column, homes, _SLOTS)
    return time.process_time() - began


def sealed_part(measured: Sequence[dict[str, Any]]) -> Part:
    """Rows and figures of runs, an open and a sealed one of each size, the largest last."""
    rows = []
    for run in measured:
        orders = run["homes"] * _SLOTS
        cpu_ms = (run["prove_cpu_s"] + run["auctioneer_cpu_s"]) / orders * 1_000
        rows.append(
            (f"{run['homes']} homes, {run['orders']}", cpu_ms, run["gas"] // orders, run["clear_gas"])
        )
    ratios = [sealed[1] / open_[1] for open_, sealed in zip(rows[::2], rows[1::2], strict=True)]
    return Part(
        name="sealed",
        sentence=_SENTENCE,
        columns=("community", "CPU-ms per order", "gas per order", "gas to clear the gate"),
        rows=tuple(rows),
        figures={
            "sealed_over_open_cpu": max(ratios),
            f"clear_gas_at_{measured[-1]['homes']}": measured[-1]["clear_gas"],
        },
        repetitions=1,
        raw={"runs": list(measured)},
        notes=(
            "CPU is of proofs and, where orders are sealed, of the auctioneer, who checks every column and "
            "opens their sum.",
        ),
    )
