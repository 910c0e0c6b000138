"""The page in a browser: controls say their cost, are refused in words, and take effect after a reset."""

from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from tests.page.browser import Browser
from tests.page.scenes import scene
from tests.page.server import until

pytestmark = pytest.mark.slow
REFUSED = ".v-alert"
COST = ".zk-cost"


@pytest.fixture
def page(page: Browser) -> Browser:
    page.wait_for(COST, "without proofs")
    return page


def steps_through(page: Browser) -> None:
    """The run that is shown goes on to its next slot."""
    before = page.slot()
    page.press("Step")
    page.wait_for(".zk-when", f"slot {before + 1} of")


def test_a_reset_says_what_it_costs_before(page: Browser) -> None:
    page.unfold("proofs and cheats")
    page.choose("proof policy", "all")
    page.wait_for(COST, "at most 4 proofs and 2 circuits: about ")
    page.slide("days", Keys.ARROW_RIGHT)
    page.wait_for(COST, "at most 8 proofs and 2 circuits: about ")
    page.choose("proof policy", "none")
    page.wait_for(COST, "begins a run without proofs: about ")
    assert "slot 1 of 24" in page.text(".zk-when")  # nothing has begun


def test_impossible_controls_are_said_and_the_shown_run_stays(page: Browser) -> None:
    page.unfold("forecasts")
    page.slide("clusters of homes", Keys.END)
    said = page.wait_for(REFUSED, "should be at most 4, the number of homes")
    assert said.startswith("forecast.clusters = 12: ")
    page.wait_for(COST, "Reset waits until this is put right.")
    assert not page.enabled("Reset")
    steps_through(page)
    page.slide("clusters of homes", Keys.HOME)
    page.wait_for(COST, "begins a run without proofs")
    assert not page.texts(REFUSED)
    page.reset()
    steps_through(page)


def test_words_in_a_box_for_a_number_are_refused_as_they_are(page: Browser) -> None:
    for words in ("abc", "1e3", ""):
        page.write("seed", words)
        assert page.wait_for(REFUSED, f'seed = "{words}"') == f'seed = "{words}": should be a valid integer'
        assert not page.enabled("Reset")
    page.unfold("market")
    page.write("retail, $/kWh", "0,22")
    page.write("seed", "7")
    page.wait_for(REFUSED, 'market.retail = "0,22"')
    page.write("retail, $/kWh", "0.22")
    page.wait_for(COST, "begins a run without proofs")
    until(lambda: page.enabled("Reset"), "Reset")
    assert not page.texts(REFUSED)


def test_retail_below_feed_in_is_said_and_can_be_mended(page: Browser) -> None:
    page.unfold("market")
    page.write("retail, $/kWh", "0.01")
    said = page.wait_for(REFUSED, "retail")
    assert "feed_in" in said
    steps_through(page)
    page.write("retail, $/kWh", "0.3")
    page.wait_for(COST, "begins a run without proofs")
    assert not page.texts(REFUSED)


def test_homes_clusters_and_days_take_effect_after_a_reset(page: Browser) -> None:
    page.slide("homes", Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    page.wait_for(".zk-side label", "homes: 6")
    page.slide("days", Keys.ARROW_RIGHT)
    page.wait_for(".zk-side label", "days: 2")
    assert len(page.choices("home")) == 4
    page.wait_for(COST, "begins a run without proofs")
    page.reset()
    assert len(page.choices("home")) == 6
    assert "of 48" in page.text(".zk-when")


def test_more_homes_than_the_data_have_are_said_to_be_resampled_before_and_after(page: Browser) -> None:
    assert "resampled" not in page.text("body > #app")
    page.slide("homes", *[Keys.ARROW_RIGHT] * 12)
    page.wait_for(COST, "16 homes are more than the 15 in the data: all homes are then resampled from them")
    page.reset()
    page.wait_for(".zk-card svg > title", ":")
    assert page.choices("home")[0] == "sim-0001 (resampled)"
    page.press("homes", ".v-tab")
    page.wait_for(".zk-card", "Of the homes: all resampled")


def test_another_seed_is_another_market_and_the_same_seed_the_same(page: Browser) -> None:
    noon = noon_of(page)
    page.write("seed", "8")
    page.reset()
    other = noon_of(page)
    assert other != noon
    page.write("seed", "7")
    page.reset()
    assert noon_of(page) == noon


def test_tariffs_take_effect_after_a_reset(page: Browser) -> None:
    noon = noon_of(page)
    page.unfold("market")
    page.write("retail, $/kWh", "0.5")
    page.wait_for(COST, "begins a run without proofs")
    page.reset()
    assert noon_of(page) != noon


def test_cheats_need_proofs_and_are_refused_in_the_list_of_transactions(page: Browser) -> None:
    page.unfold("proofs and cheats")
    page.choose("cheats try", "double-submitter")
    page.slide("cheating homes, %", Keys.END)
    assert "proofs" in page.wait_for(REFUSED, "adversaries")
    steps_through(page)
    page.choose("proof policy", "all")
    page.wait_for(COST, "at most 4 proofs")
    assert not page.texts(REFUSED)
    page.reset()
    page.press("proofs and chain", ".v-tab")
    page.wait_for("tr.zk-refused", "double-submitter")
    page.choose("cheats try", "nobody")
    page.wait_for(COST, "at most 4 proofs")
    page.reset()
    until(lambda: page.texts(".zk-card table.zk"), "the transactions")
    assert not page.texts("tr.zk-refused")


def test_another_scenario_brings_its_own_controls_and_leaves_no_refusal(
    page: Browser, tmp_path: Path
) -> None:
    other = scene(tmp_path, "population.agents=3", "seed=11", "market.retail=0.3")
    page.unfold("market")
    page.write("seed", "abc")
    page.wait_for(REFUSED, "seed")
    page.unfold("open another")
    for path in (tmp_path / "nowhere.toml", other):
        page.write("scenario file or run directory", str(path))
        page.press("open")
        if path != other:
            page.wait_for(REFUSED, "does not exist")
    page.wait_for(".zk-side label", "homes: 3")
    page.cleared()
    page.wait_for(COST, "begins a run without proofs")
    assert not page.texts(REFUSED)
    assert page.value("seed") == "11"
    page.unfold("market")
    assert page.value("retail, $/kWh") == "0.3"
    assert page.enabled("Reset")
    page.reset()
    assert len(page.choices("home")) == 3


def noon_of(page: Browser) -> list[str]:
    """Titles of all figures at noon."""
    page.go_to(13)
    until(lambda: all(title.startswith("12:00 to") for title in page.figures()[:2]), "the figures of noon")
    return page.figures()
