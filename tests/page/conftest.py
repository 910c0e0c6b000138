"""A browser, and servers of the page."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.page.browser import CHROMIUM, DRIVER, Browser
from tests.page.server import PageServer

Serve = Callable[[Path], PageServer]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A window of 1280 x 800."""
    if not (CHROMIUM and DRIVER):
        pytest.skip("Chromium and its driver are not installed (Debian: chromium, chromium-driver)")
    one = Browser()
    yield one
    one.quit()


@pytest.fixture(scope="module")
def serve(browser: Browser) -> Iterator[Serve]:
    """Starts servers that end with the module; none without a browser."""
    del browser
    started: list[PageServer] = []

    def start(path: Path) -> PageServer:
        started.append(PageServer(path))
        return started[-1]

    yield start
    for server in started:
        server.end()
