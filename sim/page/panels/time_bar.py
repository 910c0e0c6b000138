"""The line above the views: what is under way, which slot is shown, and for whom."""

from collections.abc import Callable

import solara

from sim.page.html import html
from sim.page.panels.markup import Markup
from sim.page.run_state import RunState, SlotCursor
from sim.page.taken_over import TakenOver
from sim.page.timeline import Perspective, Timeline, Viewer
from sim.runtime.wording import counted

WORK = {
    "training": "training the forecasters",
    "circuits": "setting up circuits",
    "market": "the market is open",
    "privacy": "measuring what the homes give away",
}


@solara.component
def TimeBar(cursor: SlotCursor, slot: int, state: RunState, go: Callable[[int], None]) -> None:
    """Slot slider, status and stop button."""
    with solara.Row(gap="12px", classes=["zk-time"]):
        if state.timeline:
            Markup(html("<b>{}</b>", slot_label(state.timeline, slot)), "zk-when")
            most = max(state.timeline.slots - 1, 1)
            solara.SliderInt("", value=slot, min=0, max=most, thumb_label=False, on_value=go)
        Markup(status(state), "zk-status")
        if state.work:
            solara.Button("stop", on_click=cursor.run.stop, outlined=True, small=True, classes=["zk-stop"])
    if state.problem:
        solara.Error(state.problem, dense=True)
    if state.taken and (said := warning(state.taken)):
        solara.Warning(said, dense=True)
    for notice in state.notices:
        solara.Warning(notice, dense=True)


def slot_label(timeline: Timeline, slot: int) -> str:
    """Which slot is shown, and when it is."""
    begins, ends = timeline.time_of(slot), timeline.time_of(slot + 1)
    day = f"{begins:%a} {begins.day} {begins:%b %Y}"
    return f"{day}, {begins:%H:%M} to {ends:%H:%M}, slot {slot + 1} of {timeline.slots_in_all}"


def status(state: RunState) -> str:
    """One line on where the run is."""
    if state.stopped:
        return "stopped; what was cleared can still be walked through"
    if state.problem:
        return "the run could not go on"
    if state.finished:
        return "all gates are cleared"
    if state.taken and state.taken.asked:
        return f"the market waits for the limits of {state.taken.name} at gate {state.taken.asked.gate + 1}"
    if state.work is None:
        return "starting …"
    work = state.work
    cleared = f", {counted(state.timeline.slots, 'slot')} cleared" if state.timeline else ""
    done = f": {work.done} of {work.total} {work.unit}" if work.total > 1 else ""
    return f"{WORK.get(work.name, work.name)}{done}{cleared}"


def warning(taken: TakenOver) -> str:
    """That a run is not the scenario's; nothing where no limit has been named."""
    gates = [each.gate + 1 for each in taken.decided]
    if not gates:
        return ""
    which = f"gate {gates[0]}" if len(gates) == 1 else f"gates {gates[0]} to {gates[-1]}"
    return (
        f"This run is not the scenario's: {taken.name} ordered at limits named here at {which}. "
        "Reset begins the scenario's own."
    )


@solara.component
def Eyeglass(timeline: Timeline, now: Perspective, change: Callable[[Perspective], None]) -> None:
    """Who looks, and at which home."""
    with solara.Row(gap="12px", classes=["zk-viewer"]):
        solara.Select(
            "show",
            values=[viewer.value for viewer in Viewer],
            value=now.viewer.value,
            on_value=lambda value: change(Perspective(Viewer(value), now.home)),
        )
        HomeSelect(timeline, now.home, lambda home: change(Perspective(now.viewer, home)))


@solara.component
def HomeSelect(timeline: Timeline, home: int, choose: Callable[[int], None]) -> None:
    """Chooses a home (row); as wide as the longest name, so that none is cut."""
    labels = timeline.labels
    solara.Select(
        "home",
        values=list(labels),
        value=labels[min(home, len(labels) - 1)],
        on_value=lambda label: choose(labels.index(label)),
        style={"width": f"calc({max(map(len, labels))}ch + 44px)"},
    )
