"""What names a cell: everything that decides its results, and nothing else."""

import hashlib
import json
from functools import lru_cache
from pathlib import Path

from sim.proofs.srs import load_srs
from sim.provenance import data_sha256, source_sha256, versions
from sim.scenario import DEFAULT_STORE, EMBEDDED_SOURCE, Chain, Costs, Market, Scenario


def address_of(scenario: Scenario) -> str:
    """sha-256 over the resolved scenario, data, SRS, versions and source.

    Where files lie changes nothing: their contents stand in place of their paths, and the proof store is left
    out. Raises InputError where data or SRS cannot be read.
    """
    content = {
        "scenario": _placeless(scenario).to_toml(),
        "data": _data_sha256(scenario.population.source),
        "srs": _srs_digests(scenario.proofs.srs),
        "versions": versions(),
        "source": source_sha256(),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def proofs_and_models_of(scenario: Scenario) -> str:
    """What scenarios have in common that need the same models and proofs: market, chain and costs aside."""
    shared = {"market": Market(), "chain": Chain(), "costs": Costs()}
    return _placeless(scenario).model_copy(update=shared).to_toml()


def _placeless(scenario: Scenario) -> Scenario:
    population, proofs = scenario.population, scenario.proofs
    source = {"source": f"sha256:{_data_sha256(population.source)}"}
    files = {"store": DEFAULT_STORE, "srs": ",".join(_srs_digests(proofs.srs))}
    return scenario.model_copy(
        update={
            "population": population.model_copy(update=source),
            "proofs": proofs.model_copy(update=files),
        }
    )


def _data_sha256(source: str) -> str:
    changed = 0 if source == EMBEDDED_SOURCE else _changed(source)
    return _data_sha256_at(source, changed)


@lru_cache
def _data_sha256_at(source: str, changed: int) -> str:
    del changed
    return data_sha256(source)


def _changed(source: str) -> int:
    """When a file was last changed, in nanoseconds; 0 where there is none."""
    path = Path(source)
    return path.stat().st_mtime_ns if path.is_file() else 0


def _srs_digests(source: str) -> tuple[str, ...]:
    return _srs_digests_at(source, _changed(source))


@lru_cache
def _srs_digests_at(source: str, changed: int) -> tuple[str, ...]:
    del changed
    return load_srs(source).digests
