"""The teaching page, as the server imports it: ``Page`` is one tab of a browser."""

import time
from collections.abc import Callable
from pathlib import Path
from threading import Event

import solara

from sim.page import opened as openings
from sim.page.eyes import Eyes, Perspective
from sim.page.opened import Opened
from sim.page.panels.chain_panel import ChainPanel
from sim.page.panels.cheat_panel import CheatPanel
from sim.page.panels.markup import Markup
from sim.page.panels.sidebar import Sidebar
from sim.page.panels.time_bar import Eyeglass, TimeBar
from sim.page.panels.views_panel import HomeViews, MarketViews
from sim.page.run_state import RunState
from sim.page.story import Story
from sim.page.walk import Walk

TABS = {
    "market": "all of this is public",
    "homes": "orders are public; readings and bills are the home's own",
    "proofs and chain": "all but attacks' names and proving times is public",
    "try to cheat": "",
}
"""The tabs, and what of each is public."""
CHEAT = len(TABS) - 1
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
    walk = solara.use_reactive(solara.use_memo(lambda: Walk(shown.begin(shown.scenario)), []))
    tab = solara.use_reactive(0)
    perspective = solara.use_reactive(Perspective(Eyes.EVERYTHING, 0))
    moves, set_moves = solara.use_state(0)

    def moved() -> None:
        """Show everything anew where the walk is now."""
        set_moves(lambda moves: moves + 1)

    with solara.AppBar():
        solara.AppBarTitle(f"zkpet: {shown.scenario.name}")
    Sidebar(shown, show, walk, walk.value.running, moved)
    Views(walk.value, moves, tab, perspective, moved).key(f"{id(walk.value)}")


@solara.component
def Views(
    walk: Walk,
    moves: int,
    tab: solara.Reactive[int],
    perspective: solara.Reactive[Perspective],
    moved: Callable[[], None],
) -> None:
    """Everything that changes with the run and the slot; ``moves`` counts where the walk has gone."""
    del moves
    state, set_state = solara.use_state(walk.run.state)

    def follow(gone: Event) -> None:
        """Tell the page whenever the run has come on."""
        told = state
        while not gone.is_set():
            now = walk.run.state
            if now is not told:
                told = now
                set_state(now)
            time.sleep(_LOOK_S)

    def go(slot: int) -> None:
        walk.go(slot)
        moved()

    solara.use_thread(follow, dependencies=[], intrusive_cancel=False)
    solara.use_effect(lambda: walk.run.stop, [])
    with solara.Column(gap="6px", classes=["zk-main"]):
        TimeBar(walk, walk.slot, state, go)
        if state.story:
            Shown(walk, state, state.story, min(walk.slot, state.story.slots - 1), tab, perspective)


@solara.component
def Shown(
    walk: Walk,
    state: RunState,
    story: Story,
    slot: int,
    tab: solara.Reactive[int],
    perspective: solara.Reactive[Perspective],
) -> None:
    """The tab that is chosen."""
    eyes = Perspective(perspective.value.eyes, min(perspective.value.home, len(story.homes) - 1))
    with solara.Row(gap="12px", classes=["zk-views"]):
        with solara.v.Tabs(v_model=tab.value, on_v_model=tab.set, class_="zk-tabs"):
            for name in TABS:
                solara.v.Tab(children=[name])
        Markup(list(TABS.values())[tab.value], "zk-public")
        if tab.value != CHEAT:  # which has a choice of homes of its own
            Eyeglass(story, eyes, perspective.set)
    if tab.value == 0:
        MarketViews(story, slot)
    elif tab.value == 1:
        HomeViews(story, slot, eyes, state.leak_share)
    elif tab.value == 2:
        ChainPanel(state, story, slot, eyes.knows_all)
    else:
        CheatPanel(walk, state, slot, eyes.home, lambda row: perspective.set(Perspective(eyes.eyes, row)))
