"""Sealed orders as everybody sees them: a total and a price in each slot, and no quantity of a home."""

import numpy as np
from matplotlib.figure import Figure

from sim.outputs.figures.market import draw_prices, draw_tariff, draw_totals
from sim.outputs.figures.style import BLACK, PALE, house_style, say
from sim.outputs.figures.time_axis import slot_edges, time_axis
from sim.page.timeline import Timeline
from sim.page.views.card import card, date, hours
from sim.page.views.market import SIZE_IN, shown, slot_rows, top_price
from sim.runtime.wording import counted, price
from sim.units import WH_PER_KWH, kwh


def total_of(timeline: Timeline, slot: int) -> str:
    """What the homes are short of, or have over, in words."""
    assert timeline.sealed
    total_wh = timeline.sealed.total_wh[slot]
    if np.isnan(total_wh):
        return "void, too few homes ordered"
    if not total_wh:
        return "the homes are even"
    said = "are {:,.1f} kWh short" if total_wh > 0 else "have {:,.1f} kWh over"
    return f"the homes {said.format(abs(kwh(total_wh)))}"


def sealed_slot(timeline: Timeline, slot: int) -> Figure:
    """In place of supply and demand, which nobody sees: the total and the price."""
    assert timeline.sealed
    with house_style():
        at = price(int(timeline.price[slot]))
        title = f"{hours(timeline, slot)}: {total_of(timeline, slot)}, at {at}"
        figure = card(title, f"{date(timeline, slot)}: {counted(len(timeline.homes), 'home')}, orders sealed")
        axes = figure.add_axes((0.05, 0.05, 0.9, 0.7))
        axes.set_axis_off()
        say(axes, "Bids and asks are sealed: only their sum is opened. Show everything to see what it hides.")
    return figure


def prices_and_totals(timeline: Timeline, slot: int) -> Figure:
    """Above: the price between the tariffs. Below: what the homes are short of or have over."""
    assert timeline.sealed
    first, last = shown(timeline, slot)
    rows = slot_rows(timeline, first, last, slot)
    total_kwh = timeline.sealed.total_wh / WH_PER_KWH
    with house_style():
        figure = card(_title(timeline, slot), _subtitle(timeline, slot), *SIZE_IN)
        figure.subplots_adjust(left=0.05, right=0.965, bottom=0.2, top=0.815, hspace=0.32)
        upper, lower = figure.subplots(2, sharex=True, height_ratios=(5, 4))
        draw_tariff(upper, rows, "retail", "retail tariff", "--")
        draw_tariff(upper, rows, "feed_in", "feed-in tariff", ":")
        draw_prices(upper, rows, "price")
        seen = np.full(last - first, np.nan)
        seen[: slot + 1 - first] = total_kwh[first : slot + 1]
        draw_totals(lower, rows, seen)
        edges = slot_edges(rows["start"])[slot - first : slot - first + 2]
        for axes in (upper, lower):
            axes.axvspan(*edges, facecolor=PALE, edgecolor=BLACK, linewidth=0.6, zorder=0)
        upper.set_ylim(0, top_price(timeline))
        ends = np.nanmin(np.append(total_kwh, 0)), np.nanmax(np.append(total_kwh, 0))
        lower.set_ylim(1.05 * ends[0], 1.05 * ends[1] or 1)
        lower.set_ylabel("kWh per slot")
        time_axis(lower, rows["start"], most_ticks=16)
        lower.xaxis.labelpad = 0
        figure.align_ylabels()
    return figure


def _title(timeline: Timeline, slot: int) -> str:
    assert timeline.sealed
    so_far = timeline.sealed.total_wh[: slot + 1]
    short, over = int((so_far > 0).sum()), int((so_far < 0).sum())
    return f"So far the homes were short in {counted(short, 'slot')}, and had energy over in {over:,}"


def _subtitle(timeline: Timeline, slot: int) -> str:
    return (
        f"the total of each slot is public, its parts are not; marked: {date(timeline, slot)}, "
        f"{hours(timeline, slot)}, slot {slot + 1:,} of {timeline.slots_in_all:,}"
    )
