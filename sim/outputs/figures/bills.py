"""Each home's bill with the market and without."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.outputs.figures.style import BLACK, BLUE, GREY, SKY, VERMILLION, canvas, shortened
from sim.units import NANO, dollars

MOST_ROWS = 40


def bills(tables: Mapping[str, pd.DataFrame], summary: Mapping[str, Any]) -> Figure:
    """Bills home by home, largest saving first; of more than 40 homes their savings alone."""
    homes = tables["agents"].sort_values(["saving_nano", "agent"], ascending=[False, True], ignore_index=True)
    subtitle = f"{_days(tables['slots'])}, {_worse_off(homes)}"
    one_by_one = len(homes) <= MOST_ROWS
    height_in = 1.9 + 0.27 * len(homes) if one_by_one else 5.6
    figure = canvas(_title(homes), subtitle, summary, height_in, private=True)
    (_rows if one_by_one else _ranking)(figure.subplots(), homes)
    return figure


def _title(homes: pd.DataFrame) -> str:
    saving = dollars(int(homes["saving_nano"].sum()))
    without = dollars(int(homes["bill_grid_only_nano"].sum()))
    if not (homes["bought_wh"].any() or homes["sold_wh"].any()):
        return "Nothing was traded, so every bill stays as it would be without the market"
    verb = "saves" if saving >= 0 else "costs"
    return f"The market {verb} these {len(homes)} homes {abs(saving):,.2f} $, of {without:,.2f} $ without it"


def _days(slots: pd.DataFrame) -> str:
    first, last = slots["start"].iloc[0], slots["start"].iloc[-1]
    days = f"{first.day} {first:%b %Y}"
    return days if first.date() == last.date() else f"{days} to {last.day} {last:%b %Y}"


def _worse_off(homes: pd.DataFrame) -> str:
    count = int((homes["saving_nano"] < 0).sum())
    return f"{count or 'no'} home{'s' * (count != 1)} would be better off without the market"


def _rows(axes: Axes, homes: pd.DataFrame) -> None:
    """One row per home: both bills, the way between them, and the saving in figures."""
    rows = np.arange(len(homes))
    bill, without = homes["bill_nano"] / NANO, homes["bill_grid_only_nano"] / NANO
    saved = homes["saving_nano"] >= 0
    axes.hlines(rows, bill, without, color=np.where(saved, BLUE, VERMILLION), linewidth=3)
    axes.plot(without, rows, "o", color="white", markeredgecolor=GREY, markersize=7, label="bill without the market")
    axes.plot(bill[saved], rows[saved], "o", color=BLUE, markersize=6, label="bill with the market: lower")
    if not saved.all():
        axes.plot(bill[~saved], rows[~saved], "X", color=VERMILLION, markersize=7, label="higher")
    labels = [_row_label(name, has_pv) for name, has_pv in zip(homes["agent"], homes["has_pv"], strict=True)]
    axes.set_yticks(rows, labels)
    axes.set_ylim(len(homes) - 0.4, -0.6)
    axes.set_xlabel("bill ($); below 0 the home earns")
    axes.axvline(0, color=GREY, linewidth=1)
    _saving_column(axes, homes)
    axes.legend(loc="lower left", bbox_to_anchor=(-0.01, 0.99), ncols=3)


def _row_label(name: str, has_pv: bool) -> str:
    return f"{shortened(name, 18)} {'PV' if has_pv else '     '}"


def _saving_column(axes: Axes, homes: pd.DataFrame) -> None:
    right = {"transform": axes.get_yaxis_transform(), "ha": "right", "va": "center"}
    axes.text(1.1, -1.0, "saving ($)", fontweight="bold", **right)
    for row, saving in enumerate(homes["saving_nano"]):
        color = BLACK if saving >= 0 else VERMILLION
        axes.text(1.1, row, f"{dollars(saving):+.2f}", color=color, **right)


def _ranking(axes: Axes, homes: pd.DataFrame) -> None:
    """Savings alone, from the largest to the largest loss."""
    rank, saving = np.arange(1, len(homes) + 1), homes["saving_nano"] / NANO
    for has_pv, color, label in ((True, BLUE, "with PV"), (False, SKY, "load only")):
        kind = homes["has_pv"] == has_pv
        axes.bar(rank[kind], saving[kind], width=0.9, color=color, label=f"{kind.sum()} homes {label}")
    axes.axhline(0, color=GREY, linewidth=1)
    axes.set_xlim(0, len(homes) + 1)
    axes.set_xlabel("home (rank by saving)")
    axes.set_ylabel("saving by the market ($)")
    axes.grid(axis="x", visible=False)
    axes.legend(loc="upper right")
