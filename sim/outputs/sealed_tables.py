"""The tables of sealed orders: what the chain says of them, and what only the homes know."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from sim.outputs.outcome import Outcome
from sim.venues.base import SealedRecord


def totals(outcome: Outcome) -> pd.DataFrame:
    """One row per slot of sealed orders."""
    sealed = sealed_record(outcome)
    slots_ = np.arange(len(sealed.totals))
    gate = slots_ // outcome.prepared.scenario.time.horizon
    rows = {
        "gate": gate,
        "slot": slots_,
        "total": sealed.totals,
        "scale": sealed.scale,
        "price_nano_per_wh": sealed.price,
    }
    made = pd.DataFrame(rows).astype({"total": "Int64", "price_nano_per_wh": "Int64"})
    made.loc[~sealed.cleared[gate], ["total", "price_nano_per_wh"]] = pd.NA
    return made


def bills(outcome: Outcome) -> pd.DataFrame:
    """One row per home and settlement period of sealed orders."""
    sealed, by_gate = sealed_record(outcome), outcome.prepared.settlement_period
    settled = by_gate[by_gate < len(sealed.bills)]  # the first so many, while a market is open
    periods, from_gate, gates = np.unique(settled, return_index=True, return_counts=True)
    homes = len(sealed.accepted)
    return pd.DataFrame(
        {
            "agent": np.repeat(names_of_homes(outcome), len(periods)),
            "period": np.tile(periods, homes),
            "from_gate": np.tile(from_gate, homes),
            "gates": np.tile(gates, homes),
            "trade_sum": _by_home(sealed.trade_sums, str),
            "deviation_sum": _by_home(sealed.deviation_sums, str),
            "scale": sealed.scale,
            "bill_nano": _by_home(sealed.bills, int),
        }
    )


def _by_home(by_period: Sequence[Sequence[int]], form: Callable[[int], object]) -> list[object]:
    """Sums by period and home as rows by home and period."""
    return [form(each) for of_home in zip(*by_period, strict=True) for each in of_home]


def quantities(outcome: Outcome) -> pd.DataFrame:
    """One row per home and slot of sealed orders; private."""
    books = outcome.sealed_books
    assert books
    homes, slots_ = books.output.shape
    return pd.DataFrame(
        {
            "agent": np.repeat(names_of_homes(outcome), slots_),
            "slot": np.tile(np.arange(slots_), homes),
            "output": books.output.ravel(),
            "scale": books.scale,
            "bill_nano": books.bills_by_slot.ravel(),
        }
    )


def sealed_record(outcome: Outcome) -> SealedRecord:
    """What is public of sealed orders; of a run that has them."""
    assert outcome.sealed
    return outcome.sealed


def names_of_homes(outcome: Outcome) -> np.ndarray:
    """In the order of the run: shape (homes,)."""
    return np.array([home.name for home in outcome.prepared.population.homes])
