"""Smart meters of the Low Carbon London trial."""

from dataclasses import dataclass
from typing import ClassVar

from sim.imports.answers import Answers
from sim.imports.export import Export, Layout, layouts
from sim.imports.sheet import Sheet
from sim.imports.tables import Meaning, long_series
from sim.imports.times import read_times

_ENERGY = "KWH/hh (per half hour)"


@layouts.register
@dataclass(frozen=True)
class Lcl(Layout):
    """``LCLid,stdorToU,DateTime,KWH/hh (per half hour) ``: a row is half an hour of a home; Null is a gap."""

    name: ClassVar[str] = "lcl"
    meaning: ClassVar[str] = "Low Carbon London: half-hourly kWh, a row a reading"
    source: ClassVar[str] = (
        "London Datastore, SmartMeter Energy Consumption Data in London Households, "
        "https://data.london.gov.uk/dataset/smartmeter-energy-use-data-in-london-households"
    )

    def recognises(self, sheet: Sheet) -> bool:
        """By three of its titles; files with Acorn groups have more."""
        return sheet.has("LCLid", "DateTime", _ENERGY)

    def export(self, sheet: Sheet, answers: Answers) -> Export:
        """Each home's load."""
        times = read_times(sheet.texts("DateTime"), sheet.where("DateTime"), answers.dates)
        energy = sheet.title(_ENERGY)
        return Export(
            long_series(sheet, times.stamps, sheet.texts("LCLid"), {energy: Meaning("load")}),
            taken=(
                *sheet.remarks,
                "DateTime: times of half hours; the description does not say of their starts or ends",
                "LCLid: the home",
                f"{energy}: load in kWh",
                *times.remarks,
            ),
            questions=times.questions,
        )
