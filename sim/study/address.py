"""What names a cell: everything that decides its results, and nothing else."""

import hashlib
import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import tomli_w

from sim.data.source import Stamp, stamp_of
from sim.outputs.provenance import data_sha256, source_sha256, versions
from sim.proofs.srs import load_srs
from sim.runtime.store import DEFAULT_STORE
from sim.schema.scenario import Scenario


def address_of(scenario: Scenario) -> str:
    """sha-256 over the resolved scenario, the data and SRS that it names, versions and source.

    Where files lie changes nothing: their contents stand in place of their paths, and the proof store is left
    out. Raises InputError where data or SRS cannot be read.
    """
    content = {
        "scenario": tomli_w.dumps(_placeless(scenario)),
        "versions": versions(),
        "source": source_sha256(),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def proofs_and_models_of(scenario: Scenario) -> str:
    """What scenarios have in common that need the same models and proofs: market, chain and costs aside."""
    document = _placeless(scenario)
    return tomli_w.dumps(
        {name: document[name] for name in document if name not in ("market", "chain", "costs")}
    )


def _placeless(scenario: Scenario) -> dict[str, Any]:
    """The scenario as a document, with the contents of files in place of their paths."""
    document = scenario.document()
    document["population"]["source"] = f"sha256:{_digest(data_sha256, scenario.population.source)}"
    if scenario.forecast.model_family.reads_file and scenario.forecast.model:
        document["forecast"]["model"] = _digest(_model_sha256, scenario.forecast.model)
    document["proofs"] |= {"store": DEFAULT_STORE, "srs": _digest(_srs_sha256, scenario.proofs.srs)}
    return document


def _digest(of: Callable[[str], str], source: str) -> str:
    """The digest of a file or of what is built in; a file is read again only where it has changed."""
    return _digest_at(of, source, stamp_of(Path(source)))


@lru_cache
def _digest_at(of: Callable[[str], str], source: str, _: Stamp) -> str:
    return of(source)


def _model_sha256(path: str) -> str:
    from sim.forecast.onnx_file import read_onnx

    return hashlib.sha256(read_onnx(Path(path))).hexdigest()


def _srs_sha256(source: str) -> str:
    return ",".join(load_srs(source).digests)
