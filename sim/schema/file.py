"""Reading scenario files: TOML, overrides, and one clear sentence for whatever is wrong."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from sim.errors import InputError
from sim.runtime.files import read_file
from sim.runtime.store import DEFAULT_STORE, NO_STORE, check_store
from sim.runtime.untrusted import MOST_TOML_BYTES, parsed_toml
from sim.schema.forecasting import EMBEDDED_SOURCE, SHIPPED_SRS, CircuitSettings
from sim.schema.scenario import Scenario
from sim.schema.trading import HomeTariff

SWEEP = "sweep"
"""The table that makes a scenario file a study."""
PATHS = {
    "population.source": (EMBEDDED_SOURCE,),
    "proofs.srs": (SHIPPED_SRS,),
    "proofs.store": (DEFAULT_STORE, NO_STORE),
}
"""Fields that hold paths, and the words that are none."""


def load_scenario(path: Path, settings: Sequence[str] = (), seed: int | None = None) -> Scenario:
    """Read a scenario file and apply ``section.key=value`` settings.

    Raises InputError naming the file, the field, the value and what would be right.
    """
    scenario = _loaded(path, settings, seed)
    try:
        check_store_named(scenario, path, settings)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    return scenario


def load_saved_scenario(path: Path) -> Scenario:
    """The scenario that a run left in its directory; a store that it names may be a stranger's: left out.

    Raises InputError as ``load_scenario`` does, and where the file is a link.
    """
    scenario = _loaded(path, follow_links=False)
    if scenario.proofs.store in (DEFAULT_STORE, NO_STORE):
        return scenario
    return scenario.model_copy(update={"proofs": scenario.proofs.model_copy(update={"store": DEFAULT_STORE})})


def _loaded(
    path: Path, settings: Sequence[str] = (), seed: int | None = None, *, follow_links: bool = True
) -> Scenario:
    document = read_document(path, settings, seed, follow_links=follow_links)
    if SWEEP in document:
        raise InputError(f"{path}: has a [{SWEEP}], so it is a study: zkpet sweep runs it, cell by cell")
    try:
        return scenario_of(document, path)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def check_store_named(scenario: Scenario, path: Path, settings: Sequence[str]) -> None:
    """Raise InputError where the file at ``path`` names a store outside its own folder, and no setting does.

    A scenario may come from a stranger, and what it names as a store is written to, and old entries removed.
    So what lies in its folder has to be a store of the user's, or nothing.
    """
    store, named = scenario.proofs.store, _document_of(settings).get("proofs")
    word = named.get("store") if isinstance(named, dict) else None
    folder = os.path.realpath(path.parent)
    if store in (DEFAULT_STORE, NO_STORE):
        return
    if Path(store).is_relative_to(folder):
        check_store(Path(store))
        return
    if not isinstance(word, str) or os.path.realpath(Path(folder, word)) != store:
        raise InputError(
            f'proofs.store = "{store}": lies outside the folder of the scenario, where only the command line '
            f"may name a store: --set proofs.store={store}"
        )


def read_document(
    path: Path, settings: Sequence[str] = (), seed: int | None = None, *, follow_links: bool = True
) -> dict[str, Any]:
    """A file's TOML with ``section.key=value`` settings applied, not yet validated; reals are Decimal."""
    content = read_file(path, MOST_TOML_BYTES, "the scenario", follow_links=follow_links)
    try:
        document = parsed_toml(content.decode())
    except ValueError as error:
        raise InputError(f"{path}: not a TOML file: {error}") from None
    for setting in settings:
        _apply(document, setting)
    if seed is not None:
        document["seed"] = seed
    return document


def _document_of(settings: Sequence[str]) -> dict[str, Any]:
    """What settings alone say."""
    document: dict[str, Any] = {}
    for setting in settings:
        _apply(document, setting)
    return document


def scenario_of(document: Mapping[str, Any], path: Path) -> Scenario:
    """The scenario that a document of the file at ``path`` describes.

    Raises InputError naming the field, the value and what would be right, but not the file.
    """
    try:
        scenario = Scenario.model_validate(document)
    except ValidationError as error:
        raise InputError(_sentence(error)) from None
    return _with_paths_from(scenario, path)


def _apply(document: dict[str, Any], setting: str) -> None:
    name, separator, text = setting.partition("=")
    *sections, key = name.strip().split(".")
    if not separator or not key:
        raise InputError(f'--set "{setting}" should be section.key=value, as in forecast.hidden=16')
    try:
        value = parsed_toml(f"value = {text}")["value"]
    except ValueError as error:
        value = text.strip()
        if value[:1] in tuple("{["):
            raise InputError(f'--set "{setting}" is not TOML: {error}') from None
    for section in sections:
        document = document.setdefault(section, {})
        if not isinstance(document, dict):
            raise InputError(f'--set "{setting}": "{section}" is not a section')
    if isinstance(value, str) and value and value not in PATHS.get(name.strip(), (value,)):
        value = str(Path.cwd() / value)
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
    sections: dict[str, dict[str, str]] = {}
    for field, words in PATHS.items():
        section, _, key = field.partition(".")
        name = getattr(getattr(scenario, section), key)
        if not (name and name.isprintable()):
            raise InputError(f"{field} = {name!r}: should be the path of a file")
        if name not in words:
            sections.setdefault(section, {})[key] = os.path.realpath(file.parent / name)
    return scenario.model_copy(
        update={name: getattr(scenario, name).model_copy(update=new) for name, new in sections.items()}
    )


def without_folders(scenario: Scenario) -> Scenario:
    """The scenario as others may read it: files by their names alone, and no store of one's own."""
    sections: dict[str, dict[str, str]] = {}
    for field, words in PATHS.items():
        section, _, key = field.partition(".")
        path = getattr(getattr(scenario, section), key)
        if path not in words:
            name = Path(path).name
            sections.setdefault(section, {})[key] = name if name not in words else f"./{name}"
    if "store" in sections.get("proofs", {}):
        sections["proofs"]["store"] = DEFAULT_STORE
    return scenario.model_copy(
        update={name: getattr(scenario, name).model_copy(update=new) for name, new in sections.items()}
    )
