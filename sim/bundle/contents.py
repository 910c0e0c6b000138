"""The files of a bundle as facts: what it was made from, and what it claims of that.

    scenario.toml    the resolved scenario
    models.json      the models in integers, and which home has which
    chain.json       every block with its signed transactions; proofs stand in their calldata
    manifest.json    homes, roles, circuits, digests, and the sha-256 of every other file
    summary.json     public figures
    tables/NAME.csv  public tables

Nothing in it is private: no reading, no salt, no key but those that anybody derives from the seed; and of
sealed orders no quantity, opening of a single one, or column.
"""

import hashlib
import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sim.bundle.archive import MAX_BYTES, read_archive
from sim.chain.bounds import MAX_DAY_SLOTS, MAX_HOMES
from sim.data.csv_file import is_home_name
from sim.data.readings import DAY_S
from sim.errors import InputError
from sim.forecast.forecasters import Forecasters, TrainedModels
from sim.outputs import chain_record
from sim.outputs.chain_record import Mined
from sim.outputs.provenance import STACK
from sim.outputs.run_directory import CHAIN, MANIFEST, MODELS, SCENARIO, SUMMARY
from sim.runtime.untrusted import (
    MOST_TOML_BYTES,
    check_values,
    most_values,
    parsed_json,
    parsed_toml,
    shallow,
)
from sim.schema.forecasting import AGENTS
from sim.schema.scenario import Scenario
from sim.tables.runs import bundled

FORMAT = "zkpet-bundle-6"
FILES, NOT_CHECKED = "files", "not_checked"
PLUGINS, RULE = "plugins", "rule"
SOURCES = (SCENARIO, MODELS, CHAIN, MANIFEST)
"""The files that all others follow from."""
MIN_SLOT_S = DAY_S // MAX_DAY_SLOTS  # what a bundle is of ran on a contract
MOST_BYTES = {SCENARIO: MOST_TOML_BYTES, MODELS: 2**24, MANIFEST: 2**20}
"""Of the files that are read, and not as long as the chain makes them."""
_LONGEST_FILE_NAME = 255
MOST_IN_MODEL = 2**19
"""Values of a model that does not follow from the scenario."""
MOST_PLUGINS = 16
_DIGEST = re.compile("[0-9a-f]{64}")
_VERSION = re.compile(r"[0-9a-z.+]{1,32}")
Read = TypeVar("Read")


@dataclass(frozen=True)
class Sources:
    """What everything else in a bundle follows from.

    homes:       their names, in the order of their numbers
    has_pv:      which of them have a generator, and so may sell
    slot_s:      length of a slot in seconds, the resolution of the homes' data
    record:      all blocks after genesis
    data_sha256: the hash of the readings; nothing in a bundle follows from it
    """

    scenario: Scenario
    models: Forecasters
    homes: tuple[str, ...]
    has_pv: tuple[bool, ...]
    slot_s: int
    record: tuple[Mined, ...]
    data_sha256: str


@dataclass(frozen=True)
class Bundle:
    """A bundle as read: its sources, its manifest, and all its files."""

    sources: Sources
    manifest: Mapping[str, Any]
    files: Mapping[str, bytes]


def read_bundle(path: Path) -> Bundle:
    """Read a bundle; nothing that it claims is believed yet.

    Raises InputError, in one sentence, for whatever is no bundle of this version.
    """
    return bundle_of(read_archive(path), path)


def bundle_of(files: Mapping[str, bytes], path: Path) -> Bundle:
    """The bundle that files are; raises InputError as ``read_bundle`` does."""
    if MANIFEST in files:
        manifest = _part(path, files, MANIFEST, read_manifest)
    _check_held(path, files, SOURCES)
    scenario = _part(path, files, SCENARIO, read_bundled_scenario)
    meant = required(scenario.market.sealed)
    _check_held(path, files, meant)
    if strangers := sorted(set(files) - set(meant)):
        raise InputError(f"{path}: holds {strangers[0]}, which no bundle of its kind does")
    return Bundle(
        sources=Sources(
            scenario=scenario,
            models=_part(path, files, MODELS, lambda text: read_models(text, scenario, manifest["homes"])),
            homes=tuple(manifest["homes"]),
            has_pv=tuple(manifest["has_pv"]),
            slot_s=manifest["slot_s"],
            record=_part(path, files, CHAIN, lambda text: tuple(chain_record.from_json(text))),
            data_sha256=manifest["data_sha256"],
        ),
        manifest=manifest,
        files=files,
    )


def required(sealed: bool) -> tuple[str, ...]:
    """The files of every bundle whose orders are sealed, or open."""
    return (*SOURCES, SUMMARY, *(f"tables/{name}.csv" for name in bundled(sealed)))


def _check_held(path: Path, files: Mapping[str, bytes], names: Collection[str]) -> None:
    if missing := sorted(set(names) - set(files)):
        raise InputError(f"{path}: holds no {missing[0]}, so it is no bundle of a run")


def sha256(content: bytes) -> str:
    """In hex."""
    return hashlib.sha256(content).hexdigest()


def canonical_json(content: Mapping[str, Any]) -> bytes:
    """The one form in which a bundle's JSON stands."""
    return (json.dumps(content, indent=1, sort_keys=True) + "\n").encode()


def read_scenario(text: str) -> Scenario:
    """A resolved scenario, in the form a run writes. Raises ValueError for anything else.

    Paths in it stay what they are.
    """
    document = parsed_toml(text)
    scenario = Scenario.of(document)
    if scenario.to_toml() != text:
        raise ValueError("not in the one form that a run writes")
    return scenario


def read_bundled_scenario(text: str) -> Scenario:
    """The same, which names files by their names alone: on the machine of a stranger a path means nothing."""
    scenario = read_scenario(text)
    population, proofs = scenario.population, scenario.proofs
    for field, name in (
        ("population.source", population.source),
        ("forecast.model", scenario.forecast.model or "none"),
        ("proofs.srs", proofs.srs),
        ("proofs.store", proofs.store),
    ):
        if not is_bare_name(name.removeprefix("./")):  # which one has that is called as a word is
            raise ValueError(f'{field} = "{name[:80]}": a bundle has the name of a file alone, and no path')
    return scenario


def is_bare_name(name: str) -> bool:
    """Whether it names a file on no machine in particular."""
    return not set(name) & set("/\\:") and name not in ("", ".", "..") and len(name) <= _LONGEST_FILE_NAME


def read_models(text: str, scenario: Scenario, homes: list[str]) -> Forecasters:
    """Models of the shape that the scenario wants, one for each home. Raises ValueError for anything else."""
    forecast = scenario.forecast
    family, shape = forecast.model_family, forecast.shape(scenario.time.horizon)
    meant = None if family.reads_file else family.nominal(shape).quantised(1)
    of_one = MOST_IN_MODEL if meant is None else most_values(meant.to_json()) + 1
    rounds, trainings = forecast.training_rounds, 1
    if forecast.retraining_days is not None:
        trainings = -(-scenario.time.days // forecast.retraining_days)
    of_training = forecast.models(len(homes)) * (of_one + rounds + 1) + 4
    check_values(text, trainings * of_training + len(homes) + 4)
    try:
        models = Forecasters.from_json(text)
        canonical = models.to_json() == text
        integers = all(type(each) is int for each in (*models.cluster_of_home, *_gates(models)))
        forms = [model.form for model in models.models]
    except (KeyError, TypeError, OverflowError, RecursionError, IndexError):
        canonical = integers = False
    if not (canonical and integers):
        raise ValueError("not in the one form that a run writes")
    precise = all(type(each.precision) is int and 1 <= each.precision <= 20 for each in models.models)
    if meant is None:
        wanted = (forecast.family, shape.inputs, shape.horizon)
        fit = all((each.family, each.inputs, each.horizon) == wanted for each in models.models)
    else:
        fit = all(form == meant.form for form in forms)
    if not (fit and precise):
        raise ValueError(f"a model of another family, shape or precision than {SCENARIO} names")
    if not all(_are_of_rounds(training, rounds) for training in models.trainings):
        raise ValueError(f"digests of rounds that are not {rounds} of each model, in hex")
    of_home = models.cluster_of_home
    if len(of_home) != len(homes) or set(of_home) - set(range(models.clusters)):
        raise ValueError(f"not one model for each of {len(homes)} homes")
    return models


def _gates(models: Forecasters) -> list[int]:
    return [training.from_gate for training in models.trainings]


def _are_of_rounds(training: TrainedModels, rounds: int) -> bool:
    """Whether all its models have the digests of so many rounds, or none has any."""
    of_models = training.rounds
    texts = all(isinstance(digest, str) and is_digest(digest) for each in of_models for digest in each)
    return not of_models or (texts and [len(each) for each in of_models] == [rounds] * len(training.models))


def read_manifest(text: str) -> dict[str, Any]:
    """A manifest with the few fields that others are read with. Raises ValueError for anything else."""
    manifest = parsed_json(text)
    if not isinstance(manifest, dict):
        raise ValueError("should be an object")
    return checked_manifest(manifest)


def checked_manifest(manifest: dict[str, Any]) -> dict[str, Any]:
    """The same, of a manifest's content."""
    if manifest.get("format") != FORMAT:
        raise ValueError(_of_another_version(manifest))
    homes, slot_s = manifest.get("homes"), manifest.get("slot_s")
    if not isinstance(homes, list) or not all(isinstance(name, str) and is_home_name(name) for name in homes):
        raise ValueError(
            "homes should be a list of names in letters, digits, - and _, as a CSV file has them"
        )
    if not AGENTS[0] <= len(homes) <= MAX_HOMES or len(set(homes)) != len(homes):
        raise ValueError(f"homes should be {AGENTS[0]} to {MAX_HOMES} different names")
    if type(slot_s) is not int or not MIN_SLOT_S <= slot_s <= DAY_S or DAY_S % slot_s:
        raise ValueError(f"slot_s = {str(slot_s)[:40]} should divide a day and be at least {MIN_SLOT_S}")
    has_pv = manifest.get("has_pv")
    if not isinstance(has_pv, list) or [type(each) for each in has_pv] != [bool] * len(homes):
        raise ValueError("has_pv should say true or false of each home")
    if not isinstance(manifest.get(FILES), dict):
        raise ValueError(f"{FILES} should be an object")
    _check_unchecked(manifest.get(NOT_CHECKED))
    for name in ("data_sha256", "market_digest"):
        if not (isinstance(digest := manifest.get(name), str) and is_digest(digest)):
            raise ValueError(f"{name} should be 64 digits of hex")
    return manifest


def _of_another_version(manifest: Mapping[str, Any]) -> str:
    """Which version reads it, as far as it says so."""
    found = f'format is {json.dumps(manifest.get("format"))[:60]}, this version reads "{FORMAT}"'
    maker = made_by(manifest)
    return f"{found}; it was made by zkpet {maker}, which can check it" if maker else found


def made_by(manifest: Mapping[str, Any]) -> str | None:
    """The version of zkpet that a manifest names, None where it names none."""
    section = manifest.get(NOT_CHECKED)
    versions = section.get("versions") if isinstance(section, dict) else None
    maker = versions.get("zkpet") if isinstance(versions, dict) else None
    return maker if isinstance(maker, str) and _VERSION.fullmatch(maker) else None


def is_digest(text: str) -> bool:
    """Whether it is a sha-256 in hex, as zkpet writes them."""
    return _DIGEST.fullmatch(text) is not None


def _check_unchecked(section: object) -> None:
    """What nobody can check holds versions and plug-ins alone, so that nothing else passes for a claim."""
    parts = section if isinstance(section, dict) and set(section) == {"versions", PLUGINS} else {}
    versions, plugins = parts.get("versions"), parts.get(PLUGINS)
    if not isinstance(versions, dict) or set(versions) != set(STACK):
        raise ValueError(f"{NOT_CHECKED} should hold the versions of {', '.join(STACK)}, and {PLUGINS}")
    if not isinstance(plugins, dict) or len(plugins) > MOST_PLUGINS:
        raise ValueError(f"{NOT_CHECKED}.{PLUGINS} should name at most {MOST_PLUGINS} files")
    if not all(is_bare_name(name) and isinstance(d, str) and is_digest(d) for name, d in plugins.items()):
        raise ValueError(f"{NOT_CHECKED}.{PLUGINS} should give the sha-256 of each file by its name")
    shown = [each for each in versions.values() if isinstance(each, str) and _VERSION.fullmatch(each)]
    if len(shown) != len(versions):
        raise ValueError(f"{NOT_CHECKED}: a version should be like 1.2.3")


def _part(path: Path, files: Mapping[str, bytes], name: str, read: Callable[[str], Read]) -> Read:
    content, most = files[name], MOST_BYTES.get(name, MAX_BYTES)
    try:
        if len(content) > most:
            raise ValueError(f"{len(content):,} bytes, where it has at most {most:,}")
        with shallow():
            return read(content.decode())
    except InputError as error:
        raise InputError(f"{path}: its {name} is wrong: {error}") from None
    except (ValueError, ArithmeticError, RecursionError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"{path}: its {name} is not that of a bundle: {reason}") from None
