"""What only a browser can show of the page; all of it in one browser, from one server, in few walks."""

import json
from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path

import pandas as pd
import pytest
from selenium.webdriver.common.keys import Keys

from scripts.page_resets import SMALLEST, after_resets
from sim.outputs.run_directory import contents_of, write_run
from sim.proofs.srs import load_srs
from sim.tables.runs import read_by
from tests.page.browser import CLASSROOM, PROJECTOR, SMALL, Browser
from tests.page.conftest import Serve
from tests.page.scenes import scene
from tests.page.server import PageServer, until
from tests.processes import alive
from tests.runs import SEALED, run, scenario

pytestmark = pytest.mark.slow

SLOTS = 24
EVERYTHING, NEIGHBOURS, HOME = "everything", "what the neighbours see", "what the home sees"
TABS = {"market": 3, "homes": 2, "compare": 2, "take over": 0, "proofs and chain": 0, "try to cheat": 0}
"""How many figures each has."""
OTHER_RUN, BUY_AT_MOST = "This run is not the scenario's", "buy at most, $/kWh"
REFUSED, COST = ".v-alert", ".zk-cost"
EVIL = "x'><img src=x onerror='window.ran=1'>"
KEPT = {"side"}
"""Columns with words of which the page knows all that there can be."""
LONG = ("time.days=4", "population.agents=8", "chain.backend=revm", "proofs.store=off")
"""32 proofs, made anew each time: long enough to be stopped in the middle."""
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


def opens(page: Browser, path: Path, selector: str, words: str) -> None:
    """Have a scenario or a run directory opened in the place of what is shown, until words tell of it.

    A press that comes before the path has reached the server opens nothing, and is made again.
    """
    page.unfold("open another")
    page.write("scenario file or run directory", str(path))

    def told() -> bool:
        page.press("open")
        with suppress(AssertionError):
            return bool(until(lambda: words in page.text(selector), words, 30))
        return False

    until(told, f"{path} to be opened")


def follows(page: Browser, slot: int) -> None:
    """Label and figures show a slot, counted from 1."""
    page.wait_for(".zk-when", f"slot {slot} of {SLOTS}")
    hour = f"{slot - 1:02d}:00 to"
    until(lambda: all(each.startswith(hour) for each in page.figures()[:2]), f"curves and map of {hour}")


def turn_to(page: Browser, tab: str) -> None:
    """Show a tab, and wait until everything on it is there."""
    page.press(tab, ".v-tab")
    until(lambda: len(page.figures()) == TABS[tab], f"the figures of {tab}")
    if tab == "proofs and chain":
        until(lambda: len(page.texts(".zk-card table.zk")) == 3, "the tables")
    if tab in ("take over", "try to cheat"):
        page.find("button", "try it" if tab == "try to cheat" else "take over")


def is_whole(page: Browser) -> None:
    """Figures are drawn, and nothing is cut in a small window nor in a large one."""
    for size in (SMALL, PROJECTOR):
        page.resize(size)
        with suppress(AssertionError):
            until(lambda: not page.run(_CUT), "everything to find its place", 20)
        assert page.run(_CUT) == [], size
        assert all(shapes > 20 for shapes in page.run(_SHAPES)), size


# Slots, views and controls --------------------------------------------------------------------------------


def test_step_play_and_slider_lead_through_the_day_and_nothing_is_asked_for_from_elsewhere(
    page: Browser,
) -> None:
    """The browser reaches nothing outside, and complains of whatever asks for it."""
    page.go(Keys.HOME)
    follows(page, 1)
    page.press("Step")
    follows(page, 2)
    page.go(Keys.END)
    follows(page, SLOTS)
    until(lambda: not page.enabled("Step"), "the end, beyond which there is no step")
    page.go(Keys.ARROW_LEFT)
    follows(page, SLOTS - 1)
    page.press("▶")
    follows(page, SLOTS)
    page.go(Keys.HOME)
    follows(page, 1)
    until(lambda: page.enabled("Step"), "the button Step")
    for tab in TABS:
        turn_to(page, tab)
    assert page.complaints() == []
    page.run("document.body.append(Object.assign(new Image(), {src: 'http://elsewhere.example/'}))")
    until(lambda: "elsewhere.example" in " ".join(page.complaints()), "a complaint")


def test_every_view_is_whole_whoever_looks_and_a_cheat_is_refused_by_its_line(page: Browser) -> None:
    is_whole(page)
    turn_to(page, "proofs and chain")
    is_whole(page)
    turn_to(page, "homes")
    for viewer, words in ((EVERYTHING, "The market has"), (NEIGHBOURS, "private"), (HOME, "The market has")):
        page.choose("show", viewer)
        page.wait_for(".zk-card svg > title", words)
        is_whole(page)
    turn_to(page, "proofs and chain")
    is_whole(page)
    for part in ("forecasts", "market", "proofs and cheats", "open another"):
        page.unfold(part)
    turn_to(page, "try to cheat")
    page.choose("attack", "double-submitter")
    page.press("try it")
    until(lambda: '"orders already submitted"' in page.text(".zk-refusing"), "the line that refuses")
    assert page.text(".zk-verdict-no").startswith("REFUSED: ")
    assert "submit, gate 1" in page.text(".zk-card table.zk")
    page.slide("clusters of homes", Keys.END)
    page.wait_for(REFUSED, "should be at most")
    is_whole(page)
    page.resize(CLASSROOM)


def test_controls_are_checked_and_priced_and_take_effect_after_a_reset_in_their_own_tab(
    page: Browser, server: PageServer
) -> None:
    page.open_beside(server.address)
    page.cleared()
    page.wait_for(COST, "without proofs")
    page.unfold("forecasts")
    page.slide("clusters of homes", Keys.END)
    said = page.wait_for(REFUSED, "should be at most 4, the number of homes")
    assert said.startswith("forecast.clusters = 12: ")
    page.wait_for(COST, "Reset waits until this is put right.")
    assert not page.enabled("Reset")
    first = page.slot()
    page.press("Step")  # the run that is shown stays
    follows(page, first + 1)
    page.slide("clusters of homes", Keys.HOME)
    page.wait_for(COST, "begins a run without proofs")
    page.write("seed", "1e3")
    assert page.wait_for(REFUSED, "seed") == 'seed = "1e3": should be a valid integer'
    page.write("seed", "7")
    until(lambda: page.enabled("Reset"), "Reset")
    assert not page.texts(REFUSED)
    page.slide("homes", Keys.ARROW_RIGHT)
    page.wait_for(COST, "begins a run without proofs: about ")
    assert len(page.choices("home")) == 4  # nothing has begun
    page.reset()
    assert len(page.choices("home")) == 5
    page.to_tab(0)
    assert (len(page.choices("home")), page.slot()) == (4, first)
    page.press("Step")
    follows(page, first + 1)
    page.close_tabs()


# Two mechanisms, and a home taken over -------------------------------------------------------------------


def test_two_mechanisms_are_compared_and_a_home_is_taken_over_live_until_a_reset(page: Browser) -> None:
    """With the bills of those who are seen alone; the page says as long as it holds whose run it shows."""
    turn_to(page, "compare")
    page.choose("compare with", "mid-market")
    assert "sellers get" in page.wait_for(".zk-card table.zk", "mid-market, so far")
    assert len({each.partition(": ")[0] for each in page.figures()}) == 1  # the same slot
    assert "homes might have ordered otherwise" in page.text(".zk-cost")
    is_whole(page)
    bills = "bills so far (private)homeuniformmid-market"
    page.wait_for(".zk-card", bills)
    page.choose("show", NEIGHBOURS)
    page.wait_for(".zk-card", "Bills are private: they are made from readings.")
    assert bills not in page.text(".zk-card")
    turn_to(page, "take over")
    assert OTHER_RUN not in page.text(REFUSED)
    page.press("take over")
    page.wait_for(".zk-status", "the market waits for the limits of ")
    page.write(BUY_AT_MOST, "9")
    said = page.wait_for(REFUSED, "should be a price from 0 to $0.440/kWh")
    assert said.startswith('buy at most = "9": ')
    assert not page.enabled("order")
    page.write(BUY_AT_MOST, "0.2")
    until(lambda: page.enabled("order"), "order")
    page.press("order")
    page.cleared()
    page.wait_for(REFUSED, OTHER_RUN)
    page.wait_for(".zk-card svg > title", "with its strategy")
    assert "0.200" in page.wait_for(".zk-card table.zk", "by zic")
    is_whole(page)
    page.resize(CLASSROOM)
    page.reset()
    assert OTHER_RUN not in page.text(REFUSED)
    assert not page.figures()


@pytest.mark.long
def test_of_sealed_orders_neighbours_see_a_sum_until_they_are_opened(page: Browser, tmp_path: Path) -> None:
    settings = (
        'name="sealed-4"',
        "forecast.rounds=2",
        "forecast.history_days=20",
        *SEALED,
        "chain.backend=none",
    )
    opens(page, scene(tmp_path, *settings), ".v-toolbar__title", "sealed-4")
    page.cleared()
    until(lambda: any("through the pool" in each for each in page.figures()), "the arrows of the simulator")
    page.choose("show", NEIGHBOURS)
    page.wait_for(".zk-card svg > title", ": the homes ")
    assert not any("through the pool" in each for each in page.figures())
    is_whole(page)
    tabs = (("compare", "Orders are sealed"), ("take over", "no limits"), ("try to cheat", "sealed"))
    for tab, words in tabs:
        page.press(tab, ".v-tab")
        until(lambda words=words: words in page.text(".zk-main"), words)
    turn_to(page, "homes")
    page.wait_for(".zk-card svg > title", "has sealed what it orders")
    is_whole(page)
    page.resize(CLASSROOM)
    page.press("market", ".v-tab")
    page.unfold("market")
    page.choose("orders", "open")
    page.reset()
    until(lambda: any("through the pool" in each for each in page.figures()), "the arrows of open orders")


# Recorded runs and strangers ------------------------------------------------------------------------------


@pytest.fixture
def strangers(tmp_path: Path) -> Path:
    """A run directory of three homes, with markup in everything that the page shows as words."""
    few = ("chain.backend=revm", "proofs.policy=none", "population.agents=3")
    write_run(tmp_path, contents_of(run(scenario("tiny", 'name="homes-3"', *few)), load_srs()))
    for name in read_by("page"):
        rows = pd.read_parquet(tmp_path / f"{name}.parquet")
        for column in rows.select_dtypes("str").columns.difference(KEPT):
            rows[column] = rows[column].fillna("") + EVIL
        rows.to_parquet(tmp_path / f"{name}.parquet")
    return tmp_path


def test_a_recorded_run_opens_without_computing_and_markup_in_it_is_shown_and_not_run(
    page: Browser, server: PageServer, strangers: Path
) -> None:
    """Nor would it run if it came onto the page all the same."""
    opens(page, strangers, ".v-toolbar__title", "homes-3")
    until(lambda: page.choices("home")[0].endswith(EVIL), "the stranger's homes")
    assert len(page.choices("home")) == 3
    assert "nothing is computed again" in page.text(".zk-side")
    until(lambda: not server.at_work(), "the run that was shown before to end")
    for path in (strangers / "nowhere", strangers / "slots.parquet"):
        opens(page, path, REFUSED, str(path))
        assert "Traceback" not in page.text(REFUSED)
    first = page.slot()
    page.press("Step")
    page.wait_for(".zk-when", f"slot {first + 1} of {SLOTS}")
    for tab, words in zip(TABS, ("", "", EVIL, "This run is over", EVIL, "its chain is gone"), strict=True):
        page.press(tab, ".v-tab")
        page.wait_for(".zk-card", words)
        assert page.run("return document.querySelectorAll('img[src=x], [onerror]').length") == 0
    assert page.complaints() == []
    page.run("document.querySelector('.zk-main').insertAdjacentHTML('beforeend', arguments[0])", EVIL)
    until(lambda: page.run("return document.querySelector('img[src=x]')?.complete"), "the image")
    assert page.run("return window.ran") is None
    assert any("Content Security Policy" in complaint for complaint in page.complaints())


def test_the_server_answers_only_whoever_has_the_token(server: PageServer) -> None:
    """What each part of it is asked for without the token, ``tests.page.test_access_control`` tells."""
    host = server.origin.removeprefix("http://")
    name, connection = f"zkpet-page-{host.partition(':')[2]}", HTTPConnection(host)
    for headers in ({}, {"Cookie": f"{name}=guess"}, {"Cookie": f"{name}={server.token}"}):
        allowed = server.token in str(headers)
        for path in ("/", "/readyz", "/static/main-vuetify.js", "/jupyter/api/kernels/x"):
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == (200 if allowed else 403), path
            assert answer.headers["X-Frame-Options"] == "DENY"
    connection.close()
    commands = [file.read_bytes() for file in Path("/proc").glob("[0-9]*/cmdline") if file.exists()]
    assert not any(server.token.encode() in command for command in commands)
    assert json.dumps(server.output).count(server.token) == 1


# Processes ------------------------------------------------------------------------------------------------


@pytest.mark.long
def test_stop_and_a_closed_tab_end_the_processes_of_a_run(
    page: Browser, server: PageServer, tmp_path: Path
) -> None:
    """Of its provers, too, as ``tests.page.test_live`` tells."""
    page.driver.get("about:blank")
    until(lambda: not server.at_work(), "the first run to end")
    page.open_beside(server.address)
    opens(
        page,
        scene(tmp_path, "forecast.family=mlp", "forecast.rounds=10000"),
        ".zk-status",
        "training the forecasters: ",
    )
    assert server.at_work()
    page.press("stop")
    page.wait_for(".zk-status", "stopped; what was cleared can still be walked through")
    until(lambda: not server.at_work(), "the run's processes to end")
    page.press("Reset")
    until(server.at_work, "the next run")
    page.close_tabs()
    until(lambda: not server.at_work(), "the run's processes to end")


# Servers of their own ------------------------------------------------------------------------------------


@pytest.mark.long
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


@pytest.mark.long
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
