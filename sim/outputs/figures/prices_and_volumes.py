"""Price and traded energy, slot by slot."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.outputs.figures.style import BLACK, BUY, GRID, PALE, SELL, TRADED, canvas
from sim.outputs.figures.time_axis import slot_edges, time_axis
from sim.units import NANO_PER_WH_PER_DOLLAR_PER_KWH, WH_PER_KWH, dollars_per_kwh, kwh


def prices_and_volumes(tables: Mapping[str, pd.DataFrame], summary: Mapping[str, Any]) -> Figure:
    """Above: the price between the tariffs. Below: what was traded, of what was bid and asked."""
    slots = tables["slots"]
    traded = int((slots["traded_wh"] > 0).sum())
    subtitle = f"{traded} of {len(slots)} slots had trade, among {summary['agents']} homes, {summary['agents_with_pv']} with PV"
    figure = canvas(_title(summary), subtitle, summary, height_in=6.2)
    upper, lower = figure.subplots(2, sharex=True, height_ratios=(5, 4))
    _prices(upper, slots)
    _volumes(lower, slots)
    time_axis(lower, slots["start"], most_ticks=12)
    figure.align_ylabels()
    return figure


def _title(summary: Mapping[str, Any]) -> str:
    if summary["mean_price"] is None:
        return "No energy changed hands"
    price = dollars_per_kwh(summary["mean_price"])
    return f"{kwh(summary['traded_wh']):,.1f} kWh changed hands, at {price:.3f} $/kWh on average"


def _prices(axes: Axes, slots: pd.DataFrame) -> None:
    edges = slot_edges(slots["start"])
    price = slots["price_nano_per_wh"].to_numpy(dtype=float, na_value=np.nan) / NANO_PER_WH_PER_DOLLAR_PER_KWH
    _tariff(axes, slots, "retail", "retail tariff", "--")
    _tariff(axes, slots, "feed_in", "feed-in tariff", ":")
    axes.stairs(price, edges, baseline=None, color=BLACK, linewidth=1)
    middle = (edges[1:] + edges[:-1]) / 2
    axes.plot(middle, price, "o", color=BLACK, markersize=4, label="market price")
    axes.set_ylim(bottom=0)
    axes.set_ylabel("price ($/kWh)")
    _legend(axes)


def _tariff(axes: Axes, slots: pd.DataFrame, name: str, label: str, line: str) -> None:
    """A line where homes have one tariff, a band where they have their own."""
    edges = slot_edges(slots["start"])
    low, high = (slots[f"{name}_{end}_nano_per_wh"] / NANO_PER_WH_PER_DOLLAR_PER_KWH for end in ("low", "high"))
    axes.stairs(high, edges, baseline=low, fill=True, color=PALE)
    axes.stairs(low, edges, baseline=None, color=GRID, linestyle=line, linewidth=1.6, label=label)
    axes.stairs(high, edges, baseline=None, color=GRID, linestyle=line, linewidth=1.6)


def _volumes(axes: Axes, slots: pd.DataFrame) -> None:
    edges = slot_edges(slots["start"])
    traded, bid, ask = (slots[column] / WH_PER_KWH for column in ("traded_wh", "bid_wh", "ask_wh"))
    axes.stairs(traded, edges, fill=True, color=TRADED, label="traded")
    axes.stairs(bid, edges, color=BUY, linewidth=1.2, label="bids")
    axes.stairs(ask, edges, color=SELL, linewidth=1.2, linestyle=(0, (4, 1.5)), label="asks")
    axes.set_ylim(bottom=0)
    axes.set_ylabel("energy per slot (kWh)")
    _legend(axes)


def _legend(axes: Axes) -> None:
    axes.legend(loc="lower right", bbox_to_anchor=(1, 0.98), ncols=3)
