"""Clearing alone: a large book against sorting it, and MUDA against that of pymarket on the same orders."""

import importlib
import time
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from sim.arrays import Ints
from sim.bench.part import Cell, Part, medians
from sim.errors import SimulationError
from sim.market.book import OrderBook
from sim.market.clearing import Clearing
from sim.market.mechanisms import mechanisms
from sim.market.mechanisms.muda import in_halves
from sim.market.merit_order import priority
from sim.runtime.progress import Progress
from sim.seeds import Streams

ORDERS, QUICK_ORDERS = 1_000_000, 100_000
MUDA_ORDERS = 1_000
LARGEST_WH, VALUE, COST = 4_000, 220_000, 60_000
PYMARKET = "pymarket 0.7.6, muda"

_SENTENCE = (
    f"CPU seconds to clear one book: {{:,}} orders of 1 to {LARGEST_WH:,} Wh against numpy's sort of their "
    f"limits, and {MUDA_ORDERS:,} against pymarket's MUDA on the same orders in the same halves."
)
_AT_ONE_LIMIT = (
    "Where all limits of a side are equal, half of the orders are rationed: what takes the time is one "
    "sha-256 for each, in Python, by which the Wh still over are dealt out."
)
_AGREES = "pymarket's volume and fees are those of muda-balanced to the unit."
_WITHOUT = "Without pymarket, so MUDA is compared with nothing: python -m pip install '.[bench]' brings it."


def compare_clearing(orders: int, repetitions: int, progress: Progress) -> Part:
    """Clear a book of so many orders and one of MUDA_ORDERS, alternating with what each is held against.

    Raises SimulationError where pymarket trades another volume, or takes other fees, than muda-balanced.
    """
    random, truthful = large_book(orders, at_one_limit=False), large_book(orders, at_one_limit=True)
    small, muda = muda_book(), pymarket_muda()
    uniform = mechanisms.make("uniform")
    both = {name: mechanisms.make(name) for name in ("muda-lottery", "muda-balanced")}
    steps: dict[str, Callable[[], object]] = {
        "sort": partial(np.argsort, random.limit_price, kind="stable"),
        "random": partial(cleared, uniform.clear, random),
        "truthful": partial(cleared, uniform.clear, truthful),
        **{name: partial(cleared, rule.clear, small) for name, rule in both.items()},
    }
    if muda:
        _agree(both["muda-balanced"].clear(small), small, muda)
        steps["pymarket"] = partial(muda, small)
    samples = []
    with progress.stage("clearing", repetitions, "repetitions") as advance:
        for _ in range(repetitions):
            samples.append([_cpu_s(step) for step in steps.values()])
            advance(1)
    cpu_s = dict(zip(steps, medians(samples), strict=True))
    return clearing_part(
        orders, cpu_s, dict(zip(steps, zip(*samples, strict=True), strict=True)), repetitions
    )


def clearing_part(orders: int, cpu_s: dict[str, float], raw: dict[str, Any], repetitions: int) -> Part:
    """From the medians of each step; of "pymarket" there may be none."""
    theirs, sort = cpu_s.get("pymarket"), cpu_s["sort"]
    rows: list[tuple[Cell, ...]] = [
        ("numpy's stable argsort", f"{orders:,}", sort, None),
        ("uniform, random limits", f"{orders:,}", cpu_s["random"], cpu_s["random"] / sort),
        ("uniform, one limit a side", f"{orders:,}", cpu_s["truthful"], cpu_s["truthful"] / sort),
    ]
    figures = {"uniform_s": cpu_s["random"], "uniform_one_limit_s": cpu_s["truthful"], "sort_s": sort}
    figures["uniform_over_sort"] = cpu_s["random"] / sort
    if theirs is not None:
        rows.append((PYMARKET, f"{MUDA_ORDERS:,}", theirs, None))
    for name in ("muda-lottery", "muda-balanced"):
        rows.append((name, f"{MUDA_ORDERS:,}", cpu_s[name], theirs and cpu_s[name] / theirs))
        if theirs is not None:
            figures[f"pymarket_over_{name.replace('-', '_')}"] = theirs / cpu_s[name]
    return Part(
        name="clearing",
        sentence=_SENTENCE.format(orders),
        columns=("cleared by", "orders", "CPU s", "this / reference"),
        rows=tuple(rows),
        figures=figures,
        repetitions=repetitions,
        raw=raw,
        notes=(_AT_ONE_LIMIT, _WITHOUT if theirs is None else _AGREES),
    )


def large_book(orders: int, at_one_limit: bool) -> OrderBook:
    """Half of it buys; limits between cost and value at random, or all at the outside options."""
    generator, side = Streams(7).generator("bench", "book"), _sides(orders)
    quantity_wh = side * generator.integers(1, LARGEST_WH, orders, endpoint=True)
    limits = generator.integers(COST, VALUE, orders, endpoint=True)
    return OrderBook(0, quantity_wh, np.where(side > 0, VALUE, COST) if at_one_limit else limits)


def muda_book() -> OrderBook:
    """Limits all different, as pymarket asks, and even, so that no middle of two is rounded."""
    generator = Streams(7).generator("bench", "muda")
    quantity_wh = _sides(MUDA_ORDERS) * generator.integers(1, LARGEST_WH, MUDA_ORDERS, endpoint=True)
    return OrderBook(0, quantity_wh, COST + 2 * generator.permutation(MUDA_ORDERS))


def _sides(orders: int) -> Ints:
    return np.where(np.arange(orders) % 2, -1, 1)


def cleared(clear: Callable[[OrderBook], Clearing], orders: OrderBook) -> Clearing:
    """With its book built and checked anew, and no priority known from before."""
    priority.cache_clear()
    return clear(OrderBook(orders.slot, orders.quantity_wh, orders.limit_price))


def _cpu_s(step: Callable[[], object]) -> float:
    started = time.process_time()
    step()
    return time.process_time() - started


# pymarket -----------------------------------------------------------------------------------------------

Theirs = Callable[[OrderBook], tuple[int, int]]
"""Traded Wh and fees in nano-$ that pymarket makes of a book."""


def pymarket_muda() -> Theirs | None:
    """pymarket's MUDA, the halves being ours; None where it is not installed."""
    try:
        pymarket = importlib.import_module("pymarket")
        muda = importlib.import_module("pymarket.mechanisms").muda
    except ModuleNotFoundError:
        return None

    def clear(book: OrderBook) -> tuple[int, int]:
        bids = pymarket.BidManager()
        rows = zip(book.quantity_wh.tolist(), book.limit_price.tolist(), strict=True)
        for home, (quantity_wh, limit) in enumerate(rows):
            bids.add_bid(abs(quantity_wh), limit, home, quantity_wh > 0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of pandas, about how it is used there
            trades, extra = muda(bids.get_df(), _Halves(book))
        return round(float(trades.get_df()["quantity"].sum())) // 2, round(float(extra["fees"].sum()))

    return clear


class _Halves:
    """In place of the random generator that pymarket divides traders with: above one half is the first."""

    def __init__(self, book: OrderBook) -> None:
        self._first = iter(in_halves(book)[0].tolist())

    def rand(self) -> float:
        """The next trader's draw."""
        return float(next(self._first))


def _agree(ours: Clearing, book: OrderBook, muda: Theirs) -> None:
    found, expected = muda(book), (ours.traded_wh, ours.surplus)
    if found != expected:
        raise SimulationError(
            f"pymarket trades {found[0]:,} Wh at fees of {found[1]:,} nano-$, muda-balanced "
            f"{expected[0]:,} Wh at {expected[1]:,} nano-$"
        )
