"""Take over a home: pick one, name its limits gate by gate, and see its bill beside its own strategy's."""

from collections.abc import Callable

import numpy as np
import solara

from sim.arrays import Ints
from sim.page.html import Html, html, joined, table
from sim.page.panels.markup import Markup
from sim.page.panels.time_bar import HomeSelect
from sim.page.run_state import Run, RunState
from sim.page.taken_over import Answer, Asked, TakenOver, limits_from, why_not
from sim.page.timeline import Timeline
from sim.page.views.card import svg
from sim.page.views.taken_over import bills_so_far
from sim.runtime.wording import money, price
from sim.units import dollars_per_kwh, kwh

HOW = html(
    "The same run begins anew, and waits at every gate for the limits of this home, in place of those of its "
    "strategy. <b>Quantities stay its forecasts</b>, and are proved as ever; all other homes order by their "
    "own strategies."
)
BESIDE = html(
    "What its strategy would have paid comes from the same market held once more from the first gate on, off "
    "the chain, with no limits named here; other homes that learn have then learned from that market."
)
DIGITS = 3


@solara.component
def TakeOverPanel(
    run: Run,
    state: RunState,
    timeline: Timeline | None,
    home: int,
    choose: Callable[[int], None],
    begin: Callable[[int], None],
) -> None:
    """A home to pick, or the form of the one that was; ``begin`` begins anew with a home (row) taken over."""
    if state.taken:
        Played(run, state.taken, timeline)
    if timeline is None:
        return
    if not run.live:
        Markup("This run is over. To take over a home, open the scenario itself.", "zk-card")
        return
    if state.taken and state.taken.asked:
        return
    cannot = why_not(timeline.scenario)
    with solara.Row(gap="12px", style={"align-items": "center"}):
        HomeSelect(timeline, home, choose)
        solara.Button(
            "take over",
            color="primary",
            disabled=bool(cannot),
            on_click=lambda: begin(home),
            classes=["zk-try"],
        )
    Markup(html("It cannot be: {}.", cannot) if cannot else HOW)


@solara.component
def Played(run: Run, taken: TakenOver, timeline: Timeline | None) -> None:
    """What is asked now, and what has come of the answers so far."""
    if taken.asked:
        Form(run, taken, taken.asked).key(f"{taken.asked.gate}")
    if timeline:
        with solara.Div(classes=["zk-wrap"]):
            Markup(svg(bills_so_far(timeline, taken)), "zk-card zk-pair")
            Markup(gates_table(timeline, taken), "zk-card")
        Markup(BESIDE, "zk-cost")


@solara.component
def Form(run: Run, taken: TakenOver, asked: Asked) -> None:
    """Fields for the limits of one gate, of the sides that the home orders on."""
    buy, set_buy = solara.use_state(f"{dollars_per_kwh(_last(taken, 0, asked.value)):.3f}")
    sell, set_sell = solara.use_state(f"{dollars_per_kwh(_last(taken, 1, asked.cost)):.3f}")
    read = limits_from(buy, sell, asked)
    with solara.Column(gap="4px", classes=["zk-card"]):
        Markup(question(taken, asked))
        with solara.Row(gap="12px", classes=["zk-limits"]):
            if asked.wh(1):
                solara.InputText("buy at most, $/kWh", value=buy, on_value=set_buy, continuous_update=True)
            if asked.wh(-1):
                solara.InputText(
                    "sell at least, $/kWh", value=sell, on_value=set_sell, continuous_update=True
                )
            solara.Button(
                "order",
                color="primary",
                disabled=isinstance(read, str),
                on_click=lambda: run.answer(read) if isinstance(read, Answer) else None,
                classes=["zk-order"],
            )
            solara.Button("hand back", outlined=True, on_click=lambda: run.answer(Answer(asked.gate, None)))
        if isinstance(read, str):
            solara.Error(read, dense=True)


def _last(taken: TakenOver, side: int, otherwise: int) -> int:
    """The limit named last for a side; before the first, what energy is worth to the home."""
    return next((each.limits[side] for each in reversed(taken.decided) if each.limits), otherwise)


def question(taken: TakenOver, asked: Asked) -> Html:
    """What the home orders at a gate, and what a kWh is worth to it."""
    sides = [
        html("{} <b>{:,.2f} kWh</b>", word, kwh(wh))
        for word, wh in (("buy", asked.wh(1)), ("sell", asked.wh(-1)))
        if wh
    ]
    return html(
        "<h3>Gate {}, {:%a %H:%M} to {:%H:%M}: at what limits does {} order?</h3>Its forecast is to {}. "
        "Outside the market a kWh costs it {} and brings it {}.",
        asked.gate + 1,
        asked.begins,
        asked.ends,
        taken.name,
        joined(sides, " and to ") if sides else "buy and sell nothing",
        price(asked.value),
        price(asked.cost),
    )


def gates_table(timeline: Timeline, taken: TakenOver) -> Html:
    """By gate: what was named, what was traded, and both bills."""
    horizon = timeline.scenario.time.horizon
    named = {each.gate: each.limits for each in taken.decided}
    rows = []
    for gate in range(timeline.slots // horizon):
        slots = slice(gate * horizon, (gate + 1) * horizon)
        quantity_wh, fill_wh = timeline.quantity_wh[taken.row, slots], timeline.fill_wh[taken.row, slots]
        limits = _limits(named.get(gate), quantity_wh)
        traded = [f"{kwh(_side(fill_wh, side)):.2f}" for side in (1, -1)]
        rows.append([gate + 1, *limits, *traded, *_bills(timeline, taken, slots)])
    total = ["all", "", "", "", "", *_bills(timeline, taken, slice(timeline.slots))]
    head = ["gate", "buys at", "sells at", "bought", "sold", "bill", f"by {taken.strategy}", "gain"]
    return html(
        "<h3>{}, gate by gate: $/kWh, kWh, $</h3>{}",
        taken.name,
        table(head, [*rows, [html("<b>{}</b>", cell) for cell in total]]),
    )


def _limits(limits: tuple[int, int] | None, quantity_wh: Ints) -> list[str]:
    """A limit for each side that the home ordered on."""
    if limits is None:
        return ["its own", "its own"]
    return [
        f"{dollars_per_kwh(limit):.3f}" if _side(quantity_wh, side) else "-"
        for limit, side in zip(limits, (1, -1), strict=True)
    ]


def _side(wh: Ints, side: int) -> int:
    return int(np.maximum(side * wh, 0).sum())


def _bills(timeline: Timeline, taken: TakenOver, slots: slice) -> list[str]:
    """The bill, that with its own strategy, and what the limits gained; to a tenth of a cent."""
    bill, own = (int(each[slots].sum()) for each in taken.bills(timeline))
    return [money(bill, DIGITS), money(own, DIGITS), money(own - bill, DIGITS, signed=True)]
