"""The directory a run is written to: whole or not at all."""

import json
import platform
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from sim.errors import InputError
from sim.outputs.outcome import Outcome
from sim.outputs.summary import summary_of
from sim.outputs.tables import tables_of
from sim.proofs.srs import Srs
from sim.provenance import data_sha256, versions

SUMMARY, MANIFEST = "summary.json", "manifest.json"
SCENARIO, MODELS = "scenario.toml", "models.json"
FIGURES = "figures"


@dataclass(frozen=True)
class RunContents:
    """What a run directory holds beside figures, so that it may be written elsewhere than made."""

    summary: dict[str, Any]
    tables: dict[str, pd.DataFrame]
    scenario_toml: str
    models_json: str
    manifest: dict[str, Any]


def contents_of(outcome: Outcome, srs: Srs) -> RunContents:
    """The directory's contents, made from a finished run."""
    return RunContents(
        summary=summary_of(outcome),
        tables=tables_of(outcome),
        scenario_toml=outcome.prepared.scenario.to_toml(),
        models_json=outcome.prepared.model_set.to_json(),
        manifest=manifest_of(outcome, srs),
    )


def check_writable(out: Path) -> None:
    """Raise InputError, before any work is done, where a run could not be written to ``out``.

    An older run there may be replaced, and an empty directory; what anybody else put there may not.
    """
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
        with tempfile.TemporaryDirectory(dir=parent):
            pass
    except OSError as error:
        raise InputError(f"{out}: cannot write there ({error.strerror})") from None


def _is_ours(path: Path) -> bool:
    exported = path.suffix == ".csv" and path.with_suffix(".parquet").is_file()
    return (
        path.name in (SUMMARY, MANIFEST, SCENARIO, MODELS, FIGURES) or path.suffix == ".parquet" or exported
    )


def is_run(folder: Path) -> bool:
    """Whether a directory holds a finished run."""
    return (folder / SUMMARY).is_file() and (folder / MANIFEST).is_file()


@contextmanager
def new_run(out: Path) -> Iterator[Path]:
    """A folder to write a run into; it becomes ``out``, in place of an older run, if all goes well."""
    out = out.resolve()  # through a link, so that the link stays
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=_made(out.parent)) as name:
        partial = Path(name) / out.name
        partial.mkdir()
        yield partial
        if out.exists():
            out.rename(Path(name) / "replaced")
        partial.rename(out)


def write_run(folder: Path, contents: RunContents) -> None:
    """Write everything but the figures."""
    for name, table in contents.tables.items():
        table.to_parquet(folder / f"{name}.parquet", index=False)
    (folder / SCENARIO).write_text(contents.scenario_toml, encoding="utf-8")
    (folder / MODELS).write_text(contents.models_json, encoding="utf-8")
    _write_json(folder / MANIFEST, contents.manifest)
    _write_json(folder / SUMMARY, contents.summary)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


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
