"""The laws of gas against the gas of real runs."""

from collections import Counter

import numpy as np
import pytest

from sim.costs.gas import GateBooks, Proof, founding_gas, gate_books, own_gas, proof_gas, shared_gas
from sim.market.tariffs import HomeTariffs, Tariff, tariff_table
from sim.outputs.outcome import Outcome
from sim.plugins import plugged_in, read_plugins
from tests.runs import MCAFEE, run, scenario

STREET = ("population.agents=15", "population.pv_share=0.54")
TIME_OF_USE = 'market.retail={"00:00" = 0.18, "16:00" = 0.34, "21:00" = 0.22}'


def measured(outcome: Outcome) -> tuple[int, int]:
    """Gas at the gates, and of the founding."""
    gas: Counter[bool] = Counter()
    for sent in outcome.sent:
        gas[sent.stage == "set-up"] += sent.receipt.gas_used
    return gas[False], gas[True]


@pytest.mark.parametrize(
    "settings",
    [
        (*STREET, "time.days=2"),
        (*STREET, "market.strategy=truthful"),
        (*STREET, TIME_OF_USE, "market.grid_fee=0.01"),
        (*STREET, "population.pv_share=0"),
        ("time.horizon=1",),
        ("time.horizon=6", "time.lead=4", TIME_OF_USE),
        ("time.horizon=48", "time.days=2", "forecast.lookback=48"),
        ("population.resampling=true", "population.agents=40"),
        (*STREET, "market.mechanism=mcafee"),
    ],
    ids=lambda settings: ",".join(settings),
)
def test_unproved_runs_are_met_within_two_percent(settings: tuple[str, ...]) -> None:
    with plugged_in(read_plugins([MCAFEE])):
        outcome = run(scenario("tiny", "proofs.policy=none", "chain.backend=revm", *settings))
    prepared, fill_wh = outcome.prepared, outcome.trades.fill_wh
    horizon, periods = prepared.scenario.time.horizon, prepared.tariffs.periods
    generic_rule = prepared.mechanism.generic
    books = gate_books(outcome.quantity_wh, fill_wh, horizon, periods, prepared.period_of_slot, generic_rule)
    placeholders = np.full(len(fill_wh), proof_gas(None, horizon))
    at_gates, founding = measured(outcome)
    assert own_gas(books, placeholders).sum() + shared_gas(books).sum() == pytest.approx(at_gates, rel=0.02)
    assert founding_gas(
        len(fill_wh), prepared.population.generators, prepared.tariffs, 1, [], generic_rule
    ) == pytest.approx(founding, rel=0.02)


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings",
    [("population.agents=6",), ("time.horizon=6", TIME_OF_USE), ("forecast.lookback=96",)],
    ids=lambda settings: ",".join(settings),
)
def test_proved_runs_are_met_within_two_percent(settings: tuple[str, ...]) -> None:
    """By the circuits that the model expects, not by those that were made."""
    outcome = run(scenario("tiny", "proofs.store=off", *settings))
    costs, (at_gates, founding) = outcome.accounts.costs, measured(outcome)
    assert costs is not None
    assert outcome.verified_on_chain
    assert int(costs.gas.sum()) == pytest.approx(at_gates, rel=0.02)
    assert costs.founding_gas == pytest.approx(founding, rel=0.02)


def test_books_are_counted() -> None:
    """Two homes, two gates of five slots, two tariff periods; the first four slots of a gate are one word."""
    quantity_wh = np.array([[1, 0, -3, 0, 0, 0, 0, 0, 0, 5], [0] * 10])
    fill_wh = np.array([[1, 0, -2, 0, 0, 0, 0, 0, 0, 0], [0] * 10])
    books = gate_books(quantity_wh, fill_wh, 5, 2, np.array([0] * 5 + [0, 0, 1, 1, 1]), False)
    assert books.orders.tolist() == [[2, 1], [0, 0]]
    assert books.order_words.tolist() == [[1, 1], [0, 0]]
    assert books.sales.tolist() == [[1, 0], [0, 0]]
    assert books.settlements.tolist() == [1, 2]


def a_gate(orders: int, sales: int) -> GateBooks:
    one = np.array([[1]])
    return GateBooks(24, 1, False, np.array([1]), 6 * one, orders * one, sales * one)


def test_more_orders_sales_and_larger_proofs_use_more() -> None:
    nothing = np.array([0])
    assert own_gas(a_gate(12, 0), nothing) < own_gas(a_gate(24, 0), nothing) < own_gas(a_gate(24, 3), nothing)
    assert proof_gas(None, 24) < proof_gas(Proof(2_080, 128), 24) < proof_gas(Proof(3_200, 159), 24)
    assert shared_gas(a_gate(12, 0)) == shared_gas(a_gate(24, 3))
    flat = tariff_table([HomeTariffs(Tariff.flat(2), Tariff.flat(1))], 24)
    by_time = tariff_table([HomeTariffs(Tariff(((0, 2), (960, 3))), Tariff.flat(1))], 24)
    assert founding_gas(4, 2, flat, 2, [], False) < founding_gas(
        4, 2, flat, 2, [Proof(2_080, 128)] * 2, False
    )
    assert founding_gas(4, 2, flat, 2, [], False) < founding_gas(4, 2, by_time, 2, [], False)
    assert founding_gas(4, 2, flat, 2, [], False) < founding_gas(4, 3, flat, 2, [], False)
