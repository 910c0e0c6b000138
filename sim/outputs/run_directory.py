"""The directory a run is written to: whole or not at all."""

import json
import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from sim.errors import InputError
from sim.outputs import chain_record
from sim.outputs.outcome import Outcome
from sim.outputs.summary import summary_of
from sim.outputs.tables import tables_of
from sim.proofs.srs import Srs
from sim.provenance import data_sha256, versions
from sim.scratch import held_folder, sweep

SUMMARY, MANIFEST = "summary.json", "manifest.json"
SCENARIO, MODELS = "scenario.toml", "models.json"
CHAIN = "chain.json"
FIGURES = "figures"
REPORT = "report.html"
_REPLACED = "replaced"


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
    return RunContents(
        summary=summary_of(outcome),
        tables=tables_of(outcome),
        scenario_toml=outcome.prepared.scenario.to_toml(),
        models_json=outcome.prepared.model_set.to_json(),
        manifest=manifest_of(outcome, srs),
        chain_json=_chain_json(outcome),
    )


def check_writable(out: Path) -> None:
    """Raise InputError, before any work is done, where a run could not be written to ``out``.

    An older run there may be replaced, and an empty directory; what anybody else put there may not. What a
    killed run left beside it is cleared away, after an older run that it had just set aside is back in place.
    """
    clear_unfinished(out)
    if out.exists():
        if not out.is_dir() or (any(out.iterdir()) and not is_run(out)):
            raise InputError(f"{out}: exists and is not a run directory; name another with --out")
        strangers = sorted(path.name for path in out.iterdir() if not _is_ours(path))
        if strangers:
            raise InputError(f"{out}: holds {strangers[0]}, which no run wrote; name another with --out")
    check_creatable(out)


def check_creatable(out: Path) -> None:
    """Raise InputError where nothing can be written beside ``out``."""
    parent = next(folder for folder in out.absolute().parents if folder.exists())
    try:
        with held_folder(parent, _unfinished(out)):
            pass
    except OSError as error:
        raise InputError(f"{out}: cannot write there ({error.strerror})") from None


def _is_ours(path: Path) -> bool:
    path = path.with_name(path.name.removeprefix(".").removesuffix(".new"))  # as it was just written
    exported = path.suffix == ".csv" and path.with_suffix(".parquet").is_file()
    return (
        path.name in (SUMMARY, MANIFEST, SCENARIO, MODELS, CHAIN, FIGURES, REPORT)
        or path.suffix == ".parquet"
        or exported
    )


def is_run(folder: Path) -> bool:
    """Whether a directory holds a finished run."""
    return (folder / SUMMARY).is_file() and (folder / MANIFEST).is_file()


@contextmanager
def new_run(out: Path) -> Iterator[Path]:
    """A folder to write a run into; it becomes ``out``, in place of an older run, if all goes well."""
    out = out.resolve()  # through a link, so that the link stays
    with held_folder(_made(out.parent), _unfinished(out)) as folder:
        partial = folder / out.name
        partial.mkdir()
        yield partial
        _flush(partial)
        try:
            if out.exists():
                out.rename(folder / _REPLACED)
            partial.rename(out)
        finally:
            _put_back(folder, out)


def clear_unfinished(out: Path) -> None:
    """Remove what runs killed while they wrote ``out`` left beside it."""
    out = out.resolve()
    if out.parent.is_dir():
        sweep(out.parent, _unfinished(out), lambda folder: _put_back(folder, out))


def _unfinished(out: Path) -> str:
    return f".{out.name}-unfinished-"


def _put_back(folder: Path, out: Path) -> None:
    """Undo a replacement that was cut short: the older run stands again."""
    if (folder / _REPLACED).exists() and not out.exists():
        (folder / _REPLACED).rename(out)


def _flush(folder: Path) -> None:
    """Bring all files to the disk before they bear the name of a run, lest a power cut leave them hollow."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
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


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _chain_json(outcome: Outcome) -> str | None:
    receipts = [sent.receipt for sent in outcome.sent]
    return chain_record.to_json(chain_record.mined(outcome.blocks, receipts)) if outcome.blocks else None


def manifest_of(outcome: Outcome, srs: Srs) -> dict[str, Any]:
    """What the run was made with, for whoever wants to make it again."""
    prepared = outcome.prepared
    return {
        "scenario": prepared.scenario.name,
        "seed": prepared.scenario.seed,
        "proof_policy": prepared.scenario.proofs.policy,
        "market_digest": outcome.market_digest,
        "models_digest": prepared.model_set.digest,
        "data_sha256": data_sha256(prepared.scenario.population.source),
        "resolved": {
            "agents": len(prepared.population.homes),
            "homes": [home.name for home in prepared.population.homes],
            "has_pv": [home.has_pv for home in prepared.population.homes],
            "slot_s": prepared.population.readings.slot_s,
            "credit_limit_nano": prepared.credit_limit,
            "precision_bits": [model.precision for model in prepared.model_set.models],
        },
        "circuits": [circuit.digest for circuit in outcome.circuits],
        "srs_sha256": dict(zip(map(str, srs.logrows), srs.digests, strict=True)),
        "verifier_code_hash": outcome.verifier_code_hash.hex(),
        "market_code_hash": outcome.market_code_hash.hex(),
        "versions": versions(),
        "python": platform.python_version(),
        "platform": platform.platform(),
    }


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
