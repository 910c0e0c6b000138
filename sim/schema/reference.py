"""The reference of scenario fields, written from the schema.

python -m sim.schema.reference > docs/scenario.md
"""

from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sim.forecast.clusterings import Clustering
from sim.market.mechanisms import mechanisms
from sim.market.tariffs import Tariff
from sim.registry import Registry, parameters_of, registries
from sim.schema.forecasting import CircuitSettings
from sim.schema.scenario import Scenario
from sim.schema.section import unit
from sim.schema.trading import HomeTariff
from sim.units import dollars_per_kwh

INTRODUCTION = """# Scenario files

A scenario is a TOML file. Every field has a default but those marked *required*; unknown keys are errors.
Paths are relative to the file. Any field can be overridden: `zkpet run FILE --set forecast.hidden=16`.
A path given so is relative to the folder one is in. Only such a setting may name a store outside the file's
folder.
This page is written from the schema in `sim/schema/`.
"""

VARIANTS = """## What can be named

Each of these is one class. One that a scenario needs and zkpet has not can be added from a
Python file with `--plugin`: [extending.md](extending.md). Parameters are set in the table `parameters` of the
section, by the variant's name: `--set market.parameters.NAME.PARAMETER=VALUE`.
"""

PROPERTIES = """### What is known of mechanisms

For a home's order as it is: one quantity, which is fixed, and one limit. *Truthful*: no home gains by another
limit. *Strongly balanced*: sellers get all that buyers pay; else the utility has the rest. *Efficient*: at
true limits nothing gains more. *Rational*: nobody trades beyond its limit. Tests hold mechanisms to this.
A home's value is its outside option, as if its forecast held and it had the credit. Sharing rules ask for no
limits, so that none can gain; under `bill-sharing` sellers' limits are 0, and a home may lose by joining.

| mechanism | truthful | strongly balanced | efficient | rational | the contract's rule |
|---|---|---|---|---|---|"""


def documentation() -> str:
    """The whole page, in Markdown."""
    own = {name: field for name, field in Scenario.model_fields.items() if not _is_section(field)}
    parts = [INTRODUCTION, _table("Top level", own)]
    for name, field in Scenario.model_fields.items():
        if _is_section(field):
            parts.append(_table(f"[{name}]", _model(field).model_fields, _model(field).__doc__))
    parts.append(_table("[proofs.settings]", CircuitSettings.model_fields, CircuitSettings.__doc__))
    parts.append(_table("[market.homes.NAME]", HomeTariff.model_fields, HomeTariff.__doc__))
    named = [registry for registry in registries() if registry.in_scenarios]
    by_kind = sorted(named, key=lambda registry: registry.kind)  # whatever was imported first
    parts += [VARIANTS, *map(_variants, by_kind), PROPERTIES, *_properties()]
    return "\n".join(parts)


def _variants(registry: Registry[Any]) -> str:
    """All variants of a kind, with what can be set of them."""
    rows = [
        f"| `{name}` | {_meaning(registry[name])} | {_parameters(registry[name])} | {registry[name].source} |"
        for name in registry.names
    ]
    head = ["| name | meaning | parameters | source |", "|---|---|---|---|"]
    return "\n".join([f"### {registry.kind}", "", *head, *rows, ""])


def _meaning(variant: type[Any]) -> str:
    """Of clustering methods with what they disclose."""
    return "; ".join([variant.meaning, *([variant.discloses] if issubclass(variant, Clustering) else [])])


def _properties() -> list[str]:
    """A row for each mechanism that says what is known of it."""
    rows = []
    for each in mechanisms:
        if each.properties:
            held = ["yes" if holds else "no" for holds in each.properties]
            rows.append(f"| `{each.name}` | {' | '.join(held)} | {each.rule or 'none: no chain'} |")
    return [*rows, ""]


def _parameters(variant: type[Any]) -> str:
    return "; ".join(
        f"`{each.name}` = {each.default:g}{f' {each.unit}' if each.unit else ''} "
        f"({each.least:g} to {each.most:g}): {each.meaning}"
        for each in parameters_of(variant)
    )


def _is_section(field: FieldInfo) -> bool:
    return isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)


def _model(field: FieldInfo) -> type[BaseModel]:
    assert isinstance(field.annotation, type)
    return field.annotation


def _table(title: str, fields: dict[str, FieldInfo], about: str | None = None) -> str:
    rows = [
        f"| `{name}` | {_default(f)} | {unit(f)} | {_range(f)} | {f.description} |"
        for name, f in fields.items()
    ]
    head = ["| field | default | unit | range | meaning |", "|---|---|---|---|---|"]
    return "\n".join([f"## {title}", *([about, ""] if about else [""]), *head, *rows, ""])


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "*required*"
    default: Any = field.default
    if isinstance(default, Tariff):
        default = dollars_per_kwh(default.steps[0][1])
    if isinstance(default, tuple):
        default = default[0] if len(default) == 1 else list(default)
    if default is None:
        return "-"
    return (
        f'`"{default}"`'
        if isinstance(default, str)
        else f"`{str(default).lower() if isinstance(default, bool) else default}`"
    )


def _range(field: FieldInfo) -> str:
    if get_origin(field.annotation) is Literal:
        return ", ".join(f'`"{choice}"`' for choice in get_args(field.annotation))
    signs = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
    bounds = [
        f"{sign} {getattr(item, name):,}"
        for item in field.metadata
        for name, sign in signs.items()
        if getattr(item, name, None) is not None
    ]
    return ", ".join(bounds)


if __name__ == "__main__":
    print(documentation(), end="")
