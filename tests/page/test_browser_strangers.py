"""The page in a browser: a stranger's run directory runs nothing, and no other site gets hold of the page."""

import json
import threading
from functools import partial
from http.client import HTTPConnection
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pandas as pd
import pytest

from sim.outputs.run_directory import contents_of, write_run
from sim.proofs.srs import load_srs
from sim.tables.runs import read_by
from tests.page.browser import Browser
from tests.page.conftest import Serve
from tests.page.server import PageServer, until
from tests.runs import run, scenario

pytestmark = pytest.mark.slow
EVIL = "x'><img src=x onerror='window.ran=1'>"
KEPT = {"side"}
"""Columns with words of which the page knows all that there can be."""


@pytest.fixture(scope="module")
def server(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> PageServer:
    """A run directory with markup in every cell that has words."""
    folder = tmp_path_factory.mktemp("stranger")
    shown = scenario("tiny", "chain.backend=revm", "proofs.policy=none")
    write_run(folder, contents_of(run(shown), load_srs()))
    for name in read_by("page"):
        rows = pd.read_parquet(folder / f"{name}.parquet")
        for column in rows.select_dtypes("str").columns.difference(KEPT):
            rows[column] = rows[column].fillna("") + EVIL
        rows.to_parquet(folder / f"{name}.parquet")
    return serve(folder)


@pytest.fixture
def page(browser: Browser, server: PageServer) -> Browser:
    browser.open(server.address)
    browser.cleared()
    return browser


def test_markup_in_a_run_directory_is_shown_and_not_run(page: Browser) -> None:
    for tab, shown in (
        ("market", ".zk-card svg > title"),
        ("homes", ".zk-card svg > title"),
        ("proofs and chain", ".zk-card table.zk"),
        ("try to cheat", ".zk-card"),
    ):
        page.press(tab, ".v-tab")
        until(lambda shown=shown: page.texts(shown), tab)
        assert page.run("return document.querySelectorAll('img[src=x], [onerror]').length") == 0
    page.press("proofs and chain", ".v-tab")
    assert EVIL in page.wait_for(".zk-card table.zk", "set-up")
    page.press("homes", ".v-tab")
    assert page.choices("home")[0].endswith(EVIL)
    assert page.run("return window.ran") is None


def test_markup_that_came_onto_the_page_all_the_same_would_not_run(page: Browser) -> None:
    page.run("document.querySelector('.zk-main').insertAdjacentHTML('beforeend', arguments[0])", EVIL)
    until(lambda: page.run("return document.querySelector('img[src=x]')?.complete"), "the image")
    assert page.run("return window.ran") is None
    assert any("Content Security Policy" in complaint for complaint in page.complaints())


def test_another_site_cannot_frame_the_page_even_with_its_address(
    browser: Browser, server: PageServer, tmp_path: Path
) -> None:
    frame = f"<iframe src='{server.address}' onload='loaded = true'></iframe>"
    (tmp_path / "evil.html").write_text(f"<script>loaded = false</script>{frame}", encoding="utf-8")
    handler = partial(_Quiet, directory=tmp_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        browser.complaints()
        browser.driver.get(f"http://127.0.0.1:{site.server_port}/evil.html")
        until(lambda: browser.run("return loaded"), "the frame")
        site.shutdown()
    refused = " ".join(browser.complaints())
    assert "X-Frame-Options" in refused or "frame-ancestors" in refused
    assert server.at_work() == frozenset()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize("cookie", [None, "guess", "token"])
def test_the_server_answers_whoever_has_the_token(server: PageServer, cookie: str | None) -> None:
    """What each part of it is asked for without the token, ``tests.page.test_access_control`` tells."""
    host = server.origin.removeprefix("http://")
    value = server.token if cookie == "token" else cookie
    headers = {"Cookie": f"zkpet-page-{host.partition(':')[2]}={value}"} if cookie else {}
    allowed = cookie == "token"
    connection = HTTPConnection(host)
    for path in ("/", "/readyz", "/static/main-vuetify.js", "/jupyter/api/kernels/x"):
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == (200 if allowed else 403), path
        assert answer.headers["X-Frame-Options"] == "DENY"
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    key = {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
    connection.request("GET", "/jupyter/api/kernels/x/channels?session_id=x", headers=headers | upgrade | key)
    assert connection.getresponse().status == (101 if allowed else 403)
    connection.close()


def test_the_token_stands_in_no_command(server: PageServer) -> None:
    commands = [file.read_bytes() for file in Path("/proc").glob("[0-9]*/cmdline") if file.exists()]
    assert not any(server.token.encode() in command for command in commands)
    assert json.dumps(server.output).count(server.token) == 1
