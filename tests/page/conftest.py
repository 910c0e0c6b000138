"""A browser, and servers of the page."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.page.browser import CHROMIUM, DRIVER, Browser
from tests.page.scenes import scene
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


@pytest.fixture(scope="module")
def server(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> PageServer:
    """The smallest market; modules that show another have a server of their own."""
    return serve(scene(tmp_path_factory.mktemp("scene")))


@pytest.fixture
def page(browser: Browser, server: PageServer) -> Iterator[Browser]:
    """A tab of the module's server whose run is over, at its first slot; its console must have no errors."""
    browser.open(server.address)
    browser.cleared()
    browser.go_to(1)
    yield browser
    assert browser.complaints() == []
