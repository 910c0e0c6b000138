"""Households, small businesses and public buildings in Konstanz, from the platform Open Power System Data."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow.compute as pc

from sim.errors import InputError
from sim.imports.answers import Answers
from sim.imports.export import Export, Layout, Quantity, layouts
from sim.imports.sheet import Sheet
from sim.imports.tables import Meaning, wide_series
from sim.imports.times import read_times

_TIME, _MARKS = "utc_timestamp", "interpolated"
_FEED = re.compile(r"(?P<home>[A-Z]{2}_[A-Z]{2}_[a-z]+[0-9]+)_(?P<feed>\w+)")
_MOST_SHOWN = 12


@layouts.register
@dataclass(frozen=True)
class Opsd(Layout):
    """``utc_timestamp,cet_cest_timestamp,DE_KN_residential1_grid_import,...``: counters in kWh.

    A building with a meter of export has a triple of import, export and PV. One without (residential 1 among
    them) tells what it imports alone: what it consumes of its own PV nobody has measured, so that its PV is
    left out and its import is its load.
    """

    name: ClassVar[str] = "opsd"
    meaning: ClassVar[str] = "Open Power System Data, households: counters in kWh of import, export and PV"
    source: ClassVar[str] = (
        "Open Power System Data, Data Package Household Data 2020-04-15, "
        "https://data.open-power-system-data.org/household_data/2020-04-15/"
    )

    def recognises(self, sheet: Sheet) -> bool:
        """By the time and one meter of import."""
        return sheet.has(_TIME) and any(title.endswith("_grid_import") for title in sheet.titles)

    def export(self, sheet: Sheet, answers: Answers) -> Export:
        """The counters of import, export and PV of each building; those of appliances are not read."""
        feeds = _feeds(sheet.titles)
        if not feeds:
            raise InputError(f"{sheet.name}: has no column like DE_KN_residential1_grid_import")
        times = read_times(sheet.texts(_TIME), sheet.where(_TIME), answers.dates)
        columns = {title: (home, Meaning(of, "counter")) for title, (home, of) in feeds.items()}
        return Export(
            wide_series(sheet, times.stamps, columns),
            label="start",
            zone="Europe/Berlin",
            taken=(
                *sheet.remarks,
                f"{_TIME}: starts of intervals; standard time of Konstanz (Europe/Berlin)",
                *(f"{title}: {of} of {home}, a counter in kWh" for title, (home, of) in feeds.items()),
                *_unexported(sheet.titles, feeds),
                "all other columns: not read (appliances are parts of a building's load)",
                *_interpolated(sheet, feeds),
            ),
            questions=times.questions,
        )


def _feeds(titles: Iterable[str]) -> dict[str, tuple[str, Quantity]]:
    """Home and quantity of each column that is read."""
    parts = {title: found for title in titles if (found := _FEED.fullmatch(title))}
    exporting = {each["home"] for each in parts.values() if each["feed"] == "grid_export"}
    read: dict[str, tuple[str, Quantity]] = {}
    for title, each in parts.items():
        home, feed = each["home"], each["feed"]
        if feed == "grid_import":
            read[title] = (home, "import")
        elif feed == "grid_export":
            read[title] = (home, "export")
        elif home in exporting and re.fullmatch(r"pv(_\w+)?", feed):
            read[title] = (home, "pv")
    return read


def _unexported(titles: Iterable[str], feeds: Mapping[str, tuple[str, Quantity]]) -> tuple[str, ...]:
    left = [t for t in titles if t not in feeds and (e := _FEED.fullmatch(t)) and e["feed"].startswith("pv")]
    return tuple(f"{title}: not read, as the building has no meter of export" for title in left)


def _interpolated(sheet: Sheet, feeds: Iterable[str]) -> tuple[str, ...]:
    """How many readings the platform made up, by column."""
    if not sheet.has(_MARKS):
        return ()
    marks = pc.utf8_lower(sheet.texts(_MARKS))
    counts = {title: _naming(marks, title) for title in feeds}
    found = [f"{count} of {title}" for title, count in counts.items() if count]
    shown = ", ".join(found[:_MOST_SHOWN]) + (", ..." if len(found) > _MOST_SHOWN else "")
    return (f"{_MARKS}: readings that the platform interpolated are taken as they are: {shown or 'none'}",)


def _naming(marks: object, title: str) -> int:
    named = pc.match_substring_regex(marks, rf"\b{re.escape(title.lower())}\b")
    return int(np.count_nonzero(named.to_numpy(zero_copy_only=False)))
