"""Screenshots of the page to be looked at: ``python -m scripts.page_screenshots DIR``."""

import sys
import tempfile
import time
from pathlib import Path

from selenium.webdriver.common.keys import Keys

from tests.page.browser import CLASSROOM, PROJECTOR, SMALL, Browser
from tests.page.scenes import scene
from tests.page.server import ROOT, PageServer, until
from tests.page.test_browser import NEIGHBOURS

NOON = 13  # the slot that begins at 12:00
STILL_S = 0.8
"""Until buttons and menus have stopped moving."""
SIZES = {"1024x768": SMALL, "1280x800": CLASSROOM, "1920x1080": PROJECTOR}


def main(folder: Path) -> None:
    """Take them all."""
    with tempfile.TemporaryDirectory() as own:
        many = scene(Path(own), "population.agents=30", "population.resampling=true")
        for name, path in (("street", ROOT / "scenarios" / "street.toml"), ("many", many)):
            server = PageServer(path)
            for size, pixels in SIZES.items():
                browser = Browser(pixels)
                try:
                    browser.open(server.address)
                    browser.cleared()
                    taken(browser, folder, f"{name}-{{}}-{size}.png")
                finally:
                    browser.quit()
            server.end()


def taken(browser: Browser, folder: Path, name: str) -> None:
    """One window's; the name has room for what is seen."""

    def take(what: str) -> None:
        time.sleep(STILL_S)
        browser.screenshot(folder / name.format(what))

    browser.go_to(NOON)
    until(lambda: browser.figures()[1].startswith("12:00"), "noon")
    take("market")
    browser.press("homes", ".v-tab")
    browser.wait_for(".zk-card svg > title", "expected")
    take("homes")
    browser.choose("show", NEIGHBOURS)
    browser.wait_for(".zk-card svg > title", "private")
    take("homes-neighbours")
    browser.press("proofs and chain", ".v-tab")
    until(lambda: browser.texts(".zk-card table.zk"), "the transactions")
    take("chain")
    browser.press("try to cheat", ".v-tab")
    take("cheat")
    browser.press("try it")
    until(lambda: browser.texts(".zk-verdict-ok, .zk-verdict-no"), "the verdict")
    take("verdict")
    browser.press("market", ".v-tab")
    for part in ("forecasts", "market", "proofs and cheats", "open another"):
        browser.unfold(part)
    browser.slide("clusters of homes", Keys.END)
    browser.slide("homes", Keys.HOME)
    browser.wait_for(".v-alert", "should be at")
    take("error")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
