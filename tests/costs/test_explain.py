"""What is said of a run beforehand, against the run."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sim.costs.estimate import Estimate, estimate, slowness_of_this_machine
from sim.costs.explain import explanation
from sim.data.population import build_population
from sim.errors import InputError
from sim.schema.scenario import Scenario
from sim.seeds import Streams
from tests.runs import run, scenario


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
def test_a_sampled_run_makes_the_proofs_that_were_announced() -> None:
    settings = scenario("tiny", "proofs.policy=sample:0.4", "time.days=2")
    outcome = run(settings)
    assert len(outcome.proofs) == estimated(settings).proofs > 0
    unproved = run(scenario("tiny", "proofs.policy=none", "time.days=2"))
    assert outcome.market_digest == unproved.market_digest
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
    unproved = scenario("tiny", "proofs.policy=none", *settings)
    used = sum(sent.receipt.gas_used for sent in run(unproved).sent)
    assert estimated(unproved).gas == pytest.approx(used, rel=0.1)


def test_more_work_costs_more() -> None:
    small, large = estimated(scenario("tiny")), estimated(scenario("tiny", "time.days=4"))
    assert large.prove_cpu_s == pytest.approx(4 * small.prove_cpu_s)
    assert large.chain_s > small.chain_s
    assert large.wall_s > small.wall_s
    assert estimated(scenario("tiny", "forecast.hidden=64")).cost.prove_cpu_s > small.cost.prove_cpu_s
    assert estimated(scenario("tiny"), slowness=2.0).wall_s == pytest.approx(2 * small.wall_s)
    assert estimated(scenario("tiny"), jobs=1).wall_s > small.wall_s


def test_this_machine_is_measured() -> None:
    assert slowness_of_this_machine() > 0


def test_the_explanation_names_every_home_and_cost() -> None:
    text = explanation(scenario("tiny"), jobs=2)
    assert "homes: 4, 2 with PV; 24 slots of 1 h" in text
    assert text.count("PV left out") == 2
    assert 'policy "all"' in text
    assert "with --jobs 2" in text


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
            "the mlp model needs values",
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
    with pytest.raises(InputError, match=r"hold 4 past gates .* at least 72 slots later") as refused:
        explanation(scenario("tiny", "time.start=2016-08-07"), 1)
    assert "\n" not in str(refused.value)
    assert "proofs" in explanation(scenario("tiny", "time.start=2016-08-10"), 1)


LARGE = ("proofs.policy=none", "chain.backend=none", "population.resampling=true", "time.days=30")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (("population.agents=20000",), "should have at most 33,554,432; lower it, time.days"),
        (
            ("population.agents=2000", "forecast.history_days=60", "time.horizon=1", "forecast.lookback=336"),
            "windows of 2000 homes at 720 gates hold 485,280,000 numbers",
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
    monkeypatch.setattr("sim.simulation.preparation.gate_windows", pytest.fail)
    with pytest.raises(InputError, match=words):
        explanation(scenario("tiny", *LARGE, *settings), jobs=1)


def test_a_circuit_is_refused_before_it_is_laid_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row holds so many weights; laying out the largest models takes half a minute."""
    monkeypatch.setattr("sim.proofs.cost_model.rows_of", pytest.fail)
    with pytest.raises(InputError, match="the circuit is too large for the contract: proofs of"):
        explanation(scenario("tiny", "forecast.hidden=[512, 512]"), jobs=1)


def test_a_circuit_too_large_for_the_contract_is_refused() -> None:
    narrow = "proofs.settings={decomp_base=256, decomp_legs=4, num_inner_cols=2, logrows=9}"
    explanation(scenario("tiny", narrow), jobs=1)
    with pytest.raises(InputError, match="the circuit is too large for the contract: proofs of"):
        explanation(scenario("tiny", narrow, "forecast.lookback=168", "forecast.family=linear"), jobs=1)


def test_a_backend_costs_what_it_is() -> None:
    reference, fast, none = (
        estimated(scenario("tiny", "proofs.policy=none", f"chain.backend={backend}"))
        for backend in ("py-evm", "revm", "none")
    )
    assert reference.gas == fast.gas > none.gas == 0
    assert reference.chain_s > fast.chain_s > none.chain_s == 0


def test_homes_with_too_few_different_days_are_refused_before_training(tmp_path: Path) -> None:
    """Flat loads have one mean day, whatever their size."""
    source = tmp_path / "flat.csv"
    hours = (datetime(2017, 6, 1) + timedelta(hours=hour) for hour in range(20 * 24))
    source.write_text("\n".join(["time,a_load_wh,b_load_wh", *(f"{hour},100,200" for hour in hours)]))
    fields = (f"population.source={source}", "population.agents=2", "time.start=2017-06-15")
    assert explanation(scenario("tiny", *fields, "forecast.clusters=1"), jobs=1)
    with pytest.raises(InputError, match=r"clusters = 2: should be at most 1, the number of different mean"):
        explanation(scenario("tiny", *fields, "forecast.clusters=2"), jobs=1)
