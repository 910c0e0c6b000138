"""The drawn views."""

import solara
from matplotlib.figure import Figure

from sim.page.eyes import Perspective
from sim.page.panels.markup import Markup
from sim.page.story import Story
from sim.page.views.bills import bills
from sim.page.views.forecast_and_actual import forecast_and_actual
from sim.page.views.neighbourhood import neighbourhood
from sim.page.views.prices_and_volumes import prices_and_volumes
from sim.page.views.supply_and_demand import supply_and_demand
from sim.page.views.svg import svg


@solara.component
def Drawn(figure: Figure, wide: bool = False) -> None:
    """A figure on a card; a wide one leaves room for those above it."""
    Markup(svg(figure), "zk-card zk-wide" if wide else "zk-card")


@solara.component
def MarketViews(story: Story, slot: int) -> None:
    """What clears, where it flows, and how price and volume went so far."""
    with solara.Columns([1, 1]):
        Drawn(supply_and_demand(story, slot))
        Drawn(neighbourhood(story, slot))
    Drawn(prices_and_volumes(story, slot), wide=True)


@solara.component
def HomeViews(story: Story, slot: int, perspective: Perspective) -> None:
    """Every home's bill, and one home's forecast."""
    with solara.Columns([1, 1]):
        Drawn(bills(story, slot, perspective))
        Drawn(forecast_and_actual(story, slot, perspective))
