"""Interval readings of the Australian market operator's NEM12 files, as the table made of their records."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow.compute as pc

from sim.errors import InputError
from sim.imports.answers import UNITS, Answers
from sim.imports.export import Export, Layout, Quantity, Series, layouts
from sim.imports.nem12 import TITLES
from sim.imports.numbers import as_bools
from sim.imports.sheet import Sheet
from sim.imports.tables import Meaning, long_series
from sim.imports.times import read_times

_QUANTITIES: dict[str, Quantity] = {"E": "import", "B": "export"}
_UNITS = {unit.upper(): unit for unit in UNITS}


@layouts.register
@dataclass(frozen=True)
class Nem12(Layout):
    """Suffixes E1, E2, ... are drawn from the grid and B1, ... fed in; reactive energy is not read."""

    name: ClassVar[str] = "nem12"
    meaning: ClassVar[str] = "NEM12: 100, 200, 300 records of Australian meters"
    source: ClassVar[str] = "AEMO, Meter Data File Format Specification NEM12 & NEM13, version 2.5"

    def recognises(self, sheet: Sheet) -> bool:
        """By the titles that its records are given."""
        return sheet.titles == TITLES

    def export(self, sheet: Sheet, answers: Answers) -> Export:
        """Import and export of every NMI, each register a series, in the unit that its record says."""
        del answers  # the format says all of it
        homes, suffixes, units, starts, _ = (sheet.texts(title) for title in TITLES)
        times = read_times(starts, sheet.where(TITLES[3]))
        series: list[Series] = []
        left = []
        for suffix in pc.unique(suffixes).to_pylist():
            quantity = _QUANTITIES.get(suffix[:1].upper())
            if quantity is None:
                left.append(suffix)
                continue
            own = as_bools(pc.equal(suffixes, suffix))
            for unit in pc.unique(units.filter(own)).to_pylist():
                rows = own & as_bools(pc.equal(units, unit))
                meaning = Meaning(quantity, "energy", _known_unit(sheet, unit))
                series += long_series(sheet, times.stamps, homes, {TITLES[4]: meaning}, np.asarray(rows))
        shown = sorted({f"{each.home} in {each.unit}" for each in series if each.unit != "kWh"})
        return Export(
            tuple(series),
            label="start",
            zone="Australia/Brisbane",
            taken=(
                *sheet.remarks,
                "E registers: import; B registers: export; times: starts of intervals, market time (UTC+10)",
                *([f"not in kWh: {', '.join(shown[:8])}"] if shown else []),
                *([f"registers {', '.join(left[:8])}: not read"] if left else []),
            ),
        )


def _known_unit(sheet: Sheet, unit: str) -> str:
    if (known := _UNITS.get(unit.upper())) is None or known.endswith("W"):
        raise InputError(f"{sheet.name}: unit {unit} of a 200 record should be Wh, kWh or MWh")
    return known
