"""Reading scenario files: TOML, overrides, and one clear sentence for whatever is wrong."""

import tomllib
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from sim.errors import InputError
from sim.scenario import EMBEDDED_SOURCE, SHIPPED_SRS, CircuitSettings, HomeTariff, Scenario


def load_scenario(path: Path, settings: Sequence[str] = (), seed: int | None = None) -> Scenario:
    """Read a scenario file and apply ``section.key=value`` settings.

    Raises InputError naming the file, the field, the value and what would be right.
    """
    try:
        document: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except OSError as error:
        raise InputError(f"{path}: cannot read the scenario ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not a TOML file: {error}") from None
    for setting in settings:
        _apply(document, setting)
    if seed is not None:
        document["seed"] = seed
    try:
        scenario = Scenario.model_validate(document)
    except ValidationError as error:
        raise InputError(f"{path}: {_sentence(error)}") from None
    return _with_paths_from(scenario, path)


def _apply(document: dict[str, Any], setting: str) -> None:
    name, separator, text = setting.partition("=")
    *sections, key = name.strip().split(".")
    if not separator or not key:
        raise InputError(f'--set "{setting}" should be section.key=value, as in forecast.hidden=16')
    try:
        value = tomllib.loads(f"value = {text}", parse_float=Decimal)["value"]
    except tomllib.TOMLDecodeError as error:
        value = text.strip()
        if value[:1] in tuple("{["):
            raise InputError(f'--set "{setting}" is not TOML: {error}') from None
    for section in sections:
        document = document.setdefault(section, {})
        if not isinstance(document, dict):
            raise InputError(f'--set "{setting}": "{section}" is not a section')
    document[key] = value


def _sentence(error: ValidationError) -> str:
    """The first problem, in one sentence: field, value, what would be right."""
    problems = error.errors()
    # Of a choice between a word and a table, the problems of the table are the ones meant by who wrote one.
    in_table = [p for p in problems if "CircuitSettings" in p["loc"] and p["type"] != "model_type"]
    problem = (in_table or problems)[0]
    field = ".".join(
        str(part) for part in problem["loc"] if part not in ("CircuitSettings", "literal['tuned']")
    )
    if problem["type"] == "extra_forbidden":
        section, _, key = field.rpartition(".")
        known = ", ".join(_fields_of(section))
        return f'unknown key "{key}" in {f"[{section}]" if section else "the top level"}; known are: {known}'
    if problem["type"] == "missing":
        return f"{field} is missing"
    if problem["type"] == "model_type":
        return f"{field} = {problem['input']}: should be a section"
    message = problem["msg"].removeprefix("Value error, ").removeprefix("Input ")
    if isinstance(problem["input"], dict):
        return f"{field}: {message}" if field else message
    if problem["type"] == "dict_type":
        message = "should be a table"
    return f"{field} = {_shown(problem['input'])}: {message}"


def _shown(value: object) -> str:
    """A value as the file has it."""
    if isinstance(value, str):
        return f'"{value}"'
    return f"[{', '.join(map(_shown, value))}]" if isinstance(value, list | tuple) else str(value)


def _fields_of(section: str) -> list[str]:
    model: type[BaseModel] = Scenario
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


def _with_paths_from(scenario: Scenario, file: Path) -> Scenario:
    """Paths in a scenario file are relative to the file."""
    population, proofs, folder = scenario.population, scenario.proofs, file.parent
    for field, name in (("population.source", population.source), ("proofs.srs", proofs.srs)):
        if not (name and name.isprintable()):
            raise InputError(f"{file}: {field} = {name!r}: should be the path of a file")
    if population.source != EMBEDDED_SOURCE:
        population = population.model_copy(update={"source": str((folder / population.source).resolve())})
    if proofs.srs != SHIPPED_SRS:
        proofs = proofs.model_copy(update={"srs": str((folder / proofs.srs).resolve())})
    return scenario.model_copy(update={"population": population, "proofs": proofs})
