"""One browser and one server of the page for all tests of a worker."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.page.browser import CHROMIUM, DRIVER, Browser
from tests.page.scenes import QUICK, scene
from tests.page.server import PageServer, until

Serve = Callable[[Path], PageServer]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A window of 1280 x 800."""
    if not (CHROMIUM and DRIVER):
        pytest.skip("Chromium and its driver are not installed (Debian: chromium, chromium-driver)")
    one = Browser()
    yield one
    one.quit()


@pytest.fixture(scope="session")
def serve(browser: Browser) -> Iterator[Serve]:
    """Starts servers that end with the session; none without a browser."""
    del browser
    started: list[PageServer] = []

    def start(path: Path) -> PageServer:
        started.append(PageServer(path))
        return started[-1]

    yield start
    for server in started:
        server.end()


@pytest.fixture(scope="session")
def server(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> PageServer:
    """A market of seconds; tests that show another open it in this one's place."""
    return serve(scene(tmp_path_factory.mktemp("scene"), *QUICK))


@pytest.fixture
def page(browser: Browser, server: PageServer) -> Iterator[Browser]:
    """The only tab, whose run is over, at its first trade; its console must have no errors.

    What an earlier test showed has ended before.
    """
    browser.close_tabs()
    browser.driver.get("about:blank")
    until(lambda: not server.at_work(), "earlier runs to end")
    browser.complaints()
    browser.open(server.address)
    browser.cleared()
    yield browser
    assert browser.complaints() == []
