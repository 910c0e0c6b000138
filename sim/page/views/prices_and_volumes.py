"""Price and energy slot by slot, as far as the run is shown."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.arrays import Floats
from sim.outputs.figures.market import draw_prices, draw_tariff, draw_volumes
from sim.outputs.figures.style import BLACK, PALE, house_style
from sim.outputs.figures.time_axis import slot_edges, time_axis
from sim.page.timeline import Timeline
from sim.page.views.card import card, date, hours, slots_per_day
from sim.page.views.slot_rows import slot_rows
from sim.page.views.supply_and_demand import top_price
from sim.runtime.wording import price
from sim.units import kwh

MOST_DAYS = 3
WIDTH_IN, HEIGHT_IN = 12.4, 3.2
PRICE = "price (the larger, the more energy)"
SMALLEST_PT2, LARGEST_PT2 = 2.0, 34.0


def prices_and_volumes(timeline: Timeline, slot: int) -> Figure:
    """Above: the price between the tariffs. Below: what was traded, of what was bid and asked."""
    first, last = shown(timeline, slot)
    rows = slot_rows(timeline, first, last, slot)
    with house_style():
        figure = card(_title(timeline, slot), _subtitle(timeline, slot), WIDTH_IN, HEIGHT_IN)
        figure.subplots_adjust(left=0.05, right=0.965, bottom=0.2, top=0.815, hspace=0.32)
        upper, lower = figure.subplots(2, sharex=True, height_ratios=(5, 4))
        draw_tariff(upper, rows, "retail", "retail tariff", "--")
        draw_tariff(upper, rows, "feed_in", "feed-in tariff", ":")
        draw_prices(upper, rows, PRICE)
        _weigh(upper, rows["traded_wh"].to_numpy() / (np.maximum(timeline.fill_wh, 0).sum(axis=0).max() or 1))
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
    fill_wh = np.maximum(timeline.fill_wh[:, : slot + 1], 0).sum(axis=0)
    traded_wh = int(fill_wh.sum())
    if not traded_wh:
        return "No energy has changed hands yet"
    mean = price(int(fill_wh @ timeline.price[: slot + 1]) / traded_wh)
    return f"So far {kwh(traded_wh):,.1f} kWh changed hands, at {mean} on average"


def _subtitle(timeline: Timeline, slot: int) -> str:
    traded = np.count_nonzero(timeline.fill_wh[:, : slot + 1].any(axis=0))
    return (
        f"{traded:,} of {slot + 1:,} slots had trade; marked: {date(timeline, slot)}, "
        f"{hours(timeline, slot)}, slot {slot + 1:,} of {timeline.slots_in_all:,}"
    )
