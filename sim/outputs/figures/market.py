"""The market: price and traded energy over time, and supply and demand in the slot that traded most.

Of sealed orders, price and total over time: nothing else is public.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.arrays import Floats
from sim.market.book import OrderBook
from sim.market.merit_order import Curve, demand_curve, supply_curve
from sim.outputs.figures.style import BLACK, BUY, GREY, GRID, PALE, SELL, TRADED, canvas, say
from sim.outputs.figures.time_axis import slot_edges, slot_length, time_axis
from sim.runtime.wording import counted, money, price
from sim.units import NANO_PER_WH_PER_DOLLAR_PER_KWH, WH_PER_KWH, dollars_per_kwh, kwh

MOST_DAYS_BY_SLOT = 10
VOLUMES = ["traded_wh", "bid_wh", "ask_wh"]
DASHED = (0, (6, 1.5))
LEAST_SPAN = 0.01  # of a price axis, $/kWh, where all prices are zero


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


def prices_and_totals(tables: Mapping[str, pd.DataFrame], summary: Mapping[str, Any]) -> Figure:
    """Above: the price between the tariffs. Below: what the community is short of or has over."""
    totals = tables["totals"]
    slots = tables["slots"].assign(price_nano_per_wh=totals["price_nano_per_wh"])
    subtitle = f"public is the total alone, of {_homes(summary)}; no quantity of a home"
    figure = canvas(_totals_title(totals), subtitle, summary, height_in=6.2)
    upper, lower = figure.subplots(2, sharex=True, height_ratios=(5, 4))
    draw_tariff(upper, slots, "retail", "retail tariff", "--")
    draw_tariff(upper, slots, "feed_in", "feed-in tariff", ":")
    draw_prices(upper, slots, "price")
    draw_totals(lower, slots, kwh_of_totals(totals))
    time_axis(lower, slots["start"], most_ticks=12)
    figure.align_ylabels()
    return figure


def kwh_of_totals(totals: pd.DataFrame) -> Floats:
    """What a community is short of, shape (slots,), NaN in void gates."""
    total = totals["total"].to_numpy(dtype=float, na_value=np.nan)
    return total / 2.0 ** totals["scale"].to_numpy() / WH_PER_KWH


def _totals_title(totals: pd.DataFrame) -> str:
    short, over, void = (
        int(each.sum()) for each in (totals["total"] > 0, totals["total"] < 0, totals["total"].isna())
    )
    voided = f", {counted(void, 'slot')} void" if void else ""
    return (
        f"{counted(short, 'slot')} at retail, for want of energy; {over:,} at feed-in, with some over{voided}"
    )


def draw_totals(axes: Axes, slots: pd.DataFrame, total_kwh: Floats) -> None:
    """What the community is short of, above 0, and has over, below; total_kwh: shape (slots,)."""
    edges = slot_edges(slots["start"])
    axes.stairs(np.maximum(total_kwh, 0), edges, fill=True, color=BUY, label="short: bought at retail")
    axes.stairs(
        np.minimum(total_kwh, 0),
        edges,
        fill=True,
        color=SELL,
        hatch="//",
        edgecolor="white",
        linewidth=0,
        label="over: sold at feed-in",
    )
    axes.axhline(0, color=GREY, linewidth=1)
    axes.set_ylabel("total of orders per slot (kWh)")
    _legend(axes)


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
    return f"{traded:,} of {len(slots):,} slots had trade, among {_homes(summary)}"


def _homes(summary: Mapping[str, Any]) -> str:
    return f"{counted(summary['agents'], 'home')}, {summary['agents_with_pv']} with PV"


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


def supply_and_demand(tables: Mapping[str, pd.DataFrame], summary: Mapping[str, Any]) -> Figure:
    """Step curves of all orders of one slot, where they meet, and what both sides gain by it."""
    slots = tables["slots"]
    slot = slots.loc[busiest(slots)]
    orders = with_payments(tables["orders"][tables["orders"]["slot"] == slot["slot"]], tables["trades"])
    subtitle = _when_and_what(slot, orders, slot_length(slots["start"]))
    figure = canvas(_busiest_title(slot, slots), subtitle, summary, height_in=6.0)
    axes = figure.subplots()
    axes.set_xlabel("energy bid or asked at this price or a better one (kWh)")
    axes.set_ylabel("price ($/kWh)")
    demand, supply = curves(slot, orders)
    if len(orders):
        top = top_price(slot, orders)
        draw_market(axes, demand, supply, slot, orders, top)
        axes.set_ylim(0, top)
        axes.set_xlim(0, right_end(demand, supply, slot))
        axes.legend(loc="lower left", bbox_to_anchor=(-0.01, 0.99), ncols=4)
    else:
        say(axes, "No home sent an order.")
    return figure


def busiest(slots: pd.DataFrame) -> Any:
    """Index of the slot that traded most; without any trade, of the one that had most on its short side."""
    traded_wh, short_side_wh = slots["traded_wh"], slots[["bid_wh", "ask_wh"]].min(axis=1)
    return (traded_wh if traded_wh.any() else short_side_wh).idxmax()


def curves(slot: pd.Series, orders: pd.DataFrame) -> tuple[Curve, Curve]:
    """Demand and supply of one slot's orders."""
    signed_wh = orders["quantity_wh"].where(orders["side"] == "buy", -orders["quantity_wh"])
    limit_price = orders["limit_nano_per_wh"].to_numpy(np.int64)
    book = OrderBook(int(slot["slot"]), signed_wh.to_numpy(np.int64), limit_price)
    return demand_curve(book), supply_curve(book)


def with_payments(orders: pd.DataFrame, trades: pd.DataFrame) -> pd.DataFrame:
    """Rows of the table of orders, with what their fills cost: negative where a home is paid, 0 without."""
    by_order = trades.groupby(["slot", "agent"])["paid_nano"].sum()
    paid = by_order.reindex(pd.MultiIndex.from_frame(orders[["slot", "agent"]]), fill_value=0)
    return orders.assign(paid_nano=paid.to_numpy())


def gains_nano(orders: pd.DataFrame) -> pd.Series:
    """What each side, "buy" and "sell", gains over its limits, in nano-$; orders: as of ``with_payments``."""
    gain: pd.Series = (orders["limit_nano_per_wh"] * orders["fill_wh"] - orders["paid_nano"].abs()).abs()
    by_side: pd.Series = gain.groupby(orders["side"]).sum()
    return by_side


def _busiest_title(slot: pd.Series, slots: pd.DataFrame) -> str:
    if not slot["traded_wh"]:
        return f"No slot had trade{_why_none(slots)}"
    at = price(slot["price_nano_per_wh"])
    return f"In the busiest slot {kwh(slot['traded_wh']):,.1f} kWh changed hands at {at}"


def _why_none(slots: pd.DataFrame) -> str:
    bids, asks = slots["bid_wh"] > 0, slots["ask_wh"] > 0
    if not asks.any():
        return ": nobody asked to sell" if bids.any() else ": nobody sent an order"
    if not bids.any():
        return ": nobody bid to buy"
    return "; this one came nearest" if (bids & asks).any() else ": none had both bids and asks"


def _when_and_what(slot: pd.Series, orders: pd.DataFrame, length: pd.Timedelta) -> str:
    start, sides = slot["start"], orders["side"].value_counts()
    when = f"{start:%a} {start.day} {start:%b %Y}, {start:%H:%M} to {start + length:%H:%M}"
    bids = f"{counted(sides.get('buy', 0), 'bid')} for {kwh(slot['bid_wh']):,.1f} kWh"
    asks = f"{counted(sides.get('sell', 0), 'ask')} for {kwh(slot['ask_wh']):,.1f} kWh"
    return f"{when}: {bids}, {asks}"


def top_price(slot: pd.Series, orders: pd.DataFrame) -> float:
    """Upper end of the price axis in $/kWh, above all orders and tariffs."""
    dearest = max(slot["retail_high_nano_per_wh"], orders["limit_nano_per_wh"].max())
    return 1.1 * dollars_per_kwh(dearest) or LEAST_SPAN


def draw_market(
    axes: Axes, demand: Curve, supply: Curve, slot: pd.Series, orders: pd.DataFrame, top: float
) -> None:
    """Both sides' curves, their gains, the price or the prices of a slot, and the tariffs.

    slot: a row of the table of slots; orders: its orders, as of ``with_payments``
    top:  upper end of the price axis, $/kWh
    """
    _curve(axes, demand, "bids, best first", BUY, "-", 0)
    _curve(axes, supply, "asks, best first", SELL, DASHED, top)
    if slot["traded_wh"]:
        gains = gains_nano(orders)
        bought, sold = (_filled(orders, side) for side in ("buy", "sell"))
        _gain(axes, bought, f"buyers' gain, {money(gains['buy'])}", BUY, "//")
        _gain(axes, sold, f"sellers' gain, {money(gains['sell'])}", SELL, "\\\\")
        _clearing(axes, slot, bought, sold)
    _tariff(axes, slot, "retail", "retail tariff", "--")
    _tariff(axes, slot, "feed_in", "feed-in tariff", ":")


def _tariff(axes: Axes, slot: pd.Series, name: str, label: str, line: str) -> None:
    """A line where homes have one tariff, a band where they have their own."""
    low, high = (dollars_per_kwh(slot[f"{name}_{end}_nano_per_wh"]) for end in ("low", "high"))
    axes.axhspan(low, high, color=PALE, linewidth=0, zorder=0)
    axes.axhline(low, color=GRID, linestyle=line, linewidth=1.5, zorder=1, label=label)
    axes.axhline(high, color=GRID, linestyle=line, linewidth=1.5, zorder=1)


def _curve(axes: Axes, curve: Curve, label: str, color: str, line: Any, end: float) -> None:
    """A side's steps; at its last Wh the line runs on to the end of the price axis."""
    if len(curve.price):
        wh = curve.cumulative_wh / WH_PER_KWH
        price = curve.price / NANO_PER_WH_PER_DOLLAR_PER_KWH
        x, y = [0, *wh, wh[-1]], [price[0], *price, end]
        axes.step(x, y, where="pre", color=color, linestyle=line, linewidth=2.2, label=label)


class _Filled(NamedTuple):
    """What one side trades, best limit first: edges in kWh, and limits and prices between them in $/kWh."""

    edges: Floats
    limit: Floats
    price: Floats


def _filled(orders: pd.DataFrame, side: str) -> _Filled:
    filled = orders[(orders["side"] == side) & (orders["fill_wh"] > 0)]
    filled = filled.sort_values("limit_nano_per_wh", ascending=side == "sell", kind="stable")
    wh = filled["fill_wh"].to_numpy()
    price = filled["paid_nano"].abs().to_numpy() / wh
    limit = filled["limit_nano_per_wh"].to_numpy()
    edges = np.concatenate(([0], np.cumsum(wh))) / WH_PER_KWH
    return _Filled(edges, limit / NANO_PER_WH_PER_DOLLAR_PER_KWH, price / NANO_PER_WH_PER_DOLLAR_PER_KWH)


def _gain(axes: Axes, side: _Filled, label: str, color: str, hatch: str) -> None:
    """Shade what one side trades, between its limits and its prices."""
    axes.stairs(
        side.limit,
        side.edges,
        baseline=side.price,
        fill=True,
        facecolor=f"{color}28",
        edgecolor=f"{color}70",
        linewidth=0,
        hatch=hatch,
        label=label,
    )


def _clearing(axes: Axes, slot: pd.Series, bought: _Filled, sold: _Filled) -> None:
    """The price, or what buyers pay and sellers get where there is more than one."""
    volume, price = kwh(slot["traded_wh"]), dollars_per_kwh(slot["price_nano_per_wh"])
    if np.allclose(np.concatenate((bought.price, sold.price)), price, rtol=0, atol=1e-9):
        axes.plot([0, volume, volume], [price, price, 0], color=BLACK, linewidth=1.2)
        axes.plot([volume], [price], "o", color=BLACK, markersize=7, label="price and traded volume")
        return
    for side, label, line in ((bought, "buyers pay", "-"), (sold, "sellers get", (0, (1, 1)))):
        steps = axes.stairs(side.price, side.edges, baseline=None, color=BLACK, label=label)
        steps.set(linewidth=1.8, linestyle=line)
    axes.plot([volume, volume], [0, bought.price[-1]], color=BLACK, linewidth=1.2)


def right_end(demand: Curve, supply: Curve, slot: pd.Series) -> float:
    """Upper end of the energy axis, kWh: both sides, or what leaves the crossing out of the corner."""
    longest = max(int(curve.cumulative_wh.max(initial=1)) for curve in (demand, supply))
    return 1.03 * kwh(min(longest, 5 * int(slot["traded_wh"]) or longest))
