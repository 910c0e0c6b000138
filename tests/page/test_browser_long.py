"""More of the page in a browser: what takes minutes, or servers of its own."""

from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from scripts.page_resets import SMALLEST, after_resets
from tests.page.browser import Browser
from tests.page.conftest import Serve
from tests.page.scenes import scene
from tests.page.server import until
from tests.page.test_browser import COST, LONG, REFUSED
from tests.processes import alive

pytestmark = [pytest.mark.slow, pytest.mark.long]


def test_cheats_need_proofs_and_are_refused_in_the_list_of_transactions(page: Browser) -> None:
    page.unfold("proofs and cheats")
    page.choose("cheats try", "double-submitter")
    page.slide("cheating homes, %", Keys.END)
    assert "proofs" in page.wait_for(REFUSED, "adversaries")
    page.choose("proof policy", "all")
    page.wait_for(COST, "at most 4 proofs")
    assert not page.texts(REFUSED)
    page.reset()
    page.press("proofs and chain", ".v-tab")
    page.wait_for("tr.zk-refused", "double-submitter")


def test_resets_leave_neither_memory_nor_processes(browser: Browser, serve: Serve, tmp_path: Path) -> None:
    """Few of them: ``scripts.page_resets`` makes a hundred."""
    server = serve(scene(tmp_path, *SMALLEST))
    browser.open(server.address)
    browser.cleared()
    held = after_resets(browser, server, 12)
    assert held[-1] < 1.1 * held[4]
    until(lambda: len(server.at_work()) <= 1, "older runs to end")  # zombies are counted
    browser.driver.get("about:blank")
    until(lambda: not server.at_work(), "the last run to end")


def test_ctrl_c_ends_the_page_with_all_its_processes(browser: Browser, serve: Serve, tmp_path: Path) -> None:
    server = serve(scene(tmp_path, *LONG, proofs="all"))
    browser.open_beside(server.address)
    browser.wait_for(".zk-status", "slots cleared")
    processes = server.descendants()
    assert server.at_work()
    assert server.interrupt() == 0
    until(lambda: not alive(processes), "all processes to end")
    assert server.output.splitlines() == [
        "starting the page ...",
        f"the page is at {server.address}   (Ctrl-C ends it)",
    ]
    browser.close_tabs()
