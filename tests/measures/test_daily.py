"""The run day by day: sums that add up, and the measures made of them."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.market.clearing import Trades
from sim.market.trades import clear_slots
from sim.measures.daily import BY_SLOT, days
from sim.measures.measure import Daily
from sim.measures.table import all_measures, measure
from sim.outputs.outcome import Outcome
from sim.outputs.summary import summary_of
from sim.outputs.tables import tables_of
from tests.market.books import UNIFORM, ints
from tests.runs import run, scenario

BOOKS = ("chain.backend=none", "proofs.policy=none")
EXPLICIT = "proofs.settings={decomp_base=512, decomp_legs=4, num_inner_cols=2, logrows=10}"
CHARGED = ("costs.charged=true", "chain.gas_price=60")
DAILY = {each.name: each.formula for each in all_measures() if isinstance(each.formula, Daily)}


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return run(scenario("tiny", *BOOKS, EXPLICIT, *CHARGED, "time.days=3", "population.agents=6"))


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**32), scale=st.sampled_from((0, 1, 3_000)))
def test_a_measure_is_what_its_formula_says_of_the_days(outcome: Outcome, seed: int, scale: int) -> None:
    other = with_random_orders(outcome, seed, scale)
    summary = summary_of(other)
    whole = {name: int(values.sum()) for name, values in days(other).drop(columns="date").items()}
    for name, formula in DAILY.items():
        below = eval(formula.over or "1", {}, whole)
        value = eval(formula.sum, {}, whole) / below if below > 0 else -np.inf
        if value < formula.least or below <= 0:
            assert summary[name] is None
        elif formula.steps:
            assert summary[name] == pytest.approx(value, abs=1 / formula.steps)
        else:
            assert summary[name] == value
    assert whole["cost_nano"] == summary["cost_gas"] + summary["cost_energy"]


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**32), scale=st.sampled_from((0, 1, 3_000)))
def test_losses_and_accounts_sum_to_what_they_must(outcome: Outcome, seed: int, scale: int) -> None:
    """Nothing is lost between the most that could be saved and the saving; only costs leave society."""
    of = summary_of(with_random_orders(outcome, seed, scale))
    lost = of["loss_mechanism"] + of["loss_forecast"] + of["loss_strategy"]
    assert of["most_saving"] == of["saving"] + lost
    assert of["loss_mechanism"] == 0 <= of["loss_forecast"]
    accounts = of["gain_homes"] + of["gain_utility"] + of["gain_operators"]
    assert accounts == of["gain_society"] == -of["cost_gas"] - of["cost_energy"]
    assert of["gain_utility"] == -of["saving"]
    assert of["saving_mid_market"] == of["saving_bill_sharing"] == of["most_saving"]


def with_random_orders(outcome: Outcome, seed: int, scale: int) -> Outcome:
    random, shape = np.random.default_rng(seed), outcome.quantity_wh.shape
    quantity_wh = random.integers(-scale, scale, shape, endpoint=True)
    limit_price = random.integers(60_000, 220_000, shape)
    trades = clear_slots(UNIFORM, np.arange(shape[1]), quantity_wh, limit_price)
    return replace(outcome, quantity_wh=quantity_wh, limit_price=limit_price, trades=trades)


def break_even(saving: int, energy: int, gas: int) -> Any:
    formula = measure("break_even_gas_price").formula
    assert isinstance(formula, Daily)
    known = {"bill_grid_only_nano": saving, "cost_energy_nano": energy, "gas": gas}
    return formula.of_run(lambda column: known.get(column, 0))


def test_break_even_by_hand() -> None:
    assert break_even(1_000, 100, 7) == 128.571  # 128.5714...
    assert break_even(100, 100, 7) == 0
    assert break_even(99, 100, 7) is break_even(-1, 0, 7) is None


@given(st.integers(0, 10**15), st.integers(0, 10**12), st.integers(10**5, 10**12))  # thousandths fit a float
def test_break_even_is_the_last_price_that_pays(saving: int, energy: int, gas: int) -> None:
    price = break_even(saving, energy, gas)
    if price is None:
        assert saving < energy
        return
    thousandths = round(price * 1_000)
    assert 1_000 * energy + thousandths * gas <= 1_000 * saving
    assert 1_000 * energy + (thousandths + 1) * gas > 1_000 * saving


SOME = Trades.at_one_price(ints(6, 2, -6, -2).reshape(2, 2), ints(100, 200))


@pytest.mark.parametrize(
    ("column", "facts", "by_slot"),
    [
        ("sold_wh", {}, [6, 2]),
        ("paid_nano", {}, [6 * 100, 2 * 200]),
        ("sold_backed_wh", {"realised_wh": ints(0, 0, -4, 3).reshape(2, 2)}, [4, 0]),
        ("sold_backed_wh", {"realised_wh": ints(0, 0, -9, -9).reshape(2, 2)}, [6, 2]),
        ("traded_without_sun_wh", {"prepared": SimpleNamespace(pv_wh=ints(500, 0)[None])}, [0, 2]),
        ("traded_without_sun_wh", {"prepared": SimpleNamespace(pv_wh=ints(500, 1)[None])}, [0, 0]),
        (
            "forecast_abs_error_wh",
            {
                "prepared": SimpleNamespace(
                    forecast_wh=ints(5, -3, 0, 2).reshape(2, 2), reading_wh=ints(7, 3, 0, 3).reshape(2, 2)
                )
            },
            [2, 7],
        ),
    ],
)
def test_sums_by_slot_by_hand(column: str, facts: dict[str, Any], by_slot: list[int]) -> None:
    of: Callable[[Any], Any] = BY_SLOT[column]
    assert of(SimpleNamespace(trades=SOME, **facts)).tolist() == by_slot


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
    assert table.cost_nano.tolist() == table.charges_nano.tolist()
    assert table.cost_nano.sum() == tables["agents"].charges_nano.sum()
    assert table.cost_nano.equals(
        table.cost_energy_nano + outcome.prepared.scenario.chain.gas_price * table.gas
    )
    assert (table.readings == 24 * 6).all()
    assert (table.homes == 6).all()


def test_costs_of_a_gate_of_two_days_fall_on_the_first() -> None:
    wide = ("time.days=4", "time.horizon=48", "forecast.lookback=48")
    costs = days(run(scenario("tiny", *BOOKS, *wide))).cost_nano.tolist()
    assert costs[0] > 0 < costs[2]
    assert costs[1] == costs[3] == 0


def test_net_meters_tell_nothing_of_what_is_used_behind_them(outcome: Outcome) -> None:
    readings = outcome.prepared.population.readings
    load_wh, pv_wh = (np.maximum(side * readings.net_wh, 0) for side in (1, -1))
    netted = replace(readings, load_wh=load_wh, pv_wh=pv_wh)
    population = replace(outcome.prepared.population, readings=netted)
    prepared = replace(outcome.prepared, population=population)
    gross, net = (summary_of(each) for each in (outcome, replace(outcome, prepared=prepared)))
    of_use = {name for name in gross if name.startswith("self_")}
    assert len(of_use) == 4
    assert {name for name in of_use if gross[name] is None} == set()
    assert {name for name in gross if net[name] != gross[name]} - {"traded_without_sun_wh"} == of_use
    assert {net[name] for name in of_use} == {None}


def test_days_begin_when_the_period_does() -> None:
    outcome = run(scenario("tiny", *BOOKS, "time.start=2017-06-12T09:00:00", "time.days=2"))
    table = days(outcome)
    assert [date.isoformat() for date in table.date] == ["2017-06-12", "2017-06-13"]
    assert table.traded_wh.tolist() == [int(outcome.trades.traded_wh[at : at + 24].sum()) for at in (0, 24)]


def test_what_cannot_be_proved_has_no_cost_on_any_day() -> None:
    narrow = "proofs.settings={decomp_base=256, decomp_legs=4, num_inner_cols=2, logrows=9}"
    table = days(run(scenario("tiny", *BOOKS, narrow, "forecast.lookback=168")))
    assert table.cost_nano.isna().all()
