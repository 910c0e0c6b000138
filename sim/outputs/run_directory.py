"""The directory a run is written to: whole or not at all."""

import json
import os
import platform
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pandas as pd

from sim.errors import InputError
from sim.outputs import chain_record
from sim.outputs.outcome import Outcome
from sim.outputs.own_files import (
    LIST,
    OF_SEALED,
    RUN_NAMES,
    facts_in,
    is_folder,
    listed,
    mode_of,
    strangers_in,
)
from sim.outputs.provenance import data_sha256, versions
from sim.outputs.summary import summary_of
from sim.outputs.tables import tables_of
from sim.plugins import loaded_plugins
from sim.proofs.srs import Srs
from sim.runtime.scratch import anchored_folder, held_folder, sweep, sweep_unfinished, unfinished
from sim.schema.file import without_folders

SUMMARY, MANIFEST = "summary.json", "manifest.json"
SCENARIO, MODELS = "scenario.toml", "models.json"
CHAIN = "chain.json"
_NEW, _REPLACED = "new", "replaced"
_CLAIMS = {"scenario", "seed", "proof_policy", "market_digest", "models_digest", "versions"}
_MOST_NAMED = 5


@dataclass(frozen=True)
class RunContents:
    """What a run directory holds beside figures, so that it may be written elsewhere than made.

    chain_json: every block and transaction, for a bundle; None without a chain, and in cells of studies
    """

    summary: dict[str, Any]
    tables: dict[str, pd.DataFrame]
    scenario_toml: str
    models_json: str
    manifest: dict[str, Any]
    chain_json: str | None = None


def contents_of(outcome: Outcome, srs: Srs) -> RunContents:
    """The directory's contents, made from a finished run."""
    record = chain_record.mined(outcome.blocks, [sent.receipt for sent in outcome.sent])
    return RunContents(
        summary=summary_of(outcome),
        tables=tables_of(outcome),
        scenario_toml=without_folders(outcome.prepared.scenario).to_toml(),
        models_json=outcome.prepared.forecasters.to_json(),
        manifest=manifest_of(outcome, srs),
        chain_json=chain_record.to_json(record) if record else None,
    )


def check_writable(out: Path) -> None:
    """Raise InputError, before any work is done, where a run could not be written to ``out``.

    An older run there may be replaced, and an empty directory; a link, and what anybody else put there, may
    not. What a killed run left beside it is cleared away, after an older run that it had just set aside is
    back in place.
    """
    clear_unfinished(out)
    if os.path.lexists(out) and not _is_replaceable(out):
        raise InputError(f"{out}: exists and is not a run directory; name another with --out")
    check_creatable(out)


def check_creatable(out: Path) -> None:
    """Raise InputError where nothing can be written beside ``out``."""
    parent = next(folder for folder in out.absolute().parents if folder.exists())
    try:
        with held_folder(parent, unfinished(out)):
            pass
    except OSError as error:
        raise InputError(f"{out}: cannot write there ({error.strerror})") from None


def _is_replaceable(out: Path) -> bool:
    """Whether it is an empty directory, or that of a run: not by its files' names, but by what they say."""
    if not is_folder(out):
        return False
    manifest = facts_in(out / MANIFEST)
    versions = manifest.get("versions")
    is_ours = manifest.keys() >= _CLAIMS and isinstance(versions, dict) and "zkpet" in versions
    return (is_ours and is_run(out)) or not any(out.iterdir())


def is_run(folder: Path) -> bool:
    """Whether a directory holds a finished run."""
    return (folder / SUMMARY).is_file() and (folder / MANIFEST).is_file()


@contextmanager
def new_run(
    out: Path, say: Callable[[str], object] = lambda _: None, is_cell: bool = False
) -> Iterator[Path]:
    """A folder to write a run into; it becomes ``out``, in place of an older run, if all goes well.

    What no run wrote of the older one's files stays, and ``say`` is told of it; so does its mode. A cell of a
    study is known by its place, a folder there, even where it is damaged. Raises InputError where by now
    something else lies there, be it a link; the run is beside it then.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    with anchored_folder(out.parent, unfinished(out)) as folder:
        partial, older = folder / _NEW, folder / _REPLACED
        partial.mkdir()
        yield partial
        _complete(partial)
        try:
            if os.path.lexists(out):
                out.rename(older)
            is_ours = is_folder if is_cell else _is_replaceable
            theirs = os.path.lexists(older) and not is_ours(older)
            if not theirs and not os.path.lexists(out):
                if os.path.lexists(older):
                    partial.chmod(stat.S_IMODE(older.lstat().st_mode))
                partial.rename(out)
                return
            _put_back(folder, out, say)
            spare = _spare(out)
            partial.rename(spare)
        finally:
            _put_back(folder, out, say)
    raise InputError(f"{out}: was no run directory any more when the run was done; the run is in {spare}")


def clear_unfinished(out: Path) -> None:
    """Remove what runs killed while they wrote ``out`` left beside it."""
    if out.parent.is_dir():
        sweep(out.parent, unfinished(out), lambda folder: _put_back(folder, out))


def _put_back(folder: Path, out: Path, say: Callable[[str], object] = lambda _: None) -> None:
    """Undo a replacement that was cut short, so that the older run stands again; or else end it."""
    older = folder / _REPLACED
    if not os.path.lexists(older):
        return
    if not os.path.lexists(out):
        older.rename(out)
    elif (folder / _NEW).exists():  # somebody else's has come between
        older.rename(_spare(out))
    else:
        _keep_strangers(older, out, say)


def _keep_strangers(older: Path, out: Path, say: Callable[[str], object]) -> None:
    """Move what no run wrote from the older run into the new one."""
    sweep_unfinished(older)
    names = listed(facts_in(older / MANIFEST)) or RUN_NAMES
    kept = strangers_in(older, names.__contains__)
    for path in kept:
        (out / path).parent.mkdir(exist_ok=True)
        (older / path).rename(_spare(out / path))
    if kept:
        more = f" and {len(kept) - _MOST_NAMED} more" if len(kept) > _MOST_NAMED else ""
        say(f"kept in {out}: {', '.join(map(str, kept[:_MOST_NAMED]))}{more}, which no run wrote")


def _spare(path: Path) -> Path:
    """The path, or, where something is there, the first with a number that is free."""
    names = (path.with_name(f"{path.name}-{number}") for number in count(2))
    return path if not os.path.lexists(path) else next(each for each in names if not os.path.lexists(each))


def _complete(folder: Path) -> None:
    """List the run's files, close those made from readings to others, and bring all to the disk.

    Before they bear the name of a run, lest a power cut leave them hollow.
    """
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    if MANIFEST in names:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        _write_json(folder / MANIFEST, manifest | {LIST: sorted(names)})
    for name in names:
        (folder / name).chmod(mode_of(name, sealed=OF_SEALED in names))
        with (folder / name).open("rb") as file:
            os.fsync(file.fileno())


def write_run(folder: Path, contents: RunContents) -> None:
    """Write everything but the figures."""
    for name, table in contents.tables.items():
        table.to_parquet(folder / f"{name}.parquet", index=False)
    (folder / SCENARIO).write_text(contents.scenario_toml, encoding="utf-8")
    (folder / MODELS).write_text(contents.models_json, encoding="utf-8")
    if contents.chain_json is not None:
        (folder / CHAIN).write_text(contents.chain_json, encoding="utf-8")
    _write_json(folder / MANIFEST, contents.manifest)
    _write_json(folder / SUMMARY, contents.summary)


def manifest_of(outcome: Outcome, srs: Srs) -> dict[str, Any]:
    """What the run was made with, for whoever wants to make it again."""
    prepared, gaps = outcome.prepared, outcome.prepared.population.gaps
    return {
        "scenario": prepared.scenario.name,
        "seed": prepared.scenario.seed,
        "proof_policy": prepared.scenario.proofs.policy,
        "market_digest": outcome.market_digest,
        "models_digest": prepared.forecasters.digest,
        "data_sha256": data_sha256(prepared.scenario.population.source),
        "resolved": {
            "agents": len(prepared.population.homes),
            "homes": [home.name for home in prepared.population.homes],
            "has_pv": [home.has_pv for home in prepared.population.homes],
            "slot_s": prepared.population.readings.slot_s,
            "credit_limit_nano": prepared.credit_limit,
            "precision_bits": [model.precision for model in prepared.forecasters.models],
        },
        **({"gaps": gaps.facts()} if gaps else {}),
        "circuits": [circuit.digest for circuit in outcome.circuits],
        "srs_sha256": dict(zip(map(str, srs.logrows), srs.digests, strict=True)),
        "verifier_code_hash": outcome.verifier_code_hash.hex(),
        "market_code_hash": outcome.market_code_hash.hex(),
        "plugins": {plugin.name: plugin.sha256 for plugin in loaded_plugins()},
        "versions": versions(),
        "python": platform.python_version(),
        "platform": platform.platform(),
    }


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
