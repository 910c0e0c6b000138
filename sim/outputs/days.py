"""The run day by day, in integers that add up: what the summary's figures, and a study's, are ratios of."""

from datetime import timedelta

import numpy as np
import pandas as pd

from sim.arrays import Ints
from sim.market.measures import absolute_error_wh, sold_backed_wh, sold_wh, traded_without_sun_wh
from sim.outputs.outcome import Outcome

DAILY_COSTS = ("cost_nano", "cost_energy_nano", "gas")


def days(outcome: Outcome) -> pd.DataFrame:
    """One row per day of the period; sums over homes, and over the slots that begin within the day.

    Days run from the time of day at which the period starts; costs of a gate fall on the day of its first
    slot. Bills of homes that trade hold the costs where they are charged. Costs and their gas are modelled,
    and empty where no circuit could be set up.
    """
    prepared = outcome.prepared
    clock, per_day = prepared.scenario.time, prepared.population.readings.slots_per_day
    sums = {name: by_slot.reshape(-1, per_day).sum(axis=1) for name, by_slot in _by_slot(outcome).items()}
    if outcome.accounts.costs is None:
        sums |= {name: pd.array([pd.NA] * clock.days, dtype="Int64") for name in DAILY_COSTS}
    dates = [(clock.start + timedelta(days=day)).date() for day in range(clock.days)]
    return pd.DataFrame({"day": np.arange(clock.days), "date": dates, **sums})


def _by_slot(outcome: Outcome) -> dict[str, Ints]:
    return {**_trade(outcome), **_money(outcome), **_energy(outcome), **_costs(outcome)}


def _trade(outcome: Outcome) -> dict[str, Ints]:
    trades, pv_wh = outcome.trades, outcome.prepared.pv_wh.sum(axis=0)
    return {
        "orders": np.count_nonzero(outcome.quantity_wh, axis=0),
        "trades": np.count_nonzero(trades.fill_wh, axis=0),
        "traded_wh": trades.traded_wh,
        "paid_nano": trades.paid,
        "traded_without_sun_wh": traded_without_sun_wh(trades, pv_wh),
        "welfare_nano": outcome.accounts.gains,
        "welfare_best_nano": outcome.accounts.most_gains,
    }


def _money(outcome: Outcome) -> dict[str, Ints]:
    accounts = outcome.accounts
    charges = accounts.charges.sum(axis=0)
    return {
        "bill_nano": accounts.bill.sum(axis=0),
        "bill_grid_only_nano": accounts.grid_only.sum(axis=0),
        "bill_foresight_nano": accounts.foresight.sum(axis=0) + charges,
        "bill_persistence_nano": accounts.persistence.sum(axis=0) + charges,
    }


def _energy(outcome: Outcome) -> dict[str, Ints]:
    prepared, net_wh = outcome.prepared, outcome.prepared.reading_wh
    return {
        "sold_wh": sold_wh(outcome.trades),
        "sold_backed_wh": sold_backed_wh(outcome.trades, outcome.realised_wh),
        "forecast_abs_error_wh": absolute_error_wh(prepared.forecast_wh, net_wh),
        "persistence_abs_error_wh": absolute_error_wh(prepared.persistence_wh, net_wh),
        "readings": np.full(net_wh.shape[1], len(net_wh), dtype=np.int64),
    }


def _costs(outcome: Outcome) -> dict[str, Ints]:
    """In the order of DAILY_COSTS; a gate's in its first slot."""
    costs, slots = outcome.accounts.costs, outcome.prepared.reading_wh.shape[1]
    by_slot = {name: np.zeros(slots, dtype=np.int64) for name in DAILY_COSTS}
    by_gate = (costs.nano, costs.energy_nano, costs.gas) if costs else ()
    for name, of_homes in zip(DAILY_COSTS, by_gate, strict=False):
        by_slot[name][:: outcome.prepared.scenario.time.horizon] = of_homes.sum(axis=0)
    return by_slot
