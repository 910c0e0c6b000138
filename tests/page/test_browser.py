"""What only a browser can show of the page; all of it in one browser, from one server."""

import json
import threading
from contextlib import suppress
from functools import partial
from http.client import HTTPConnection
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pandas as pd
import pytest
from selenium.webdriver.common.keys import Keys

from sim.outputs.run_directory import contents_of, write_run
from sim.proofs.srs import load_srs
from sim.tables.runs import read_by
from tests.page.browser import CLASSROOM, PROJECTOR, SMALL, Browser
from tests.page.scenes import scene
from tests.page.server import PageServer, until
from tests.runs import run, scenario

pytestmark = pytest.mark.slow

SLOTS = 24
NOON = 13  # the slot that begins at 12:00
EVERYTHING, NEIGHBOURS, HOME = "everything", "what the neighbours see", "what the home sees"
TABS = {"market": 3, "homes": 2, "proofs and chain": 0, "try to cheat": 0}
"""How many figures each has."""
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


def opens(page: Browser, path: Path) -> None:
    """Have a scenario or a run directory opened in the place of what is shown."""
    page.unfold("open another")
    page.write("scenario file or run directory", str(path))
    page.press("open")


def follows(page: Browser, slot: int) -> None:
    """Label and figures show a slot, counted from 1."""
    page.wait_for(".zk-when", f"slot {slot} of {SLOTS}")
    hour = f"{slot - 1:02d}:00 to"
    until(lambda: page.figures()[0].startswith(hour), f"supply and demand of {hour}")
    until(lambda: page.figures()[1].startswith(hour), f"the map of {hour}")


def turn_to(page: Browser, tab: str) -> None:
    """Show a tab, and wait until everything on it is there."""
    page.press(tab, ".v-tab")
    until(lambda: len(page.figures()) == TABS[tab], f"the figures of {tab}")
    if tab == "proofs and chain":
        until(lambda: len(page.texts(".zk-card table.zk")) == 3, "the tables")
    if tab == "try to cheat":
        page.find("button", "try it")


# Slots, views and controls --------------------------------------------------------------------------------


def test_nothing_is_asked_for_from_elsewhere(server: PageServer, browser: Browser) -> None:
    del browser  # where there is none, this is skipped
    watched = Browser(traffic=True)
    try:
        watched.open(server.address)
        watched.cleared()
        for tab in TABS:
            turn_to(watched, tab)
        assert watched.hosts() == {"127.0.0.1"}
        assert watched.complaints() == []
    finally:
        watched.quit()


def test_step_play_and_slider_lead_through_the_day_and_back(page: Browser) -> None:
    follows(page, 1)
    for slot in (2, 3):
        page.press("Step")
        follows(page, slot)
    page.go(Keys.END)
    follows(page, SLOTS)
    until(lambda: not page.enabled("Step"), "the end, beyond which there is no step")
    for _ in range(2):
        page.go(Keys.ARROW_LEFT)
    follows(page, SLOTS - 2)
    page.press("▶")
    follows(page, SLOTS)
    page.go(Keys.HOME)
    follows(page, 1)
    until(lambda: page.enabled("Step"), "the button Step")
    page.press("Step")
    follows(page, 2)


@pytest.mark.parametrize("size", [SMALL, PROJECTOR], ids=["small", "projector"])
def test_every_view_is_whole_whoever_looks(page: Browser, size: tuple[int, int]) -> None:
    page.resize(size)
    for _ in range(NOON - 1):
        page.go(Keys.ARROW_RIGHT)
    for viewer in (EVERYTHING, NEIGHBOURS, HOME):
        turn_to(page, "homes")
        page.choose("show", viewer)
        page.wait_for(".zk-card svg > title", "private" if viewer == NEIGHBOURS else "The market has")
        for tab in TABS:
            turn_to(page, tab)
            assert all(shapes > 20 for shapes in page.run(_SHAPES)), (tab, viewer)
            assert page.run(_CUT) == [], (tab, viewer)
    for part in ("forecasts", "market", "proofs and cheats", "open another"):
        page.unfold(part)
    page.slide("clusters of homes", Keys.END)
    page.wait_for(REFUSED, "should be at most")
    assert page.run(_CUT) == []
    page.resize(CLASSROOM)


def test_impossible_controls_are_said_as_they_are_and_the_shown_run_stays(page: Browser) -> None:
    page.wait_for(COST, "without proofs")
    page.unfold("forecasts")
    page.slide("clusters of homes", Keys.END)
    said = page.wait_for(REFUSED, "should be at most 4, the number of homes")
    assert said.startswith("forecast.clusters = 12: ")
    page.wait_for(COST, "Reset waits until this is put right.")
    assert not page.enabled("Reset")
    page.press("Step")
    follows(page, 2)
    page.slide("clusters of homes", Keys.HOME)
    page.wait_for(COST, "begins a run without proofs")
    for words in ("abc", "1e3", ""):
        page.write("seed", words)
        assert page.wait_for(REFUSED, f'seed = "{words}"') == f'seed = "{words}": should be a valid integer'
    page.write("seed", "7")
    until(lambda: page.enabled("Reset"), "Reset")
    assert not page.texts(REFUSED)


def test_controls_say_their_cost_before_and_take_effect_after_a_reset(page: Browser) -> None:
    page.wait_for(COST, "without proofs")
    page.unfold("proofs and cheats")
    page.choose("proof policy", "all")
    page.wait_for(COST, "at most 4 proofs and 2 circuits: about ")
    page.choose("proof policy", "none")
    page.slide("homes", Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    page.slide("days", Keys.ARROW_RIGHT)
    page.wait_for(COST, "begins a run without proofs: about ")
    assert f"slot 1 of {SLOTS}" in page.text(".zk-when")  # nothing has begun
    assert len(page.choices("home")) == 4
    page.reset()
    assert len(page.choices("home")) == 6
    assert f"of {2 * SLOTS}" in page.text(".zk-when")


def test_cheats_are_refused_with_the_line_that_says_so(page: Browser, tmp_path: Path) -> None:
    proved = scene(tmp_path, "chain.backend=revm", proofs="all")

    def opened() -> bool:
        """A press that comes before the path has reached the server opens nothing, and is made again."""
        opens(page, proved)
        with suppress(AssertionError):
            return bool(until(lambda: "at most 4 proofs" in page.text(COST), "its cost", 30))
        return False

    until(opened, "the proved scenario")
    page.cleared()
    turn_to(page, "try to cheat")
    for attack, line in (
        ("phantom-seller", "staticcall IVerifier(VERIFIER).verify"),
        ("double-submitter", '"orders already submitted"'),
    ):
        page.choose("attack", attack)
        page.press("try it")
        until(lambda line=line: line in page.text(".zk-refusing"), f"the line of {attack}")
        assert page.text(".zk-verdict-no").startswith("REFUSED: ")
    sent = page.text(".zk-card table.zk")
    assert "submit, gate 1" in sent
    assert "what it tried" in sent
    assert page.run(_CUT) == []


# Recorded runs and strangers ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run directory of three homes."""
    folder = tmp_path_factory.mktemp("recorded")
    few = scenario(
        "tiny", 'name="homes-3"', "chain.backend=revm", "proofs.policy=none", "population.agents=3"
    )
    write_run(folder, contents_of(run(few), load_srs()))
    return folder


def test_a_recorded_run_opens_without_computing_and_what_is_none_is_said(
    page: Browser, server: PageServer, recorded: Path, tmp_path: Path
) -> None:
    opens(page, recorded)
    page.wait_for(".v-toolbar__title", "homes-3")
    until(lambda: len(page.choices("home")) == 3, "the other run's homes")
    assert "nothing is computed again" in page.text(".zk-side")
    until(lambda: not server.at_work(), "the run that was shown before to end")
    for path in (tmp_path / "nowhere", recorded / "slots.parquet"):
        opens(page, path)
        assert "Traceback" not in page.wait_for(REFUSED, str(path))
    first = page.slot()
    page.press("Step")
    page.wait_for(".zk-when", f"slot {first + 1} of {SLOTS}")
    page.press("try to cheat", ".v-tab")
    page.wait_for(".zk-card", "its chain is gone")


def test_markup_in_a_run_directory_is_shown_and_not_run(page: Browser, recorded: Path) -> None:
    """Nor would it run if it came onto the page all the same."""
    for name in read_by("page"):
        rows = pd.read_parquet(recorded / f"{name}.parquet")
        for column in rows.select_dtypes("str").columns.difference(KEPT):
            rows[column] = rows[column].fillna("") + EVIL
        rows.to_parquet(recorded / f"{name}.parquet")
    opens(page, recorded)
    until(lambda: page.choices("home")[0].endswith(EVIL), "the stranger's homes")
    for tab in TABS:
        page.press(tab, ".v-tab")
        until(lambda: page.texts(".zk-card"), tab)
        assert page.run("return document.querySelectorAll('img[src=x], [onerror]').length") == 0
    page.press("proofs and chain", ".v-tab")
    assert EVIL in page.wait_for(".zk-card table.zk", "set-up")
    assert page.complaints() == []
    page.run("document.querySelector('.zk-main').insertAdjacentHTML('beforeend', arguments[0])", EVIL)
    until(lambda: page.run("return document.querySelector('img[src=x]')?.complete"), "the image")
    assert page.run("return window.ran") is None
    assert any("Content Security Policy" in complaint for complaint in page.complaints())


def test_another_site_cannot_frame_the_page_even_with_its_address(
    page: Browser, server: PageServer, tmp_path: Path
) -> None:
    frame = f"<iframe src='{server.address}' onload='loaded = true'></iframe>"
    (tmp_path / "evil.html").write_text(f"<script>loaded = false</script>{frame}", encoding="utf-8")
    handler = partial(_Quiet, directory=tmp_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        page.driver.get(f"http://127.0.0.1:{site.server_port}/evil.html")
        until(lambda: page.run("return loaded"), "the frame")
        site.shutdown()
    refused = " ".join(page.complaints())
    assert "X-Frame-Options" in refused or "frame-ancestors" in refused


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_the_server_answers_only_whoever_has_the_token(server: PageServer) -> None:
    """What each part of it is asked for without the token, ``tests.page.test_access_control`` tells."""
    host = server.origin.removeprefix("http://")
    name = f"zkpet-page-{host.partition(':')[2]}"
    connection = HTTPConnection(host)
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


# Tabs and processes ---------------------------------------------------------------------------------------


def test_tabs_do_not_disturb_each_other(page: Browser, server: PageServer) -> None:
    page.open_beside(server.address)
    page.cleared()
    page.slide("homes", Keys.ARROW_LEFT)
    page.wait_for(".zk-side label", "homes: 3")
    page.wait_for(COST, "without proofs")
    page.reset()
    page.go(Keys.END)
    page.to_tab(0)
    assert len(page.choices("home")) == 4
    page.press("Step")
    follows(page, 2)
    page.to_tab(1)
    assert len(page.choices("home")) == 3
    assert page.slot() == SLOTS
    page.close_tabs()
    page.press("Step")
    follows(page, 3)


def test_stop_and_a_closed_tab_end_the_processes_of_a_run(
    page: Browser, server: PageServer, tmp_path: Path
) -> None:
    page.driver.get("about:blank")
    until(lambda: not server.at_work(), "the first run to end")
    page.open_beside(server.address)
    opens(page, scene(tmp_path, *LONG, proofs="all"))
    page.wait_for(".zk-status", "slots cleared")
    assert len(server.at_work()) > 1  # the run's, and its provers
    page.press("stop")
    page.wait_for(".zk-status", "stopped; what was cleared can still be walked through")
    until(lambda: not server.at_work(), "the run's processes to end")
    page.press("Reset")
    until(lambda: len(server.at_work()) > 1, "the next run")
    page.close_tabs()
    until(lambda: not server.at_work(), "the run's processes to end")
