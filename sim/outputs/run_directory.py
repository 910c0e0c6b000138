"""The directory a run is written to: whole or not at all."""

import hashlib
import json
import platform
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from sim.data import sierra_crest
from sim.errors import InputError
from sim.outputs.outcome import Outcome
from sim.proofs.srs import Srs
from sim.scenario import EMBEDDED_SOURCE

SUMMARY, MANIFEST = "summary.json", "manifest.json"
SCENARIO, MODELS = "scenario.toml", "models.json"
FIGURES = "figures"
STACK = ("zkpet", "ezkl", "py-evm", "eth-tester", "pyrevm", "torch", "tslearn", "mesa", "numpy", "onnx")


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
    parent = next(folder for folder in out.absolute().parents if folder.exists())
    try:
        with tempfile.TemporaryDirectory(dir=parent):
            pass
    except OSError as error:
        raise InputError(f"{out}: cannot write there ({error.strerror})") from None


def _is_ours(path: Path) -> bool:
    return path.name in (SUMMARY, MANIFEST, SCENARIO, MODELS, FIGURES) or path.suffix == ".parquet"


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


def write_run(
    folder: Path, outcome: Outcome, tables: Mapping[str, pd.DataFrame], summary: Mapping[str, Any], srs: Srs
) -> None:
    """Write everything but the figures."""
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet", index=False)
    (folder / SCENARIO).write_text(outcome.prepared.scenario.to_toml(), encoding="utf-8")
    (folder / MODELS).write_text(outcome.prepared.model_set.to_json(), encoding="utf-8")
    _write_json(folder / MANIFEST, manifest_of(outcome, srs))
    _write_json(folder / SUMMARY, summary)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def manifest_of(outcome: Outcome, srs: Srs) -> dict[str, Any]:
    """What the run was made with, for whoever wants to make it again."""
    prepared = outcome.prepared
    embedded = prepared.scenario.population.source == EMBEDDED_SOURCE
    return {
        "scenario": prepared.scenario.name,
        "seed": prepared.scenario.seed,
        "proof_policy": prepared.scenario.proofs.policy,
        "market_digest": outcome.market_digest,
        "models_digest": prepared.model_set.digest,
        "data_sha256": sierra_crest.SHA256
        if embedded
        else _sha256(Path(prepared.scenario.population.source)),
        "resolved": {
            "agents": len(prepared.population.homes),
            "credit_limit_nano": prepared.credit_limit,
            "precision_bits": [model.precision for model in prepared.model_set.models],
        },
        "circuits": [circuit.digest for circuit in outcome.circuits],
        "srs_sha256": dict(zip(map(str, srs.logrows), srs.digests, strict=True)),
        "verifier_code_hash": outcome.verifier_code_hash.hex(),
        "market_code_hash": outcome.market_code_hash.hex(),
        "versions": {name: version(name) for name in STACK},
        "python": platform.python_version(),
        "platform": platform.platform(),
    }


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
