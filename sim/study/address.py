"""What names a cell: everything that decides its results, and nothing else."""

import hashlib
import json
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
    """sha-256 over the resolved scenario, data, SRS, versions and source.

    Where files lie changes nothing: their contents stand in place of their paths, and the proof store is left
    out. Raises InputError where data or SRS cannot be read.
    """
    content = {
        "scenario": tomli_w.dumps(_placeless(scenario)),
        "data": _data_sha256(scenario.population.source),
        "srs": _srs_digests(scenario.proofs.srs),
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
    document["population"]["source"] = f"sha256:{_data_sha256(scenario.population.source)}"
    document["proofs"] |= {"store": DEFAULT_STORE, "srs": ",".join(_srs_digests(scenario.proofs.srs))}
    return document


def _data_sha256(source: str) -> str:
    return _data_sha256_at(source, stamp_of(Path(source)))


@lru_cache
def _data_sha256_at(source: str, stamp: Stamp) -> str:
    del stamp
    return data_sha256(source)


def _srs_digests(source: str) -> tuple[str, ...]:
    return _srs_digests_at(source, stamp_of(Path(source)))


@lru_cache
def _srs_digests_at(source: str, stamp: Stamp) -> tuple[str, ...]:
    del stamp
    return load_srs(source).digests
