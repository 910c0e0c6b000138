"""The page in a browser: every view shows data, whoever looks, and nothing is cut at either size."""

from collections.abc import Iterator

import pytest
from selenium.webdriver.common.keys import Keys

from tests.page.browser import CLASSROOM, PROJECTOR, SMALL, Browser
from tests.page.conftest import Serve
from tests.page.scenes import scene
from tests.page.server import until

pytestmark = pytest.mark.slow
NOON = 13  # the slot that begins at 12:00
EVERYTHING, NEIGHBOURS, HOME = "everything", "what the neighbours see", "what the home sees"
TABS = {"market": 3, "homes": 2, "proofs and chain": 0, "try to cheat": 0}
"""How many figures each has."""
_SHAPES = "return [...document.querySelectorAll('.zk-card svg')].map(e => e.querySelectorAll('path').length)"
_CUT = """
const cut = e => e.scrollWidth > e.clientWidth + 1;
const outside = e => {
    const box = e.getBoundingClientRect();
    return box.width > 0 && (box.right > innerWidth + 1 || box.left < -1);
};
const name = e => `${e.tagName}.${e.getAttribute("class")} ${e.textContent.slice(0, 40)}`;
const seen = selector => [...document.querySelectorAll(selector)].filter(e => e.offsetParent !== null);
const whole = ".zk-card, .zk-when, .zk-status, .zk-cost, .zk-main label, .zk-side label, .zk-main .v-tab, " +
    ".zk-code, .zk-public, .v-select__selection, .zk-verdict-ok, .zk-verdict-no, .v-btn, .v-alert, " +
    ".v-slide-group__wrapper";
const side = document.querySelector("nav.v-navigation-drawer").getBoundingClientRect();
return [
    ...seen(whole).filter(cut),
    ...seen(".zk-main *:not(svg *)").filter(outside),
    ...seen(".zk-side .v-btn, .zk-side .v-input").filter(e => e.getBoundingClientRect().right > side.right),
    ...[document.scrollingElement].filter(cut),
].map(name)
"""


@pytest.fixture(scope="module")
def server(serve: Serve, tmp_path_factory: pytest.TempPathFactory):
    few = ("population.agents=5", "population.pv_share=0.6")
    return serve(scene(tmp_path_factory.mktemp("scene"), *few))


@pytest.fixture(params=[SMALL, CLASSROOM, PROJECTOR], ids=["small", "classroom", "projector"])
def page(request: pytest.FixtureRequest, browser: Browser, server) -> Iterator[Browser]:
    browser.resize(request.param)
    browser.open(server.address)
    browser.cleared()
    browser.go_to(NOON)
    browser.wait_for(".zk-card svg > title", "12:00 to")
    yield browser
    assert browser.complaints() == []


def turn_to(page: Browser, tab: str) -> None:
    """Show a tab, and wait until everything on it is there."""
    page.press(tab, ".v-tab")
    until(lambda: len(page.figures()) == TABS[tab], f"the figures of {tab}")
    if tab == "proofs and chain":
        until(lambda: len(page.texts(".zk-card table.zk")) == 3, "the tables")
    if tab == "try to cheat":
        page.find("button", "try it")


def test_every_view_shows_data_whoever_looks_and_none_of_it_is_cut(page: Browser) -> None:
    for viewer in (EVERYTHING, NEIGHBOURS, HOME):
        turn_to(page, "homes")
        page.choose("show", viewer)
        page.wait_for(".zk-card svg > title", "private" if viewer == NEIGHBOURS else "The market has")
        for tab in TABS:
            turn_to(page, tab)
            assert all(shapes > 20 for shapes in page.run(_SHAPES)), (tab, viewer)
            assert page.run(_CUT) == [], (tab, viewer)
            if tab == "proofs and chain":
                assert "gate 1, slot 13" in page.text(".zk-card table.zk")


def test_neighbours_see_no_private_figure(page: Browser) -> None:
    turn_to(page, "homes")
    assert "saved the 5 homes together" in page.text(".zk-card svg > title")
    assert "expected to" in page.text(".zk-card svg > title")
    shapes = page.run(_SHAPES)
    page.choose("show", NEIGHBOURS)
    bills = page.wait_for(".zk-card svg > title", "Bills are private")
    assert "$" not in bills
    ordered = page.wait_for(".zk-card svg > title", "ordered to")
    assert "needed" not in ordered
    assert "spared" not in ordered
    assert page.run(_SHAPES)[1] < shapes[1]  # the line of the readings is gone
    page.choose("show", HOME)
    page.wait_for(".zk-card svg > title", "The market has")
    assert "all 5 homes" not in page.text(".zk-card svg > title")


def test_words_of_verdicts_and_errors_are_whole(page: Browser) -> None:
    turn_to(page, "try to cheat")
    page.press("try it")
    page.wait_for(".zk-verdict-ok", "ACCEPTED")
    page.choose("attack", "double-submitter")
    page.press("try it")
    page.wait_for(".zk-verdict-no", "REFUSED")
    assert page.run(_CUT) == []
    for part in ("forecasts", "market", "proofs and cheats", "open another"):
        page.unfold(part)
    page.slide("clusters of homes", Keys.END)
    page.wait_for(".v-alert", "should be at most")
    assert page.run(_CUT) == []
