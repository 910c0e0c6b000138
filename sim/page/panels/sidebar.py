"""The side of the page: run, step, reset; controls of the next run; a field to open something else."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import solara

from agents.adversaries import home_attacks
from agents.strategies import strategies
from sim.chain.backends import backends
from sim.data.resampling import MAX_SHIFT_DAYS, PV_PER_MILLE
from sim.errors import InputError
from sim.forecast.families import families
from sim.market.mechanisms import mechanisms
from sim.page.controls import DEFAULT_STRATEGY, NOBODY, OPEN, POLICIES, SEALED, Controls, Cost
from sim.page.html import Html, html
from sim.page.opened import NextRun, Opened, open_path
from sim.page.panels.markup import Markup
from sim.page.run_state import Run, SlotCursor
from sim.runtime.wording import counted, noted

PLAY_S = 0.7
Begin = Callable[[], Run | None]
FIRST_CHEATS_PERCENT = 20
FIRST_STRATEGY = "truthful"
"""Whose share the controls offer first, where all homes have another one."""
MOST_HOMES, MOST_DAYS, MOST_CLUSTERS, MOST_WIDTH = 60, 14, 12, 32


@solara.component
def Sidebar(
    shown: Opened,
    show: Callable[[Opened], None],
    cursor: solara.Reactive[SlotCursor],
    running: bool,
    moved: Callable[[], None],
) -> None:
    """Everything beside the views.

    show:    opens something else
    running: whether the run has slots to come; given, as what is given anew is what is drawn anew
    moved:   is told whenever another slot is shown
    """
    if shown.recorded:
        with column(shown):
            RunButtons(cursor, lambda: cursor.value.run, True, running, moved).key(f"{id(cursor.value)}")
            Markup(
                html("A finished run: nothing is computed again. <b>Reset</b> goes back to where it began.")
            )
            Opener(shown, show)
    else:
        Controlled(shown, show, cursor, running, moved)


@contextmanager
def column(shown: Opened) -> Iterator[None]:
    """The side's column: another one with another thing opened, so that nothing in it stays as it was."""
    with solara.Sidebar(), solara.Column(gap="6px", classes=["zk-side"]).key(f"{id(shown)}"):
        yield


@solara.component
def Controlled(
    shown: Opened,
    show: Callable[[Opened], None],
    cursor: solara.Reactive[SlotCursor],
    running: bool,
    moved: Callable[[], None],
) -> None:
    """The side of a scenario: controls of the next run, with what a reset to them would cost."""
    following = solara.use_memo(lambda: NextRun(shown), [])
    controls, set_controls = solara.use_state(following.controls)

    task = solara.lab.use_task(following.check, dependencies=[controls], prefer_threaded=True)
    known = task.finished and task.value is not None and task.value[0] == controls
    verdict = task.value[1] if known else None
    with column(shown):
        possible = isinstance(verdict, Cost)
        RunButtons(cursor, following.begin, possible, running, moved).key(f"{id(cursor.value)}")
        with solara.Div(classes=["zk-verdict"]):
            Verdict(verdict)
        Inputs(
            controls,
            lambda **changes: set_controls(following.change(**changes)),
            lambda *share: set_controls(following.share(*share)),
        )
        Opener(shown, show)


@solara.component
def RunButtons(
    cursor: solara.Reactive[SlotCursor],
    begin: Begin,
    may_begin: bool,
    running: bool,
    moved: Callable[[], None],
) -> None:
    """Reset, play and step."""
    playing, set_playing = solara.use_state(False)
    here = cursor.value

    def play(gone: Event) -> None:
        while playing and here.running and not gone.wait(PLAY_S):
            here.step()
            moved()
        if playing and not gone.is_set():
            set_playing(False)

    def step() -> None:
        here.step()
        moved()

    def reset() -> None:
        if run := begin():
            cursor.set(SlotCursor(run))

    solara.use_thread(play, dependencies=[playing], intrusive_cancel=False)
    with solara.Row(justify="space-between"):
        solara.Button("Reset", color="primary", on_click=reset, disabled=not may_begin)
        solara.Button(
            "❚❚" if playing else "▶",
            color="primary",
            on_click=lambda: set_playing(not playing),
            disabled=not running,
        )
        solara.Button("Step", color="primary", on_click=step, disabled=playing or not running)


@solara.component
def Opener(shown: Opened, show: Callable[[Opened], None]) -> None:
    """A field for another scenario or run directory."""
    path, set_path = solara.use_state(str(shown.path))
    problem, set_problem = solara.use_state("")

    def open_it() -> None:
        try:
            show(open_path(Path(path.strip()).expanduser(), shown.jobs))
        except InputError as error:
            set_problem(str(error))
        except (OSError, RuntimeError, ValueError) as error:  # no such user, a NUL, a folder that is closed
            set_problem(str(InputError(f"{path}: {error}")))

    with solara.Details("open another"):
        solara.InputText(
            "scenario file or run directory", value=path, on_value=set_path, continuous_update=True
        )
        solara.Button(
            "open",
            on_click=open_it,
            outlined=True,
            small=True,
            disabled=not path.strip(),
            classes=["zk-open"],
        )
        if problem:
            solara.Error(problem, dense=True)


@solara.component
def Verdict(verdict: Cost | str | None) -> None:
    """What a reset costs and what is worth knowing before it, or why there can be none."""
    if verdict is None:
        Markup("working out what a reset would cost …", "zk-cost")
    elif isinstance(verdict, str):
        solara.Error(verdict, dense=True)
        Markup(html("<b>Reset</b> waits until this is put right."), "zk-cost")
    else:
        Markup(_cost(verdict), "zk-cost")
        for notice in verdict.notices:
            Markup(noted(notice), "zk-cost zk-warning")


def _cost(cost: Cost) -> Html:
    seconds, expected = f"about {cost.wall_s:.0f} s", cost.expected
    if expected.proofs:
        made = f"{counted(expected.proofs, 'proof')} and {counted(expected.circuits, 'circuit')}"
        run = html(
            "<b>Reset</b> begins a run of at most {}: {}, less where they were made before.", made, seconds
        )
    else:
        run = html("<b>Reset</b> begins a run without proofs: {}.", seconds)
    beyond = html("The scenario also has what no control shows: {}.", "; ".join(cost.beyond))
    return html("{} {} {}", run, _homes(cost), beyond if cost.beyond else "")


def _homes(cost: Cost) -> Html:
    """Where the homes come from, if they are not simply the data's."""
    if not cost.scenario.population.resampling:
        some = html("Its {} are drawn from the {} in the data.", counted(cost.homes, "home"), cost.in_data)
        return some if cost.homes < cost.in_data else html("")
    more = f"{cost.homes} homes are more than" if cost.homes > cost.in_data else f"{cost.homes} homes, of"
    return html(
        "<b>{} the {} in the data: all homes are then resampled from them</b>, each with the load of one "
        "of them, of days up to {} away, and its PV times {:.1f} to {:.1f}.",
        more,
        cost.in_data,
        counted(MAX_SHIFT_DAYS, "day"),
        *(per_mille / 1_000 for per_mille in PV_PER_MILLE),
    )


# The controls -------------------------------------------------------------------------------------------


@solara.component
def Inputs(now: Controls, change: Callable[..., None], share: Callable[[str, int], None]) -> None:
    """All of them; ``change`` takes new values by the controls' names, ``share`` a strategy and per cents."""
    shares = dict(now.shares)
    alone = DEFAULT_STRATEGY if FIRST_STRATEGY in shares else FIRST_STRATEGY
    first = min(shares, key=lambda name: shares[name]) if len(shares) > 1 else alone
    strategy, set_strategy = solara.use_state(first)

    def setter(name: str) -> Callable[[Any], None]:
        return lambda value: change(**{name: value})

    def slider(label: str, name: str, most: int, step: int = 1, least: int = 1) -> None:
        Slider(label, getattr(now, name), most, step, least, setter(name))

    def cheat(attack: str) -> None:
        """An attack that no home tries would be no answer to choosing one."""
        change(attack=attack, cheats_percent=now.cheats_percent or FIRST_CHEATS_PERCENT)

    with solara.Details("community", expand=True):
        slider("homes", "homes", MOST_HOMES, least=2)
        slider("days", "days", MOST_DAYS)
        Number("seed", now.seed, int, setter("seed"))
    with solara.Details("forecasts"):
        slider("clusters of homes", "clusters", MOST_CLUSTERS)
        offered = [each.name for each in families if not each.reads_file or each.name == now.family]
        solara.Select("model family", values=offered, value=now.family, on_value=setter("family"))
        if families[now.family].reads_hidden:
            slider("hidden neurons", "width", MOST_WIDTH)
    with solara.Details("market"):
        solara.Select(
            "mechanism",
            values=list(mechanisms.names),
            value=now.mechanism,
            on_value=setter("mechanism"),
        )
        if mechanisms[now.mechanism].sealable or now.orders == SEALED:
            solara.Select("orders", values=[OPEN, SEALED], value=now.orders, on_value=setter("orders"))
        solara.Select("strategy", values=list(strategies.names), value=strategy, on_value=set_strategy)
        given = shares.get(strategy, 0)
        Slider(f"{strategy} homes, %", given, 100, 10, 0, lambda percent: share(strategy, percent))
        Markup("; ".join(f"{name} {percent} %" for name, percent in now.shares), "zk-cost")
        Number("retail, $/kWh", now.retail, float, setter("retail"), optional=True)
        Number("feed-in, $/kWh", now.feed_in, float, setter("feed_in"), optional=True)
    with solara.Details("proofs and cheats"):
        policies = list(dict.fromkeys((*POLICIES, now.policy)))
        solara.Select("proof policy", values=policies, value=now.policy, on_value=setter("policy"))
        solara.Select("chain", values=list(backends.names), value=now.chain, on_value=setter("chain"))
        solara.Select("cheats try", values=[NOBODY, *home_attacks.names], value=now.attack, on_value=cheat)
        slider("cheating homes, %", "cheats_percent", 50, step=5, least=0)


def Slider(label: str, value: int, most: int, step: int, least: int, change: Callable[[int], None]) -> None:
    """A slider that says where it is, and reaches to wherever it has been set by a scenario."""
    solara.SliderInt(
        f"{label}: {value}",
        value=value,
        min=min(least, value),
        max=max(most, value),
        step=step,
        thumb_label=False,
        on_value=change,
    )


@solara.component
def Number(
    label: str,
    now: float | str | None,
    kind: type[int] | type[float],
    change: Callable[[float | str | None], None],
    optional: bool = False,
) -> None:
    """A field for a number, which passes on as they are words that are none; ``optional``: or for nothing."""
    words, set_words = solara.use_state("" if now is None else str(now))

    def typed(new: str) -> None:
        set_words(new)
        change(read_number(new, kind, optional))

    solara.InputText(
        label, value=words, on_value=typed, continuous_update=True, error=isinstance(now, str) or None
    )


def read_number(words: str, kind: type[int] | type[float], optional: bool = False) -> float | str | None:
    """A number where the words are one, None where there are none and may be none, else the words."""
    if optional and not words.strip():
        return None
    try:
        return kind(words)
    except ValueError:
        return words.strip()
