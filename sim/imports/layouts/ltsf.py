"""The file ``electricity.csv`` of the benchmark of long-term forecasts: 321 Portuguese clients, hourly."""

from dataclasses import dataclass
from typing import ClassVar

from sim.imports.answers import Answers
from sim.imports.export import Export, Layout, layouts
from sim.imports.sheet import Sheet
from sim.imports.tables import Meaning, wide_series
from sim.imports.times import read_times

CLIENTS = 321
_LAST = "OT"


@layouts.register
@dataclass(frozen=True)
class Ltsf(Layout):
    """``date,0,1,...,319,OT``: a column a client; traffic.csv has the same titles, and more of them."""

    name: ClassVar[str] = "ltsf"
    meaning: ClassVar[str] = "electricity.csv of forecasting benchmarks: hourly kWh of 321 clients"
    source: ClassVar[str] = (
        "Lai et al., LSTNet (arXiv:1703.07015), with the dates of Wu et al., Autoformer (arXiv:2106.13008), "
        "from UCI ElectricityLoadDiagrams20112014"
    )

    def recognises(self, sheet: Sheet) -> bool:
        """Clients numbered from 0, the last one called OT."""
        first, *clients = sheet.titles
        numbered = [str(number) for number in range(len(clients) - 1)]
        return first == "date" and 2 <= len(clients) <= CLIENTS and clients == [*numbered, _LAST]

    def export(self, sheet: Sheet, answers: Answers) -> Export:
        """Each client's hourly energy as load."""
        times = read_times(sheet.texts("date"), sheet.where("date"), answers.dates)
        clients = sheet.titles[1:]
        return Export(
            wide_series(
                sheet, times.stamps, {title: (f"client-{title}", Meaning("load")) for title in clients}
            ),
            label="start",
            taken=(
                *sheet.remarks,
                "date: starts of hours; the benchmark's own dates, the readings are of 2012 to 2014: "
                "seasons and days of the week need not fit",
                f"{clients[0]} to {clients[-1]}: load in kWh of {len(clients)} clients, "
                "client-0 and so on; factories and offices are among them",
                *times.remarks,
            ),
            questions=times.questions,
        )
