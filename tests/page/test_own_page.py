"""Only the page itself may speak to its server: no other site, under whatever name."""

import asyncio
from typing import Any

import pytest

from sim.page.own_page import OwnPageOnly

PORT = 8765
OURS = {"host": "127.0.0.1:8765", "origin": "http://127.0.0.1:8765"}


def answered(kind: str, headers: dict[str, str]) -> tuple[bool, list[dict[str, Any]]]:
    """Whether the page was asked, and what was answered in its place."""
    asked, sent = [], []

    async def page(scope: Any, *_: Any) -> None:
        asked.append(scope["type"])

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": kind, "headers": [(name.encode(), value.encode()) for name, value in headers.items()]}
    asyncio.run(OwnPageOnly(page, PORT)(scope, receive, send))
    return bool(asked), sent


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    "headers",
    [
        OURS,
        {"host": "localhost:8765"},
        {"host": "localhost:8765", "origin": "http://localhost:8765"},
        {"Host": "127.0.0.1:8765", "Origin": "http://127.0.0.1:8765"},
    ],
)
def test_the_page_itself_is_let_in(kind: str, headers: dict[str, str]) -> None:
    assert answered(kind, headers) == (True, [])


@pytest.mark.parametrize(
    "headers",
    [
        {**OURS, "origin": "http://evil.example"},
        {**OURS, "origin": "http://evil.example:8765"},
        {**OURS, "origin": "https://127.0.0.1:8765"},
        {**OURS, "origin": "http://127.0.0.1:8766"},
        {**OURS, "origin": "null"},
        {"host": "evil.example"},
        {"host": "evil.example:8765", "origin": "http://evil.example:8765"},
        {"host": "127.0.0.1"},
        {},
    ],
)
def test_others_are_not(headers: dict[str, str]) -> None:
    asked, sent = answered("http", headers)
    assert not asked
    assert sent[0]["status"] == 403
    asked, sent = answered("websocket", headers)
    assert not asked
    assert [message["type"] for message in sent] == ["websocket.close"]


def test_the_servers_own_beginning_and_end_pass() -> None:
    assert answered("lifespan", {}) == (True, [])
