"""The forecasts of a study's cells without their markets: errors, money, and what proofs would cost.

    python -m scripts.forecast_study scenarios/regimes.toml results/regimes

Takes a study file as `zkpet sweep` does. Forecasts do not depend on the market, so that models are trained
as a run trains them (and kept in its store), all gates are forecast, and nothing is traded, which takes a
tenth of the time. Writes ``cells.parquet``, one row per cell, for `python -m scripts.study_means`:

    forecast_mae_wh, forecast_bias_wh, and the errors of the baselines, as in docs/measures.md
    saving, savings_share   as there, had all homes ordered forecasts at outside options; with --savings
    models           trained, each with a circuit to set up
    rows, proof_bytes, verify_gas, modelled_cpu_s   of one proof, modelled; means over all bids

The last are empty where no circuit that the contract takes could be set up.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np

from sim.costs.gas import Proof, proof_gas
from sim.costs.home_costs import modelled_circuits
from sim.errors import InputError
from sim.forecast.baselines import REPORTED
from sim.market.baselines import foresight_bills, truthful_bills
from sim.market.bills import grid_only_bills
from sim.measures.forecasts import mae_wh
from sim.runtime.progress import Progress
from sim.runtime.store import open_store
from sim.simulation.preparation import Prepared, prepare
from sim.study.cells import Cell
from sim.study.study_file import load_study
from sim.study.study_tables import cells_table
from sim.units import share


def main() -> None:
    """Prepare every cell, and write what came of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("study", type=Path, help="a study file")
    parser.add_argument("out", type=Path, help="a directory")
    parser.add_argument("--savings", action="store_true", help="clear the forecasts as well")
    parser.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", dest="settings")
    options = parser.parse_args()
    try:
        study = load_study(options.study, options.settings)
    except InputError as error:
        sys.exit(str(error))
    rows: list[dict[str, Any]] = []
    known: dict[bytes, int] | None = {} if options.savings else None
    for number, cell in enumerate(study.cells, 1):
        rows.append({**dict(zip(study.axes, cell.values, strict=True)), **figures(cell, known)})
        print(f"{number} of {len(study.cells)}: {study.label(cell)}", file=sys.stderr, flush=True)
    options.out.mkdir(parents=True, exist_ok=True)
    cells_table(rows).to_parquet(options.out / "cells.parquet", index=False)


def figures(cell: Cell, known: dict[bytes, int] | None) -> dict[str, Any]:
    """What a cell's forecasts are worth; savings only where there is a place for what is known of them."""
    scenario = cell.scenario
    prepared = prepare(scenario, Progress(quiet=True), store=open_store(scenario.proofs.store))
    return {
        "seed": cell.seed,
        "forecast_mae_wh": mae_wh(prepared),
        "forecast_bias_wh": float((prepared.forecast_wh - prepared.reading_wh).mean()),
        **{f"{key}_mae_wh": mae_wh(prepared, key) for key in REPORTED},
        **({} if known is None else savings(prepared, known)),
        **costs(prepared),
    }


def savings(prepared: Prepared, known: dict[bytes, int]) -> dict[str, Any]:
    """What homes save with forecasts ordered at outside options, and of what perfect foresight would save.

    known: bills that do not depend on forecasts, by what they depend on; filled as they are needed
    """
    outside, net_wh = prepared.outside, prepared.reading_wh
    about = (net_wh, outside.retail, outside.feed_in, repr(prepared.scenario.market).encode())
    key = b"".join(each if isinstance(each, bytes) else each.tobytes() for each in about)
    slots, mechanism = np.arange(net_wh.shape[1]), prepared.mechanism
    if key not in known:
        known[key] = int(foresight_bills(mechanism, net_wh, slots, outside).sum())
    bill = int(truthful_bills(mechanism, prepared.forecast_wh, net_wh, slots, outside).sum())
    grid_only = int(grid_only_bills(net_wh, outside).sum())
    return {"saving": grid_only - bill, "savings_share": share(grid_only - bill, grid_only - known[key])}


def costs(prepared: Prepared) -> dict[str, Any]:
    """Of one proof, as modelled."""
    models = len(prepared.forecasters.models)
    try:
        circuits = modelled_circuits(prepared)
    except InputError:
        return {"models": models, **dict.fromkeys(("rows", "proof_bytes", "verify_gas", "modelled_cpu_s"))}
    horizon = prepared.scenario.time.horizon
    of_bid = [circuits[number] for number in prepared.forecasters.numbers(prepared.gates).ravel()]
    gas = [proof_gas(Proof(cost.proof_bytes, cost.key_words), horizon) for cost in of_bid]
    return {
        "models": models,
        "rows": float(np.mean([cost.rows for cost in of_bid])),
        "proof_bytes": float(np.mean([cost.proof_bytes for cost in of_bid])),
        "verify_gas": float(np.mean(gas)),
        "modelled_cpu_s": float(np.mean([cost.prove_cpu_s for cost in of_bid])),
    }


if __name__ == "__main__":
    main()
