"""Which figures there are, and how they become PNG."""

import io
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from sim.outputs.figures.bills import bills
from sim.outputs.figures.costs import costs
from sim.outputs.figures.forecast_and_actual import forecast_and_actual
from sim.outputs.figures.gaps import gaps
from sim.outputs.figures.market import prices_and_totals, prices_and_volumes, supply_and_demand
from sim.outputs.figures.style import DPI, house_style

Tables = Mapping[str, pd.DataFrame]
Draw = Callable[[Tables, Mapping[str, Any]], Figure]

DRAWINGS: dict[str, Draw] = {
    "prices_and_volumes": prices_and_volumes,
    "supply_and_demand": supply_and_demand,
    "bills": bills,
    "forecast_and_actual": forecast_and_actual,
    "costs": costs,
}
OF_SEALED: dict[str, Draw | None] = {"prices_and_volumes": prices_and_totals, "supply_and_demand": None}
"""What is drawn instead where orders are sealed, if anything: without the quantity of any home."""

OF_GAPS: dict[str, Draw] = {"gaps": gaps}
"""What is drawn besides where readings were missing."""


def gallery(tables: Tables, summary: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """Every figure of a run by name, as PNG."""
    drawings = DRAWINGS | (OF_SEALED if "totals" in tables else {}) | (OF_GAPS if "gaps" in tables else {})
    for name, draw in drawings.items():
        if draw:
            with house_style():
                yield name, png(draw(tables, summary))


def png(figure: Figure) -> bytes:
    """A figure as PNG, without the metadata that would tell the version of matplotlib."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=DPI, metadata={"Software": None})
    return file.getvalue()
