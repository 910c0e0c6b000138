"""The run day by day, in integers that add up: of these sums the measures that add up are made."""

from collections.abc import Callable
from datetime import timedelta
from functools import cache

import numpy as np
import pandas as pd

from sim.arrays import Ints
from sim.forecast.baselines import REPORTED
from sim.market.bills import utility_takings
from sim.market.optimum import gains_from_trade
from sim.outputs.outcome import Outcome

BySlot = Callable[[Outcome], Ints | None]


def _sold_wh(outcome: Outcome) -> Ints:
    """What homes sold, shape (homes, slots)."""
    return np.maximum(-outcome.trades.fill_wh, 0)


def _sold_backed_wh(outcome: Outcome) -> Ints:
    """What sellers really had to spare of what they sold: the sum of min(sold, max(-reading, 0))."""
    backed: Ints = np.minimum(_sold_wh(outcome), np.maximum(-outcome.realised_wh, 0)).sum(axis=0)
    return backed


def _utility_nano(outcome: Outcome) -> Ints:
    """What the utility takes; of sealed orders by what it is owed, which the floors of bills leave it."""
    if outcome.sealed_books:
        taken: Ints = outcome.market_bills.sum(axis=0)
        return taken
    return utility_takings(outcome.realised_wh, outcome.trades, outcome.prepared.outside)


def _surplus_nano(outcome: Outcome) -> Ints:
    """What buyers pay beyond what sellers get; of sealed orders at their own scale."""
    return outcome.sealed.surplus if outcome.sealed else outcome.trades.surplus


def _error_wh(outcome: Outcome, forecast_wh: Ints) -> Ints:
    error: Ints = np.abs(forecast_wh - outcome.prepared.reading_wh).sum(axis=0)
    return error


def _used(of: Callable[[Ints, Ints], Ints]) -> BySlot:
    """What is made of load and PV; None of net meters, which never show a home both in one slot."""

    def by_slot(outcome: Outcome) -> Ints | None:
        load_wh, pv_wh = outcome.prepared.load_wh, outcome.prepared.pv_wh
        return of(load_wh, pv_wh) if ((load_wh > 0) & (pv_wh > 0)).any() else None

    return by_slot


def _homes(outcome: Outcome) -> Ints:
    """Their number, in the first slot of every day."""
    homes, slots = outcome.prepared.reading_wh.shape
    first = np.arange(slots) % outcome.prepared.population.readings.slots_per_day == 0
    return np.where(first, homes, 0)


def _cost(name: str) -> BySlot:
    """A modelled cost; a gate's in its first slot. None where nothing is known of costs."""

    def by_slot(outcome: Outcome) -> Ints | None:
        if outcome.accounts.costs is None:
            return None
        cost = np.zeros(outcome.prepared.reading_wh.shape[1], dtype=np.int64)
        cost[:: outcome.prepared.scenario.time.horizon] = getattr(outcome.accounts.costs, name).sum(axis=0)
        return cost

    return by_slot


def _of_baseline(name: str) -> BySlot:
    return lambda outcome: _error_wh(outcome, outcome.prepared.baselines_wh[name])


BY_SLOT: dict[str, BySlot] = {
    "orders": lambda outcome: np.count_nonzero(outcome.quantity_wh, axis=0),
    "trades": lambda outcome: np.count_nonzero(outcome.trades.fill_wh, axis=0),
    "traded_wh": lambda outcome: outcome.trades.traded_wh,
    "paid_nano": lambda outcome: outcome.trades.paid,
    "surplus_nano": _surplus_nano,
    "traded_without_sun_wh": lambda outcome: np.where(
        outcome.prepared.pv_wh.sum(axis=0) == 0, outcome.trades.traded_wh, 0
    ),
    "welfare_nano": lambda outcome: gains_from_trade(outcome.trades.fill_wh, outcome.prepared.outside),
    "welfare_best_nano": lambda outcome: outcome.most_gains,
    "bill_nano": lambda outcome: outcome.accounts.bill.sum(axis=0),
    "bill_grid_only_nano": lambda outcome: outcome.accounts.grid_only.sum(axis=0),
    "bill_foresight_nano": lambda outcome: (outcome.accounts.foresight + outcome.accounts.charges).sum(
        axis=0
    ),
    "bill_persistence_nano": lambda outcome: (outcome.accounts.persistence + outcome.accounts.charges).sum(
        axis=0
    ),
    "bill_truthful_nano": lambda outcome: (outcome.accounts.truthful + outcome.accounts.charges).sum(axis=0),
    "most_saving_nano": lambda outcome: outcome.most_saving,
    "utility_nano": _utility_nano,
    "charges_nano": lambda outcome: outcome.accounts.charges.sum(axis=0),
    "sold_wh": lambda outcome: _sold_wh(outcome).sum(axis=0),
    "sold_backed_wh": _sold_backed_wh,
    "load_wh": lambda outcome: outcome.prepared.load_wh.sum(axis=0),
    "pv_wh": lambda outcome: outcome.prepared.pv_wh.sum(axis=0),
    "used_behind_meter_wh": _used(lambda load_wh, pv_wh: np.minimum(load_wh, pv_wh).sum(axis=0)),
    "used_in_community_wh": _used(lambda load_wh, pv_wh: np.minimum(load_wh.sum(axis=0), pv_wh.sum(axis=0))),
    "net_wh": lambda outcome: np.abs(outcome.prepared.reading_wh).sum(axis=0),
    "imported_wh": lambda outcome: np.maximum(outcome.prepared.reading_wh.sum(axis=0), 0),
    "exported_wh": lambda outcome: np.maximum(-outcome.prepared.reading_wh.sum(axis=0), 0),
    "forecast_abs_error_wh": lambda outcome: _error_wh(outcome, outcome.prepared.forecast_wh),
    "forecast_error_wh": lambda outcome: (outcome.prepared.forecast_wh - outcome.prepared.reading_wh).sum(
        axis=0
    ),
    **{f"{baseline}_abs_error_wh": _of_baseline(baseline) for baseline in REPORTED},
    "readings": lambda outcome: np.full(outcome.trades.fill_wh.shape[1], len(outcome.trades.fill_wh)),
    "homes": _homes,
    "cost_nano": _cost("nano"),
    "cost_energy_nano": _cost("energy_nano"),
    "gas": _cost("gas"),
}
"""Columns of the table ``days``: sums over homes, shape (slots,), or None where nothing is known."""


def totals(outcome: Outcome) -> Callable[[str], int | None]:
    """The whole run's sum of each column; what nobody asks for is not computed."""

    @cache
    def total(column: str) -> int | None:
        by_slot = BY_SLOT[column](outcome)
        return None if by_slot is None else int(by_slot.sum())

    return total


def days(outcome: Outcome) -> pd.DataFrame:
    """One row per day of the period, with the sums of the slots that begin within the day.

    Days run from the time of day at which the period starts.
    """
    clock, per_day = outcome.prepared.scenario.time, outcome.prepared.population.readings.slots_per_day
    unknown = pd.array([pd.NA] * clock.days, dtype="Int64")
    sums = {
        name: unknown if values is None else values.reshape(-1, per_day).sum(axis=1)
        for name, values in ((name, by_slot(outcome)) for name, by_slot in BY_SLOT.items())
    }
    dates = [(clock.start + timedelta(days=day)).date() for day in range(clock.days)]
    return pd.DataFrame({"day": np.arange(clock.days), "date": dates, **sums})
