"""A finished run, opened from its directory.

A directory may be a stranger's. All that the page will ever ask of a table is asked here, before it is
shown.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from pandas.api import types

from sim.data.readings import DAY_S
from sim.errors import InputError
from sim.market.clearing import MOST_MONEY
from sim.outputs.run_directory import SCENARIO, SUMMARY, is_run
from sim.outputs.saved import read_json, read_tables
from sim.page.run_state import Run, RunState
from sim.page.timeline import Timeline, timeline_of
from sim.schema.file import load_saved_scenario
from sim.schema.forecasting import AGENTS
from sim.schema.scenario import Scenario
from sim.study.study_directory import is_study_directory
from sim.tables.runs import read_by

MOST_LETTERS = 1_000
"""Longest words of a cell: a transaction's hash has 64, a refusal is a sentence."""
MOST_NUMBER = 2**40
"""Largest number of a cell, above all energies, prices and gas of a run; sums of them fit into 64 bits."""
WORDS, YES_OR_NO = "words", "yes or no"
COUNT, WHOLE, NUMBER = "whole numbers from 0 on", "whole numbers", "numbers"
LARGE = "whole numbers of 64 bits"
MONEY = "amounts of nano-$ that add up exactly"
_COLUMNS: dict[str, dict[str, str]] = {
    "slots": {},
    "orders": {
        **dict.fromkeys(("agent", "side"), WORDS),
        **dict.fromkeys(("slot", "quantity_wh", "limit_nano_per_wh", "fill_wh"), COUNT),
    },
    "trades": {"agent": WORDS, "slot": COUNT, "paid_nano": MONEY},
    "totals": {
        **dict.fromkeys(("slot", "scale", "price_nano_per_wh"), COUNT),
        "total": LARGE,
    },
    "bills": {
        "agent": WORDS,
        **dict.fromkeys(("period", "from_gate", "gates"), COUNT),
        "bill_nano": MONEY,
    },
    "quantities": {"agent": WORDS, "slot": COUNT, "bill_nano": MONEY},
    "agents": {"agent": WORDS, "note": WORDS, "has_pv": YES_OR_NO, "cluster": COUNT},
    "forecasts": {"agent": WORDS, "slot": COUNT, "forecast_wh": WHOLE, "actual_wh": WHOLE},
    "proofs": {
        **dict.fromkeys(("gate", "bytes"), COUNT),
        **dict.fromkeys(("cached", "on_chain"), YES_OR_NO),
        "prove_cpu_s": NUMBER,
    },
    "transactions": {
        **dict.fromkeys(("stage", "agent", "attack", "reason", "hash"), WORDS),
        **dict.fromkeys(("block", "gate", "slot", "gas"), COUNT),
        "accepted": YES_OR_NO,
    },
}
"""What the columns hold."""
_MAY_BE_EMPTY = {("transactions", column) for column in ("attack", "reason", "gate", "slot")} | {
    ("totals", column) for column in ("total", "price_nano_per_wh")
}
MOST_SCALE = 64
"""Of a sealed order's output: more bits than it has."""


class RecordedRun(Run):
    """What a run directory tells; see ``Run``. Nothing is computed again.

    Raises InputError where the directory is not that of a run, or lacks what the page shows.
    """

    def __init__(self, directory: Path) -> None:
        if is_study_directory(directory):
            raise InputError(
                f"{directory}: is a study, of many runs; zkpet report shows it, the page one run"
            )
        if not is_run(directory):
            raise InputError(f"{directory}: should be a run directory, or a scenario (a .toml file)")
        self.scenario = load_saved_scenario(directory / SCENARIO)
        timeline = _timeline_in(directory, self.scenario)
        share = _leak_share(directory / SUMMARY)
        super().__init__(RunState(timeline=timeline, finished=True, leak_share=share))


def _leak_share(summary: Path) -> float | None:
    share = read_json(summary).get("leak_share")
    if share is None or (isinstance(share, int | float) and abs(share) <= 1):
        return share
    raise InputError(f"{summary}: leak_share should be a share between -1 and 1, or null; run it again")


def _timeline_in(directory: Path, scenario: Scenario) -> Timeline:
    """The timeline of a directory's tables, which have to be those of one run.

    Raises InputError, naming file and column, where one is missing, damaged or not as a run's.
    """
    tables = read_tables(directory, read_by("page", sealed=scenario.market.sealed))
    for name, rows in tables.items():
        _check(directory / f"{name}.parquet", name, rows)
    homes, orders, trades = tables["agents"]["agent"], tables["orders"], tables["trades"]
    forecasts = tables["forecasts"]
    names, slots = set(homes.head(AGENTS[1] + 1)), len(tables["slots"])
    fit = (
        len(names) == len(homes)
        and slots > 0
        and scenario.time.days * DAY_S % slots == 0
        and slots % scenario.time.horizon == 0
        and len(forecasts) == len(names) * slots
        and all(bool(rows["agent"].isin(names).all()) for rows in (orders, trades))
        and bool(forecasts["agent"].isin(names).all())
        and forecasts["agent"].nunique() == len(names)
        and all(bool((rows["slot"] < slots).all()) for rows in (orders, trades, forecasts))
        and bool(orders["side"].isin(("buy", "sell")).all())
    )
    if scenario.market.sealed:
        totals, bills, own = (tables[name] for name in ("totals", "bills", "quantities"))
        gates = slots // scenario.time.horizon
        fit = (
            fit
            and totals["slot"].tolist() == list(range(slots))
            and bool((totals["scale"] <= MOST_SCALE).all())
            and bool(own["agent"].isin(names).all() and (own["slot"] < slots).all())
            and set(bills["agent"]) == names
            and len(bills) == len(names) * bills["period"].nunique()
            and bool((bills["from_gate"] + bills["gates"] <= gates).all())
        )
    if not fit:
        raise InputError(f"{directory}: its tables are not those of one run; run it again")
    timeline = timeline_of(scenario, tables)
    try:
        _ = timeline.bill, timeline.bill_without
    except OverflowError as error:
        raise InputError(f"{directory}: {error}; run it again") from None
    return timeline


def _check(path: Path, name: str, rows: pd.DataFrame) -> None:
    for column, kind in _COLUMNS[name].items():
        if list(rows.columns).count(column) != 1:
            raise InputError(f"{path}: should have one column {column}; run it again")
        if not _holds(rows[column], kind, (name, column) in _MAY_BE_EMPTY):
            raise InputError(f"{path}: column {column} should hold {kind}, as a run writes it; run it again")


def _holds(cells: pd.Series, kind: str, may_be_empty: bool) -> bool:
    """Whether a column's cells are of a kind."""
    there = cells.dropna()
    if len(there) < len(cells) and not may_be_empty:
        return False
    if there.empty:
        return True
    if kind == WORDS:
        return all(isinstance(words, str) and len(words) <= MOST_LETTERS for words in there.unique())
    if kind == YES_OR_NO:
        return bool(types.is_bool_dtype(there))
    if not types.is_numeric_dtype(there) or types.is_bool_dtype(there) or types.is_complex_dtype(there):
        return False
    numbers = there.to_numpy()
    if kind == LARGE:
        return bool(types.is_integer_dtype(there))
    whole = kind == NUMBER or bool(types.is_integer_dtype(there))
    if kind == MONEY:
        return whole and float(np.abs(numbers.astype(np.float64)).sum()) <= MOST_MONEY
    lowest = 0 if kind == COUNT else -MOST_NUMBER
    return whole and bool(np.all((numbers >= lowest) & (numbers <= MOST_NUMBER)))
