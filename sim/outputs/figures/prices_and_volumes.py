"""Price and traded energy, slot by slot, or day by day in a long run."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.arrays import Floats
from sim.outputs.figures.style import BLACK, BUY, GREY, GRID, PALE, SELL, TRADED, canvas
from sim.outputs.figures.supply_and_demand import LEAST_SPAN
from sim.outputs.figures.time_axis import slot_edges, time_axis
from sim.runtime.wording import counted, price
from sim.units import NANO_PER_WH_PER_DOLLAR_PER_KWH, WH_PER_KWH, kwh

MOST_DAYS_BY_SLOT = 10
VOLUMES = ["traded_wh", "bid_wh", "ask_wh"]


def prices_and_volumes(tables: Mapping[str, pd.DataFrame], summary: Mapping[str, Any]) -> Figure:
    """Above: the price between the tariffs. Below: what was traded, of what was bid and asked."""
    slots = tables["slots"]
    figure = canvas(_title(summary), _subtitle(slots, summary), summary, height_in=6.2)
    upper, lower = figure.subplots(2, sharex=True, height_ratios=(5, 4))
    by_day = np.ptp(slot_edges(slots["start"])) > MOST_DAYS_BY_SLOT
    draw_tariff(upper, slots, "retail", "retail tariff", "--")
    draw_tariff(upper, slots, "feed_in", "feed-in tariff", ":")
    if by_day:
        upper.plot(_middles(slots), _price(slots), ".", color=GREY, markersize=2.5, label="price of a slot")
    draw_prices(upper, per_day(slots) if by_day else slots, "mean price of a day" if by_day else "price")
    draw_volumes(lower, per_day(slots) if by_day else slots, "day" if by_day else "slot")
    time_axis(lower, slots["start"], most_ticks=12)
    figure.align_ylabels()
    return figure


def per_day(slots: pd.DataFrame) -> pd.DataFrame:
    """Days in place of slots: volumes summed, prices weighted by traded energy, empty without trade."""
    day = slots["start"].dt.normalize().rename("start")
    days = slots[VOLUMES].groupby(day).sum()
    traded_value = pd.Series(_price(slots) * slots["traded_wh"].to_numpy()).groupby(day).sum()
    days["price_nano_per_wh"] = traded_value * NANO_PER_WH_PER_DOLLAR_PER_KWH / days["traded_wh"]
    return days.reset_index()


def _title(summary: Mapping[str, Any]) -> str:
    if summary["mean_price"] is None:
        return "No energy changed hands"
    at = price(summary["mean_price"])
    return f"{kwh(summary['traded_wh']):,.1f} kWh changed hands, at {at} on average"


def _subtitle(slots: pd.DataFrame, summary: Mapping[str, Any]) -> str:
    traded = int((slots["traded_wh"] > 0).sum())
    homes = f"{counted(summary['agents'], 'home')}, {summary['agents_with_pv']} with PV"
    return f"{traded:,} of {len(slots):,} slots had trade, among {homes}"


def _price(slots: pd.DataFrame) -> Floats:
    """Prices in $/kWh, NaN without trade."""
    price = slots["price_nano_per_wh"].to_numpy(dtype=float, na_value=np.nan)
    return price / NANO_PER_WH_PER_DOLLAR_PER_KWH


def _middles(slots: pd.DataFrame) -> Floats:
    edges = slot_edges(slots["start"])
    return (edges[1:] + edges[:-1]) / 2


def draw_prices(axes: Axes, slots: pd.DataFrame, label: str) -> None:
    """Prices slot by slot, nothing where there is none."""
    edges, prices = slot_edges(slots["start"]), _price(slots)
    axes.stairs(prices, edges, baseline=None, color=BLACK, linewidth=1)
    axes.plot(_middles(slots), prices, "o", color=BLACK, markersize=4, label=label)
    axes.set_ylim(0, 1.08 * axes.dataLim.y1 or LEAST_SPAN)
    axes.set_ylabel("price ($/kWh)")
    _legend(axes)


def draw_tariff(axes: Axes, slots: pd.DataFrame, name: str, label: str, line: str) -> None:
    """A line where homes have one tariff, a band where they have their own."""
    edges = slot_edges(slots["start"])
    low, high = (
        slots[f"{name}_{end}_nano_per_wh"] / NANO_PER_WH_PER_DOLLAR_PER_KWH for end in ("low", "high")
    )
    axes.stairs(high, edges, baseline=low, fill=True, color=PALE)
    axes.stairs(low, edges, baseline=None, color=GRID, linestyle=line, label=label)
    axes.stairs(high, edges, baseline=None, color=GRID, linestyle=line)


def draw_volumes(axes: Axes, slots: pd.DataFrame, period: str) -> None:
    """What was traded, of what was bid and asked."""
    edges = slot_edges(slots["start"])
    traded, bid, ask = (slots[column] / WH_PER_KWH for column in VOLUMES)
    axes.stairs(traded, edges, fill=True, color=TRADED, label="traded")
    axes.stairs(bid, edges, baseline=None, color=BUY, linewidth=1.2, label="bids")
    axes.stairs(ask, edges, baseline=None, color=SELL, linewidth=1.2, linestyle=(0, (4, 1.5)), label="asks")
    axes.set_ylim(0, 1.05 * kwh(int(np.nanmax(slots[VOLUMES]))) or 1)
    axes.set_ylabel(f"energy per {period} (kWh)")
    _legend(axes)


def _legend(axes: Axes) -> None:
    axes.legend(loc="lower right", bbox_to_anchor=(1, 0.98), ncols=4)
