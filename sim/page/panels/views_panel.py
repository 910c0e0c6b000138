"""The drawn views."""

import numpy as np
import solara
from matplotlib.figure import Figure

from sim.page.eyes import Perspective
from sim.page.panels.markup import Markup, text
from sim.page.story import Story
from sim.page.views.bills import bills
from sim.page.views.forecast_and_actual import forecast_and_actual
from sim.page.views.neighbourhood import neighbourhood
from sim.page.views.prices_and_volumes import prices_and_volumes
from sim.page.views.supply_and_demand import supply_and_demand
from sim.page.views.svg import svg


@solara.component
def Drawn(figure: Figure, kind: str = "") -> None:
    """A figure on a card, of a kind that the style sheet knows."""
    Markup(svg(figure), f"zk-card {kind}")


@solara.component
def MarketViews(story: Story, slot: int) -> None:
    """What clears, where it flows, and how price and volume went so far."""
    with solara.Columns([1, 1]):
        Drawn(supply_and_demand(story, slot), "zk-pair")
        Drawn(neighbourhood(story, slot), "zk-pair")
    Drawn(prices_and_volumes(story, slot), "zk-wide")


@solara.component
def HomeViews(story: Story, slot: int, perspective: Perspective, leak_share: float | None) -> None:
    """Every home's bill, one home's forecast, and what of it all can be worked out from outside."""
    with solara.Columns([1, 1]):
        Drawn(bills(story, slot, perspective))
        Drawn(forecast_and_actual(story, slot, perspective))
    Markup(" ".join((errors(story, slot, perspective), leak(leak_share))), "zk-card")


def errors(story: Story, slot: int, perspective: Perspective) -> str:
    """How wrong forecasts were so far, of the homes that are seen."""
    seen = [row for row in range(len(story.homes)) if perspective.sees(row)]
    if not seen:
        return "How wrong forecasts are only the homes know."
    so_far = slice(slot + 1)
    wrong_wh = np.abs(story.forecast_wh[seen, so_far] - story.net_wh[seen, so_far]).mean()
    whose = text(story.homes[seen[0]]) if len(seen) == 1 else "all homes"
    return f"So far the forecasts of {whose} miss by <b>{wrong_wh:,.0f} Wh</b> a slot on average (private)."


def leak(share: float | None) -> str:
    """How private what stays private is."""
    if share is None:
        return "What the neighbours can work out is measured when all gates are cleared."
    return (
        f"Whoever knows all that is public can work out at least <b>{100 * share:.0f} %</b> of the readings' "
        "variance beyond what averages tell (<code>leak_share</code>, of this run with this model)."
    )
