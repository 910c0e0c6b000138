"""What is said of a run beforehand, against the run."""

from collections import Counter

import numpy as np
import pytest

from sim.costs import sealed_gas
from sim.costs.estimate import Estimate, estimate
from sim.costs.explain import explanation
from sim.costs.gas import founding_gas, gate_books, own_gas, proof_gas, shared_gas
from sim.costs.home_costs import sealed_gates
from sim.data.population import build_population
from sim.errors import InputError
from sim.market.clearing import Trades
from sim.market.mechanisms.mechanism import GENERIC
from sim.market.tariffs import TariffTable
from sim.outputs.outcome import Outcome
from sim.plugins import plugged_in, read_plugins
from sim.schema.scenario import Scenario
from sim.seeds import Streams
from tests.bundle.conftest import no_processes  # noqa: F401
from tests.runs import SEALED, TRADE_REDUCTION, run, scenario

# The laws of gas against the gas of real runs -------------------------------------------------------------


STREET = ("population.agents=15", "population.pv_share=0.54")
REPLAYED = ("pay-as-bid", "mcafee", "huang", "muda-lottery", "muda-balanced")
DAYS_OF_96_SLOTS = ("time.horizon=96", "time.days=4", "forecast.lookback=96")
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
        (*STREET, *DAYS_OF_96_SLOTS),
        (*DAYS_OF_96_SLOTS, TIME_OF_USE),  # each slot of the day is looked up four times
        ("population.resampling=true", "population.agents=40"),
        (*STREET, "market.mechanism=trade-reduction"),
        *((*STREET, "time.days=2", f"market.mechanism={name}") for name in REPLAYED),
        (*STREET, "market.mechanism=mid-market"),
        (*STREET, "time.days=2", "market.mechanism=bill-sharing"),  # first balances are written at settlement
    ],
    ids=lambda settings: ",".join(settings),
)
def test_unproved_runs_are_met_within_two_percent(settings: tuple[str, ...]) -> None:
    with plugged_in(read_plugins([TRADE_REDUCTION])):
        outcome = run(scenario("tiny", "proofs.policy=none", "chain.backend=revm", *settings))
    prepared, fill_wh = outcome.prepared, outcome.trades.fill_wh
    horizon, tariffs = prepared.scenario.time.horizon, prepared.tariffs
    rule = prepared.mechanism.checked_by
    books = gate_books(outcome.quantity_wh, outcome.trades, horizon, tariffs, prepared.period_of_slot, rule)
    placeholders = np.full((len(fill_wh), 1), proof_gas(None, horizon))
    at_gates, founding = measured(outcome)
    assert own_gas(books, placeholders).sum() + shared_gas(books).sum() == pytest.approx(at_gates, rel=0.02)
    assert founding_gas(
        len(fill_wh), prepared.population.generators, prepared.tariffs, 1, [], rule
    ) == pytest.approx(founding, rel=0.02)


@pytest.mark.parametrize(
    "settings",
    [
        ("time.days=4", "market.settlement_days=2"),
        ("population.resampling=true", "population.agents=30", TIME_OF_USE),
        ("time.horizon=1", "time.days=1"),
        pytest.param((*DAYS_OF_96_SLOTS, TIME_OF_USE), marks=pytest.mark.slow),  # fixed points
    ],
    ids=lambda settings: ",".join(settings),
)
def test_unproved_sealed_runs_are_met_within_two_percent(settings: tuple[str, ...]) -> None:
    outcome = run(scenario("tiny", "proofs.policy=none", "chain.backend=revm", *SEALED, *settings))
    prepared, (at_gates, founding) = outcome.prepared, measured(outcome)
    gates = sealed_gates(prepared)
    carried = np.full((gates.homes, prepared.gates), proof_gas(None, 0, sealed_gas.PLACEHOLDER))
    modelled = sealed_gas.own_gas(gates, carried).sum() + sealed_gas.shared_gas(gates).sum()
    assert modelled == pytest.approx(at_gates, rel=0.02)
    proofs = [sealed_gas.PLACEHOLDER]
    modelled = sealed_gas.founding_gas(gates, prepared.tariffs, proofs, False, 0)
    assert modelled == pytest.approx(founding, rel=0.02)


@pytest.mark.slow
@pytest.mark.usefixtures("no_processes")
@pytest.mark.parametrize(
    "settings",
    [
        ("population.agents=3",),
        SEALED,
        pytest.param((*SEALED, "market.settlement=proved"), marks=pytest.mark.long),
        pytest.param(("time.horizon=6", TIME_OF_USE), marks=pytest.mark.long),
        pytest.param(("forecast.lookback=96",), marks=pytest.mark.long),
    ],
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
    trades = Trades(fill_wh, np.where(fill_wh > 0, 7, 0))
    two_periods = TariffTable(np.array([0, 0, 1, 1]), np.ones((2, 2), int), np.zeros((2, 2), int))
    books = gate_books(quantity_wh, trades, 5, two_periods, np.array([0] * 5 + [0, 0, 1, 1, 1]), GENERIC)
    assert (books.orders.tolist(), books.order_words.tolist()) == ([[2, 1], [0, 0]], [[1, 1], [0, 0]])
    assert (books.sales.tolist(), books.settlements.tolist()) == ([[1, 0], [0, 0]], [1, 2])
    assert books.payments.tolist() == [[1, 0], [0, 0]]
    assert books.pairs.tolist() == [[2, 1], [0, 0]]
    assert books.day_slots == 4


# What is said of a run beforehand, against the run --------------------------------------------------------


def estimated(settings: Scenario, jobs: int = 2, slowness: float = 1.0) -> Estimate:
    return estimate(settings, build_population(settings, Streams(settings.seed)), jobs, slowness)


@pytest.mark.parametrize(
    ("settings", "proofs"),
    [
        ((), 4),
        (("proofs.policy=none",), 0),
        (("time.days=3", "population.agents=7"), 21),
        (("time.horizon=6",), 16),
        (("proofs.policy=sample:0.5", "time.days=10"), 22),
    ],
)
def test_the_number_of_proofs_is_exact(settings: tuple[str, ...], proofs: int) -> None:
    assert estimated(scenario("tiny", *settings)).proofs == proofs


@pytest.mark.slow
@pytest.mark.usefixtures("no_processes")
@pytest.mark.long
def test_a_sampled_run_makes_the_proofs_that_were_announced() -> None:
    settings = scenario("tiny", "proofs.policy=sample:0.4", "time.days=2")
    outcome = run(settings)
    assert len(outcome.proofs) == estimated(settings).proofs > 0
    assert outcome.market_digest == run(scenario("tiny", "proofs.policy=none", "time.days=2")).market_digest
    assert not outcome.verified_on_chain


@pytest.mark.parametrize(
    "settings",
    [
        (),
        ("population.agents=15", "time.days=2"),
        ("time.horizon=1",),
        ("population.agents=15", "time.horizon=6"),
    ],
)
def test_gas_is_foreseen_within_a_tenth(settings: tuple[str, ...]) -> None:
    unproved = scenario("tiny", "proofs.policy=none", "chain.backend=revm", *settings)
    used = sum(sent.receipt.gas_used for sent in run(unproved).sent)
    assert estimated(unproved).gas == pytest.approx(used, rel=0.1)


def test_more_work_costs_more() -> None:
    small, large = estimated(scenario("tiny")), estimated(scenario("tiny", "time.days=4"))
    assert large.prove_cpu_s == pytest.approx(4 * small.prove_cpu_s)
    assert large.chain_s > small.chain_s
    assert large.wall_s > small.wall_s
    assert (
        estimated(scenario("tiny", "forecast.family=mlp", "forecast.hidden=64")).cost.prove_cpu_s
        > small.cost.prove_cpu_s
    )
    assert estimated(scenario("tiny"), slowness=2.0).wall_s == pytest.approx(2 * small.wall_s)
    assert estimated(scenario("tiny"), jobs=1).wall_s > small.wall_s


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("forecast.clusters=5", r"forecast\.clusters = 5: should be at most 4"),
        (
            "proofs.settings={decomp_base=256, decomp_legs=4, num_inner_cols=2, logrows=20}",
            "the SRS serves 9, 10",
        ),
        (
            "proofs.settings={decomp_base=65536, decomp_legs=3, num_inner_cols=2, logrows=10}",
            "decomp_base = 65536",
        ),
        (
            "proofs.settings={decomp_base=4, decomp_legs=2, num_inner_cols=2, logrows=10}",
            "the ridge model needs values",
        ),
    ],
)
def test_what_a_run_would_refuse_is_refused(setting: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        explanation(scenario("tiny", setting), jobs=1)
    if "proofs" in setting:  # nothing of it matters where nothing is proved
        explanation(
            scenario("tiny", setting, "proofs.policy=none", "proofs.settings=tuned", "proofs.precision=8"), 1
        )


def test_too_little_to_train_on_is_refused_with_the_earliest_start_that_is_not() -> None:
    with pytest.raises(InputError, match=r"hold 3 past gates .* at least 96 slots later") as refused:
        explanation(scenario("tiny", "time.start=2016-08-07"), 1)
    assert "\n" not in str(refused.value)
    assert "proofs" in explanation(scenario("tiny", "time.start=2016-08-11"), 1)


LARGE = ("proofs.policy=none", "chain.backend=none", "population.resampling=true", "time.days=30")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (("population.agents=20000",), "should have at most 33,554,432; lower it, time.days"),
        (
            ("population.agents=2000", "forecast.history_days=60", "time.horizon=1", "forecast.lookback=336"),
            "windows of 2000 homes at 720 gates hold 486,720,000 numbers",
        ),
        (
            ("population.agents=2000", "forecast.history_days=60", "time.horizon=1", "time.days=1"),
            "lower it, forecast.history_days",
        ),
    ],
)
def test_a_run_that_would_take_all_memory_is_refused_before_it_does(
    settings: tuple[str, ...], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.forecast.gate_inputs.GateInputs.at_gates", pytest.fail)
    with pytest.raises(InputError, match=words):
        explanation(scenario("tiny", *LARGE, *settings), jobs=1)


def test_a_circuit_is_refused_before_it_is_laid_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row holds so many weights; laying out the largest models takes half a minute."""
    monkeypatch.setattr("sim.proofs.cost_model.rows_of", pytest.fail)
    with pytest.raises(InputError, match="the circuit is too large for the contract: proofs of"):
        explanation(scenario("tiny", "forecast.family=mlp", "forecast.hidden=[512, 512]"), jobs=1)


def test_a_backend_costs_what_it_is() -> None:
    reference, fast, none = (
        estimated(scenario("tiny", "proofs.policy=none", f"chain.backend={backend}"))
        for backend in ("py-evm", "revm", "none")
    )
    assert reference.gas == fast.gas > none.gas == 0
    assert reference.chain_s > fast.chain_s > none.chain_s == 0
