"""What proofs and gas cost homes, and at which gas price nothing is saved any more."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.costs.break_even import break_even_gas_price, energy_cost, gas_cost, shared_out
from sim.costs.home_costs import Costs, costs_of
from sim.errors import InputError
from sim.forecast.dense import IntegerDense
from sim.forecast.model_set import ModelSet
from sim.market.clearing import MOST_MONEY
from sim.outputs.outcome import Outcome
from sim.outputs.summary import summary_of
from sim.outputs.tables import agents
from sim.outputs.terminal import report
from sim.simulation.audit import audit
from tests.market.books import ints
from tests.runs import ROOT, as_yesterday, run, scenario


def test_energy_by_hand():
    """Half an hour at 15 W is 7.5 Wh."""
    assert energy_cost(ints(1_800_000_000), 15_000, ints(220_000)).tolist() == [7 * 220_000 + 110_000]


def test_energy_is_rounded_half_up():
    """3.6 s at 1 W is a thousandth of a Wh."""
    price = ints(499, 500, 1_499, 1_500)
    assert energy_cost(ints(3_600_000), 1_000, price).tolist() == [0, 1, 1, 2]


@given(st.integers(0, 10**9), st.integers(0, 10**6), st.integers(0, 10**9))
def test_energy_is_within_half_a_nano_of_the_truth(cpu_us: int, power_mw: int, price: int):
    cost = int(energy_cost(ints(cpu_us), power_mw, ints(price))[0])
    assert abs(cost - Fraction(cpu_us * power_mw * price, 3_600 * 10**9)) <= Fraction(1, 2)


def test_gas_at_a_price():
    assert gas_cost(ints(21_000, 0), 20).tolist() == [420_000, 0]
    with pytest.raises(OverflowError, match="gas costs"):
        gas_cost(ints(MOST_MONEY // 2, 1), 2)


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=5), st.integers(1, 9))
def test_shares_are_equal_and_nothing_is_lost(whole: list[int], homes: int):
    shares = shared_out(ints(*whole), homes)
    assert shares.shape == (homes, len(whole))
    assert shares.sum(axis=0).tolist() == whole
    assert np.all(shares.max(axis=0) - shares.min(axis=0) <= 1)


def test_break_even_by_hand():
    assert break_even_gas_price(saving=1_000, energy_cost=100, gas=7) == 128.571  # 128.5714...
    assert break_even_gas_price(saving=100, energy_cost=100, gas=7) == 0
    assert break_even_gas_price(saving=99, energy_cost=100, gas=7) is None
    assert break_even_gas_price(saving=-1, energy_cost=0, gas=7) is None


@given(st.integers(0, 10**15), st.integers(0, 10**12), st.integers(10**5, 10**12))  # thousandths fit a float
def test_break_even_is_the_last_price_that_pays(saving: int, energy: int, gas: int):
    price = break_even_gas_price(saving, energy, gas)
    if price is None:
        assert saving < energy
        return
    thousandths = round(price * 1_000)
    assert 1_000 * energy + thousandths * gas <= 1_000 * saving
    assert 1_000 * energy + (thousandths + 1) * gas > 1_000 * saving


# What proofs and gas cost homes: the same under every policy, beside the bills or in them -----------------


BOOKS = ("chain.backend=none", "proofs.policy=none")
STREET = (*BOOKS, "population.agents=15", "population.pv_share=0.54", "time.days=2")
CHARGED = ("costs.charged=true", "chain.gas_price=100")
TIME_OF_USE = 'market.retail={"00:00" = 0.18, "23:00" = 0.34}'
HUGE = (
    "forecast.family=linear",
    "forecast.lookback=168",
    "proofs.settings={decomp_base=256, decomp_legs=4, num_inner_cols=2, logrows=9}",
)
"""No contract takes the proofs of such a circuit."""


@pytest.fixture(scope="module")
def beside() -> Outcome:
    return run(scenario("tiny", *STREET))


@pytest.fixture(scope="module")
def charged() -> Outcome:
    return run(scenario("tiny", *STREET, *CHARGED))


def costs(outcome: Outcome) -> Costs:
    assert outcome.accounts.costs is not None
    return outcome.accounts.costs


def test_costs_are_the_same_on_every_chain_and_without_one() -> None:
    without = costs(run(scenario("tiny", *BOOKS)))
    for backend in ("py-evm", "revm"):
        other = costs(run(scenario("tiny", *BOOKS, f"chain.backend={backend}")))
        assert np.array_equal(other.nano, without.nano)
        assert np.array_equal(other.gas, without.gas)


@pytest.mark.slow
def test_costs_are_the_same_with_proofs_and_without() -> None:
    proved = run(scenario("tiny", "proofs.store=off"))
    assert proved.proofs
    unproved = run(scenario("tiny", *BOOKS))
    assert np.array_equal(costs(proved).nano, costs(unproved).nano)
    assert costs(proved).founding_gas == costs(unproved).founding_gas


def test_gas_costs_its_price_and_energy_does_not_depend_on_it(beside: Outcome, charged: Outcome) -> None:
    assert np.array_equal(costs(beside).gas_nano, 20 * costs(beside).gas)
    assert np.array_equal(costs(charged).gas_nano, 100 * costs(charged).gas)
    assert np.array_equal(costs(charged).energy_nano, costs(beside).energy_nano)
    twice = costs(run(scenario("tiny", *STREET, "costs.prover_power_w=30")))
    assert np.abs(twice.energy_nano - 2 * costs(beside).energy_nano).max() <= 1
    assert costs(beside).energy_nano.min() > 0


def test_energy_is_paid_at_the_tariff_of_the_slot_before_delivery() -> None:
    """Gates begin at midnight, so that with a lead of 1 proofs are made at 23:00, with 2 at 22:00."""
    flat = costs(run(scenario("tiny", *BOOKS))).energy_nano
    late = costs(run(scenario("tiny", *BOOKS, TIME_OF_USE))).energy_nano
    early = costs(run(scenario("tiny", *BOOKS, TIME_OF_USE, "time.lead=2"))).energy_nano
    assert late.sum() == pytest.approx(flat.sum() * 34 / 22, rel=0.01)
    assert early.sum() == pytest.approx(flat.sum() * 18 / 22, rel=0.01)


def test_a_home_with_the_larger_circuit_pays_for_it() -> None:
    small = as_yesterday(4)
    ones, zeros = np.ones((96, 24), dtype=np.int64), np.zeros(24, dtype=np.int64)
    wide = IntegerDense("mlp", 4, (ones, ones.T), (np.zeros(96, dtype=np.int64), zeros))
    both = costs(run(scenario("tiny", *BOOKS), ModelSet((0, 1, 0, 1), (small.models[0], wide))))
    alike = costs(run(scenario("tiny", *BOOKS), small))
    assert np.array_equal(both.energy_nano[[0, 2]], alike.energy_nano[[0, 2]])
    assert (both.energy_nano[[1, 3]] > alike.energy_nano[[1, 3]]).all()
    assert (both.gas[[1, 3]] > both.gas[[0, 2]] + 100_000).all()


def test_charging_changes_bills_and_nothing_in_the_market(beside: Outcome, charged: Outcome) -> None:
    assert charged.market_digest == beside.market_digest
    assert charged.balances == beside.balances
    audit(charged)
    before, after = summary_of(beside), summary_of(charged)
    cost = after["cost_gas"] + after["cost_energy"]
    for bill in ("community_bill", "community_bill_foresight", "community_bill_persistence"):
        assert after[bill] == before[bill] + cost
    for same in (
        "community_bill_grid_only",
        "saving",
        "allocative_efficiency",
        "break_even_gas_price",
        "mean_price",
    ):
        assert after[same] == before[same]
    assert after["savings_share"] < before["savings_share"]
    assert after["homes_worse_off"] > before["homes_worse_off"]


def test_bills_are_what_the_ledger_says_and_charges(beside: Outcome, charged: Outcome) -> None:
    for outcome in (beside, charged):
        table, summary = agents(outcome), summary_of(outcome)
        assert (table.balance_nano == table.charges_nano - table.bill_nano).all()
        assert (table.saving_nano == table.bill_grid_only_nano - table.bill_nano).all()
        assert table.bill_nano.sum() == summary["community_bill"]
        assert table.cost_gas_nano.sum() == summary["cost_gas"]
        assert table.cost_energy_nano.sum() == summary["cost_energy"]
    assert (agents(charged).charges_nano == table.cost_gas_nano + table.cost_energy_nano).all()
    assert not agents(beside).charges_nano.any()


def test_at_the_break_even_price_the_community_saves_nothing_more(beside: Outcome) -> None:
    price = int(summary_of(beside)["break_even_gas_price"])
    for gas_price, pays in ((price, True), (price + 1, False)):
        settings = scenario("tiny", *STREET, "costs.charged=true", f"chain.gas_price={gas_price}")
        summary = summary_of(run(settings))
        assert (summary["community_bill"] <= summary["community_bill_grid_only"]) == pays


def test_what_no_circuit_can_prove_has_no_cost_and_cannot_be_charged() -> None:
    outcome = run(scenario("tiny", *BOOKS, *HUGE))
    assert costs_of(outcome.prepared, outcome.quantity_wh, outcome.trades.fill_wh) is None
    summary = summary_of(outcome)
    assert summary["cost_gas"] is summary["break_even_gas_price"] is None
    assert agents(outcome).cost_gas_nano.isna().all()
    assert "no circuit" in report(summary, ROOT)
    with pytest.raises(InputError, match="too large for the contract"):
        run(scenario("tiny", *BOOKS, *HUGE, "costs.charged=true"))
    narrow = run(scenario("tiny", *BOOKS, *HUGE, "forecast.family=mlp", "costs.charged=true"))
    with pytest.raises(InputError, match="too large for the contract"):  # the models it was given are linear
        summary_of(narrow)


def test_a_gas_price_beyond_exact_money_is_refused() -> None:
    with pytest.raises(InputError, match=r"chain\.gas_price = 1000000000: .* should be at most \d+"):
        run(scenario("tiny", *STREET, "chain.gas_price=1000000000", "time.days=30"))
