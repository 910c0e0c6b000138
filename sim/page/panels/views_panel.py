"""The drawn views."""

import threading
from functools import lru_cache

import numpy as np
import solara

from sim.page.html import Html, html, joined
from sim.page.panels.markup import Markup
from sim.page.timeline import Perspective, Timeline, Viewer
from sim.page.views.card import changes, svg
from sim.page.views.homes import bills, forecast_and_actual
from sim.page.views.market import prices_and_volumes, supply_and_demand
from sim.page.views.neighbourhood import neighbourhood
from sim.page.views.sealed import prices_and_totals, sealed_slot

EVERYBODY = Perspective(Viewer.NEIGHBOURS, 0)
"""Who sees what everybody sees: all of the market, unless orders are sealed."""
_ONE_AT_A_TIME = threading.Lock()


@solara.component
def MarketViews(timeline: Timeline, slot: int, perspective: Perspective) -> None:
    """What clears, where it flows, and how price and volume went so far."""

    def look_ahead() -> None:
        """Draw the next slot while this one is looked at, so that a step only has to show it."""
        if slot + 1 < timeline.slots:
            market_pictures(timeline, slot + 1, perspective)

    curves, homes, so_far = market_pictures(timeline, slot, perspective)
    solara.use_thread(look_ahead, dependencies=[id(timeline), slot], intrusive_cancel=False)
    with solara.Columns([1, 1]):
        Markup(curves, "zk-card zk-pair")
        Markup(homes, "zk-card zk-pair")
    Markup(so_far, "zk-card zk-wide")


def market_pictures(timeline: Timeline, slot: int, perspective: Perspective) -> tuple[Html, Html, Html]:
    """The three pictures of a slot; whoever asks for one that is being drawn waits for it."""
    with _ONE_AT_A_TIME:
        return _market_pictures(timeline, slot, perspective if timeline.sealed else EVERYBODY)


@lru_cache(maxsize=16)
def _market_pictures(timeline: Timeline, slot: int, perspective: Perspective) -> tuple[Html, Html, Html]:
    hidden = timeline.sealed and not perspective.knows_all
    return (
        svg(sealed_slot(timeline, slot) if hidden else supply_and_demand(timeline, slot)),
        svg(neighbourhood(timeline, slot, perspective)),
        svg(prices_and_totals(timeline, slot) if timeline.sealed else prices_and_volumes(timeline, slot)),
    )


@solara.component
def HomeViews(timeline: Timeline, slot: int, perspective: Perspective, leak_share: float | None) -> None:
    """Every home's bill, one home's forecast, and what of it all can be worked out from outside."""
    with solara.Columns([1, 1]):
        Markup(svg(bills(timeline, slot, perspective)), "zk-card")
        Markup(svg(forecast_and_actual(timeline, slot, perspective)), "zk-card")
    told = (changed(timeline), errors(timeline, slot, perspective), leak(leak_share))
    Markup(joined(filter(None, told), " "), "zk-card")


def changed(timeline: Timeline) -> str:
    """What was changed about the homes' data; nothing where nothing was."""
    how = changes(timeline)
    return f"Of the homes: {how}." if how else ""


def errors(timeline: Timeline, slot: int, perspective: Perspective) -> Html:
    """How wrong forecasts were so far, of the homes that are seen."""
    seen = [row for row in range(len(timeline.homes)) if perspective.sees(row)]
    if not seen:
        return html("How wrong forecasts are only the homes know.")
    so_far = slice(slot + 1)
    wrong_wh = np.abs(timeline.forecast_wh[seen, so_far] - timeline.net_wh[seen, so_far]).mean()
    whose = timeline.homes[seen[0]] if len(seen) == 1 else "all homes"
    return html(
        "So far the forecasts of {} miss by <b>{:,.0f} Wh</b> a slot on average (private).", whose, wrong_wh
    )


def leak(share: float | None) -> Html:
    """How private what stays private is."""
    if share is None:
        return html("What the neighbours can work out is measured when all gates are cleared.")
    return html(
        "Whoever knows all that is public can work out at least <b>{:.0f} %</b> of the readings' "
        "variance beyond what averages tell (<code>leak_share</code>, of this run with this model).",
        100 * share,
    )
