"""Tables and summary of a made-up run: real auctions among random orders, and everything else in keeping."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sim.arrays import Ints
from sim.market.bills import OutsideOption, bills, grid_only_bills
from sim.market.clearing import Trades
from sim.market.trades import clear_slots
from sim.units import share
from tests.market.books import AVERAGE

RETAIL, FEED_IN = 220_000, 60_000


class Run(NamedTuple):
    tables: dict[str, pd.DataFrame]
    summary: dict[str, Any]


def made_up_run(
    homes: int = 6,
    slots: int = 48,
    horizon: int = 24,
    policy: str = "all",
    trading: bool = True,
    name: str = "home",
) -> Run:
    """Every other home has PV and sells by day. Without ``trading``, sellers ask more than buyers bid."""
    random = np.random.default_rng(homes + slots)
    hour = np.arange(slots) % 24
    sells = (hour >= 6) & (hour < 18) & (np.arange(homes) % 2 == 0)[:, None]
    forecast_wh = np.where(sells, -1, 1) * random.integers(1, 900, (homes, slots))
    actual_wh = forecast_wh + random.integers(-200, 201, (homes, slots))
    persistence_wh = forecast_wh + random.integers(-400, 401, (homes, slots))
    limit_price = random.integers(FEED_IN, RETAIL, (homes, slots))
    if not trading:
        limit_price = np.where(sells, RETAIL, FEED_IN)
    cleared = clear_slots(AVERAGE, np.arange(slots), forecast_wh, limit_price)
    names = np.array([f"{name}-{number:02d}" for number in range(homes)])
    submissions = homes * slots // horizon
    gas = _gas(submissions, slots)
    tables = {
        "slots": _slots(forecast_wh, limit_price, cleared),
        "orders": _orders(names, forecast_wh, limit_price, cleared),
        "agents": _agents(names, actual_wh, cleared),
        "forecasts": _forecasts(names, forecast_wh, persistence_wh, actual_wh),
        "gas": gas,
    }
    errors = {
        "forecast_mae_wh": float(np.abs(forecast_wh - actual_wh).mean()),
        "persistence_mae_wh": float(np.abs(persistence_wh - actual_wh).mean()),
    }
    bill = int(tables["agents"]["bill_nano"].sum())
    bills = {"community_bill": bill, "community_bill_persistence": bill + 10**9}
    proofs = submissions if policy == "all" else 0
    return Run(tables, {**_market(cleared), **errors, **bills, **_costs(proofs, gas), "proof_policy": policy})


def _slots(quantity_wh: Ints, limit_price: Ints, cleared: Trades) -> pd.DataFrame:
    traded_wh = cleared.traded_wh
    price = pd.array(cleared.price, dtype="Int64")
    price[traded_wh == 0] = pd.NA
    return pd.DataFrame(
        {
            "slot": np.arange(len(traded_wh)),
            "start": pd.date_range("2017-06-12", periods=len(traded_wh), freq="h"),
            "price_nano_per_wh": price,
            "retail_low_nano_per_wh": RETAIL,
            "retail_high_nano_per_wh": RETAIL,
            "feed_in_low_nano_per_wh": FEED_IN,
            "feed_in_high_nano_per_wh": FEED_IN,
            "traded_wh": traded_wh,
            "bid_wh": np.maximum(quantity_wh, 0).sum(axis=0),
            "ask_wh": np.maximum(-quantity_wh, 0).sum(axis=0),
            "gain_at_limits_nano": (limit_price * cleared.fill_wh).sum(axis=0),
            "to_utility_nano": cleared.surplus,
        }
    )


def _orders(names: np.ndarray, quantity_wh: Ints, limit_price: Ints, cleared: Trades) -> pd.DataFrame:
    slot, home = np.nonzero(quantity_wh.T)
    return pd.DataFrame(
        {
            "slot": slot,
            "agent": names[home],
            "side": np.where(quantity_wh[home, slot] > 0, "buy", "sell"),
            "quantity_wh": np.abs(quantity_wh[home, slot]),
            "limit_nano_per_wh": limit_price[home, slot],
            "fill_wh": np.abs(cleared.fill_wh[home, slot]),
        }
    )


def _agents(names: np.ndarray, actual_wh: Ints, cleared: Trades) -> pd.DataFrame:
    outside = OutsideOption(np.full_like(actual_wh, RETAIL), np.full_like(actual_wh, FEED_IN))
    bill = bills(actual_wh, cleared, outside).sum(axis=1)
    grid_only = grid_only_bills(actual_wh, outside).sum(axis=1)
    return pd.DataFrame(
        {
            "agent": names,
            "has_pv": np.arange(len(names)) % 2 == 0,
            "bought_wh": np.maximum(cleared.fill_wh, 0).sum(axis=1),
            "sold_wh": np.maximum(-cleared.fill_wh, 0).sum(axis=1),
            "bill_nano": bill,
            "bill_grid_only_nano": grid_only,
            "saving_nano": grid_only - bill,
        }
    )


def _forecasts(names: np.ndarray, forecast_wh: Ints, persistence_wh: Ints, actual_wh: Ints) -> pd.DataFrame:
    homes, slots = actual_wh.shape
    return pd.DataFrame(
        {
            "agent": np.repeat(names, slots),
            "slot": np.tile(np.arange(slots), homes),
            "forecast_wh": forecast_wh.ravel(),
            "persistence_wh": persistence_wh.ravel(),
            "actual_wh": actual_wh.ravel(),
        }
    )


def _gas(submissions: int, slots: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "stage": ["set-up", "commit", "submit", "clear", "settle"],
            "transactions": [10, 1, submissions, slots, 1],
            "gas": [9_000_000, 800_000, 950_000 * submissions, 240_000 * slots, 600_000],
            "verifier_gas": [0, 0, 560_000 * submissions, 0, 0],
        }
    )


def _market(cleared: Trades) -> dict[str, Any]:
    homes, slots = cleared.fill_wh.shape
    return {
        "scenario": "made-up",
        "seed": 7,
        "agents": homes,
        "agents_with_pv": (homes + 1) // 2,
        "slots": slots,
        "orders": homes * slots,
        "traded_wh": int(cleared.traded_wh.sum()),
        "mean_price": share(int(cleared.paid.sum()), int(cleared.traded_wh.sum())),
    }


def _costs(proofs: int, gas: pd.DataFrame) -> dict[str, Any]:
    return {
        "proofs_made": proofs,
        "proofs_verified_on_chain": proofs,
        "prove_cpu_s": 0.4 * proofs,
        "setup_s": 3.2,
        "chain_s": 5.1,
        "wall_s": 9.9,
        "cost_gas": int(gas["gas"].sum()) * 20,
        "cost_energy": 320 * proofs,
        "costs_charged": False,
    }
