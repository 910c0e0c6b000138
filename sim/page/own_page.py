"""Who may speak to the page: itself, on this machine, and no other site that the same browser has open."""

from collections.abc import Mapping
from typing import Any

_WITHIN_POLICY = 1008
"""The code with which a WebSocket is closed to those who may not use it."""


class OwnPageOnly:
    """An ASGI application behind a check of ``Host`` and ``Origin``.

    Without it any web page that a visitor has open could drive this one through the browser, or read run
    directories with it, be it under its own name or under one that it lets point to this machine.
    """

    def __init__(self, application: Any, port: int) -> None:
        self._application = application
        self._hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost")}
        self._origins = {f"http://{host}" for host in self._hosts}

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        """Answer what comes from the page; refuse the rest."""
        if scope["type"] == "lifespan" or self._is_ours(scope["headers"]):
            await self._application(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": _WITHIN_POLICY})
        else:
            await send({"type": "http.response.start", "status": 403, "headers": []})
            await send({"type": "http.response.body", "body": b"this page is for this machine alone"})

    def _is_ours(self, headers: list[tuple[bytes, bytes]]) -> bool:
        sent = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}
        return sent.get("host") in self._hosts and sent.get("origin", "") in {"", *self._origins}
