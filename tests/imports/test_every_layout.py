"""What every layout of an export of its own is, those of plug-ins too."""

import numpy as np
import pytest

from sim.imports.answers import Answers
from sim.imports.export import layouts
from sim.imports.importing import imported, layout_of
from sim.imports.sheet import read_sheet
from sim.imports.source import text_source
from sim.runtime.progress import Progress
from tests.imports.made_up import EXPORTS
from tests.plugins import every, plugged  # noqa: F401

BEGINS = {
    "ltsf": (60, "2016-07-01T02:00"),
    "ausgrid": (30, "2012-07-02T00:00"),
    "lcl": (30, "2012-07-02T00:00"),
    "sgsc": (30, "2012-07-02T00:00"),
    "sgsc-wide": (30, "2012-07-02T00:00"),
    "opsd": (60, "2012-07-01T23:00"),
    "uci-household": (1, "2007-02-03T00:00"),
    "portal": (30, "2012-07-02T00:00"),
    "nem12": (30, "2012-07-02T00:00"),
}
"""Minutes of a slot, and when the made-up export begins, in standard time."""
KNOWN = [name for name in every(layouts) if name in EXPORTS]


def test_all_layouts_have_a_made_up_export() -> None:
    others = {"wide", "long", "day-columns", "simbench"}  # shapes of many exports, and a folder of files
    assert set(every(layouts)) == {*EXPORTS, *others}


@pytest.mark.parametrize("name", KNOWN)
class TestEveryLayout:
    def test_an_export_is_recognised_by_its_own_layout(self, name: str) -> None:
        source = text_source("export.csv", EXPORTS[name]().encode())
        sheet = read_sheet(source.name, source.data)
        assert layout_of(sheet, Answers()).name == name
        assert layouts[name].source

    def test_an_export_becomes_homes_without_a_question(self, name: str) -> None:
        source = text_source("export.csv", EXPORTS[name]().encode())
        one = imported([source], Answers(), Progress(quiet=True))
        minutes, start = BEGINS[name]
        assert (one.slot_s, np.datetime64(one.start_s, "s")) == (minutes * 60, np.datetime64(start))
