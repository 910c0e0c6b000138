"""The page in a browser: processes end with what they were for, and tabs do not disturb each other."""

from collections.abc import Iterator

import pytest
from selenium.webdriver.common.keys import Keys

from tests.page.browser import Browser
from tests.page.conftest import Serve
from tests.page.hundred_resets import SMALLEST, after_resets
from tests.page.scenes import scene
from tests.page.server import PageServer, alive, until

pytestmark = pytest.mark.slow
LONG = ("time.days=4", "population.agents=8", "chain.backend=revm", "proofs.store=off")


@pytest.fixture(scope="module")
def proving(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> PageServer:
    """A page whose run takes 32 proofs, made anew each time: long enough to be stopped in the middle."""
    return serve(scene(tmp_path_factory.mktemp("long"), *LONG, proofs="all"))


@pytest.fixture
def page(browser: Browser, proving: PageServer) -> Iterator[Browser]:
    browser.open_beside(proving.address)
    yield browser
    assert browser.complaints() == []
    browser.close_tabs()


def has_cleared_a_gate(page: Browser) -> None:
    page.wait_for(".zk-status", "slots cleared")
    until(page.figures, "the figures")


def test_stop_ends_the_provers_and_keeps_what_was_cleared(page: Browser, proving: PageServer) -> None:
    has_cleared_a_gate(page)
    assert proving.at_work()
    page.press("stop")
    page.wait_for(".zk-status", "stopped; what was cleared can still be walked through")
    until(lambda: not proving.at_work(), "the run's processes to end")
    page.go_to(1)
    page.press("Step")
    page.wait_for(".zk-when", "slot 2 of 96")
    page.press("try to cheat", ".v-tab")
    assert not page.enabled("try it")
    page.press("Reset")
    until(proving.at_work, "the next run")


def test_a_closed_tab_leaves_no_process(page: Browser, proving: PageServer) -> None:
    has_cleared_a_gate(page)
    assert len(proving.at_work()) > 1  # the run's, and its provers
    page.close_tabs()
    until(lambda: not proving.at_work(), "the run's processes to end")


def test_tabs_do_not_disturb_each_other(
    browser: Browser, serve: Serve, tmp_path_factory: pytest.TempPathFactory
) -> None:
    server = serve(scene(tmp_path_factory.mktemp("scene")))
    for _ in range(2):
        browser.open_beside(server.address)
        browser.cleared()
    browser.slide("homes", Keys.ARROW_LEFT)
    browser.wait_for(".zk-side label", "homes: 3")
    browser.wait_for(".zk-cost", "without proofs")
    browser.reset()
    assert len(browser.choices("home")) == 3
    browser.go(Keys.END)
    browser.wait_for(".zk-when", "slot 24 of 24")
    browser.choose("show", "what the neighbours see")
    browser.to_tab(1)
    browser.go_to(1)
    assert "homes: 4" in browser.texts(".zk-side label")
    assert len(browser.choices("home")) == 4
    browser.press("Step")
    browser.wait_for(".zk-when", "slot 2 of 24")
    browser.to_tab(2)
    assert browser.slot() == 24
    browser.driver.close()
    browser.to_tab(1)
    browser.press("Step")
    browser.wait_for(".zk-when", "slot 3 of 24")
    assert browser.complaints() == []
    browser.close_tabs()


def test_resets_leave_neither_memory_nor_processes(
    browser: Browser, serve: Serve, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Few of them: ``tests.page.hundred_resets`` makes a hundred."""
    server = serve(scene(tmp_path_factory.mktemp("smallest"), *SMALLEST))
    browser.open(server.address)
    browser.cleared()
    held = after_resets(browser, server, 12)
    assert held[-1] < 1.1 * held[4]
    until(lambda: len(server.at_work()) <= 1, "older runs to end")  # zombies are counted
    browser.driver.get("about:blank")
    until(lambda: not server.at_work(), "the last run to end")


def test_ctrl_c_ends_the_page_with_all_its_processes(browser: Browser, proving: PageServer) -> None:
    browser.open_beside(proving.address)
    has_cleared_a_gate(browser)
    processes = proving.descendants()
    assert proving.at_work()
    assert proving.interrupt() == 0
    until(lambda: not alive(processes), "all processes to end")
    assert proving.output.splitlines() == [
        "starting the page ...",
        f"the page is at {proving.address}   (Ctrl-C ends it)",
    ]
    browser.close_tabs()
