"""Fields, values and points of a study in words, and labels that tell them apart in little room."""

import re
from collections.abc import Sequence
from itertools import takewhile
from typing import Any

from sim.runtime.wording import counted
from sim.schema.scenario import unit_of
from sim.study.grid import Values

NAMES = {
    "population.agents": "homes",
    "population.pv_share": "share of homes with PV",
    "forecast.family": "model family",
    "forecast.hidden": "hidden neurons",
    "time.start": "first day",
    "proofs.policy": "proof policy",
    "costs.prover_power_w": "prover power",
}
COUNTS = {
    "population.agents": "home",
    "forecast.clusters": "cluster",
    "forecast.hidden": "hidden neuron",
    "time.days": "day",
}
"""Fields that count something: their value stands before the noun."""
SPEAK_FOR_THEMSELVES = ("forecast.family", "time.start")
_TOKEN = re.compile(r"[\w.:+-]+|\W")


def field_name(field: str) -> str:
    """A scenario field as people call it."""
    return NAMES.get(field, field.rpartition(".")[2].replace("_", " "))


def field_label(field: str) -> str:
    """A field's name with its unit, where the name does not say it."""
    section, _, key = field.partition(".")
    name, unit = field_name(field), unit_of(section, key)
    return f"{name} ({unit})" if unit and unit not in name else name


def value_label(value: Any) -> str:
    """A value of an axis, as short as can be; two numbers never read alike."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        short = f"{value:,.10g}"
        return short if float(short.replace(",", "")) == value else f"{value:,}"
    return str(value).removesuffix("T00:00:00").strip("[]{} ")


def point_label(fields: Sequence[str], values: Values) -> str:
    """A point of a study in words, as "3 clusters, 15 homes"."""
    return ", ".join(_with_name(field, value) for field, value in zip(fields, values, strict=True))


def _with_name(field: str, value: Any) -> str:
    label = value_label(value)
    if field in COUNTS and (isinstance(value, int) or label.isdecimal()):
        return counted(int(value) if isinstance(value, int) else int(label), COUNTS[field])
    speaks_for_itself = isinstance(value, str) and field in SPEAK_FOR_THEMSELVES
    return label if speaks_for_itself else f"{field_name(field)} {label}"


def distinct(labels: Sequence[str], most: int) -> tuple[tuple[str, ...], str]:
    """Labels of at most ``most`` letters, no two of them equal, and a key to them.

    As they are where they are short enough. Else what differs between them, the key holding what they have in
    common; else numbers from 1, the key telling what each stands for.
    """
    if _fit(labels, most):
        return tuple(labels), ""
    short, common = _differing(labels)
    if _fit(short, most):
        return short, common
    numbers = tuple(str(number) for number, _ in enumerate(labels, start=1))
    return numbers, "; ".join(f"{number} = {label}" for number, label in zip(numbers, labels, strict=True))


def _fit(labels: Sequence[str], most: int) -> bool:
    return len(set(labels)) == len(labels) and all(label.strip() and len(label) <= most for label in labels)


def _differing(labels: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """What differs between labels, token by token, and what is common, with "…" where they differ."""
    parts = [_TOKEN.findall(label) for label in labels]
    if len({len(part) for part in parts}) == 1:
        places = [len(set(tokens)) > 1 for tokens in zip(*parts, strict=True)]
        short = tuple(
            " / ".join(token for token, differs in zip(part, places, strict=True) if differs)
            for part in parts
        )
        common = "".join("…" if differs else token for token, differs in zip(parts[0], places, strict=True))
        return short, common
    before = _common(parts)
    rest = [part[before:] for part in parts]
    after = _common([part[::-1] for part in rest])
    middles = tuple("".join(part[: len(part) - after]) for part in rest)
    return middles, "".join([*parts[0][:before], "…", *parts[0][len(parts[0]) - after :]])


def _common(parts: Sequence[Sequence[str]]) -> int:
    """How many tokens all parts begin with."""
    return len(list(takewhile(lambda tokens: len(set(tokens)) == 1, zip(*parts, strict=False))))
