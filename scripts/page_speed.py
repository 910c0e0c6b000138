"""How fast the page is: ``python -m scripts.page_speed``. Prints seconds; asserts nothing."""

import statistics
import tempfile
import time
from pathlib import Path

from tests.page.browser import Browser
from tests.page.scenes import scene
from tests.page.server import PageServer

STEPS = 23
_PRESS_AND_WAIT = """
const done = arguments[0];
const titles = () => [...document.querySelectorAll(".zk-card svg > title")].map(e => e.textContent);
const before = titles(), pressed = performance.now();
const look = () => titles().every((title, i) => i == 2 || title !== before[i]) && titles().length == 3
    ? requestAnimationFrame(() => setTimeout(() => done(performance.now() - pressed)))
    : setTimeout(look, 5);
[...document.querySelectorAll("button")].find(e => e.textContent.trim() == "Step").click();
look();
"""
"""From the click until both figures of the slot have another title and are painted."""


def main() -> None:
    """Measure the start, and every step of a day of 30 homes without proofs."""
    with tempfile.TemporaryDirectory() as own:
        file = scene(Path(own), "population.agents=30", "population.resampling=true")
        begun = time.perf_counter()
        server, browser = PageServer(file), None
        print(f"the page answers after   {time.perf_counter() - begun:.1f} s")
        try:
            browser = Browser()
            browser.open(server.address)
            browser.cleared()
            print(f"its first run is cleared {time.perf_counter() - begun:.1f} s, with the browser's start")
            steps_s = [_step_s(browser) for _ in range(STEPS)]
            print(
                f"a step repaints after    {statistics.median(steps_s):.2f} s, at worst {max(steps_s):.2f} s"
            )
        finally:
            if browser:
                browser.quit()
            server.end()


def _step_s(browser: Browser) -> float:
    return float(browser.driver.execute_async_script(_PRESS_AND_WAIT)) / 1000


if __name__ == "__main__":
    main()
