"""The figures of the page are whole and legible for every community, and the same bytes each time."""

import re
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest

from sim.page.perspective import Viewer
from sim.page.timeline import Timeline
from sim.page.views.svg import svg
from tests.page.drawings import NAMES, drawn, title, words
from tests.page.timelines import made_up_timeline

LONG = "a-home-whose-name-is-very-long-indeed"
TIMELINES = {
    "2-homes": (made_up_timeline(homes=2), (0, 11)),
    "15-homes": (made_up_timeline(homes=15), (12, 47)),
    "16-long-names": (made_up_timeline(homes=16, name=LONG, clusters=5), (12,)),
    "30-homes": (made_up_timeline(homes=30, clusters=9), (0,)),
    "100-homes": (made_up_timeline(homes=100), (11,)),
    "16-resampled": (made_up_timeline(homes=16, note="resampled from home-07, PV left out"), (12,)),
    "10-alike": (made_up_timeline(homes=10, name="c100064"), (12,)),
    "no-trade": (made_up_timeline(trading=False), (12,)),
    "no-orders": (made_up_timeline(ordering=False), (12,)),
    "quarter-hours": (made_up_timeline(homes=3, days=1, slot_s=900, horizon=1, slots=1), (0,)),
    "two-day-gate": (made_up_timeline(homes=4, days=4, horizon=48), (80,)),
}
CASES = [(name, kind, slot) for name in NAMES for kind, (_, slots) in TIMELINES.items() for slot in slots]
SLACK_PX = 1.5  # boxes are as high as the font's tallest letters, and lines as close as the words in them
EVERYBODY = TIMELINES["15-homes"][0]

views = pytest.mark.parametrize("name", NAMES)


@pytest.mark.parametrize(("name", "kind", "slot"), CASES)
def test_words_are_inside_the_figure_and_clear_of_each_other(name: str, kind: str, slot: int) -> None:
    for viewer in (Viewer.EVERYTHING, Viewer.HOME) if name == "bills" else (Viewer.EVERYTHING,):
        check_words(name, TIMELINES[kind][0], slot, viewer)


@pytest.mark.parametrize("kind", ["15-homes", "100-homes"])
@pytest.mark.parametrize("name", ["bills", "forecast_and_actual"])
def test_so_are_they_when_readings_are_hidden(name: str, kind: str) -> None:
    check_words(name, TIMELINES[kind][0], 12, Viewer.NEIGHBOURS)


def check_words(name: str, timeline: Timeline, slot: int, viewer: Viewer) -> None:
    figure = drawn(name, timeline, slot, viewer, home=1)
    found = words(figure)
    width, height = figure.bbox.size
    for word in found:
        left, bottom, right, top = word.box
        assert left >= 0, word
        assert bottom >= 0, word
        assert right <= width, word
        assert top <= height, word
    for one, other in combinations(found, 2):
        low, high = np.maximum(one.box[:2], other.box[:2]), np.minimum(one.box[2:], other.box[2:])
        assert (high - low <= SLACK_PX).any(), (one, other)


@views
def test_letters_are_large_enough_to_read(name: str) -> None:
    figure = drawn(name, EVERYBODY, 12)
    assert {text.get_fontsize() < 8.5 for text in figure.findobj(matplotlib.text.Text)} == {False}


@views
def test_axes_name_their_units(name: str) -> None:
    for axes in drawn(name, EVERYBODY, 12).axes:
        if axes.axison:
            labels = axes.get_xlabel() + axes.get_ylabel()
            assert "$" in labels or "kWh" in labels


@views
def test_same_timeline_same_bytes_whatever_the_users_style(name: str) -> None:
    first = svg(drawn(name, EVERYBODY, 12))
    with matplotlib.rc_context({"lines.linewidth": 9, "font.size": 20, "svg.fonttype": "none"}):
        assert svg(drawn(name, EVERYBODY, 12)) == first
    assert svg(drawn(name, EVERYBODY, 13)) != first


def test_threads_do_not_disturb_each_other() -> None:
    alone = [svg(drawn("neighbourhood", EVERYBODY, slot)) for slot in range(11, 13)]
    with ThreadPoolExecutor(2) as threads:
        together = list(threads.map(lambda slot: svg(drawn("neighbourhood", EVERYBODY, slot)), range(11, 13)))
    assert together == alone


@views
def test_svg_is_one_element_that_fills_its_width_and_has_a_name(name: str) -> None:
    figure = drawn(name, EVERYBODY, 12)
    root = ElementTree.fromstring(svg(figure))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert set(root.attrib) == {"viewBox", "style", "role", "aria-label"}
    assert root.attrib["role"] == "img"
    assert "width:100%" in root.attrib["style"]
    points = 72 * figure.get_size_inches()
    assert [float(number) for number in root.attrib["viewBox"].split()] == pytest.approx([0, 0, *points])
    assert root.attrib["aria-label"] == root[0].text == title(figure)
    assert {element.tag.split("}")[1] for element in root.iter()} <= {
        *("svg", "title", "g", "path", "defs", "use", "clipPath", "rect", "pattern")
    }


def test_svgs_on_one_page_keep_to_their_own_identifiers() -> None:
    page = [svg(drawn(name, EVERYBODY, 12)) for name in NAMES]
    identifiers = [re.findall(r' id="([^"]+)"', text) for text in page]
    for text, own in zip(page, identifiers, strict=True):
        references = set(re.findall(r'(?:href="#|url\(#)([^")]+)', text))
        assert references
        assert references <= set(own)
    everything = [identifier for own in identifiers for identifier in set(own)]
    assert len(everything) == len(set(everything))


def test_whole_names_are_told_on_hover() -> None:
    timeline = made_up_timeline(homes=16, name=LONG, clusters=5)
    for name in ("neighbourhood", "bills"):
        told = ElementTree.fromstring(svg(drawn(name, timeline, 12)))
        titles = [element.text for element in told.iter("{http://www.w3.org/2000/svg}title")]
        assert set(timeline.homes) <= set(titles), name
