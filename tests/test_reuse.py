"""Whole runs that share a store: what is made once, and what has to be made again."""

from pathlib import Path

import pytest

from sim.cli import main
from sim.forecast.dense import IntegerDense
from sim.forecast.forecasters import Forecasters
from sim.outputs.outcome import Outcome
from sim.outputs.summary import summary_of
from sim.proofs.srs import load_srs
from sim.runtime.store import Store, open_store
from sim.simulation.run import simulate
from tests.bundle.conftest import no_processes  # noqa: F401
from tests.runs import QUIET, ROOT, persistence_models, scenario

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("no_processes")]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    opened = open_store(str(tmp_path_factory.mktemp("reuse") / "store"))
    assert opened
    return opened


@pytest.fixture(scope="module")
def first(store: Store) -> Outcome:
    return run(store)


def run(store: Store, *settings: str, models: Forecasters | None = None) -> Outcome:
    """Two homes, with the fastest chain, unless the settings name another."""
    tiny = scenario("tiny", "population.agents=2", "chain.backend=revm", *settings)
    return simulate(tiny, load_srs(), 1, QUIET, models or persistence_models(2), store)


def made_and_reused(outcome: Outcome) -> tuple[int, int]:
    summary = summary_of(outcome)
    return summary["proofs_made"], summary["proofs_cached"]


def test_the_same_run_again_makes_nothing(first: Outcome, store: Store) -> None:
    again = run(store)
    assert (made_and_reused(first), made_and_reused(again)) == ((2, 0), (0, 2))
    assert again.market_digest == first.market_digest
    assert again.proofs == first.proofs  # salts and commitments among them
    assert [circuit.digest for circuit in again.circuits] == [circuit.digest for circuit in first.circuits]
    assert summary_of(again)["proofs_verified_on_chain"] == 2


@pytest.mark.parametrize(
    "settings",
    [
        ("market.strategy=truthful",),
        ("market.retail=0.3", "market.feed_in=0.05", "market.grid_fee=0.01"),
        ("chain.gas_price=20000",),
        ("chain.backend=py-evm",),
        ("proofs.policy=sample:0.99",),
    ],
    ids=lambda settings: settings[0],
)
def test_what_changes_no_forecast_reuses_every_proof(
    first: Outcome, store: Store, settings: tuple[str, ...]
) -> None:
    assert first.proofs
    assert made_and_reused(run(store, *settings)) == (0, 2)


@pytest.mark.long
def test_other_windows_or_another_circuit_reuse_none(first: Outcome, store: Store) -> None:
    assert made_and_reused(run(store, "time.start=2017-06-13")) == (2, 0)
    (model,) = persistence_models(2).models
    other = IntegerDense(model.family, model.precision, model.weights, (model.biases[0] + 1,))
    outcome = run(store, models=Forecasters.trained_once((0,) * 2, (other,)))
    assert made_and_reused(outcome) == (2, 0)
    assert not {p.commitment for p in outcome.proofs.values()} & {p.commitment for p in first.proofs.values()}


def test_after_damage_only_what_was_damaged_is_made_again_and_differs(first: Outcome, store: Store) -> None:
    commitment = first.proofs[0, 0].commitment.hex().encode()
    (path,) = (each for each in (store.root / "proofs").iterdir() if commitment in each.read_bytes())
    path.write_bytes(path.read_bytes()[:-1])
    again = run(store)
    assert (made_and_reused(again), again.market_digest) == ((1, 1), first.market_digest)
    assert again.proofs[0, 0].commitment != first.proofs[0, 0].commitment
    assert again.proofs[0, 0].salts != first.proofs[0, 0].salts


def test_an_unusable_store_is_refused_before_anything_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    arguments = ["run", str(ROOT / "scenarios" / "tiny.toml"), "--out", str(tmp_path / "out")]
    assert main([*arguments, "--set", f"proofs.store={tmp_path / 'file'}"]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"zkpet: proofs.store: {tmp_path / 'file'}: cannot keep anything there (")
    assert len(said.splitlines()) == 1
    assert not (tmp_path / "out").exists()
