"""Check the uniform price of 20 runs by code that shares nothing with the auction, and print a line for each.

    python -m scripts.check_prices

The runs are saved, and their tables ``orders`` and ``slots`` read again as a stranger would. A price clears a
slot's orders where those who strictly want more at it do not exceed those who are content: D(> p) <= S(<= p)
and S(< p) <= D(>= p), with D and S the Wh of all bids and asks. The same runs under ``average`` stand beside
them: how many of their prices do not clear. Orders of some homes are coarse, as otherwise the last order is
always filled in part, so that one price alone clears and k decides nothing.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

import sim
from agents.strategies import Draws, View
from agents.strategies.zic import ZeroIntelligenceConstrained
from sim.market.orders import Orders
from sim.outputs.run_directory import write_run

STEP_WH = 1_000
HOMES = [f"home-{number:02}" for number in (2, 4, 6, 8, 10)]
PLAIN: dict[str, Any] = {}
OWN = {f"market.homes.{name}.retail": 0.12 + 0.013 * place for place, name in enumerate(HOMES)}
BY_TIME = {
    "market.retail": {"00:00": 0.18, "16:00": 0.34},
    "market.feed_in": {"00:00": 0.05, "10:00": 0.031, "15:00": 0.07},
}
FEE, ODD_LIMIT = {"market.grid_fee": 0.0131}, {"population.connection_limit_kw": 12.347}
ZIC, TRUTHFUL, MIXED, COARSE = "zic", "truthful", {"zic": 0.5, "truthful": 0.5}, "coarse"
RUNS: list[tuple[str, int, Any, float, dict[str, Any]]] = [
    ("flat", 15, ZIC, 0.5, PLAIN),
    ("flat", 15, TRUTHFUL, 0.5, PLAIN),
    ("flat", 15, MIXED, 0.123457, PLAIN),
    ("per home", 15, ZIC, 0.5, OWN),
    ("per home, fee", 15, MIXED, 1, OWN | FEE),
    ("flat", 15, COARSE, 0.333333, PLAIN),
    ("time of use", 15, COARSE, 1, BY_TIME),
    ("time of use", 15, ZIC, 0, BY_TIME),
    ("time of use, fee", 15, TRUTHFUL, 0.5, BY_TIME | FEE),
    ("fee, odd limit", 15, ZIC, 0.75, FEE | ODD_LIMIT),
    ("flat", 2, ZIC, 0.5, PLAIN),
    ("time of use", 3, MIXED, 0.5, BY_TIME),
    ("flat", 64, ZIC, 0.5, PLAIN),
    ("fee", 64, COARSE, 0.5, FEE),
    ("fee", 64, TRUTHFUL, 0.333333, FEE),
    ("time of use, odd limit", 64, MIXED, 0.5, BY_TIME | ODD_LIMIT),
    ("fee", 256, ZIC, 0.5, FEE),
    ("time of use", 256, COARSE, 0.25, BY_TIME),
    ("flat", 1_000, ZIC, 0.5, PLAIN),
    ("time of use, fee", 1_000, MIXED, 0.5, BY_TIME | FEE),
]
"""Tariffs and limits in words, homes, strategy, k, and settings."""
COLUMNS = (
    *("tariffs, limits", "homes", "strategy", "k", "slots with trade", "several prices clear"),
    *("violations", "violations of `average`"),
)


@dataclass(frozen=True)
class Coarse(ZeroIntelligenceConstrained):
    """Orders in steps, so that both sides often end together, and several prices clear."""

    name = "coarse"
    meaning = "at random between the two tariffs, whole steps of energy"
    sets_quantities = True

    def orders(self, view: View, state: Any, draws: Draws) -> Orders:
        """See ``Strategy``."""
        quantity_wh, limit_price = super().orders(view, state, draws)
        return Orders(STEP_WH * np.rint(quantity_wh / STEP_WH).astype(np.int64), limit_price)


class Order(NamedTuple):
    """A row of the table: Wh ordered, limit in nano-$ per Wh, Wh filled."""

    quantity_wh: int
    limit: int
    fill_wh: int


def main() -> None:
    """Run, check and print."""
    sim.strategies.register(Coarse)
    print(f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|", flush=True)
    for number, (words, homes, strategy, k, settings) in enumerate(RUNS):
        found = []
        for mechanism in ("uniform", "average"):
            with TemporaryDirectory() as folder:
                run = Path(folder) / "run"
                saved_run(run, number, homes, strategy, mechanism, k, settings)
                orders, slots = (pd.read_parquet(run / f"{name}.parquet") for name in ("orders", "slots"))
            found.append(violations(orders, slots, k))
        (traded, wide, wrong), (*_, outside) = found
        said = strategy if isinstance(strategy, str) else "mixed"
        cells = (words, f"{homes:,}", said, f"{k:g}", traded, wide, len(wrong), len(outside))
        print(f"| {' | '.join(map(str, cells))} |", flush=True)
        for slot, why in islice(wrong.items(), 5):
            print(f"slot {slot}: {why}")


def saved_run(
    folder: Path, number: int, homes: int, strategy: Any, mechanism: str, k: float, settings: dict[str, Any]
) -> None:
    """Two days of a street in June, one where there are many homes; resampled beyond the 15 measured."""
    fields = {
        "name": "checked",
        "seed": 7 + number,
        "time.start": "2017-06-12",
        "time.days": 1 if homes > 64 else 2,
        "population.agents": homes,
        "population.pv_share": 0.54,
        "population.resampling": homes > 15,
        "forecast.rounds": 5,
        "forecast.clusters": min(homes, 3),
        "forecast.history_days": 60,
        "proofs.policy": "none",
        "chain.backend": "none",
        "market.strategy": strategy,
        "market.mechanism": mechanism,
        "market.parameters": {"uniform": {"k": k}},
    }
    folder.mkdir()
    write_run(folder, sim.run(sim.scenario(fields | settings)).contents)  # without figures


def violations(orders: pd.DataFrame, slots: pd.DataFrame, k: float) -> tuple[int, int, dict[int, str]]:
    """In how many slots there is trade, in how many of these several prices clear, and what is wrong by slot.

    orders: ``slot``, ``side``, ``quantity_wh``, ``limit_nano_per_wh``, ``fill_wh``
    slots:  ``slot``, ``traded_wh``, ``price_nano_per_wh``
    """
    traded, wide, wrong = 0, 0, {}
    rows = dict(list(orders.groupby("slot")))
    for slot, traded_wh, price in zip(
        slots["slot"], slots["traded_wh"], slots["price_nano_per_wh"], strict=True
    ):
        bids, asks = (orders_of(rows.get(slot, orders[:0]), side) for side in ("buy", "sell"))
        traded += traded_wh > 0
        shown = None if pd.isna(price) else int(price)
        wide += traded_wh > 0 and len(set(clearing_prices(bids, asks))) > 1
        if why := next(broken(bids, asks, int(traded_wh), shown, Fraction(str(k))), None):
            wrong[int(slot)] = why
    return traded, wide, wrong


def orders_of(rows: pd.DataFrame, side: str) -> list[Order]:
    """Of one side."""
    own = rows[rows["side"] == side]
    columns = (own[name].tolist() for name in ("quantity_wh", "limit_nano_per_wh", "fill_wh"))
    return [Order(*row) for row in zip(*columns, strict=True)]


def broken(
    bids: list[Order], asks: list[Order], traded_wh: int, price: int | None, k: Fraction
) -> Iterator[str]:
    """What is wrong with a slot."""
    bought, sold = (sum(order.fill_wh for order in side) for side in (bids, asks))
    if not bought == sold == traded_wh:
        yield f"{bought} Wh are bought and {sold} Wh sold, and {traded_wh} Wh are said to be traded"
    for order in (*bids, *asks):
        if not 0 <= order.fill_wh <= order.quantity_wh:
            yield f"{order} is filled beyond what it asks for"
    if price is None:
        if bids and asks and max(bid.limit for bid in bids) >= min(ask.limit for ask in asks):
            yield "nothing is traded, and a bid and an ask accept each other"
        return
    if traded_wh == 0:
        yield f"nothing is traded, and {price} is a price"
        return
    low, high = clearing_prices(bids, asks)
    if not low <= price <= high:
        yield f"{price} is outside the clearing prices from {low} to {high}"
    if price != low + (high - low) * k // 1:
        yield f"{price} is not at {k} of the clearing prices from {low} to {high}"
    for side, orders in ((1, bids), (-1, asks)):
        for order in orders:
            gain = side * (order.limit - price)
            if (order.fill_wh and gain < 0) or (order.fill_wh < order.quantity_wh and gain > 0):
                yield f"{order} is filled at a loss, or left at a gain, at {price}"


def clearing_prices(bids: list[Order], asks: list[Order]) -> tuple[int, int]:
    """The lowest and the highest, from quantities and limits alone; both are some order's limit."""
    limits = sorted({order.limit for order in (*bids, *asks)})

    def too_low(price: int) -> bool:
        wanted = sum(bid.quantity_wh for bid in bids if bid.limit > price)
        return wanted > sum(ask.quantity_wh for ask in asks if ask.limit <= price)

    def too_high(price: int) -> bool:
        offered = sum(ask.quantity_wh for ask in asks if ask.limit < price)
        return offered > sum(bid.quantity_wh for bid in bids if bid.limit >= price)

    first = bisect_left(limits, True, key=lambda price: not too_low(price))
    last = bisect_left(limits, True, key=too_high) - 1
    return limits[first], limits[last]


if __name__ == "__main__":
    main()
