"""The market: supply and demand in a slot, and price and energy slot by slot, as far as the run is shown."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.typing import ColorType

from sim.arrays import Floats, Ints
from sim.outputs.figures.market import (
    curves,
    draw_market,
    draw_prices,
    draw_tariff,
    draw_volumes,
    right_end,
)
from sim.outputs.figures.style import BLACK, PALE, house_style, say
from sim.outputs.figures.time_axis import slot_edges, time_axis
from sim.page.timeline import Timeline
from sim.page.views.card import card, date, hours, slots_per_day
from sim.runtime.wording import counted, price
from sim.units import dollars_per_kwh, kwh


def supply_and_demand(timeline: Timeline, slot: int) -> Figure:
    """Step curves of all orders of a slot, both tariffs, the price, and what both sides gain by it."""
    row, orders = slot_rows(timeline, slot, slot + 1, slot).iloc[0], order_rows(timeline, slot)
    with house_style():
        figure = card(_slot_title(timeline, row), _slot_subtitle(timeline, row, orders))
        figure.subplots_adjust(left=0.115, right=0.985, bottom=0.125, top=0.7)
        axes = figure.subplots()
        axes.set_xlabel("energy bid or asked at this price or a better one (kWh)")
        axes.set_ylabel("price ($/kWh)")
        top = top_price(timeline)
        axes.set_ylim(0, top)
        if orders.empty:
            axes.set_xticks([])
            say(axes, "No home sent an order for this slot.")
        else:
            demand, supply = curves(row, orders)
            draw_market(axes, demand, supply, row, orders, top)
            _hatch_on_white(axes)
            axes.set_xlim(0, right_end(demand, supply, row))
            axes.legend(loc="lower left", bbox_to_anchor=(-0.12, 0.99), ncols=3)
    return figure


def top_price(timeline: Timeline) -> float:
    """Upper end of the price axis in $/kWh, above all tariffs of the run and its orders so far."""
    return 1.1 * dollars_per_kwh(int(max(timeline.outside.retail.max(), timeline.limit_price.max())))


def _hatch_on_white(axes: Axes) -> None:
    """Give hatched areas the opaque colours they would have on white: in SVG a hatch shares its area's."""
    for patch in axes.patches:
        if patch.get_hatch():
            patch.set_facecolor(_on_white(patch.get_facecolor()))
            patch.set_edgecolor(_on_white(patch.get_edgecolor()))


def _on_white(color: ColorType) -> tuple[float, float, float]:
    red, green, blue, alpha = to_rgba(color)
    return 1 - alpha * (1 - red), 1 - alpha * (1 - green), 1 - alpha * (1 - blue)


def _slot_title(timeline: Timeline, row: pd.Series) -> str:
    when = hours(timeline, int(row["slot"]))
    if not row["traded_wh"]:
        return f"{when}: no energy changed hands"
    traded, bought_at = f"{kwh(row['traded_wh']):,.1f} kWh", price(row["price_nano_per_wh"])
    if timeline.trades.has_one_price[int(row["slot"])]:
        return f"{when}: {traded} changed hands at {bought_at}"
    sold_at = price(-np.minimum(timeline.payment[:, int(row["slot"])], 0).sum() / row["traded_wh"])
    if bought_at == sold_at:
        return f"{when}: {traded} changed hands at {bought_at} on average"
    return f"{when}: {traded} bought at {bought_at}, sold at {sold_at}"


def _slot_subtitle(timeline: Timeline, row: pd.Series, orders: pd.DataFrame) -> str:
    sides = orders["side"].value_counts()
    bids = f"{counted(sides.get('buy', 0), 'bid')} for {kwh(row['bid_wh']):,.1f} kWh"
    asks = f"{counted(sides.get('sell', 0), 'ask')} for {kwh(row['ask_wh']):,.1f} kWh"
    return f"{date(timeline, int(row['slot']))}: {bids}, {asks}"


MOST_DAYS = 3
SIZE_IN = 12.4, 3.2
PRICE = "price (the larger, the more energy)"
SMALLEST_PT2, LARGEST_PT2 = 2.0, 34.0


def prices_and_volumes(timeline: Timeline, slot: int) -> Figure:
    """Above: the price between the tariffs. Below: what was traded, of what was bid and asked."""
    first, last = shown(timeline, slot)
    rows = slot_rows(timeline, first, last, slot)
    with house_style():
        figure = card(_title(timeline, slot), _subtitle(timeline, slot), *SIZE_IN)
        figure.subplots_adjust(left=0.05, right=0.965, bottom=0.2, top=0.815, hspace=0.32)
        upper, lower = figure.subplots(2, sharex=True, height_ratios=(5, 4))
        draw_tariff(upper, rows, "retail", "retail tariff", "--")
        draw_tariff(upper, rows, "feed_in", "feed-in tariff", ":")
        draw_prices(upper, rows, PRICE)
        _weigh(upper, rows["traded_wh"].to_numpy() / (timeline.trades.traded_wh.max() or 1))
        draw_volumes(lower, rows, "slot")
        edges = slot_edges(rows["start"])[slot - first : slot - first + 2]
        for axes in (upper, lower):
            axes.axvspan(*edges, facecolor=PALE, edgecolor=BLACK, linewidth=0.6, zorder=0)
        upper.set_ylim(0, top_price(timeline))
        lower.set_ylim(0, 1.05 * _most_kwh(timeline))
        lower.set_ylabel("kWh per slot")
        time_axis(lower, rows["start"], most_ticks=16)
        lower.xaxis.labelpad = 0
        figure.align_ylabels()
    return figure


def _weigh(axes: Axes, share: Floats) -> None:
    """Give the price's dots areas by traded energy, a share of the run's most: a few Wh are no 5 kWh."""
    (dots,) = (each for each in axes.lines if each.get_label() == PRICE)
    dots.set_marker("None")
    there = share > 0
    x, y = np.asarray(dots.get_xydata())[there].T
    axes.scatter(x, y, SMALLEST_PT2 + (LARGEST_PT2 - SMALLEST_PT2) * share[there], color=BLACK, zorder=3)


def shown(timeline: Timeline, slot: int) -> tuple[int, int]:
    """First slot shown and the one after the last: a slot's day and the two before, or the first three."""
    per_day = slots_per_day(timeline)
    last_day = max(slot // per_day + 1, MOST_DAYS)
    return (last_day - MOST_DAYS) * per_day, min(last_day * per_day, timeline.slots_in_all)


def _most_kwh(timeline: Timeline) -> float:
    """The most that was bid or asked in a slot of the run so far."""
    sides = [np.maximum(sign * timeline.quantity_wh, 0).sum(axis=0).max() for sign in (1, -1)]
    return kwh(int(max(sides))) or 1


def _title(timeline: Timeline, slot: int) -> str:
    by_slot_wh = timeline.trades.traded_wh[: slot + 1]
    traded_wh = int(by_slot_wh.sum())
    if not traded_wh:
        return "No energy has changed hands yet"
    mean = price(int(by_slot_wh @ timeline.price[: slot + 1]) / traded_wh)
    return f"So far {kwh(traded_wh):,.1f} kWh changed hands, at {mean} on average"


def _subtitle(timeline: Timeline, slot: int) -> str:
    traded = np.count_nonzero(timeline.trades.traded_wh[: slot + 1])
    return (
        f"{traded:,} of {slot + 1:,} slots had trade; marked: {date(timeline, slot)}, "
        f"{hours(timeline, slot)}, slot {slot + 1:,} of {timeline.slots_in_all:,}"
    )


def slot_rows(timeline: Timeline, first: int, last: int, seen: int) -> pd.DataFrame:
    """Slots first to last - 1 as in the table of slots, one row per slot.

    Orders, trades and prices of slots after ``seen`` are NaN; tariffs are known ahead.
    """
    fill_wh = timeline.fill_wh
    outside = timeline.outside.during(slice(first, last))
    priced = fill_wh.any(axis=0) if timeline.sealed is None else ~np.isnan(timeline.sealed.total_wh)
    prices = np.where(priced, timeline.price, np.nan)

    def row(values: Ints) -> pd.Series:
        return pd.Series(values[first : seen + 1], dtype=float).reindex(range(last - first))

    return pd.DataFrame(
        {
            "slot": np.arange(first, last),
            "start": [timeline.time_of(slot) for slot in range(first, last)],
            "price_nano_per_wh": row(prices),
            "retail_low_nano_per_wh": outside.retail.min(axis=0),
            "retail_high_nano_per_wh": outside.retail.max(axis=0),
            "feed_in_low_nano_per_wh": outside.feed_in.min(axis=0),
            "feed_in_high_nano_per_wh": outside.feed_in.max(axis=0),
            "traded_wh": row(timeline.trades.traded_wh),
            "bid_wh": row(np.maximum(timeline.quantity_wh, 0).sum(axis=0)),
            "ask_wh": row(np.maximum(-timeline.quantity_wh, 0).sum(axis=0)),
        }
    )


def order_rows(timeline: Timeline, slot: int) -> pd.DataFrame:
    """All orders of a slot as in the table of orders, one row per order, with what their fills cost."""
    quantity_wh = timeline.quantity_wh[:, slot]
    ordered = np.flatnonzero(quantity_wh)
    return pd.DataFrame(
        {
            "slot": slot,
            "side": np.where(quantity_wh[ordered] > 0, "buy", "sell"),
            "quantity_wh": np.abs(quantity_wh[ordered]),
            "limit_nano_per_wh": timeline.limit_price[ordered, slot],
            "fill_wh": np.abs(timeline.fill_wh[ordered, slot]),
            "paid_nano": timeline.payment[ordered, slot],
        }
    )
