"""The side of the page: what is shown, the walk's controls, and the controls of the next run."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import solara
from mesa.visualization.solara_viz import ModelController

from sim.errors import InputError
from sim.page.controls import NOBODY, POLICIES, Controls, Cost
from sim.page.next_run import NextRun
from sim.page.opened import Opened, open_path
from sim.page.panels.markup import Markup
from sim.page.walk import Walk
from sim.scenario import HOME_ATTACKS, Forecast

PLAY_MS = 700
FIRST_CHEATS_PERCENT = 20
MOST_HOMES, MOST_DAYS, MOST_CLUSTERS, MOST_WIDTH = 60, 14, 12, 32
FAMILIES = list(get_args(Forecast.model_fields["family"].annotation))


@solara.component
def Sidebar(shown: Opened, show: Callable[[Opened], None], walk: solara.Reactive[Walk], resumed: int) -> None:
    """Everything beside the views.

    show:    opens something else
    resumed: how often the last slot has been left again; Mesa's controller, once it has seen a model end,
             takes no more steps, so it begins anew then
    """
    following = solara.use_memo(lambda: None if shown.recorded else NextRun(shown), [])
    begin = following.begin if following else lambda: shown.begin(shown.scenario)
    parameters = solara.use_reactive({"begin": begin})
    with solara.Sidebar(), solara.Column(gap="6px", classes=["zk-side"]):
        Walker(walk, parameters, resumed)
        if following:
            Following(following)
        else:
            Markup("A finished run: nothing is computed again. <b>Reset</b> goes back to its first slot.")
        Opener(shown, show)


@solara.component
def Walker(walk: solara.Reactive[Walk], parameters: solara.Reactive[dict[str, Any]], resumed: int) -> None:
    """Mesa's play, step and reset."""
    play_ms, every, threads = (solara.use_reactive(value) for value in (PLAY_MS, 1, False))
    ModelController(
        walk,
        model_parameters=parameters,
        play_interval=play_ms,
        render_interval=every,
        use_threads=threads,
    ).key(f"{resumed}")


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
            set_problem(f"{path}: {error}")

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
def Following(following: NextRun) -> None:
    """Controls of the next run, with what a reset to them would cost."""
    controls, set_controls = solara.use_state(following.controls)

    def change(**changes: Any) -> None:
        following.controls = replace(following.controls, **changes)
        set_controls(following.controls)

    task = solara.lab.use_task(following.check, dependencies=[controls], prefer_threaded=True)
    known = task.finished and task.value is not None and task.value[0] == controls
    with solara.Div(classes=["zk-verdict"]):
        Verdict(task.value[1] if known else None)
    Inputs(controls, change)


@solara.component
def Verdict(verdict: Any) -> None:
    """What a reset costs, or why the controls cannot be combined."""
    if verdict is None:
        Markup("working out what a reset would cost …", "zk-cost")
    elif isinstance(verdict, str):
        solara.Error(f"These cannot be combined. {verdict}", dense=True)
        Markup("<b>Reset</b> keeps to the last ones that could.", "zk-cost")
    else:
        Markup(_cost(verdict[1]), "zk-cost")


def _cost(cost: Cost) -> str:
    if not cost.proofs:
        return f"<b>Reset</b> begins a run without proofs: about {cost.wall_s:.0f} s."
    return (
        f"<b>Reset</b> begins a run of at most {cost.proofs:,} proofs and {cost.circuits} circuits: "
        f"about {cost.wall_s:.0f} s, less where they were made before."
    )


@solara.component
def Inputs(now: Controls, change: Callable[..., None]) -> None:
    """One input per control."""

    def setter(name: str) -> Callable[[Any], None]:
        return lambda value: change(**{name: value})

    def slider(label: str, name: str, most: int, step: int = 1, least: int = 1) -> None:
        value = getattr(now, name)
        solara.SliderInt(
            f"{label}: {value}",
            value=value,
            min=min(least, value),
            max=max(most, value),
            step=step,
            thumb_label=False,
            on_value=setter(name),
        )

    def cheat(attack: str) -> None:
        """An attack that no home tries would be no answer to choosing one."""
        change(attack=attack, cheats_percent=now.cheats_percent or FIRST_CHEATS_PERCENT)

    with solara.Details("community", expand=True):
        slider("homes", "homes", MOST_HOMES, least=2)
        slider("days", "days", MOST_DAYS)
        solara.InputInt("seed", value=now.seed, on_value=setter("seed"), continuous_update=True)
    with solara.Details("forecasts"):
        slider("clusters of homes", "clusters", MOST_CLUSTERS)
        solara.Select("model family", values=FAMILIES, value=now.family, on_value=setter("family"))
        slider("hidden neurons", "width", MOST_WIDTH)
    with solara.Details("market"):
        slider("truthful homes, %", "truthful_percent", 100, step=10, least=0)
        for label, name in (("retail, $/kWh", "retail"), ("feed-in, $/kWh", "feed_in")):
            solara.InputFloat(
                label,
                value=getattr(now, name),
                on_value=setter(name),
                optional=True,
                continuous_update=True,  # at the end of typing Solara reads the field before the last letters
            )
    with solara.Details("proofs and cheats"):
        solara.Select(
            "proof policy", values=_with(POLICIES, now.policy), value=now.policy, on_value=setter("policy")
        )
        solara.Select("cheats try", values=[NOBODY, *HOME_ATTACKS], value=now.attack, on_value=cheat)
        slider("cheating homes, %", "cheats_percent", 50, step=5, least=0)


def _with(known: tuple[str, ...], value: str) -> list[str]:
    return list(dict.fromkeys((*known, value)))
