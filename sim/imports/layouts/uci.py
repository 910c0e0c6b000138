"""One home near Paris, measured each minute: the household data set of the UCI repository."""

from dataclasses import dataclass
from typing import ClassVar

from sim.imports.answers import Answers
from sim.imports.export import Export, Layout, layouts
from sim.imports.sheet import Sheet
from sim.imports.tables import Meaning, wide_series
from sim.imports.times import joined, read_times

_POWER = "Global_active_power"


@layouts.register
@dataclass(frozen=True)
class Uci(Layout):
    """``Date;Time;Global_active_power;...``: mean power of each minute in kW, ``?`` where none."""

    name: ClassVar[str] = "uci-household"
    meaning: ClassVar[str] = "UCI individual household: one home, mean kW of each minute"
    source: ClassVar[str] = (
        "UCI Machine Learning Repository 235, Individual household electric power consumption, "
        "https://archive.ics.uci.edu/dataset/235"
    )

    def recognises(self, sheet: Sheet) -> bool:
        """By three of its titles."""
        return sheet.has("Date", "Time", _POWER)

    def export(self, sheet: Sheet, answers: Answers) -> Export:
        """The home's power; the meters of single rooms are part of it and are not read."""
        texts = joined(sheet.texts("Date"), sheet.texts("Time"))
        times = read_times(texts, sheet.where("Date"), answers.dates or "day-first")
        return Export(
            wide_series(
                sheet, times.stamps, {sheet.title(_POWER): ("sceaux", Meaning("load", "power", "kW"))}
            ),
            label="start",
            taken=(
                *sheet.remarks,
                "Date and Time: starts of minutes, day first; the description does not say start or end",
                f"{_POWER}: load, mean power in kW, of one home, sceaux",
                "all other columns: not read (parts of the load, or no active power)",
            ),
            questions=times.questions,
        )
