"""What homes have paid so far, with the market and without."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.arrays import Ints
from sim.outputs.figures.bills import draw_bills, draw_savings, saving_label
from sim.outputs.figures.style import BLACK, GREY, PALE, house_style
from sim.page.perspective import Perspective
from sim.page.timeline import Timeline
from sim.page.views.card import card, date, names, slots_per_day, title_name
from sim.page.views.svg import hover
from sim.runtime.wording import counted, money
from sim.units import NANO

MOST_ROWS = 16


def bills(timeline: Timeline, slot: int, perspective: Perspective) -> Figure:
    """Bills of the homes that the perspective sees, up to and with a slot; the others are said to be private.

    Of more than 16 homes, savings alone. Nothing here is made from the readings of a home that is not seen.
    """
    in_all = len(timeline.homes)
    seen = np.flatnonzero([perspective.sees(row) for row in range(in_all)])
    homes = _so_far(timeline, slot, seen)
    with house_style():
        figure = card(_title(timeline, seen, homes), _subtitle(timeline, slot, homes))
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


def _title(timeline: Timeline, seen: Ints, homes: pd.DataFrame) -> str:
    if homes.empty:
        return "Bills are private: they are made from readings"
    saving, everybody = int(homes["saving_nano"].sum()), len(homes) == len(timeline.homes)
    who = f"the {len(homes)} homes together" if everybody else title_name(timeline.homes, seen[0])
    return f"The market has {'saved' if saving >= 0 else 'cost'} {who} {money(abs(saving))} so far"


def _subtitle(timeline: Timeline, slot: int, homes: pd.DataFrame) -> str:
    hidden = len(timeline.homes) - len(homes)
    if homes.empty:
        return "Public are orders, fills, prices and, after each gate, the meter's totals"
    bill, without = (money(int(homes[name].sum())) for name in ("bill_nano", "bill_grid_only_nano"))
    until = f"until {date(timeline, slot)}, {timeline.time_of(slot + 1):%H:%M}"
    sums = f"{until}: bill{'s' * (len(homes) > 1)} {bill}, without the market {without}"
    return f"{sums}; {counted(hidden, 'home')} private" if hidden else sums


def _rows(axes: Axes, timeline: Timeline, slot: int, seen: Ints, homes: pd.DataFrame) -> None:
    """One row per home, in the timeline's order; a hatched one where the bill is private."""
    for row in sorted(set(range(len(timeline.homes))) - set(seen.tolist())):
        axes.axhspan(row - 0.35, row + 0.35, facecolor=PALE, edgecolor=GREY, hatch="///", linewidth=0)
        _write(axes, 0.5, row, "private", BLACK)
    if len(seen):
        draw_bills(axes, seen, homes)
        _saving_column(axes, seen, homes)
        day_end = _day_end(timeline, slot)
        both = [bill[seen, :day_end].cumsum(axis=1) for bill in (timeline.bill, timeline.bill_without)]
        axes.set_xlim(*_span(np.stack(both)))
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
        axes.set_ylim(*_span(saving))
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


def _span(nano: Ints) -> tuple[float, float]:
    """Ends of an axis in $ that shows 0 and all of these."""
    low, high = min(0, nano.min()) / NANO, max(0, nano.max()) / NANO
    room = 0.06 * (high - low) or 0.05
    return low - room, high + room
