"""What proofs and gas cost homes, and at which gas price nothing is saved any more."""

import numpy as np
import pytest

from sim.costs.home_costs import Costs, costs_of
from sim.errors import InputError
from sim.forecast.dense import IntegerDense
from sim.forecast.forecasters import Forecasters
from sim.outputs.outcome import Outcome
from sim.outputs.summary import summary_of
from sim.outputs.tables import agents
from sim.simulation.audit import audit
from sim.terminal.run import report
from tests.bundle.conftest import no_processes  # noqa: F401
from tests.runs import ROOT, persistence_models, run, scenario

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
@pytest.mark.usefixtures("no_processes")
def test_costs_are_the_same_with_proofs_and_without() -> None:
    proved = run(scenario("tiny", "population.agents=2", "chain.backend=revm"))
    assert proved.proofs
    unproved = run(scenario("tiny", *BOOKS, "population.agents=2"))
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
    small = persistence_models(4)
    into, out = np.ones((160, 48), dtype=np.int64), np.ones((24, 160), dtype=np.int64)
    biases = np.zeros(160, dtype=np.int64), np.zeros(24, dtype=np.int64)
    wide = IntegerDense("mlp", 4, (into, out), biases)
    both = costs(
        run(scenario("tiny", *BOOKS), Forecasters.trained_once((0, 1, 0, 1), (small.models[0], wide)))
    )
    alike = costs(run(scenario("tiny", *BOOKS), small))
    assert np.array_equal(both.energy_nano[[0, 2]], alike.energy_nano[[0, 2]])
    assert (both.energy_nano[[1, 3]] > alike.energy_nano[[1, 3]]).all()
    assert (both.gas[[1, 3]] > both.gas[[0, 2]] + 30_000).all()


def test_charging_changes_bills_and_nothing_in_the_market(beside: Outcome, charged: Outcome) -> None:
    assert (charged.market_digest, charged.balances) == (beside.market_digest, beside.balances)
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
    assert costs_of(outcome.prepared, outcome.quantity_wh, outcome.trades) is None
    summary = summary_of(outcome)
    assert summary["cost_gas"] is summary["break_even_gas_price"] is None
    assert agents(outcome).cost_gas_nano.isna().all()
    assert "no circuit" in report(summary, ROOT)
    with pytest.raises(InputError, match="too large for the contract"):
        run(scenario("tiny", *BOOKS, *HUGE, "costs.charged=true"))
    narrow = run(
        scenario("tiny", *BOOKS, *HUGE, "forecast.family=mlp", "forecast.hidden=4", "costs.charged=true")
    )
    with pytest.raises(InputError, match="too large for the contract"):  # the models it was given are linear
        summary_of(narrow)


def test_a_gas_price_beyond_exact_money_is_refused() -> None:
    with pytest.raises(InputError, match=r"chain\.gas_price = 1000000000: .* should be at most \d+"):
        run(scenario("tiny", *STREET, "chain.gas_price=1000000000", "time.days=30"))
