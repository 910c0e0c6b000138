"""What a home expected of the day, what it traded, and what it really took."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.arrays import Floats, Ints
from sim.outputs.figures.style import BLACK, BLUE, GREEN, GREY, ORANGE, PALE, house_style, shortened
from sim.outputs.figures.time_axis import slot_edges, time_axis
from sim.page.perspective import Perspective
from sim.page.timeline import AS_MEASURED, Timeline
from sim.page.views.card import card, date, hours, slots_per_day, title_name
from sim.units import WH_PER_KWH, kwh

MOST_NOTE = 34
TRADED = "#B0E0D2"  # light green; opaque, as a hatch in SVG is as transparent as its area


def forecast_and_actual(timeline: Timeline, slot: int, perspective: Perspective) -> Figure:
    """Orders of the day and fills up to a slot, and, where the perspective sees them, the readings."""
    home, sees = perspective.home, perspective.sees(perspective.home)
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
        axes.set_ylim(*_span(timeline, home, sees))
        time_axis(axes, starts, most_ticks=9)
        axes.xaxis.labelpad = 0
        axes.legend(loc="lower left", bbox_to_anchor=(-0.02, 0.98), ncols=4)
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


def _span(timeline: Timeline, home: int, sees: bool) -> tuple[float, float]:
    """Ends of the energy axis in kWh: all that is shown of this home in the run so far."""
    shown_wh = [
        timeline.quantity_wh[home],
        *([timeline.net_wh[home], timeline.forecast_wh[home]] if sees else []),
    ]
    low, high = min(0, *(wh.min() for wh in shown_wh)), max(0, *(wh.max() for wh in shown_wh))
    room = 0.06 * (high - low) or WH_PER_KWH
    return kwh(low - room), kwh(high + room)


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
