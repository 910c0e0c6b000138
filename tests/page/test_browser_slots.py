"""The page in a browser: it loads, keeps to itself, and is walked through slot by slot."""

import pytest
from selenium.webdriver.common.keys import Keys

from tests.page.browser import CHROMIUM, DRIVER, Browser
from tests.page.server import PageServer, until

pytestmark = pytest.mark.slow
SLOTS = 24
NEIGHBOURS = "what the neighbours see"


def follows(page: Browser, slot: int) -> None:
    """Label and figures show a slot, counted from 1."""
    page.wait_for(".zk-when", f"slot {slot} of {SLOTS}")
    hour = f"{slot - 1:02d}:00 to"
    until(lambda: page.figures()[0].startswith(hour), f"supply and demand of {hour}")
    until(lambda: page.figures()[1].startswith(hour), f"the map of {hour}")


def test_nothing_is_asked_for_from_elsewhere(server: PageServer) -> None:
    if not (CHROMIUM and DRIVER):
        pytest.skip("Chromium and its driver are not installed (Debian: chromium, chromium-driver)")
    watched = Browser(traffic=True)
    try:
        watched.open(server.address)
        watched.cleared()
        for tab in ("homes", "proofs and chain", "try to cheat"):
            watched.press(tab, ".v-tab")
        watched.wait_for(".zk-main", "It is tried on a copy of the chain")
        assert watched.hosts() == {"127.0.0.1"}
        assert watched.complaints() == []
    finally:
        watched.quit()


def test_step_by_step_through_a_day(page: Browser) -> None:
    follows(page, 1)
    for slot in range(2, SLOTS + 1):
        page.press("Step")
        follows(page, slot)
    assert f"{SLOTS} of {SLOTS}" in page.text(".zk-when")
    until(lambda: not page.enabled("Step"), "the end, beyond which there is no step")


def test_play_goes_on_to_the_end_and_stops(page: Browser) -> None:
    page.go_to(SLOTS - 3)
    follows(page, SLOTS - 3)
    page.press("▶")
    follows(page, SLOTS)


def test_the_slider_goes_back_and_forth(page: Browser) -> None:
    page.go(Keys.END)
    follows(page, SLOTS)
    page.go(Keys.HOME)
    follows(page, 1)
    page.go_to(6)
    follows(page, 6)
    page.press("Step")
    follows(page, 7)


def test_a_walk_goes_on_when_its_end_is_left_again(page: Browser) -> None:
    page.go_to(SLOTS - 1)
    follows(page, SLOTS - 1)
    page.press("Step")
    follows(page, SLOTS)
    until(lambda: not page.enabled("Step"), "the end, beyond which there is no step")
    page.go(Keys.HOME)
    follows(page, 1)
    until(lambda: page.enabled("Step"), "the button Step")
    page.press("Step")
    follows(page, 2)
