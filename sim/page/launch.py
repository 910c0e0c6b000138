"""The command ``zkpet page``: shows a scenario or a run directory in the browser, until Ctrl-C."""

import logging
import os
import socket
import threading
import time
import warnings
import webbrowser
from contextlib import suppress
from pathlib import Path
from secrets import token_urlsafe
from typing import Any
from urllib.request import urlopen

from sim.errors import InputError
from sim.page import opened
from sim.page.access_control import AccessControl
from sim.page.html import html
from sim.page.live import warm_up
from sim.runtime.interrupts import sheltered_children
from sim.runtime.scratch import scratch_folder

HOST = "127.0.0.1"
MOST_PORT = 65_535
_ASSETS = "/_solara/cdn"
_SETTINGS = {
    "SOLARA_APP": "sim.page.app",
    "SOLARA_MODE": "production",
    "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "false",  # a page about privacy calls nobody
    "SOLARA_THEME_SHOW_BANNER": "false",
    "SOLARA_KERNEL_CULL_TIMEOUT": "30s",  # how long the tab of a browser that vanished may come back
    "SOLARA_SESSION_HTTPS_ONLY": "false",
    "SOLARA_ASSETS_PROXY": "false",  # which fetches from elsewhere whatever it is asked for
    "SOLARA_ASSETS_CDN": _ASSETS,
}


def show_page(path: Path, port: int, browser: bool, jobs: int) -> None:
    """Serve the page until Ctrl-C. Raises InputError for whatever cannot be shown."""
    print("starting the page ...", flush=True)
    opened.at_start = opened.open_path(path, jobs)
    with _bound(port) as listening:
        _serve(listening, port, browser)


def _serve(listening: socket.socket, port: int, browser: bool) -> None:
    os.environ.update(_SETTINGS)
    threading.Thread(target=_warm_up, daemon=True).start()
    warnings.simplefilter("ignore")  # of Solara's, about hosting a page for others
    try:
        import uvicorn
        from solara.server import starlette
    except ImportError:
        raise InputError("the page needs Solara, which is not installed: `make page` installs it") from None
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    token = token_urlsafe()
    address = f"http://{HOST}:{port}/?token={token}"
    application = AccessControl(with_assets(starlette.app), port, token)
    with scratch_folder("page") as folder:
        threading.Thread(target=_announce, args=(address, folder if browser else None), daemon=True).start()
        server = uvicorn.Server(uvicorn.Config(application, log_level="warning", access_log=False))
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listening])


def with_assets(application: Any) -> Any:
    """Solara's application with the assets that were installed with it, and none fetched from elsewhere."""
    from solara.server.settings import assets
    from starlette.routing import Mount
    from starlette.staticfiles import StaticFiles

    installed = StaticFiles(directory=assets.proxy_cache_dir, check_dir=False)
    application.router.routes.insert(0, Mount(_ASSETS, app=installed))
    return application


def _warm_up() -> None:
    with sheltered_children():
        warm_up()


def _bound(port: int) -> socket.socket:
    """A socket that listens from now on: nobody else can take the port, and be sent the token."""
    if not 1 <= port <= MOST_PORT:
        raise InputError(f"--port {port}: should be between 1 and {MOST_PORT}")
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
        listening.listen()
    except OSError as error:
        listening.close()
        raise InputError(f"--port {port}: cannot serve there ({error.strerror}); name another port") from None
    return listening


def _announce(address: str, folder: Path | None) -> None:
    """Once the page answers, say where it is, and open it if there is a folder for the way there."""
    while True:
        try:
            with urlopen(address) as answer:
                answer.read()
            break
        except OSError:
            time.sleep(0.2)
    print(f"the page is at {address}   (Ctrl-C ends it)", flush=True)
    if folder:
        webbrowser.open(_way(folder, address).as_uri())


def _way(folder: Path, address: str) -> Path:
    """A file of this user's own that leads to an address, which other users would see in a command."""
    way = folder / "page.html"
    way.touch(0o600, exist_ok=False)
    way.write_text(html('<!doctype html><meta http-equiv="refresh" content="0; url={}">', address))
    return way
