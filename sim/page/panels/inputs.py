"""One input per control of the next run."""

from collections.abc import Callable
from typing import Any

import solara

from agents.adversaries import home_attacks
from sim.forecast.families import families
from sim.market.mechanisms import mechanisms
from sim.page.controls import NOBODY, POLICIES, Controls, other_strategies

FIRST_CHEATS_PERCENT = 20
MOST_HOMES, MOST_DAYS, MOST_CLUSTERS, MOST_WIDTH = 60, 14, 12, 32


@solara.component
def Inputs(now: Controls, change: Callable[..., None]) -> None:
    """All of them; ``change`` takes new values by the controls' names."""
    known = list(families.names)

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
        Number("seed", now.seed, int, setter("seed"))
    with solara.Details("forecasts"):
        slider("clusters of homes", "clusters", MOST_CLUSTERS)
        solara.Select("model family", values=known, value=now.family, on_value=setter("family"))
        if families[now.family].reads_hidden:
            slider("hidden neurons", "width", MOST_WIDTH)
    with solara.Details("market"):
        for label, name, values in (
            ("mechanism", "mechanism", list(mechanisms.names)),
            ("another strategy", "other", other_strategies()),
        ):
            if len(values) > 1:
                solara.Select(label, values=values, value=getattr(now, name), on_value=setter(name))
        slider(f"{now.other} homes, %", "other_percent", 100, step=10, least=0)
        Number("retail, $/kWh", now.retail, float, setter("retail"), optional=True)
        Number("feed-in, $/kWh", now.feed_in, float, setter("feed_in"), optional=True)
    with solara.Details("proofs and cheats"):
        solara.Select(
            "proof policy", values=_with(POLICIES, now.policy), value=now.policy, on_value=setter("policy")
        )
        solara.Select("cheats try", values=[NOBODY, *home_attacks.names], value=now.attack, on_value=cheat)
        slider("cheating homes, %", "cheats_percent", 50, step=5, least=0)


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


def _with(known: tuple[str, ...], value: str) -> list[str]:
    return list(dict.fromkeys((*known, value)))
