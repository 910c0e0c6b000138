"""Memory over 100 resets: ``python -m scripts.page_resets [RESETS]``. Prints MB; asserts nothing."""

import sys
import tempfile
from pathlib import Path

from tests.page.browser import Browser
from tests.page.scenes import scene
from tests.page.server import PageServer, until

SMALLEST = ("population.agents=2", "chain.backend=none", "forecast.clusters=1")


def after_resets(browser: Browser, server: PageServer, resets: int) -> list[int]:
    """Bytes that the server holds after each of so many resets, once the run is done."""
    held = []
    for _ in range(resets):
        browser.reset()
        held.append(server.rss_bytes())
    return held


def main(resets: int) -> None:
    """Print what the server holds after every tenth."""
    with tempfile.TemporaryDirectory() as own:
        server, browser = PageServer(scene(Path(own), *SMALLEST)), Browser()
        try:
            browser.open(server.address)
            browser.cleared()
            held = after_resets(browser, server, resets)
            for reset in range(9, resets, 10):
                print(f"after {reset + 1:>4} resets {held[reset] / 1e6:.1f} MB", flush=True)
            until(lambda: len(server.at_work()) <= 1, "older runs to end")
            print(f"processes of runs left: {len(server.at_work())}, the one that is shown among them")
        finally:
            browser.quit()
            server.end()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
