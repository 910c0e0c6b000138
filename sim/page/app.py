"""The teaching page, as the server imports it: ``Page`` is one tab of a browser."""

import time
from collections.abc import Callable
from pathlib import Path
from threading import Event

import solara

from sim.page import opened as openings
from sim.page.opened import Opened
from sim.page.panels.chain_panel import ChainPanel
from sim.page.panels.cheat_panel import CheatPanel
from sim.page.panels.comparison_panel import ComparisonPanel
from sim.page.panels.markup import Markup
from sim.page.panels.sidebar import Sidebar
from sim.page.panels.take_over_panel import TakeOverPanel
from sim.page.panels.time_bar import Eyeglass, TimeBar
from sim.page.panels.views_panel import HomeViews, MarketViews
from sim.page.run_state import RunState, SlotCursor
from sim.page.timeline import Perspective, Timeline, Viewer

TABS = {
    "market": "all of this is public",
    "homes": "orders are public; readings and bills are the home's own",
    "compare": "clearings are public; bills are the home's own",
    "take over": "the home's own",
    "proofs and chain": "all but attacks' names and proving times is public",
    "try to cheat": "",
}
"""The tabs, and what of each is public."""
OF_SEALED = {
    "market": "the total and the price are public; orders are sealed",
    "homes": "bills are public once they are posted; all else is the home's own",
    "compare": "orders are sealed: nothing of this is public",
}
MARKET, HOMES, COMPARE, TAKE_OVER, CHAIN, CHEAT = range(len(TABS))
STYLE = Path(__file__).with_name("style.css")
_LOOK_S = 0.2
"""How often a tab looks whether its run has come on."""


@solara.component
def Page() -> None:
    """A tab: its own run, its own place in it."""
    if openings.at_start is None:
        solara.Error("the page is started with: zkpet page SCENARIO.toml")
        return
    opened = solara.use_reactive(openings.at_start)
    solara.Style(STYLE)
    solara.Title("zkpet")
    # Not the reactive itself: Tab would render again by itself, and its new key would not be seen.
    Tab(opened.value, opened.set).key(f"{id(opened.value)}")


@solara.component
def Tab(shown: Opened, show: Callable[[Opened], None]) -> None:
    """One thing that was opened; ``show`` opens another."""
    cursor = solara.use_reactive(solara.use_memo(lambda: SlotCursor(shown.begin(shown.scenario)), []))
    tab = solara.use_reactive(0)
    perspective = solara.use_reactive(Perspective(Viewer.EVERYTHING, 0))
    moves, set_moves = solara.use_state(0)

    def moved() -> None:
        """Show everything anew at the slot shown now."""
        set_moves(lambda moves: moves + 1)

    with solara.AppBar():
        solara.AppBarTitle(f"zkpet: {shown.scenario.name}")
    Sidebar(shown, show, cursor, cursor.value.running, moved)

    def take_over(row: int) -> None:
        if timeline := cursor.value.timeline:
            cursor.set(SlotCursor(shown.begin(timeline.scenario, row)))

    Views(cursor.value, moves, tab, perspective, moved, take_over).key(f"{id(cursor.value)}")


@solara.component
def Views(
    cursor: SlotCursor,
    moves: int,
    tab: solara.Reactive[int],
    perspective: solara.Reactive[Perspective],
    moved: Callable[[], None],
    take_over: Callable[[int], None],
) -> None:
    """Everything that changes with the run and the slot.

    moves: counts changes of the slot shown; take_over: begins the run anew with a home (row) taken over
    """
    del moves
    state, set_state = solara.use_state(cursor.run.state)

    def follow(gone: Event) -> None:
        """Tell the page whenever the run has come on."""
        told = state
        while not gone.is_set():
            now = cursor.run.state
            if now is not told:
                told = now
                set_state(now)
            time.sleep(_LOOK_S)

    def go(slot: int) -> None:
        cursor.go(slot)
        moved()

    solara.use_thread(follow, dependencies=[], intrusive_cancel=False)
    solara.use_effect(lambda: cursor.run.stop, [])
    with solara.Column(gap="6px", classes=["zk-main"]):
        TimeBar(cursor, cursor.slot, state, go)
        if state.timeline:
            slot = min(cursor.slot, state.timeline.slots - 1)
            Shown(cursor, state, state.timeline, slot, tab, perspective, take_over)
        elif state.taken:
            TakeOverPanel(cursor.run, state, None, 0, lambda _: None, take_over)


@solara.component
def Shown(
    cursor: SlotCursor,
    state: RunState,
    timeline: Timeline,
    slot: int,
    tab: solara.Reactive[int],
    perspective: solara.Reactive[Perspective],
    take_over: Callable[[int], None],
) -> None:
    """The tab that is chosen."""

    def choose(row: int) -> None:
        perspective.set(Perspective(viewer.viewer, row))

    viewer = Perspective(perspective.value.viewer, min(perspective.value.home, len(timeline.homes) - 1))
    with solara.Row(gap="12px", classes=["zk-views"]):
        with solara.v.Tabs(v_model=tab.value, on_v_model=tab.set, class_="zk-tabs"):
            for name in TABS:
                solara.v.Tab(children=[name])
        public = TABS | OF_SEALED if timeline.sealed else TABS
        Markup(list(public.values())[tab.value], "zk-public")
        if tab.value not in (TAKE_OVER, CHEAT):  # which have a choice of homes of their own
            Eyeglass(timeline, viewer, perspective.set)
    if tab.value == MARKET:
        MarketViews(timeline, slot, viewer)
    elif tab.value == HOMES:
        HomeViews(timeline, slot, viewer, state.leak_share)
    elif tab.value == COMPARE:
        ComparisonPanel(timeline, slot, viewer)
    elif tab.value == TAKE_OVER:
        TakeOverPanel(cursor.run, state, timeline, viewer.home, choose, take_over)
    elif tab.value == CHAIN:
        ChainPanel(state, timeline, slot, viewer.knows_all)
    else:
        CheatPanel(cursor, state, slot, viewer.home, choose)
