"""Strangers' files are refused in one sentence, cheaply, and leave the user's own as they were."""

from pathlib import Path

import pytest

from tests.hostile import bundles, run_directories, scenarios
from tests.hostile.case import Case, Honest, attempted
from tests.hostile.honest import honest_in

CASES: dict[str, Case] = {**bundles.CASES, **run_directories.CASES, **scenarios.CASES}
pytestmark = [pytest.mark.slow, pytest.mark.long]


@pytest.fixture(scope="session")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Honest:
    return honest_in(tmp_path_factory.mktemp("honest"))


@pytest.mark.parametrize("name", sorted(CASES))
def test_is_refused(name: str, honest: Honest, tmp_path: Path) -> None:
    folder = tmp_path / "case"
    folder.mkdir()
    outcome, faults = attempted(CASES[name], honest, folder)
    assert faults == [], outcome.printed
