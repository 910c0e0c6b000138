"""Each home's bill with the market and without."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.arrays import Ints
from sim.outputs.figures.style import BLACK, BLUE, GREY, VERMILLION, canvas, shortened
from sim.runtime.wording import counted, money
from sim.units import NANO, dollars

MOST_ROWS = 40
LOOKS = {
    1: ("lower", "o", BLUE),
    0: ("same", "D", BLACK),
    -1: ("higher", "X", VERMILLION),
}  # by the saving's sign


def bills(tables: Mapping[str, pd.DataFrame], summary: Mapping[str, Any]) -> Figure:
    """Bills home by home, largest saving first; of more than 40 homes their savings alone."""
    homes = tables["agents"].sort_values(["saving_nano", "agent"], ascending=[False, True], ignore_index=True)
    subtitle = f"{_days(tables['slots'])}: {_worse_off(homes)}"
    height_in = 1.9 + 0.27 * len(homes) if len(homes) <= MOST_ROWS else 5.6
    figure = canvas(_title(homes), subtitle, summary, height_in, private=True)
    if len(homes) <= MOST_ROWS:
        _rows(figure.subplots(), homes)
    else:
        _ranking(figure, homes)
    return figure


def _title(homes: pd.DataFrame) -> str:
    saving, without = (int(homes[f"{name}_nano"].sum()) for name in ("saving", "bill_grid_only"))
    if not (homes["bought_wh"].any() or homes["sold_wh"].any()):
        return "Nothing was traded, so every bill stays as it would be without the market"
    verb, of = ("saves", "of") if saving >= 0 else ("costs", "on top of")
    share = f" {of} {money(without)} in bills" if without > 0 else ""
    return f"The market {verb} these {counted(len(homes), 'home')} {money(abs(saving))}{share}"


def _days(slots: pd.DataFrame) -> str:
    first, last = slots["start"].iloc[0], slots["start"].iloc[-1]
    days = f"{first.day} {first:%b %Y}"
    return days if first.date() == last.date() else f"{days} to {last.day} {last:%b %Y}"


def _worse_off(homes: pd.DataFrame) -> str:
    count = int((homes["saving_nano"] < 0).sum())
    return f"{counted(count, 'home')} would be better off without the market"


def _rows(axes: Axes, homes: pd.DataFrame) -> None:
    """One row per home: both bills, and the saving in figures."""
    draw_bills(axes, np.arange(len(homes)), homes)
    pairs = zip(homes["agent"], homes["has_pv"], strict=True)
    labels = [f"{'PV  ' if has_pv else ''}{shortened(name, 18)}" for name, has_pv in pairs]
    axes.set_yticks(np.arange(len(homes)), labels)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(homes) - 0.4, -0.6)
    axes.set_xlabel("bill ($); below 0 the home earns")
    axes.axvline(0, color=GREY, linewidth=1)
    _saving_column(axes, homes)
    axes.legend(loc="lower left", bbox_to_anchor=(-0.01, 0.99), ncols=3)


def draw_bills(axes: Axes, rows: Ints, homes: pd.DataFrame) -> None:
    """Both bills of each home, and the way between them, at the rows given: shape (homes,)."""
    bill, without = homes["bill_nano"] / NANO, homes["bill_grid_only_nano"] / NANO
    colors = [LOOKS[sign][2] for sign in np.sign(homes["saving_nano"])]
    axes.hlines(rows, bill, without, color=colors, linewidth=3)
    axes.plot(
        without, rows, "o", color="white", markeredgecolor=GREY, markersize=7, label="without the market"
    )
    for sign, (bill_is, marker, color) in LOOKS.items():
        those = np.sign(homes["saving_nano"]) == sign
        if those.any():
            label = f"with the market: {bill_is} bill"
            axes.plot(bill[those], rows[those], marker, color=color, markersize=6.5, label=label)


def _saving_column(axes: Axes, homes: pd.DataFrame) -> None:
    right: dict[str, Any] = {"transform": axes.get_yaxis_transform(), "ha": "right", "va": "center"}
    axes.text(1.1, -1.0, "saving ($)", fontweight="bold", **right)
    for row, saving in enumerate(homes["saving_nano"]):
        text, color = saving_label(saving)
        axes.text(1.1, row, text, color=color, **right)


def saving_label(saving_nano: int) -> tuple[str, str]:
    """A saving in $ to the cent, and its colour; what rounds to nothing is neither gain nor loss."""
    text = f"{dollars(saving_nano):+.2f}"
    if text in ("+0.00", "-0.00"):
        return "0.00", BLACK
    return text, VERMILLION if saving_nano < 0 else BLACK


def _ranking(figure: Figure, homes: pd.DataFrame) -> None:
    """Savings alone, homes with and without PV side by side, each from the largest to the largest loss."""
    kinds = [
        (homes[homes["has_pv"] == has_pv], name) for has_pv, name in ((True, "with PV"), (False, "load only"))
    ]
    kinds = [(kind, name) for kind, name in kinds if len(kind)]
    panels = figure.subplots(
        1, len(kinds), sharey=True, squeeze=False, width_ratios=[len(kind) for kind, _ in kinds]
    )
    for axes, (kind, name) in zip(panels[0], kinds, strict=True):
        draw_savings(axes, kind["saving_nano"])
        axes.set_xlim(0, len(kind) + 1)
        axes.set_title(f"{counted(len(kind), 'home')} {name}, {money(int(kind['saving_nano'].sum()))} saved")
        axes.set_xlabel("home (rank by saving)")
        axes.grid(axis="x", visible=False)
    panels[0, 0].set_ylabel("saving by the market ($)")


def draw_savings(axes: Axes, saving_nano: pd.Series) -> None:
    """Savings as steps at 1, 2, 3…, losses in a colour of their own."""
    edges, saving = np.arange(len(saving_nano) + 1) + 0.5, saving_nano / NANO
    axes.stairs(saving.clip(lower=0), edges, fill=True, color=BLUE)
    axes.stairs(saving.clip(upper=0), edges, fill=True, color=VERMILLION)
    axes.axhline(0, color=GREY, linewidth=1)
