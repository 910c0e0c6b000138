"""What the home that somebody decides for has paid, beside what its own strategy would have."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.arrays import Ints
from sim.outputs.figures.style import BLACK, BLUE, GREY, ORANGE, house_style
from sim.outputs.figures.time_axis import slot_edges, time_axis
from sim.page.taken_over import TakenOver
from sim.page.timeline import Timeline
from sim.page.views.card import card, title_name
from sim.runtime.wording import money
from sim.units import NANO


def bills_so_far(timeline: Timeline, taken: TakenOver) -> Figure:
    """The home's bill, summed from the first slot on: as it is, with its strategy, and without the market."""
    bill, own = taken.bills(timeline)
    starts = pd.Series([timeline.time_of(slot) for slot in range(timeline.slots_in_all)])
    lines = (
        (timeline.bill_without[taken.row], "without the market", GREY, ":", 1.6),
        (own, f"with its strategy, {taken.strategy}", ORANGE, (0, (4, 1.5)), 2.0),
        (bill, "with the limits named here", BLACK, "-", 2.0),
    )
    with house_style():
        figure = card(_title(timeline, taken, int(bill.sum()), int(own.sum())), _subtitle(timeline))
        figure.subplots_adjust(left=0.115, right=0.935, bottom=0.185, top=0.78)
        axes = figure.subplots()
        for values, label, color, dash, width in lines:
            line = axes.stairs(_sums(values), slot_edges(starts)[: len(values) + 1], baseline=None)
            line.set(color=color, linestyle=dash, linewidth=width, label=label)
        axes.axhline(0, color=BLUE, linewidth=0.6)
        axes.set_ylabel("bill so far ($)")
        time_axis(axes, starts, most_ticks=9)
        axes.xaxis.labelpad = 0
        axes.legend(loc="lower left", bbox_to_anchor=(-0.12, 0.98), ncols=3, columnspacing=1.2)
    return figure


def _sums(values: Ints) -> np.ndarray:
    return np.cumsum(values) / NANO


def _title(timeline: Timeline, taken: TakenOver, bill: int, own: int) -> str:
    name = title_name(timeline.homes, taken.row)
    paid = f"has paid {money(bill)}" if bill >= 0 else f"has earned {money(-bill)}"
    if money(bill) == money(own):
        return f"{name} {paid} so far, as with its strategy"
    more = "more" if (bill > own) == (bill >= 0) else "less"
    return f"{name} {paid} so far, {money(abs(bill - own))} {more} than with its strategy"


def _subtitle(timeline: Timeline) -> str:
    return f"Of {timeline.slots:,} of {timeline.slots_in_all:,} slots, from readings; the home's own"
