"""Two mechanisms side by side on the same orders: what each makes of a slot, and of the market so far."""

from functools import lru_cache

import numpy as np
import solara

from sim.errors import SimulationError
from sim.market.mechanisms.rounds import InRounds
from sim.page.comparison import Gains, Side, cleared_by, gains_in, mechanism_of, others, side_of
from sim.page.html import Html, html, joined, table
from sim.page.panels.markup import Markup
from sim.page.timeline import Perspective, Timeline
from sim.page.views.card import names, svg
from sim.page.views.market import supply_and_demand
from sim.runtime.wording import money, price
from sim.units import kwh

MOST_LETTERS = 8
"""Of a home's name in a list of who trades."""


@solara.component
def ComparisonPanel(timeline: Timeline, slot: int, perspective: Perspective) -> None:
    """The run's mechanism beside one that is chosen."""
    choices = others(timeline)
    chosen, choose = solara.use_state(choices[0])
    if timeline.sealed and not perspective.knows_all:
        Markup(SEALED, "zk-card")
        return
    with solara.Row(gap="12px", classes=["zk-viewer"]):
        wide = {"width": f"calc({max(map(len, choices))}ch + 44px)", "flex": "none"}
        solara.Select("compare with", values=choices, value=chosen, on_value=choose, style=wide)
        Markup(about(timeline, chosen), "zk-cost")
    try:
        other = clearings(timeline, chosen)
    except (SimulationError, OverflowError, ValueError) as error:
        solara.Error(str(error), dense=True)
        return
    both = {timeline.scenario.market.mechanism: timeline, chosen: other}
    with solara.Columns([1, 1]):
        for name, each in both.items():
            Markup(html("<h3>{}</h3>{}", name, svg(supply_and_demand(each, slot))), "zk-card zk-pair")
    with solara.Div(classes=["zk-wrap"]):
        Markup(clearings_table(both, slot), "zk-card")
        Markup(bills_table(both, slot, perspective), "zk-card")


SEALED = html(
    "Orders are sealed, so that nobody outside can clear them by another rule. Show <b>everything</b> to "
    "compare rules as the simulator can."
)
SAME = (
    "The same orders, those of this run, are cleared by both; had its rule been the other, homes might have "
    "ordered otherwise."
)


def about(timeline: Timeline, chosen: str) -> Html:
    """What the chosen mechanism does, and which orders are compared."""
    run, other = (mechanism_of(timeline, name) for name in (timeline.scenario.market.mechanism, chosen))
    limits = ""
    if not run.asks_limits:
        limits = f"Under {run.name} homes name no limits: those stand at the tariffs."
    elif not other.asks_limits:
        limits = f"{chosen} asks for no limits, and takes the quantities alone."
    elif isinstance(run, InRounds):
        limits = "Of the limits that a home named in several rounds the one that asks for least stands."
    return html("<b>{}</b>: {}. {} {}", chosen, other.meaning, SAME, limits)


@lru_cache(maxsize=8)
def clearings(timeline: Timeline, name: str) -> Timeline:
    """The run's orders cleared by another mechanism.

    Raises SimulationError where it makes no clearing, OverflowError where bills or gains would not be exact.
    """
    made = cleared_by(timeline, name)
    _ = made.bill, *(gains_in(each, slice(timeline.slots)) for each in (timeline, made))
    return made


def clearings_table(both: dict[str, Timeline], slot: int) -> Html:
    """A slot, and all slots so far, under each mechanism: all of it is public."""
    here = [gains_in(each, slice(slot, slot + 1)) for each in both.values()]
    so_far = [gains_in(each, slice(slot + 1)) for each in both.values()]
    sides = {side: [side_of(each, slot, side) for each in both.values()] for side in (1, -1)}
    short = names(next(iter(both.values())).homes, MOST_LETTERS)
    rows: list[list[object]] = [
        ["buyers pay", *map(_prices, sides[1]), "", ""],
        ["sellers get", *map(_prices, sides[-1]), "", ""],
        ["buy", *_traders(sides[1], short), "", ""],
        ["sell", *_traders(sides[-1], short), "", ""],
        ["traded", *(f"{kwh(each.traded_wh):,.2f} kWh" for each in (*here, *so_far))],
        ["buyers gain", *(money(each.buyers, 3) for each in (*here, *so_far))],
        ["sellers gain", *(money(each.sellers, 3) for each in (*here, *so_far))],
        ["left to the utility", *(money(each.utility, 3) for each in (*here, *so_far))],
        ["together", *(html("<b>{}</b>", _together(each)) for each in (*here, *so_far))],
    ]
    columns = [*both, *(f"{name}, so far" for name in both)]
    note = (
        "Gains here are against the tariffs, if all that is traded is delivered; in brackets is their share "
        "of the most that these quantities could gain. Shaded above are gains over the limits."
    )
    return html("<h3>this slot, and all slots so far</h3>{}<p>{}</p>", table(["", *columns], rows), note)


def _prices(side: Side) -> str:
    if not side.rows:
        return "-"
    if price(side.lowest) == price(side.highest):
        return price(side.lowest)
    return f"{price(side.lowest).removesuffix('/kWh')} to {price(side.highest)}"


def _traders(sides: list[Side], short: list[str]) -> list[Html]:
    """Names of who trades under either mechanism; bold who does under one alone."""
    everywhere = set(sides[0].rows) & set(sides[1].rows)
    return [
        joined(
            (short[row] if row in everywhere else html("<b>{}</b>", short[row]) for row in side.rows), ", "
        )
        or html("nobody")
        for side in sides
    ]


def _together(gains: Gains) -> str:
    share = "" if gains.share is None else f" ({100 * gains.share:.0f} %)"
    return f"{money(gains.together, 3)}{share}"


def bills_table(both: dict[str, Timeline], slot: int, perspective: Perspective) -> Html:
    """Each home's bill so far under each mechanism, of the homes that are seen."""
    run, other = both.values()
    seen = [row for row in range(len(run.homes)) if perspective.sees(row)]
    if not seen:
        return html("<h3>bills so far</h3><p>Bills are private: they are made from readings.</p>")
    bills = np.array([each.bill[seen, : slot + 1].sum(axis=1) for each in (run, other)])
    rows = [[run.homes[row], *_bills(*bills[:, at].tolist())] for at, row in enumerate(seen)]
    total = ["all homes", *_bills(*bills.sum(axis=1).tolist())]
    whole = [[html("<b>{}</b>", cell) for cell in total]] if len(seen) == len(run.homes) else []
    head = ["home", *both, "difference"]
    hidden = len(run.homes) - len(seen)
    note = html("<p>{} more are private.</p>", hidden) if hidden else ""
    return html("<h3>bills so far (private)</h3>{}{}", table(head, [*rows, *whole]), note)


def _bills(run: int, other: int) -> list[str]:
    return [money(run, 3), money(other, 3), money(other - run, 3, signed=True)]
