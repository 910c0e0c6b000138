"""Packed runs, made once for all tests: two by the command line, and one for forgers to change."""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import sim.simulation.preparation
import sim.simulation.run
from sim.bundle.archive import read_archive
from sim.cli import main
from sim.forecast.dense import IntegerDense
from sim.forecast.forecasters import Forecasters
from sim.outputs.outcome import Outcome
from sim.outputs.run_directory import SUMMARY
from sim.proofs.pool import ProverPool
from tests.bundle.forgery import UNPROVED, bundle_of_run
from tests.runs import ROOT, scenario

TINY = str(ROOT / "scenarios" / "tiny.toml")
ONE_MODEL = ("forecast.training=federated", "forecast.family=mlp", "forecast.inputs=[]", "proofs.store=off")


@dataclass(frozen=True)
class PackedRun:
    """A run by the command line, with what only its maker knows.

    printed: everything that running and packing left on the terminal
    """

    folder: Path
    bundle: Path
    outcome: Outcome
    printed: str


def blurred(homes: int = 4) -> Forecasters:
    """A bottleneck whose forecasts, unlike those that repeat yesterday, are no readings."""
    dice = np.random.default_rng(8)
    weights = tuple(dice.integers(-30, 31, shape) for shape in ((8, 24), (24, 8)))
    biases = np.zeros(8, dtype=np.int64), np.arange(24) << 12
    return Forecasters.trained_once((0,) * homes, (IntegerDense("mlp", 6, weights, biases),))


def packed_run(
    folder: Path, *settings: str, options: Sequence[str] = (), models: Forecasters | None = None
) -> PackedRun:
    """Run and pack the tiny scenario by the command line, with models, or the blurred one, given."""
    seen: list[Outcome] = []
    how = ["--jobs", "1", *options]
    changes = [word for setting in (*ONE_MODEL, *settings) for word in ("--set", setting)]
    run, bundle, log = folder / "run", folder / "run.zkpet", folder / "log"
    outcome_of = sim.simulation.run.outcome_of
    with pytest.MonkeyPatch.context() as patch, terminal_to(log):
        patch.setattr(sim.simulation.preparation, "train", lambda *_: models or blurred())
        patch.setattr(
            sim.simulation.run, "outcome_of", lambda *given: seen.append(outcome_of(*given)) or seen[0]
        )
        patch.setattr("sim.outputs.figures.write_figures", lambda *_: None)
        assert main(["run", TINY, *changes, "--out", str(run), *how]) == 0
        assert main(["bundle", str(run), "-o", str(bundle), *how]) == 0
    return PackedRun(run, bundle, seen[0], log.read_text())


@contextmanager
def terminal_to(log: Path) -> Iterator[None]:
    """What this process and its children print goes to a file."""
    kept = os.dup(1), os.dup(2)
    with log.open("w", buffering=1) as file, redirect_stdout(file), redirect_stderr(file):
        try:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
            yield
        finally:
            for number, before in enumerate(kept, start=1):
                os.dup2(before, number)
                os.close(before)


@pytest.fixture(scope="session")
def unproved(tmp_path_factory: pytest.TempPathFactory) -> PackedRun:
    """Nothing of it is proved, so that it is quickly checked."""
    return packed_run(tmp_path_factory.mktemp("unproved"), "proofs.policy=none")


def assert_public_is_the_runs_own(run: PackedRun, *others: str) -> None:
    """What a bundle tells of a run is what its directory does, but for ``others`` of its figures."""
    of_orders = ("slots", "orders", "trades") if run.outcome.sealed is None else ("totals", "bills")
    files, hashless = read_archive(run.bundle), run.outcome.blocks[0].hash == b""  # revm keeps none
    for table in (*of_orders, "agents", "proofs", "circuits", "blocks"):
        private = pd.read_parquet(run.folder / f"{table}.parquet")
        public = files[f"tables/{table}.csv"].decode()
        left_out = {"hash", "state_root"} if hashless else set()
        columns = [name for name in public.splitlines()[0].split(",") if name in {*private} - left_out]
        again = pd.read_csv(StringIO(public), usecols=columns)[columns].to_csv(index=False)
        assert again == pd.read_csv(StringIO(private[columns].to_csv(index=False))).to_csv(index=False)
        assert len(columns) >= 4
    own, figures = json.loads((run.folder / SUMMARY).read_text()), json.loads(files[SUMMARY])
    for figure in own.keys() & figures.keys() - {"state_root", *others}:
        assert figures[figure] == own[figure], figure


class NearbyPool(ProverPool):
    """Does the work of its processes in this one, which saves starting them."""

    def _submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(function(*arguments))
        return future


@pytest.fixture(scope="module")
def no_processes() -> Iterator[None]:
    """Circuits and proofs of a test module are made in the tests' own process."""
    with pytest.MonkeyPatch.context() as patch:
        for module in ("sim.simulation.run", "sim.bundle.community"):
            patch.setattr(f"{module}.ProverPool", NearbyPool)
        yield


@pytest.fixture(scope="session")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle to forge others from; nothing is proved in it, so that it is quickly made and checked."""
    return bundle_of_run(tmp_path_factory.mktemp("honest") / "tiny.zkpet", scenario("tiny", *UNPROVED))


@pytest.fixture
def forged(tmp_path: Path) -> Path:
    """Where to put a forgery."""
    return tmp_path / "forged.zkpet"
