"""A headless Chromium that looks at the page and presses its buttons."""

import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.common.exceptions import ElementClickInterceptedException, StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from tests.page.server import until

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
SMALL, CLASSROOM, PROJECTOR = (1024, 768), (1280, 800), (1920, 1080)
KNOWN = ("jupyter-vue", "favicon")
"""Words of console messages that are Solara's own and mean nothing here."""
_LOOK_OUT = """
window.zkBegun = false;
clearInterval(window.zkLookOut);
window.zkLookOut = setInterval(() => {
    const status = [...document.querySelectorAll('.zk-status')].map(each => each.textContent).join();
    if (!status.includes('all gates are cleared')) window.zkBegun = true;
}, 20);
"""
_ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--force-device-scale-factor=1",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # nothing outside can be reached
)
_SHOWN = ".zk-card svg > title, .zk-card table.zk, .zk-try"
_ITEM = ".menuable__content__active .v-list-item"
_FIND = """
const [selector, words, whole] = arguments;
const plain = text => text.replace(/\\s+/g, " ").trim().toLowerCase();
return [...document.querySelectorAll(selector)].filter(e => e.offsetParent !== null).find(e =>
    whole ? plain(e.textContent) === words : plain(e.textContent).startsWith(words)) || null
"""
_TEXT = """
return [...document.querySelectorAll(arguments[0])].map(e => e.textContent.replace(/\\s+/g, " ").trim())
"""
_ANSWERS_S = 5.0
"""How long a run may take to begin before Reset is pressed again: the controls may not have been checked."""
_OPENS_S = 3.0
"""How long a list may take to open before its select is pressed again: another may have taken its place."""


class Browser:
    """One browser window."""

    def __init__(self, size: tuple[int, int] = CLASSROOM) -> None:
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM or ""
        for argument in _ARGUMENTS:
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options, Service(DRIVER))
        self.resize(size)

    def resize(self, size: tuple[int, int]) -> None:
        """The inside of the window in pixels."""
        self.size = size
        metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def open(self, address: str) -> None:
        """Show an address, and wait until the page is there."""
        self.driver.get(address)
        until(lambda: self.texts(".zk-status"), "the page's first words")

    def open_beside(self, address: str) -> None:
        """Show an address in another tab, which is then the one that is driven."""
        self.driver.switch_to.new_window("tab")
        self.resize(self.size)
        self.open(address)

    def to_tab(self, number: int) -> None:
        """Drive another tab, counted as they were opened."""
        self.driver.switch_to.window(self.driver.window_handles[number])

    def close_tabs(self) -> None:
        """Close all tabs but the first, which shows nothing then."""
        for handle in self.driver.window_handles[1:]:
            self.driver.switch_to.window(handle)
            self.driver.close()
        self.to_tab(0)

    def quit(self) -> None:
        """Close everything."""
        self.driver.quit()

    def run(self, script: str, *arguments: Any) -> Any:
        """What a piece of JavaScript returns."""
        return self.driver.execute_script(script, *arguments)

    def texts(self, selector: str) -> list[str]:
        """Texts of all elements of a CSS selector; of one that holds a figure's shapes it would be slow."""
        found: list[str] = self.run(_TEXT, selector)
        return found

    def text(self, selector: str) -> str:
        """Texts of all elements of a CSS selector in one."""
        return " | ".join(self.texts(selector))

    def wait_for(self, selector: str, words: str) -> str:
        """Wait until an element of a CSS selector has some words in it; gives its text."""

        def found() -> str:
            return next((text for text in self.texts(selector) if words in text), "")

        try:
            return until(found, words)
        except AssertionError:
            raise AssertionError(f"“{words}” never came in {selector}: {self.texts(selector)}") from None

    def find(self, selector: str, words: str, whole: bool = True) -> WebElement:
        """The visible element of a CSS selector whose text is some words, or begins with them."""
        looked_for = words.lower()
        found: WebElement = until(
            lambda: self.run(_FIND, selector, looked_for, whole), f"{selector} “{words}”"
        )
        return found

    def press(self, words: str, selector: str = "button") -> None:
        """Press a button."""
        self._press(lambda: self.find(selector, words), words)

    def _press(self, find: Callable[[], WebElement], what: str) -> None:
        def pressed() -> bool:
            try:
                find().click()
            except (ElementClickInterceptedException, StaleElementReferenceException):  # it moves
                return False
            return True

        until(pressed, f"“{what}” to be pressed")

    def enabled(self, words: str) -> bool:
        """Whether a button can be pressed."""
        return self.find("button", words).is_enabled()

    def unfold(self, words: str) -> None:
        """Open a folded part of the side."""
        header = self.find(".v-expansion-panel-header", words)
        if "v-expansion-panel-header--active" not in (header.get_attribute("class") or ""):
            header.click()
            until(
                lambda: self.run("return arguments[0].nextElementSibling?.offsetHeight > 20", header), words
            )

    def choose(self, label: str, value: str) -> None:
        """Choose a value in a select."""
        self._unroll(label)
        self.press(value, _ITEM)
        until(lambda: not self.texts(_ITEM), f"the list of {label} to close")

    def choices(self, label: str) -> list[str]:
        """All values of a select."""
        found = self._unroll(label)
        ActionChains(self.driver).send_keys(Keys.ESCAPE).perform()
        until(lambda: not self.texts(_ITEM), f"the list of {label} to close")
        return found

    def _unroll(self, label: str) -> list[str]:
        """Open the list of a select; gives its values."""

        def values() -> list[str]:
            self._press(lambda: self._field(".v-select", label), label)
            end = time.monotonic() + _OPENS_S
            while not (found := self.texts(_ITEM)) and time.monotonic() < end:
                time.sleep(0.05)
            return found

        return until(values, f"the list of {label}")

    def slide(self, label: str, *keys: str) -> None:
        """Press keys on a slider; after each wait until the page has come after, as its label says.

        What the server answers to an earlier key would else take a later one back.
        """

        def slider() -> WebElement:
            return self._field(".v-input__slider", label, whole=False)

        def told() -> bool:
            return slider().text.endswith(f": {_value(slider())}")

        for key in keys:
            _thumb(slider()).send_keys(key)
            until(told, f"{label} to be where it was slid")

    def go(self, key: str) -> None:
        """Press a key on the slider of the slots, and wait until label and slider name the same slot.

        One key at a time: what the server answers to an earlier key would else take a later one back.
        """
        _thumb(self._slots()).send_keys(key)
        self.slot()

    def go_to(self, slot: int) -> None:
        """Go to a slot, counted from 1."""
        while steps := slot - self.slot():
            self.go(Keys.HOME if slot == 1 else Keys.ARROW_RIGHT if steps > 0 else Keys.ARROW_LEFT)

    def _slots(self) -> WebElement:
        return self.driver.find_element("css selector", ".zk-time .v-input__slider")

    def slot(self) -> int:
        """The slot that label and slider both name, counted from 1, once they do."""

        def named() -> int:
            found = re.search(r"slot (\d+) of", self.text(".zk-when"))
            return int(found[1]) if found and int(found[1]) == _value(self._slots()) + 1 else 0

        return until(named, "label and slider to name one slot")

    def write(self, label: str, value: str) -> None:
        """Paste into a text field instead of what it holds.

        At once, as one message: of more than one each waits for the server's answer to the one before, and a
        button pressed then would overtake the last.
        """
        field = self._field(".v-text-field", label).find_element("css selector", "input")
        field.send_keys(Keys.CONTROL, "a")
        if value:
            self.driver.execute_cdp_cmd("Input.insertText", {"text": value})
        else:
            field.send_keys(Keys.DELETE)

    def _field(self, kind: str, label: str, whole: bool = True) -> WebElement:
        named = self.find(f"{kind} label", label, whole)
        field: WebElement = self.run("return arguments[0].closest('.v-input')", named)
        return field

    def figures(self) -> list[str]:
        """Titles of the figures that are shown."""
        return self.texts(".zk-card svg > title")

    def cleared(self) -> None:
        """Wait until the run is done."""
        self.wait_for(".zk-status", "all gates are cleared")
        until(lambda: self.texts(_SHOWN), "the views")

    def reset(self) -> None:
        """Begin the run that the controls ask for, and wait until it is done.

        The browser itself looks out for the moment between both runs, which may be short; a press that came
        before the controls were checked is made again.
        """
        self.run(_LOOK_OUT)

        pressed = float("-inf")

        def begun() -> bool:
            nonlocal pressed
            if self.run("return window.zkBegun"):
                return True
            if time.monotonic() > pressed + _ANSWERS_S and self.enabled("Reset"):
                self.press("Reset")
                pressed = time.monotonic()
            return False

        until(begun, "the old run to go")
        self.cleared()

    def screenshot(self, file: Path) -> None:
        """What is seen now."""
        file.parent.mkdir(parents=True, exist_ok=True)
        assert self.driver.save_screenshot(str(file))

    def complaints(self) -> list[str]:
        """Errors of the console since the last look."""
        entries: list[dict[str, Any]] = self.driver.get_log("browser")
        return [
            entry["message"]
            for entry in entries
            if entry["level"] == "SEVERE" and not any(word in entry["message"] for word in KNOWN)
        ]


def _thumb(slider: WebElement) -> WebElement:
    return slider.find_element("css selector", ".v-slider__thumb-container")


def _value(slider: WebElement) -> int:
    return int(_thumb(slider).get_attribute("aria-valuenow") or 0)
