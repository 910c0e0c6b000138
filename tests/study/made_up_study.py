"""Cells and days of a made-up study, in keeping with each other: what a sweep of real runs writes."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sim.measures.daily import BY_SLOT
from sim.units import NANO

HOMES = 15
CENT = NANO // 100
NO_MARKET = {"chain.gas_price": 0, "costs.charged": False}  # change no order


class Tables(NamedTuple):
    cells: pd.DataFrame
    days: pd.DataFrame
    axes: list[str]


def made_up_study(
    axes: Mapping[str, Sequence[Any]],
    seeds: int = 4,
    days: int = 28,
    zipped: Mapping[str, Sequence[Any]] | None = None,
    charged: bool = False,
) -> Tables:
    """A grid of axes, ``zipped`` ones together; costs follow the gas price where that is an axis."""
    together = list(zip(*zipped.values(), strict=True)) if zipped else [()]
    names = [*axes, *(zipped or {})]
    cells, by_day = [], []
    markets: dict[str, int] = {}
    for *grid, last in product(*axes.values(), together):
        point = dict(zip(names, (*grid, *last), strict=True))
        place = markets.setdefault(repr({**point, **NO_MARKET}), len(markets))
        for seed in range(7, 7 + seeds):
            name = hashlib.sha256(repr((point, seed)).encode()).hexdigest()[:16]
            table = _days(place, seed, days, point, charged)
            by_day.append(table.assign(cell=name))
            cells.append({"cell": name, **point, "seed": seed, **_summary(table, point, charged)})
    return Tables(pd.DataFrame(cells), pd.concat(by_day, ignore_index=True), names)


def _days(place: int, seed: int, days: int, point: Mapping[str, Any], charged: bool) -> pd.DataFrame:
    """Days have a level in common, seeds have one, and every point saves more than the one before."""
    random = np.random.default_rng([seed, place])
    level = np.random.default_rng(0).uniform(0.5, 1.5, days) * np.random.default_rng(seed).uniform(0.8, 1.2)
    homes = point.get("population.agents", HOMES)
    most = (homes * 40 * CENT * level).astype(np.int64)
    saving = (most * (0.3 + 0.02 * place + random.normal(0, 0.02, days))).astype(np.int64)
    cost = np.full(days, homes * (1_000_000 * point.get("chain.gas_price", 20) + CENT // 10), dtype=np.int64)
    traded_wh = (homes * 2_000 * level).astype(np.int64)
    charges = cost if charged else 0 * cost
    others = dict.fromkeys(BY_SLOT, most // 10)
    return pd.DataFrame(
        {
            **others,
            "day": np.arange(days),
            "date": [date(2017, 6, 1) + timedelta(days=day) for day in range(days)],
            "orders": homes * 24,
            "trades": homes * 5,
            "traded_wh": traded_wh,
            "paid_nano": (traded_wh * random.normal(140_000, 6_000, days)).astype(np.int64),
            "traded_without_sun_wh": traded_wh // 10,
            "welfare_nano": (most * 0.6).astype(np.int64) + saving // 10,
            "welfare_best_nano": most,
            "bill_nano": 6 * most - saving + charges,
            "bill_grid_only_nano": 6 * most,
            "bill_foresight_nano": 5 * most + charges,
            "bill_persistence_nano": 6 * most - saving // 2 + charges,
            "charges_nano": charges,
            "sold_wh": traded_wh,
            "sold_backed_wh": traded_wh * 4 // 5,
            "forecast_abs_error_wh": (homes * 24 * random.normal(600 - 10 * place, 40, days)).astype(
                np.int64
            ),
            "persistence_abs_error_wh": (homes * 24 * 640 * level**0.1).astype(np.int64),
            "readings": homes * 24,
            "homes": homes,
            "cost_nano": pd.array(cost, dtype="Int64"),
            "cost_energy_nano": pd.array(np.full(days, homes * (CENT // 10)), dtype="Int64"),
            "gas": pd.array(np.full(days, homes * 1_000_000), dtype="Int64"),
        }
    )


def _summary(table: pd.DataFrame, point: Mapping[str, Any], charged: bool) -> dict[str, Any]:
    """The figures that statistics do not make of the days, and of the others one, to be compared."""
    whole = table.drop(columns=["day", "date"]).sum()
    homes = int(whole["homes"]) // len(table)
    saving = int(whole["bill_grid_only_nano"] - whole["bill_nano"] + whole["charges_nano"])
    random, price = np.random.default_rng([saving % 2**32]), point.get("chain.gas_price", 20)
    gas = 1_000_000 * homes * len(table)
    return {
        "proof_policy": "none",
        "chain_backend": "none",
        "agents": homes,
        "clusters": point.get("forecast.clusters", 3),
        "mean_price": whole["paid_nano"] / whole["traded_wh"],
        "homes_worse_off": int(random.integers(0, 4)),
        "leak_share": 0.4 + 0.5 * random.uniform(),
        "leak_share_hidden": 0.9 + 0.1 * random.uniform(),
        "leak_share_bids": 0.3 + 0.1 * random.uniform(),
        "leak_share_totals": 0.3,
        "costs_charged": charged,
        "saving": saving,
        "cost_gas": gas * price,
        "break_even_gas_price": round((saving - int(whole["cost_nano"]) + gas * price) / gas, 3),
        "prove_cpu_s": homes * len(table) * random.uniform(0.3, 0.4),
        "prove_cpu_s_per_proof": random.uniform(0.3, 0.4),
        "gas_per_order": random.normal(70_000, 300),
        "wall_s": random.uniform(20, 30),
        "market_digest": "0" * 64,
    }
