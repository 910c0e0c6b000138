"""Who may speak to the page: whoever holds its token, from the page itself, on this machine.

A machine may have many users, and a browser many sites open; none of these may drive the page, or read run
directories with it.
"""

import base64
import hashlib
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from secrets import compare_digest
from typing import Any
from urllib.parse import parse_qs

from sim.page.html import Html, html

Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

_WITHIN_POLICY = 1008
"""The code with which a WebSocket is closed to those who may not use it."""
_REFUSED = html(
    "<!doctype html><title>zkpet</title><p>This page belongs to whoever started it. Open it with the whole "
    "address that <code>zkpet page</code> has written to the terminal; each start has another.</p>"
)
_LET_IN = html('<!doctype html><title>zkpet</title><meta http-equiv="refresh" content="0; url=/">')
"""Goes on to the page itself: a cookie for this site alone is not sent where another one led to it."""
_ALWAYS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)


class AccessControl:
    """An ASGI application behind a check of ``Host``, ``Origin`` and the token.

    The token comes once in the address, and from then on in a cookie. Every answer says that no other site
    may frame it, and what it may load and run: what comes from here, and of scripts written into a page those
    that it was sent with.
    """

    def __init__(self, application: Any, port: int, token: str) -> None:
        self._application, self._token = application, token.encode()
        self._hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost")}
        self._origins = {f"http://{host}" for host in self._hosts}
        self._sockets = " ".join(sorted(f"ws://{host}" for host in self._hosts))
        self._cookie = f"zkpet-page-{port}"

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Send) -> None:
        """Answer whoever may ask; refuse the rest."""
        if scope["type"] == "lifespan":
            await self._application(scope, receive, send)
            return
        headers = _headers(scope["headers"])
        ours = self._comes_from_here(headers)
        known = ours and any(map(self._is_token, _cookies(headers, self._cookie)))
        if scope["type"] == "websocket":
            if known:
                await self._application(scope, receive, send)
            else:
                await receive()
                await send({"type": "websocket.close", "code": _WITHIN_POLICY})
        elif ours and scope["path"] == "/" and self._is_token(_token_in(scope["query_string"])):
            await self._answer(send, 200, _LET_IN, self._set_cookie())
        elif known:
            await self._application(_uncompressed(scope), receive, self._guarded(send))
        else:
            await self._answer(send, 403, _REFUSED)

    def _comes_from_here(self, headers: Mapping[str, str]) -> bool:
        return headers.get("host") in self._hosts and headers.get("origin", "") in {"", *self._origins}

    def _is_token(self, words: str) -> bool:
        return compare_digest(words.encode(), self._token)

    def _set_cookie(self) -> tuple[bytes, bytes]:
        kept = f"{self._cookie}={self._token.decode()}; Path=/; HttpOnly; SameSite=Strict"
        return b"set-cookie", kept.encode()

    async def _answer(self, send: Send, status: int, page: Html, *headers: tuple[bytes, bytes]) -> None:
        """One of the gate's own pages, which loads and runs nothing."""
        own = [(b"content-type", b"text/html; charset=utf-8"), (b"cache-control", b"no-store"), *headers]
        guarded = self._guarded(send)
        await guarded({"type": "http.response.start", "status": status, "headers": own})
        await guarded({"type": "http.response.body", "body": page.encode()})

    def _guarded(self, send: Send) -> Send:
        """Send with what a browser should know of every answer; pages wait until their scripts are known."""
        start: Message = {}
        body = bytearray()

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
                if not _is_page(message["headers"]):
                    await send({**message, "headers": [*message["headers"], *self._rules([])]})
            elif start and message["type"] == "http.response.body" and _is_page(start["headers"]):
                body.extend(message.get("body", b""))
                if not message.get("more_body", False):
                    rules = self._rules(_INLINE_SCRIPT.findall(bytes(body)))
                    await send({**start, "headers": [*start["headers"], *rules]})
                    await send({"type": "http.response.body", "body": bytes(body)})
            else:
                await send(message)

        return guarded

    def _rules(self, scripts: Iterable[bytes]) -> Headers:
        """Headers of an answer with these scripts in it."""
        hashes = (base64.b64encode(hashlib.sha256(script).digest()).decode() for script in scripts)
        ours = " ".join(f"'sha256-{digest}'" for digest in hashes)
        policy = {
            "default-src": "'self'",
            "script-src": f"'self' 'unsafe-eval' {ours}",  # Vue compiles its templates in the browser
            "style-src": "'self' 'unsafe-inline'",
            "img-src": "'self' data:",
            "font-src": "'self' data:",
            "connect-src": f"'self' {self._sockets}",
            "object-src": "'none'",
            "frame-src": "'none'",
            "worker-src": "'none'",
            "form-action": "'none'",
            "base-uri": "'none'",
            "frame-ancestors": "'none'",
        }
        words = "; ".join(f"{name} {value.strip()}" for name, value in policy.items())
        every = {**_ALWAYS, "Content-Security-Policy": words}
        return [(name.lower().encode(), value.encode()) for name, value in every.items()]


def _headers(sent: Headers) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in sent}


def _cookies(headers: Mapping[str, str], name: str) -> list[str]:
    """Values of the cookies of a name, among those of everything else that is served from this machine."""
    cookies = (each.strip().partition("=") for each in headers.get("cookie", "").split(";"))
    return [value for key, _, value in cookies if key == name]


def _token_in(query: bytes) -> str:
    return parse_qs(query.decode("latin-1")).get("token", [""])[-1]


def _uncompressed(scope: Mapping[str, Any]) -> dict[str, Any]:
    """A request that takes plain answers, whose scripts can be seen; nothing travels far here."""
    plain = [(name, value) for name, value in scope["headers"] if name.lower() != b"accept-encoding"]
    return {**scope, "headers": plain}


def _is_page(headers: Headers) -> bool:
    return _headers(headers).get("content-type", "").startswith("text/html")
