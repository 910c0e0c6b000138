"""The page in a browser: finished runs open from their directories, and what is none is said in words."""

from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from sim.outputs.run_directory import contents_of, write_run
from sim.proofs.srs import load_srs
from tests.page.browser import Browser
from tests.page.conftest import Serve
from tests.page.server import PageServer, until
from tests.runs import run, scenario

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two run directories, of 4 homes and of 3."""
    folders = tuple(tmp_path_factory.mktemp(name) for name in ("four", "three"))
    for folder, homes in zip(folders, (4, 3), strict=True):
        few = scenario(
            "tiny",
            f'name="homes-{homes}"',
            "chain.backend=revm",
            "proofs.policy=none",
            f"population.agents={homes}",
        )
        write_run(folder, contents_of(run(few), load_srs()))
    return folders


@pytest.fixture(scope="module")
def server(serve: Serve, runs: tuple[Path, Path]) -> PageServer:
    return serve(runs[0])


def steps_through(page: Browser) -> None:
    """It goes to its end and back to its first slot."""
    page.go(Keys.END)
    page.wait_for(".zk-when", "slot 24 of 24")
    page.wait_for(".zk-card svg > title", "23:00 to 00:00")
    page.press("Reset")
    until(lambda: page.slot() < 24, "the first slot with trade")
    first = page.slot()
    page.press("Step")
    page.wait_for(".zk-when", f"slot {first + 1} of 24")


def test_a_run_directory_is_walked_through_without_computing(page: Browser, server: PageServer) -> None:
    assert "nothing is computed again" in page.text(".zk-side")
    steps_through(page)
    page.press("try to cheat", ".v-tab")
    page.wait_for(".zk-card", "its chain is gone")
    assert server.at_work() == frozenset()


def test_another_run_opens_in_its_place(page: Browser, runs: tuple[Path, Path]) -> None:
    assert len(page.choices("home")) == 4
    opens(page, runs[1])
    page.wait_for(".v-toolbar__title", "homes-3")
    until(lambda: len(page.choices("home")) == 3, "the other run's homes")
    steps_through(page)


def test_what_is_no_run_is_said_and_the_page_stays_usable(
    page: Browser, runs: tuple[Path, Path], tmp_path: Path
) -> None:
    hollow = tmp_path / "hollow.toml"
    hollow.write_text("name = ", encoding="utf-8")
    for path in (
        tmp_path,
        tmp_path / "nowhere",
        tmp_path / "nowhere.toml",
        hollow,
        runs[0] / "slots.parquet",
    ):
        opens(page, path)
        said = page.wait_for(".v-alert", str(path))
        assert "Traceback" not in said
    assert len(page.texts(".v-alert")) == 1
    steps_through(page)


def opens(page: Browser, path: Path) -> None:
    page.unfold("open another")
    page.write("scenario file or run directory", str(path))
    page.press("open")
