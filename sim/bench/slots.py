"""What a day ahead costs by the length of its slots: gates of 24, 48 and 96 of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.bench.part import Part
from sim.bench.whole_runs import JOBS, run_street
from sim.data import sierra_crest
from sim.data.readings import DAY_S, Readings
from sim.runtime.progress import Progress

SLOTS = (24, 48, 96)
HOMES = 15
DELIVERY = date(2017, 6, 12)
HISTORY_DAYS = 40
ORDERS = {
    "open": ("market.strategy=truthful",),
    "sealed": ("market.orders=sealed", "market.mechanism=net-price"),
}
_SENTENCE = (
    "One day-ahead gate by its slots: the embedded homes with each hour in equal parts, the default model on "
    "a day of readings, proofs for all, on py-evm, without the store. A bid is a home's orders for the gate, "
    "an order one home in one slot."
)


def split(readings: Readings, parts: int) -> Readings:
    """The same energy in slots of which so many make one: equal shares, what is left over in the first."""
    load_wh, pv_wh = (_shares(each, parts) for each in (readings.load_wh, readings.pv_wh))
    return replace(readings, slot_s=readings.slot_s // parts, load_wh=load_wh, pv_wh=pv_wh)


def _shares(energy_wh: NDArray[np.int64], parts: int) -> NDArray[np.int64]:
    whole, left = np.divmod(energy_wh[..., None], parts)
    shares: NDArray[np.int64] = (whole + (np.arange(parts) < left)).reshape(len(energy_wh), -1)
    return shares


def write_day(slots: int, path: Path) -> None:
    """A CSV file of the embedded homes at so many slots a day: the day of delivery and its history."""
    whole = sierra_crest.load()
    end = datetime.combine(DELIVERY, time()) + timedelta(days=1)
    last = int((end - whole.start).total_seconds()) // whole.slot_s
    first = last - (HISTORY_DAYS + 1) * whole.slots_per_day
    hourly = replace(
        whole,
        start=whole.time_of(first),
        load_wh=whole.load_wh[:, first:last],
        pv_wh=whole.pv_wh[:, first:last],
    )
    readings = split(hourly, slots // whole.slots_per_day)
    columns: dict[str, Any] = {"time": [readings.time_of(slot).isoformat() for slot in range(readings.slots)]}
    for home, load_wh, pv_wh in zip(readings.homes, readings.load_wh, readings.pv_wh, strict=True):
        columns |= {f"{home}_load_wh": load_wh, f"{home}_pv_wh": pv_wh}
    pd.DataFrame(columns).to_csv(path, index=False)


def day_ahead(slots: int, source: Path) -> tuple[str, ...]:
    """What makes a scenario a day ahead at so many slots a day on such a file."""
    return (
        f"population.source={source}",
        f"time.start={DELIVERY}",
        "time.days=1",
        f"time.slot_minutes={DAY_S // 60 // slots}",
        "time.horizon=24 h",
        "forecast.lookback=24 h",
    )


def measure_slots(folder: Path, progress: Progress, homes: int = HOMES) -> Part:
    """One run of each number of slots and kind of orders."""
    measured = []
    with progress.stage("slots of a gate", len(SLOTS) * len(ORDERS), "runs") as advance:
        for slots in SLOTS:
            source = folder / f"homes{slots}.csv"
            write_day(slots, source)
            for kind in ORDERS:
                measured.append(_measure(homes, slots, kind, source, folder / f"{kind}{slots}"))
                advance(1)
    return slots_part(measured)


def _measure(homes: int, slots: int, kind: str, source: Path, out: Path) -> dict[str, Any]:
    settings = (f"population.agents={homes}", "proofs.store=off", *day_ahead(slots, source), *ORDERS[kind])
    run_street(out, JOBS, settings)
    circuit = pd.read_parquet(out / "circuits.parquet").iloc[0]
    gas = pd.read_parquet(out / "transactions.parquet").groupby("stage")["gas"].sum()
    return {
        "homes": homes,
        "slots": slots,
        "orders": kind,
        "rows": int(circuit["rows"]),
        "logrows": int(circuit["logrows"]),
        "prove_cpu_s": float(circuit["prove_cpu_s"]),
        "proof_bytes": int(circuit["proof_bytes"]),
        "submit_gas": int(gas["submit"]),
        "gas": int(gas.drop("set-up").sum()),
    }


def slots_part(measured: Sequence[dict[str, Any]]) -> Part:
    """A row for each run."""
    rows = []
    for run in measured:
        bid_gas = run["gas"] // run["homes"]
        rows.append(
            (
                f"{run['slots']} slots, {run['orders']}",
                run["rows"],
                f"2^{run['logrows']}",
                run["prove_cpu_s"],
                run["prove_cpu_s"] / run["slots"] * 1_000,
                run["proof_bytes"],
                run["submit_gas"] // run["homes"],
                bid_gas,
                bid_gas // run["slots"],
            )
        )
    return Part(
        name="slots",
        sentence=_SENTENCE,
        columns=(
            "gate",
            "rows",
            "column",
            "CPU-s per proof",
            "CPU-ms per order",
            "proof bytes",
            "gas to submit",
            "gas per bid",
            "gas per order",
        ),
        rows=tuple(rows),
        figures={},
        repetitions=1,
        raw={"runs": list(measured)},
        notes=("CPU seconds are means over the homes; gas is all but set-up, and `submit` is of it.",),
    )
