"""Reading scenario files: TOML, overrides, and one clear sentence for whatever is wrong."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sim.errors import InputError
from sim.runtime.files import read_file
from sim.runtime.store import DEFAULT_STORE, NO_STORE, check_store
from sim.runtime.untrusted import MOST_TOML_BYTES, parsed_toml
from sim.schema.document import PATHS, with_field
from sim.schema.scenario import Scenario

SWEEP = "sweep"
"""The table that makes a scenario file a study."""


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
    return scenario.changed({"proofs.store": DEFAULT_STORE})


def _loaded(
    path: Path, settings: Sequence[str] = (), seed: int | None = None, *, follow_links: bool = True
) -> Scenario:
    document = read_document(path, settings, seed, follow_links=follow_links)
    if SWEEP in document:
        raise InputError(f"{path}: has a [{SWEEP}], so it is a study: zkpet sweep runs it, cell by cell")
    try:
        return Scenario.of(document, path.parent)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def check_store_named(scenario: Scenario, path: Path, settings: Sequence[str]) -> None:
    """Raise InputError where the file at ``path`` names a store outside its own folder, and no setting does.

    A scenario may come from a stranger, and what it names as a store is written to, and old entries removed.
    So what lies in its folder has to be a store of the user's, or nothing.
    """
    store, named = scenario.proofs.store, _with_settings({}, settings).get("proofs")
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
    document = _with_settings(document, settings)
    return document if seed is None else with_field(document, "seed", seed)


def _field_set(setting: str) -> tuple[str, Any]:
    """The field that ``section.key=value`` sets, and the value; a path is relative to where one is."""
    name, separator, text = setting.partition("=")
    field = name.strip()
    if not separator or not field.rpartition(".")[2]:
        raise InputError(f'--set "{setting}" should be section.key=value, as in forecast.hidden=16')
    try:
        value = parsed_toml(f"value = {text}")["value"]
    except ValueError as error:
        value = text.strip()
        if value[:1] in tuple("{["):
            raise InputError(f'--set "{setting}" is not TOML: {error}') from None
    if isinstance(value, str) and value and value not in PATHS.get(field, (value,)):
        value = str(Path.cwd() / value)
    return field, value


def _with_settings(document: dict[str, Any], settings: Sequence[str]) -> dict[str, Any]:
    for setting in settings:
        field, value = _field_set(setting)
        try:
            document = with_field(document, field, value)
        except InputError as error:
            raise InputError(f'--set "{setting}": {error}') from None
    return document


def without_folders(scenario: Scenario) -> Scenario:
    """The scenario as others may read it: files by their names alone, and no store of one's own."""
    names = {}
    for field, words in PATHS.items():
        section, _, key = field.partition(".")
        path = getattr(getattr(scenario, section), key)
        if path is not None and path not in words:
            name = Path(path).name
            names[field] = name if name not in words else f"./{name}"
    if "proofs.store" in names:
        names["proofs.store"] = DEFAULT_STORE
    return scenario.changed(names)
