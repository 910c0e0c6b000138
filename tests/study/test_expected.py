"""What a sweep is expected to cost: what it starts, trains and proves, each as often as it does."""

from pathlib import Path

import pytest

from sim.costs.estimate import Estimate, estimate
from sim.data.population import build_population
from sim.seeds import Streams
from sim.study.cells import Design
from sim.study.expected import Expected, expected
from tests.study.studies import study

PROVED = ("proofs.policy=all", "chain.backend=py-evm")


@pytest.fixture(autouse=True)
def reference_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.study.expected.slowness_of_this_machine", lambda: 1.0)


def fees(folder: Path, count: int, *settings: str) -> Design:
    """Cells that differ in the market alone, twice each: two groups that share models and proofs."""
    values = ", ".join(str(fee / 1000) for fee in range(count))
    return study(folder, f'[sweep]\nseeds = 2\n"market.grid_fee" = [{values}]', *settings)


def of_all(each: Design, jobs: int = 1) -> Expected:
    return expected(each, each.cells, jobs)


def of_one(each: Design, **how: bool) -> Estimate:
    scenario = each.cells[0].scenario
    return estimate(scenario, build_population(scenario, Streams(scenario.seed)), 1, 1.0, **how)


def test_models_circuits_and_proofs_are_made_once_where_cells_share_them(tmp_path: Path) -> None:
    one, shared = of_one(fees(tmp_path, 1, *PROVED)), of_all(fees(tmp_path, 5, *PROVED))
    apart = of_all(fees(tmp_path, 5, *PROVED, "proofs.store=off"))
    assert (shared.proofs, shared.circuits) == (2 * one.proofs, 2 * one.circuits)
    assert (apart.proofs, apart.circuits) == (10 * one.proofs, 10 * one.circuits)
    assert shared.gas == apart.gas == 10 * one.gas  # every proof is verified in every cell


def test_what_is_done_need_not_be_made_again(tmp_path: Path) -> None:
    five = fees(tmp_path, 5, *PROVED)
    rest = expected(five, five.cells[2:], 1)
    assert (rest.cells, rest.proofs, rest.circuits) == (8, 0, 0)
