"""Ausgrid's solar homes: 300 homes near Sydney, a row a day, consumption and generation apart."""

from dataclasses import dataclass
from typing import ClassVar

from sim.errors import InputError, plain
from sim.imports.answers import Answers
from sim.imports.export import Export, Layout, layouts
from sim.imports.sheet import Sheet
from sim.imports.tables import Meaning, day_series
from sim.imports.times import minutes_of, read_times

_DAY_MINUTES = 24 * 60
_CATEGORY = "Consumption Category"
_CATEGORIES = {"GC": Meaning("load"), "CL": Meaning("load"), "GG": Meaning("pv")}


@layouts.register
@dataclass(frozen=True)
class Ausgrid(Layout):
    """``Customer,...,Consumption Category,date,0:30,...,23:30,0:00``: 0:00 ends the row's day."""

    name: ClassVar[str] = "ausgrid"
    meaning: ClassVar[str] = "Ausgrid solar homes: 48 half hours a row, GC + CL and GG, in kWh"
    source: ClassVar[str] = (
        "Ausgrid, Solar home electricity data, notes to the half-hour data of 2010 to 2013; "
        "described by Ratnam et al., Int. J. Sustainable Energy 36 (2017)"
    )

    def recognises(self, sheet: Sheet) -> bool:
        """By the titles before the half hours, and the last one of these."""
        return sheet.has("Customer", _CATEGORY, "date", "0:30", "0:00")

    def export(self, sheet: Sheet, answers: Answers) -> Export:
        """Each home's general consumption and controlled load as load, its gross generation as PV."""
        times = read_times(sheet.texts("date"), sheet.where("date"), answers.dates or "day-first")
        minutes = {title: minutes_of(title) for title in sheet.titles}
        periods = [(title, after or _DAY_MINUTES) for title, after in minutes.items() if after is not None]
        _check(sheet)
        series = day_series(
            sheet,
            times.stamps,
            periods,
            sheet.texts("Customer"),
            sheet.texts(_CATEGORY),
            _CATEGORIES,
        )
        return Export(
            series,
            label="end",
            taken=(
                *sheet.remarks,
                "date: day first; the clock as it stands, the notes say nothing of daylight saving",
                f"{periods[0][0]} to {periods[-1][0]}: ends of half hours, 0:00 of the row's own day",
                "Customer: the home",
                f"{_CATEGORY}: GC (general) and CL (controlled) are load, GG (generation) is PV",
                "kWh, by the notes; Generator Capacity, Postcode and Row Quality: not read",
            ),
            questions=times.questions,
        )


def _check(sheet: Sheet) -> None:
    """Refuses categories that the notes do not describe."""
    for row, category in enumerate(sheet.texts(_CATEGORY).to_pylist()):
        if category not in _CATEGORIES:
            cell = sheet.where(_CATEGORY).cell(row)
            raise InputError(f'{cell}: "{plain(category, 40)}" should be GC, CL or GG')
