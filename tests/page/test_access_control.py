"""Whoever has the page's token may speak to its server, from the page itself; nobody else."""

import asyncio
import base64
import hashlib
import re
import socket
import stat
import sys
import threading
import warnings
from itertools import product
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route, WebSocketRoute

from sim.cli import main
from sim.page import launch
from sim.page.access_control import AccessControl
from tests.runs import ROOT

# Whoever has the page's token may speak to its server, from the page itself; nobody else ------------------


PORT, TOKEN = 8765, "a-token-of-43-letters"
HOST = {"host": "127.0.0.1:8765"}
OURS = {**HOST, "origin": "http://127.0.0.1:8765"}
KEPT = {"cookie": f"zkpet-page-8765={TOKEN}"}
SCRIPT, SOURCED = "let here = 1 < 2;", "<script src='/other.js'></script>"
PAGE = f"<html><script>{SCRIPT}</script>{SOURCED}<p onclick='x()'>words</p></html>"


class Answer:
    """Whether the page was asked, and what was answered, by it or in its place."""

    def __init__(self, asked: bool, sent: list[dict[str, Any]]) -> None:
        self.asked, self.kinds = asked, [message["type"] for message in sent]
        start = next((message for message in sent if message["type"] == "http.response.start"), {})
        self.status = start.get("status")
        self.headers = {name.decode(): value.decode() for name, value in start.get("headers", [])}
        self.body = b"".join(message.get("body", b"") for message in sent).decode()


def answer(
    headers: dict[str, str],
    path: str = "/",
    query: str = "",
    kind: str = "http",
    method: str = "GET",
    page: Any = HTMLResponse(PAGE),  # noqa: B008, which nothing changes
) -> Answer:
    asked, sent = [], []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        asked.append(scope)
        if scope["type"] == "http":
            await page(scope, receive, send)

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": kind, "method": method, "path": path, "query_string": query.encode(), "headers": raw}
    asyncio.run(AccessControl(application, PORT, TOKEN)(scope, receive, send))
    return Answer(bool(asked), sent)


LET_IN = (
    {**OURS, **KEPT},
    {**HOST, **KEPT},
    {"host": "localhost:8765", **KEPT},
    {"host": "localhost:8765", "origin": "http://localhost:8765", **KEPT},
    {"Host": "127.0.0.1:8765", "Origin": "http://127.0.0.1:8765", "Cookie": KEPT["cookie"]},
    {**HOST, "cookie": f'other="a;b; zkpet-page-8765=old; {KEPT["cookie"]}; zkpet-page-9={TOKEN}x'},
)
OTHERS = (
    *({**OURS, **KEPT, "origin": f"http://{origin}"} for origin in ("evil.example", "evil.example:8765")),
    *({**OURS, **KEPT, "origin": origin} for origin in ("https://127.0.0.1:8765", "null")),
    {**OURS, **KEPT, "origin": "http://127.0.0.1:8766"},
    {**KEPT, "host": "evil.example"},
    {**KEPT, "host": "evil.example:8765", "origin": "http://evil.example:8765"},
    {**KEPT, "host": "127.0.0.1"},
    {**KEPT},
    {**OURS},
    {**HOST},
    {**HOST, "cookie": "zkpet-page-8765="},
    {**HOST, "cookie": f"zkpet-page-8765={TOKEN}x"},
    {**HOST, "cookie": f"zkpet-page-8765={TOKEN[:-1]}"},
    {**HOST, "cookie": f"zkpet-page-8766={TOKEN}"},
    {**HOST, "cookie": TOKEN},
    {**HOST, "cookie": "zkpet-page-8765=\xff"},
    {**HOST, "authorization": f"token {TOKEN}"},
)


@pytest.mark.parametrize("headers", LET_IN)
def test_the_page_itself_is_let_in(headers: dict[str, str]) -> None:
    assert (answer(headers).status, answer(headers).body) == (200, PAGE)
    assert answer(headers, kind="websocket").asked


@pytest.mark.parametrize("headers", OTHERS)
def test_others_are_not(headers: dict[str, str]) -> None:
    refused = answer(headers)
    assert not refused.asked
    assert refused.status == 403
    assert "the whole address" in refused.body
    assert TOKEN not in refused.body
    refused = answer(headers, kind="websocket")
    assert not refused.asked
    assert refused.kinds == ["websocket.close"]


def test_the_token_in_the_address_is_kept_as_a_cookie_and_leaves_the_address() -> None:
    first = answer(HOST, query=f"token={TOKEN}")
    assert (first.status, first.asked) == (200, False)
    assert 'http-equiv="refresh" content="0; url=/"' in first.body
    name, *attributes = first.headers["set-cookie"].split("; ")
    assert (name, set(attributes)) == (KEPT["cookie"], {"Path=/", "HttpOnly", "SameSite=Strict"})
    assert answer({**HOST, "cookie": name}).status == 200


@pytest.mark.parametrize(
    ("headers", "path", "query"),
    [
        (HOST, "/", "token="),
        (HOST, "/", f"token={TOKEN}x"),
        (HOST, "/", f"other={TOKEN}"),
        (HOST, "/static/main.js", f"token={TOKEN}"),
        ({"host": "evil.example"}, "/", f"token={TOKEN}"),
        ({**OURS, "origin": "http://evil.example"}, "/", f"token={TOKEN}"),
    ],
)
def test_nothing_else_is_let_in_by_its_address(headers, path, query) -> None:
    refused = answer(headers, path, query)
    assert (refused.status, refused.asked) == (403, False)
    assert "set-cookie" not in refused.headers
    assert answer(headers, path, query, kind="websocket").kinds == ["websocket.close"]


# What a browser is told ------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{**OURS, **KEPT}, HOST], ids=["page", "refusal"])
def test_no_site_may_frame_it_and_it_tells_none_where_it_is(headers: dict[str, str]) -> None:
    told = answer(headers).headers
    assert (told["x-frame-options"], told["referrer-policy"]) == ("DENY", "no-referrer")
    assert told["x-content-type-options"] == "nosniff"
    assert told["cross-origin-resource-policy"] == "same-origin"
    assert "frame-ancestors 'none'" in told["content-security-policy"]


def test_only_scripts_that_the_page_was_sent_with_may_run() -> None:
    policy = answer({**OURS, **KEPT}).headers["content-security-policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    assert rules["script-src"] == f"'self' 'unsafe-eval' 'sha256-{digest}'"
    assert rules["default-src"] == "'self'"
    assert rules["connect-src"] == "'self' ws://127.0.0.1:8765 ws://localhost:8765"
    assert {rules[name] for name in ("object-src", "frame-src", "form-action", "base-uri")} == {"'none'"}
    assert "sha256" not in answer(HOST).headers["content-security-policy"]


# Everything that Solara serves -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def solara() -> Starlette:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what Solara imports
        from solara.server import starlette
    return launch.with_assets(starlette.app)


def paths(application: Starlette) -> list[str]:
    """A path for everything that is served, WebSockets among them."""
    filled = [
        re.sub(r"\{[^}]*\}", "x", route.path) + ("/x" if isinstance(route, Mount) else "")
        for route in application.routes
        if isinstance(route, Mount | Route | WebSocketRoute)
    ]
    assert len(filled) == len(application.routes)
    return sorted(set(filled))


def test_nothing_that_solara_serves_is_reached_without_the_token(solara: Starlette) -> None:
    served = paths(solara)
    assert {"/", "/x", "/readyz", "/jupyter/api/kernels/x", "/_solara/api/close/x", "/static/x"} <= set(
        served
    )
    wrong = (HOST, {**HOST, "cookie": "zkpet-page-8765=guess"})
    methods = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE")
    for path, headers, method in product(served, wrong, methods):
        assert answer(headers, path, method=method, page=solara).status == 403, (method, path)
    for path, headers in product(served, wrong):
        assert answer(headers, path, kind="websocket").kinds == ["websocket.close"], path


def test_assets_are_those_installed_and_none_is_fetched_or_removed(solara: Starlette, monkeypatch) -> None:
    def fetches(*_: object, **__: object) -> None:
        raise AssertionError("asked for something elsewhere")

    monkeypatch.setattr("requests.get", fetches)
    monkeypatch.setattr("shutil.rmtree", fetches)
    known = {**OURS, **KEPT}
    for path in ("left-pad@1.3.0/index.js", "vega-embed@6.20.2/src", "../../../pyvenv.cfg", "%2e%2e/x", ""):
        scope_path = f"/_solara/cdn/{path}"
        assert answer(known, scope_path, page=with_root(solara)).status == 404, path
    css = answer(known, "/_solara/cdn/font-awesome@4.5.0/css/font-awesome.min.css", page=with_root(solara))
    assert css.status == 200


def with_root(application: Starlette) -> Any:
    """With the rest of what a server says of a request."""
    rest = {"root_path": "", "http_version": "1.1", "scheme": "http", "asgi": {"spec_version": "2.4"}}

    async def asked(scope: Any, receive: Any, send: Any) -> None:
        await application({**scope, **rest}, receive, send)

    return asked


# What leads to it -----------------------------------------------------------------------------------------


def test_the_browser_is_led_there_by_a_file_that_others_cannot_read(tmp_path, monkeypatch) -> None:
    """A command line can be read by every user of the machine."""
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.setattr(launch, "urlopen", lambda _: open(launch.__file__, "rb"))  # noqa: PTH123, SIM115
    address = f"http://127.0.0.1:8765/?token={TOKEN}"
    launch._announce(address, tmp_path)
    (way,) = tmp_path.iterdir()
    assert (opened, stat.S_IMODE(way.stat().st_mode)) == ([way.as_uri()], 0o600)
    assert f'content="0; url={address}"' in way.read_text()


# The command refuses in one sentence what it cannot show, before it serves anything -----------------------


TINY = str(ROOT / "scenarios" / "tiny.toml")


@pytest.fixture
def serves_nothing(monkeypatch) -> None:
    """Whoever comes as far as to serve has not been refused."""

    def served(*_: object, **__: object) -> None:
        raise AssertionError("should have been refused")

    for name in ("_warm_up", "_announce"):
        monkeypatch.setattr(launch, name, lambda *_: None)
    monkeypatch.setattr("uvicorn.Server.run", served)


def refused(capsys, *arguments: str) -> str:
    assert main(["page", *arguments, "--no-browser"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("zkpet: ")
    assert said.count("\n") == 1
    return said


@pytest.mark.usefixtures("serves_nothing")
def test_a_port_in_use_is_named(capsys) -> None:
    with socket.socket() as taken:
        taken.bind((launch.HOST, 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        said = refused(capsys, TINY, "--port", port)
    assert f"--port {port}: cannot serve there" in said
    assert "name another" in said


@pytest.mark.usefixtures("serves_nothing")
@pytest.mark.parametrize("port", ["0", "-1", "65536", "70000"])
def test_what_is_no_port_is_refused(capsys, port) -> None:
    assert f"--port {port}: should be between 1 and 65535" in refused(capsys, TINY, f"--port={port}")


@pytest.mark.usefixtures("serves_nothing")
@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("nowhere", "does not exist"),
        ("nowhere.toml", "does not exist"),
        ("scenarios", "should be a run directory, or a scenario"),
        ("README.md", "should be a run directory, or a scenario"),
        ("pyproject.toml", "name is missing"),
        ("scenarios/clusters.toml", "so it is a study"),
    ],
)
def test_what_cannot_be_shown_is_refused(capsys, path, words) -> None:
    said = refused(capsys, str(ROOT / path))
    assert str(ROOT / path) in said
    assert words in said


@pytest.mark.usefixtures("serves_nothing")
@pytest.mark.parametrize("library", ["uvicorn", "solara.server"])
def test_without_solara_it_says_how_to_get_it(capsys, monkeypatch, library) -> None:
    # Where Solara was loaded before, every thread of the process looks it up: so none is started.
    monkeypatch.setattr(threading.Thread, "start", lambda _: None)
    monkeypatch.setitem(sys.modules, library, None)  # as if it were not installed
    monkeypatch.setattr(launch, "_bound", lambda _: socket.socket())
    monkeypatch.setattr("warnings.simplefilter", lambda _: None)  # which is for the whole process
    monkeypatch.setattr("os.environ", dict(launch.os.environ))
    assert "`make page` installs it" in refused(capsys, TINY)


def test_nobody_else_takes_the_port_before_the_page_answers() -> None:
    """And so nobody else hears the token that is announced there."""
    with socket.socket() as free:
        free.bind((launch.HOST, 0))
        port = free.getsockname()[1]
    with launch._bound(port) as listening, socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with pytest.raises(OSError, match="in use"):
            other.bind((launch.HOST, port))
        assert listening.getsockname() == (launch.HOST, port)
