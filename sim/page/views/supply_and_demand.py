"""Supply and demand in a slot, and where they meet."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.typing import ColorType

from sim.outputs.figures.market import curves, draw_market, gains_nano, right_end
from sim.outputs.figures.style import house_style, say
from sim.page.timeline import Timeline
from sim.page.views.card import card, date, hours
from sim.page.views.slot_rows import order_rows, slot_rows
from sim.runtime.wording import counted, price
from sim.simulation.feasibility import tariffs_of
from sim.units import dollars_per_kwh, kwh


def supply_and_demand(timeline: Timeline, slot: int) -> Figure:
    """Step curves of all orders of a slot, both tariffs, the price, and what both sides gain by it."""
    row, orders = slot_rows(timeline, slot, slot + 1, slot).iloc[0], order_rows(timeline, slot)
    with house_style():
        figure = card(_title(timeline, row), _subtitle(timeline, row, orders))
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
            draw_market(axes, demand, supply, row, gains_nano(row, orders), top)
            _hatch_on_white(axes)
            axes.set_xlim(0, right_end(demand, supply, row))
            axes.legend(loc="lower left", bbox_to_anchor=(-0.12, 0.99), ncols=3)
    return figure


def top_price(timeline: Timeline) -> float:
    """Upper end of the price axis in $/kWh, above all tariffs of the run and its orders so far."""
    retail = tariffs_of(timeline.scenario, timeline.homes, timeline.slot_s).retail
    return 1.1 * dollars_per_kwh(int(max(retail.max(), timeline.limit_price.max())))


def _hatch_on_white(axes: Axes) -> None:
    """Give hatched areas the opaque colours they would have on white: in SVG a hatch shares its area's."""
    for patch in axes.patches:
        if patch.get_hatch():
            patch.set_facecolor(_on_white(patch.get_facecolor()))
            patch.set_edgecolor(_on_white(patch.get_edgecolor()))


def _on_white(color: ColorType) -> tuple[float, float, float]:
    red, green, blue, alpha = to_rgba(color)
    return 1 - alpha * (1 - red), 1 - alpha * (1 - green), 1 - alpha * (1 - blue)


def _title(timeline: Timeline, row: pd.Series) -> str:
    when = hours(timeline, int(row["slot"]))
    if not row["traded_wh"]:
        return f"{when}: no energy changed hands"
    return f"{when}: {kwh(row['traded_wh']):,.1f} kWh changed hands at {price(row['price_nano_per_wh'])}"


def _subtitle(timeline: Timeline, row: pd.Series, orders: pd.DataFrame) -> str:
    sides = orders["side"].value_counts()
    bids = f"{counted(sides.get('buy', 0), 'bid')} for {kwh(row['bid_wh']):,.1f} kWh"
    asks = f"{counted(sides.get('sell', 0), 'ask')} for {kwh(row['ask_wh']):,.1f} kWh"
    return f"{date(timeline, int(row['slot']))}: {bids}, {asks}"
