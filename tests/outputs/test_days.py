"""The run day by day: sums that add up, and the summary's figures as their ratios."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.market.trades import clear_slots
from sim.outputs.days import days
from sim.outputs.outcome import Outcome
from sim.outputs.summary import summary_of
from sim.outputs.tables import tables_of
from tests.market.books import DOUBLE_AUCTION
from tests.runs import run, scenario

BOOKS = ("chain.backend=none", "proofs.policy=none")
EXPLICIT = "proofs.settings={decomp_base=512, decomp_legs=4, num_inner_cols=2, logrows=10}"
COLUMNS = (
    "day date orders trades traded_wh paid_nano traded_without_sun_wh welfare_nano welfare_best_nano "
    "bill_nano bill_grid_only_nano bill_foresight_nano bill_persistence_nano sold_wh sold_backed_wh "
    "forecast_abs_error_wh persistence_abs_error_wh readings cost_nano cost_energy_nano gas"
)
CHARGED = ("costs.charged=true", "chain.gas_price=60")


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return run(scenario("tiny", *BOOKS, EXPLICIT, *CHARGED, "time.days=3", "population.agents=6"))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32), scale=st.sampled_from((0, 1, 3_000)))
def test_the_summary_is_the_ratios_of_the_days(outcome: Outcome, seed: int, scale: int) -> None:
    other = with_random_orders(outcome, seed, scale)
    whole, summary = days(other).drop(columns="date").sum(), summary_of(other)
    ratios = {
        "mean_price": ("paid_nano", "traded_wh"),
        "welfare_share": ("welfare_nano", "welfare_best_nano"),
        "sold_backed_share": ("sold_backed_wh", "sold_wh"),
        "forecast_mae_wh": ("forecast_abs_error_wh", "readings"),
        "persistence_mae_wh": ("persistence_abs_error_wh", "readings"),
    }
    for name, (part, of) in ratios.items():
        assert summary[name] == (whole[part] / whole[of] if whole[of] else None)
    saved, best = (
        whole["bill_grid_only_nano"] - whole[bill] for bill in ("bill_nano", "bill_foresight_nano")
    )
    assert summary["savings_share"] == (saved / best if best > 0 else None)
    assert whole["orders"] == summary["orders"]
    assert whole["cost_nano"] == summary["cost_gas"] + summary["cost_energy"]


def with_random_orders(outcome: Outcome, seed: int, scale: int) -> Outcome:
    random, shape = np.random.default_rng(seed), outcome.quantity_wh.shape
    quantity_wh = random.integers(-scale, scale, shape, endpoint=True)
    limit_price = random.integers(60_000, 220_000, shape)
    trades = clear_slots(DOUBLE_AUCTION, np.arange(shape[1]), quantity_wh, limit_price)
    return replace(outcome, quantity_wh=quantity_wh, limit_price=limit_price, trades=trades)


def test_days_are_the_sums_of_the_other_tables(outcome: Outcome) -> None:
    tables = tables_of(outcome)
    table, slots, orders, fills = (tables[name] for name in ("days", "slots", "orders", "trades"))
    assert table.traded_wh.tolist() == slots.groupby(slots.slot // 24).traded_wh.sum().tolist()
    assert table.orders.tolist() == orders.groupby(orders.slot // 24).size().tolist()
    assert (
        table.trades.tolist()
        == fills.groupby(fills.slot // 24).size().reindex(range(3), fill_value=0).tolist()
    )
    bought = fills[fills.side == "buy"]
    paid = bought.groupby(bought.slot // 24).paid_nano.sum().reindex(range(3), fill_value=0)
    assert table.paid_nano.tolist() == paid.tolist()
    assert table.bill_nano.sum() == tables["agents"].bill_nano.sum()
    assert table.cost_nano.sum() == tables["agents"].charges_nano.sum()


def test_the_columns_and_their_types(outcome: Outcome) -> None:
    table = days(outcome)
    assert table.columns.tolist() == COLUMNS.split()
    assert table.day.tolist() == [0, 1, 2]
    assert [date.isoformat() for date in table.date] == ["2017-06-12", "2017-06-13", "2017-06-14"]
    gas_price = outcome.prepared.scenario.chain.gas_price
    assert table.cost_nano.equals(table.cost_energy_nano + gas_price * table.gas)
    assert all(pd.api.types.is_integer_dtype(table[name]) for name in table.columns.drop("date"))
    assert (table.readings == 24 * 6).all()


def test_costs_of_a_gate_of_two_days_fall_on_the_first() -> None:
    wide = ("time.days=4", "time.horizon=48", "forecast.lookback=48")
    costs = days(run(scenario("tiny", *BOOKS, *wide))).cost_nano.tolist()
    assert costs[0] > 0 < costs[2]
    assert costs[1] == costs[3] == 0


def test_days_begin_when_the_period_does() -> None:
    outcome = run(scenario("tiny", *BOOKS, "time.start=2017-06-12T09:00:00", "time.days=2"))
    table = days(outcome)
    assert [date.isoformat() for date in table.date] == ["2017-06-12", "2017-06-13"]
    assert table.traded_wh.tolist() == [int(outcome.trades.traded_wh[at : at + 24].sum()) for at in (0, 24)]


def test_what_cannot_be_proved_has_no_cost_on_any_day() -> None:
    narrow = "proofs.settings={decomp_base=256, decomp_legs=4, num_inner_cols=2, logrows=9}"
    table = days(run(scenario("tiny", *BOOKS, narrow, "forecast.lookback=168")))
    assert table.cost_nano.isna().all()


def test_money_is_exact_beyond_what_a_float_holds(outcome: Outcome) -> None:
    summary, table = summary_of(outcome), days(outcome)
    assert Fraction(summary["community_bill"]) == sum(Fraction(int(nano)) for nano in table.bill_nano)
