"""Which homes lack readings, when, and what became of each gap."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from sim.data.gap_record import AFTER, BEFORE, DROPPED, FILLED, OUTDOORS
from sim.outputs.figures.style import BLUE, GREY, ORANGE, PALE, VERMILLION, canvas, shortened
from sim.outputs.figures.time_axis import DAY, slot_edges, time_axis
from sim.runtime.wording import counted

MOST_ROWS = 40
COLOURS = {FILLED: BLUE, DROPPED: VERMILLION, BEFORE: GREY, AFTER: ORANGE}
_HALVES = {"load": -0.4, "pv": 0.0}


def gaps(tables: Mapping[str, pd.DataFrame], summary: Mapping[str, Any]) -> Figure:
    """One row per home that lacks any: load above, PV below; at most 40, those that lack most."""
    found, slots = tables["gaps"], tables["slots"]
    lacking = found.groupby("home")["slots"].sum().sort_values(ascending=False, kind="stable")
    names = list(lacking.index[:MOST_ROWS])
    below = f"; the {MOST_ROWS} that lack most" if len(lacking) > MOST_ROWS else ""
    filled, missing = int(found["filled_slots"].sum()), int(found["slots"].sum())
    title = f"{counted(missing, 'reading')} are missing of what the run uses, {filled:,} of them are filled"
    homes = counted(int((lacking.index != "").sum()), "home")
    subtitle = f"{counted(len(found), 'gap')}, of {homes}{below}; above in each row the load, below the PV"
    figure = canvas(title, subtitle, summary, 2.0 + 0.27 * len(names), private=True)
    axes = figure.subplots()
    _strips(axes, found, names, slots["start"])
    return figure


def _strips(axes: Axes, found: pd.DataFrame, names: list[str], period: pd.Series) -> None:
    length = period.iloc[1] - period.iloc[0] if len(period) > 1 else DAY
    ends = found["start"] + found["slots"] * length
    first, last = min(found["start"].min(), period.iloc[0]), max(ends.max() - length, period.iloc[-1])
    grid = pd.Series(pd.date_range(first, last, freq=length))
    midnight = grid.iloc[0].normalize()
    edges = slot_edges(period) + (period.iloc[0].normalize() - midnight) / DAY
    axes.axvspan(edges[0], edges[-1], color=PALE, zorder=0, linewidth=0)
    for (home, quantity, became), rows in found.groupby(["home", "quantity", "became"]):
        if home not in names:
            continue
        bars = [
            ((start - midnight) / DAY, slots * length / DAY)
            for start, slots in zip(rows["start"], rows["slots"], strict=True)
        ]
        low, height = (_HALVES[quantity], 0.4) if quantity in _HALVES else (-0.4, 0.8)
        colour = COLOURS[str(became)]
        axes.broken_barh(bars, (names.index(home) + low, height), color=colour, linewidth=0.6)
    axes.set_yticks(range(len(names)), [shortened(name, 18) if name else OUTDOORS for name in names])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(names) - 0.4, -0.6)
    time_axis(axes, grid, most_ticks=12)
    slots = found.groupby("became")["slots"].sum()
    marks = [
        Patch(color=colour, label=f"{became} ({counted(int(slots[became]), 'slot')})")
        for became, colour in COLOURS.items()
        if became in slots.index
    ]
    marks.append(Patch(color=PALE, label="the period"))
    axes.legend(handles=marks, loc="lower left", bbox_to_anchor=(-0.01, 0.99), ncols=5)
