"""Smart meters of the Australian trial Smart Grid, Smart City, as published and with a column a home."""

import re
from dataclasses import dataclass
from typing import ClassVar

from sim.imports.answers import Answers
from sim.imports.export import Export, Layout, layouts
from sim.imports.sheet import Sheet
from sim.imports.tables import Meaning, long_series, wide_series
from sim.imports.times import read_times

_TIME = "READING_DATETIME"
_COLUMNS = {
    "GENERAL_SUPPLY_KWH": Meaning("load"),
    "CONTROLLED_LOAD_KWH": Meaning("load"),
    "GROSS_GENERATION_KWH": Meaning("pv"),
    "NET_GENERATION_KWH": Meaning("pv"),
}
_OTHER = "OTHER_KWH"
_CUSTOMER = re.compile(r"c?[0-9]{7,8}")
_PUBLISHED = (
    "Smart-Grid Smart-City Customer Trial Data, https://data.gov.au/dataset/"
    "ds-dga-4e21dea3-9b87-4610-94c7-15a8a77907ef"
)


@layouts.register
@dataclass(frozen=True)
class Sgsc(Layout):
    """``CUSTOMER_ID,READING_DATETIME,...,GENERAL_SUPPLY_KWH,...``: a row is half an hour of a home."""

    name: ClassVar[str] = "sgsc"
    meaning: ClassVar[str] = "Smart Grid, Smart City: CD_INTERVAL_READING, half-hourly kWh, a row a reading"
    source: ClassVar[str] = _PUBLISHED

    def recognises(self, sheet: Sheet) -> bool:
        """By the customer, the time and the general supply."""
        return sheet.has("CUSTOMER_ID", _TIME, "GENERAL_SUPPLY_KWH")

    def export(self, sheet: Sheet, answers: Answers) -> Export:
        """General supply and controlled load as load; gross generation, or a net meter's export, as PV."""
        times = read_times(sheet.texts(_TIME), sheet.where(_TIME), answers.dates)
        columns = {sheet.title(title): each for title, each in _COLUMNS.items() if sheet.has(title)}
        series = long_series(sheet, times.stamps, sheet.texts("CUSTOMER_ID"), columns)
        return Export(
            series,
            taken=(
                *sheet.remarks,
                f"{_TIME}: the time; CUSTOMER_ID: the home",
                *(f"{title}: {each.quantity} in kWh" for title, each in columns.items()),
                *_left(sheet),
                *times.remarks,
            ),
            questions=times.questions,
        )


@layouts.register
@dataclass(frozen=True)
class SgscWide(Layout):
    """``reading_datetime,c10006414,...``: the general supply, a column a home."""

    name: ClassVar[str] = "sgsc-wide"
    meaning: ClassVar[str] = "Smart Grid, Smart City, a column a home: half-hourly kWh"
    source: ClassVar[str] = f"general supply of {_PUBLISHED}"

    def recognises(self, sheet: Sheet) -> bool:
        """By the time's title, and numbers of customers as titles of all other columns."""
        homes = [title for title in sheet.titles if title.lower() != _TIME.lower()]
        return sheet.has(_TIME) and bool(homes) and all(map(_CUSTOMER.fullmatch, homes))

    def export(self, sheet: Sheet, answers: Answers) -> Export:
        """Each column as load."""
        times = read_times(sheet.texts(_TIME), sheet.where(_TIME), answers.dates)
        homes = [title for title in sheet.titles if title != sheet.title(_TIME)]
        return Export(
            wide_series(sheet, times.stamps, {home: (home, Meaning("load")) for home in homes}),
            taken=(
                *sheet.remarks,
                f"{sheet.title(_TIME)}: the time",
                f"{homes[0]} to {homes[-1]}: load in kWh of {len(homes)} homes, as the trial publishes it",
                *times.remarks,
            ),
            questions=times.questions,
        )


def _left(sheet: Sheet) -> tuple[str, ...]:
    """What the column without a known meaning holds, where it holds anything."""
    if not sheet.has(_OTHER):
        return ()
    rows = int((sheet.numbers(_OTHER).values != 0).sum())
    return (f"{_OTHER}: not read, the description does not say what it is; {rows} rows are not zero",)
