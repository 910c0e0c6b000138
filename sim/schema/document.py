"""A scenario as a document: tables within tables, as TOML has them, before they are validated."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from sim.errors import InputError
from sim.runtime.store import DEFAULT_STORE, NO_STORE
from sim.schema.forecasting import EMBEDDED_SOURCE, SHIPPED_SRS, CircuitSettings
from sim.schema.trading import HomeTariff

PATHS: dict[str, tuple[str, ...]] = {
    "population.source": (EMBEDDED_SOURCE,),
    "forecast.model": (),
    "proofs.srs": (SHIPPED_SRS,),
    "proofs.store": (DEFAULT_STORE, NO_STORE),
}
"""Fields that hold paths, and the words that are none."""


def with_field(document: Mapping[str, Any], field: str, value: Any) -> dict[str, Any]:
    """The document with another value of a field "section.key".

    Raises InputError where what should be a section is none.
    """
    head, _, rest = field.partition(".")
    if rest:
        section = document.get(head, {})
        if not isinstance(section, Mapping):
            raise InputError(f'"{head}" is not a section')
        value = with_field(section, rest, value)
    return {**document, head: value}


def located(document: Mapping[str, Any], folder: Path | None) -> Mapping[str, Any]:
    """The document with its paths relative to a folder made absolute, where one is given.

    Raises InputError where a field that holds a path has text that is none.
    """
    for field, words in PATHS.items():
        section, _, key = field.partition(".")
        table = document.get(section)
        name = table.get(key) if isinstance(table, Mapping) else None
        if not isinstance(name, str):
            continue
        if not (name and name.isprintable()):
            raise InputError(f"{field} = {name!r}: should be the path of a file")
        if folder is not None and name not in words:
            document = with_field(document, field, os.path.realpath(folder / name))
    return document


def sentence(error: ValidationError, schema: type[BaseModel]) -> str:
    """The first problem of a document of this schema: field, value, what would be right."""
    problems = error.errors()
    # Of a choice between a word and a table, the problems of the table are the ones meant by who wrote one.
    in_table = [p for p in problems if "CircuitSettings" in p["loc"] and p["type"] != "model_type"]
    problem = (in_table or problems)[0]
    field = ".".join(
        str(part) for part in problem["loc"] if part not in ("CircuitSettings", "literal['tuned']")
    )
    if problem["type"] == "extra_forbidden":
        section, _, key = field.rpartition(".")
        known = ", ".join(_fields_of(section, schema))
        return f'unknown key "{key}" in {f"[{section}]" if section else "the top level"}; known are: {known}'
    if problem["type"] == "missing":
        return f"{'time.start' if field == 'time' else field} is missing"
    if problem["type"] == "model_type":
        return f"{field} = {problem['input']}: should be a section"
    message = problem["msg"].removeprefix("Value error, ").removeprefix("Input ")
    if isinstance(problem["input"], dict):
        return f"{field}: {message}" if field else message
    if problem["type"] == "dict_type":
        message = "should be a table"
    return f"{field} = {shown(problem['input'])}: {message}"


def shown(value: object) -> str:
    """A value as the file has it."""
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{shown(str(key))} = {shown(each)}' for key, each in value.items())} }}"
    return f"[{', '.join(map(shown, value))}]" if isinstance(value, list | tuple) else str(value)


def _fields_of(section: str, schema: type[BaseModel]) -> list[str]:
    model = schema
    for part in filter(None, section.split(".")):
        field = model.model_fields.get(part)
        annotation = field.annotation if field else None
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            return (
                list(HomeTariff.model_fields)
                if section.startswith("market.homes")
                else list(CircuitSettings.model_fields)
            )
        model = annotation
    return list(model.model_fields)
