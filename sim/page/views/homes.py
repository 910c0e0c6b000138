"""The homes: what all have paid so far, and what one expected of the day, traded, and really took."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.arrays import Floats, Ints
from sim.outputs.figures.bills import draw_bills, draw_savings, saving_label
from sim.outputs.figures.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PALE,
    house_style,
    say,
    shortened,
)
from sim.outputs.figures.time_axis import slot_edges, time_axis
from sim.page.timeline import AS_MEASURED, Perspective, Timeline
from sim.page.views.card import card, date, hours, hover, names, slots_per_day, title_name
from sim.runtime.wording import counted, money
from sim.units import NANO, WH_PER_KWH, kwh

MOST_ROWS = 16


def bills(timeline: Timeline, slot: int, perspective: Perspective) -> Figure:
    """Bills of the homes that the perspective sees, up to and with a slot; the others are said to be private.

    Of more than 16 homes, savings alone. Nothing here is made from the readings of a home that is not seen.
    """
    in_all = len(timeline.homes)
    seen = np.flatnonzero([perspective.sees(row) for row in range(in_all)])
    homes = _so_far(timeline, slot, seen)
    with house_style():
        figure = card(_bills_title(timeline, seen, homes), _bills_subtitle(timeline, slot, homes))
        if in_all <= MOST_ROWS:
            figure.subplots_adjust(left=0.23, right=0.88, bottom=0.125, top=0.745)
            _rows(figure.subplots(), timeline, slot, seen, homes)
        else:
            figure.subplots_adjust(left=0.11, right=0.98, bottom=0.125, top=0.855)
            _ranking(figure.subplots(), timeline, slot, seen, homes)
    return figure


def _so_far(timeline: Timeline, slot: int, seen: Ints) -> pd.DataFrame:
    """Bills and savings of some homes over slots 0 to ``slot``, one row per home."""
    bill = timeline.bill[seen, : slot + 1].sum(axis=1)
    without = timeline.bill_without[seen, : slot + 1].sum(axis=1)
    return pd.DataFrame({"bill_nano": bill, "bill_grid_only_nano": without, "saving_nano": without - bill})


def _bills_title(timeline: Timeline, seen: Ints, homes: pd.DataFrame) -> str:
    if homes.empty and timeline.sealed:
        return "Of a sealed home, its posted bills are public and nothing else"
    if homes.empty:
        return "Bills are private: they are made from readings"
    saving, everybody = int(homes["saving_nano"].sum()), len(homes) == len(timeline.homes)
    who = f"the {len(homes)} homes together" if everybody else title_name(timeline.homes, seen[0])
    return f"The market has {'saved' if saving >= 0 else 'cost'} {who} {money(abs(saving))} so far"


def _bills_subtitle(timeline: Timeline, slot: int, homes: pd.DataFrame) -> str:
    hidden = len(timeline.homes) - len(homes)
    if homes.empty and timeline.sealed:
        return f"{_posted_until(timeline, slot)}; orders and readings stay private"
    if homes.empty:
        return "Public are orders, fills, prices and, after each gate, the meter's totals"
    bill, without = (money(int(homes[name].sum())) for name in ("bill_nano", "bill_grid_only_nano"))
    until = f"until {date(timeline, slot)}, {timeline.time_of(slot + 1):%H:%M}"
    sums = f"{until}: bill{'s' * (len(homes) > 1)} {bill}, without the market {without}"
    return f"{sums}; {counted(hidden, 'home')} private" if hidden else sums


def _posted_until(timeline: Timeline, slot: int) -> str:
    assert timeline.sealed
    _, until = timeline.sealed.posted(slot)
    if not until:
        return f"The first bills are posted after slot {timeline.sealed.ends[0]:,}"
    return f"Bills up to and with {date(timeline, until - 1)}, {hours(timeline, until - 1)}, are posted"


def _outside(timeline: Timeline, slot: int, row: int) -> str:
    """What of a home's bill is known outside."""
    if timeline.sealed is None:
        return "private"
    billed, until = timeline.sealed.posted(slot)
    return f"billed {money(int(billed[row]))}, all else private" if until else "not billed yet: private"


def _rows(axes: Axes, timeline: Timeline, slot: int, seen: Ints, homes: pd.DataFrame) -> None:
    """One row per home, in the timeline's order; a hatched one where the bill is private."""
    for row in sorted(set(range(len(timeline.homes))) - set(seen.tolist())):
        axes.axhspan(row - 0.35, row + 0.35, facecolor=PALE, edgecolor=GREY, hatch="///", linewidth=0)
        _write(axes, 0.5, row, _outside(timeline, slot, row), BLACK)
    if len(seen):
        draw_bills(axes, seen, homes)
        _saving_column(axes, seen, homes)
        day_end = _day_end(timeline, slot)
        both = [bill[seen, :day_end].cumsum(axis=1) for bill in (timeline.bill, timeline.bill_without)]
        axes.set_xlim(*_span(np.stack(both), NANO, 0.05))
        axes.axvline(0, color=GREY, linewidth=1)
        axes.set_xlabel("bill so far ($); below 0 the home earns")
        axes.legend(loc="lower left", bbox_to_anchor=(-0.36, 0.99), ncols=2)
    else:
        axes.set_xticks([])
    labels = zip(names(timeline.homes, 13), timeline.has_pv, strict=True)
    axes.set_yticks(range(len(timeline.homes)), [f"{'PV  ' if pv else ''}{name}" for name, pv in labels])
    axes.tick_params(axis="y", length=0, labelsize=8.5)
    for label, name in zip(axes.get_yticklabels(), timeline.homes, strict=True):
        label.set_gid(hover(name))
    axes.set_ylim(len(timeline.homes) - 0.4, -0.6)


def _saving_column(axes: Axes, seen: Ints, homes: pd.DataFrame) -> None:
    axes.text(1.08, 1.04, "saving ($)", fontweight="bold", transform=axes.transAxes, ha="center", fontsize=9)
    for row, saving in zip(seen, homes["saving_nano"], strict=True):
        _write(axes, 1.08, row, *saving_label(saving))


def _write(axes: Axes, x: float, row: int, text: str, color: str) -> None:
    """A word in a row, on white; x is a share of the axis."""
    back = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
    where = axes.get_yaxis_transform()
    axes.text(x, row, text, transform=where, ha="center", va="center", fontsize=8.5, color=color, bbox=back)


def _ranking(axes: Axes, timeline: Timeline, slot: int, seen: Ints, homes: pd.DataFrame) -> None:
    """Savings from the largest to the largest loss, then one hatched bar for all that is private."""
    in_all = len(timeline.homes)
    axes.set_xlim(0.5, in_all + 0.5)
    axes.set_xlabel("home (rank by saving)")
    axes.set_ylabel("saving by the market so far ($)")
    if len(seen):
        draw_savings(axes, homes["saving_nano"].sort_values(ascending=False, ignore_index=True))
        saving = (timeline.bill_without - timeline.bill)[seen, : _day_end(timeline, slot)].cumsum(axis=1)
        axes.set_ylim(*_span(saving, NANO, 0.05))
    else:
        axes.set_yticks([])
    if len(seen) < in_all:
        ends = len(seen) + 0.5, in_all + 0.5
        axes.axvspan(*ends, facecolor=PALE, edgecolor=GREY, hatch="///", linewidth=0)
        text, back = f"{counted(in_all - len(seen), 'home')}: private", {"facecolor": "white", "linewidth": 0}
        middle, where = sum(ends) / 2, axes.get_xaxis_transform()
        axes.text(middle, 0.5, text, transform=where, ha="center", va="center", bbox=back)


def _day_end(timeline: Timeline, slot: int) -> int:
    """The slot after a slot's day, as far as the timeline has come: axes stay as they are for a day."""
    per_day = slots_per_day(timeline)
    return min((slot // per_day + 1) * per_day, timeline.slots)


def _span(values: Ints, unit: int, least_room: float) -> tuple[float, float]:
    """Ends of an axis that shows 0 and all of these values in a unit."""
    low, high = min(0, values.min()) / unit, max(0, values.max()) / unit
    room = 0.06 * (high - low) or least_room
    return low - room, high + room


# A home's day ------------------------------------------------------------------------------------------

MOST_NOTE = 34
TRADED = "#B0E0D2"  # light green; opaque, as a hatch in SVG is as transparent as its area


def forecast_and_actual(timeline: Timeline, slot: int, perspective: Perspective) -> Figure:
    """Orders of the day and fills up to a slot, and, where the perspective sees them, the readings."""
    home, sees = perspective.home, perspective.sees(perspective.home)
    if not perspective.sees_orders(timeline, home):
        return _sealed_day(timeline, slot, home)
    first, last = shown(timeline, slot)
    starts = pd.Series([timeline.time_of(each) for each in range(first, last)])
    edges = slot_edges(starts)
    with house_style():
        figure = card(_title(timeline, slot, home, sees), _subtitle(timeline, slot, home, sees))
        figure.subplots_adjust(left=0.115, right=0.935, bottom=0.185, top=0.78)
        axes = figure.subplots()
        axes.axvspan(*edges[slot - first : slot - first + 2], facecolor=PALE, edgecolor="none", zorder=0)
        _draw_delivered(axes, timeline, slice(first, slot + 1), edges, home, sees)
        gate_end = (timeline.gate_of(slot) + 1) * timeline.scenario.time.horizon
        _draw_orders(axes, timeline, slice(first, gate_end), edges, home, sees)
        axes.axhline(0, color=GREY, linewidth=1)
        axes.set_ylabel("kWh per slot; below 0 to sell")
        private_wh = [timeline.net_wh[home], timeline.forecast_wh[home]] if sees else []
        axes.set_ylim(*_span(np.concatenate([timeline.quantity_wh[home], *private_wh]), WH_PER_KWH, 1.0))
        time_axis(axes, starts, most_ticks=9)
        axes.xaxis.labelpad = 0
        axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 0.98), ncols=4)
    return figure


def _sealed_day(timeline: Timeline, slot: int, home: int) -> Figure:
    """What there is to see of a home whose orders are sealed."""
    with house_style():
        title = f"{title_name(timeline.homes, home)} has sealed what it orders"
        figure = card(title, _subtitle(timeline, slot, home, sees=False))
        axes = figure.add_axes((0.05, 0.05, 0.9, 0.7))
        axes.set_axis_off()
        say(axes, "A proof and a commitment are public: that it ordered, and by which model, but not what.")
    return figure


def shown(timeline: Timeline, slot: int) -> tuple[int, int]:
    """First slot shown and the one after the last: the day of a slot, and all of its gate."""
    per_day, horizon = slots_per_day(timeline), timeline.scenario.time.horizon
    day, gate = slot // per_day * per_day, slot // horizon * horizon
    return min(day, gate), min(max(day + per_day, gate + horizon), timeline.slots_in_all)


def _draw_delivered(
    axes: Axes, timeline: Timeline, slots: slice, edges: Floats, home: int, sees: bool
) -> None:
    """What was delivered: fills, and readings where they are seen."""
    fills = timeline.fill_wh[home, slots] / WH_PER_KWH
    edges_so_far = edges[: len(fills) + 1]
    bars = axes.stairs(fills, edges_so_far, fill=True, facecolor=TRADED, linewidth=0, label="traded")
    bars.set(edgecolor=GREEN, hatch="//")
    if sees:
        _line(axes, timeline.net_wh[home, slots], edges, BLACK, 1.4, "actual (private)")


def _draw_orders(axes: Axes, timeline: Timeline, slots: slice, edges: Floats, home: int, sees: bool) -> None:
    """What was ordered until the end of the gate; where the home expected something else, that too."""
    ordered_wh, forecast_wh = timeline.quantity_wh[home, slots], timeline.forecast_wh[home, slots]
    if not sees or np.array_equal(ordered_wh, forecast_wh):
        _line(axes, ordered_wh, edges, BLUE, 2.2, "forecast, as ordered")
        return
    _line(axes, ordered_wh, edges, BLUE, 2.2, "ordered")
    _line(axes, forecast_wh, edges, ORANGE, 1.6, "forecast (private)", (0, (4, 1.5)))


def _line(axes: Axes, wh: Ints, edges: Floats, color: str, width: float, label: str, dash: Any = "-") -> None:
    line = axes.stairs(wh / WH_PER_KWH, edges[: len(wh) + 1], baseline=None, color=color, label=label)
    line.set(linewidth=width, linestyle=dash)


def _title(timeline: Timeline, slot: int, home: int, sees: bool) -> str:
    name, ordered_wh = title_name(timeline.homes, home), int(timeline.quantity_wh[home, slot])
    if sees:
        forecast_wh, net_wh = int(timeline.forecast_wh[home, slot]), int(timeline.net_wh[home, slot])
        expected, came = ("spare" if forecast_wh < 0 else "need"), ("spared" if net_wh < 0 else "needed")
        return f"{name} expected to {expected} {_kwh(forecast_wh)} and {came} {_kwh(net_wh)}"
    if not ordered_wh:
        return f"{name} sent no order"
    will, did = ("sell", "sold") if ordered_wh < 0 else ("buy", "bought")
    return f"{name} ordered to {will} {_kwh(ordered_wh)} and {did} {_kwh(int(timeline.fill_wh[home, slot]))}"


def _kwh(wh: int) -> str:
    return f"{kwh(abs(wh)):.2f} kWh"


def _subtitle(timeline: Timeline, slot: int, home: int, sees: bool) -> str:
    whose = "its readings are its own" if sees else "its readings are private; this is public"
    note = "" if timeline.note[home] == AS_MEASURED else f"{shortened(timeline.note[home], MOST_NOTE)}; "
    return f"{date(timeline, slot)}, {hours(timeline, slot)}: {note}{whose}"
