"""Packing: a run directory's public part, executed again and written as a bundle."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.bundle.archive import MAX_BYTES, check_replaceable, write_archive
from sim.bundle.community import founded, srs_source
from sim.bundle.contents import (
    FILES,
    FORMAT,
    NOT_CHECKED,
    PLUGINS,
    Sources,
    bundle_of,
    checked_manifest,
    read_models,
    read_scenario,
)
from sim.bundle.execution import execute_whole_run
from sim.bundle.foundation import check_foundation
from sim.bundle.public import files_of
from sim.errors import BundleError, InputError
from sim.outputs import chain_record
from sim.outputs.run_directory import CHAIN, MANIFEST, MODELS, SCENARIO, is_run
from sim.outputs.saved import read_json
from sim.proofs.srs import load_srs
from sim.runtime.progress import Progress
from sim.runtime.store import DEFAULT_STORE, open_store
from sim.runtime.untrusted import MOST_TOML_BYTES, read_text
from sim.schema.file import without_folders


@dataclass(frozen=True)
class Packed:
    """What a bundle holds: files, bytes, transactions, and the digest of its market."""

    files: int
    size: int
    transactions: int
    market_digest: str


def pack(folder: Path, bundle: Path, jobs: int, progress: Progress, srs_file: Path | None = None) -> Packed:
    """Pack the run in ``folder`` into a bundle.

    srs_file: the ceremony's SRS, where the run was proved under one

    Its transactions are executed again on py-evm, whichever EVM the run was on, and have to leave the same
    receipts and market; its files are named without their folders. Raises InputError where the folder holds
    no run with a chain, one that this version would not have made, or one that no verification would read.
    """
    check_replaceable(bundle)
    manifest = _manifest(folder)
    sources = _read_run(folder, manifest)
    source = srs_source(folder, sources.scenario, srs_file)
    srs, store = load_srs(source), open_store(DEFAULT_STORE)  # whatever store the folder names
    total = sum(len(each.block.transactions) for each in sources.record)
    try:
        with founded(sources, srs, source, jobs, store, progress) as community:
            check_foundation(community, sources.record)
            with progress.stage("chain", total, "transactions") as advance:
                executed = execute_whole_run(community, sources.record, advance)
            files = files_of(sources, community, executed, srs, manifest[NOT_CHECKED])
    except BundleError as error:
        raise InputError(f"{folder}: is not a run of this version: {error}") from None
    made = bundle_of(files, bundle)
    claimed, found = manifest["market_digest"], made.manifest["market_digest"]
    if found != claimed:
        raise InputError(f"{folder}: its {MANIFEST} claims market {claimed}, its chain holds {found}")
    if (size := sum(map(len, files.values()))) > MAX_BYTES * 0.99:
        raise InputError(
            f"{folder}: its bundle would have {size:,} bytes, and none larger than {MAX_BYTES:,} is read; "
            "a run of fewer days or homes has less"
        )
    write_archive(bundle, files)
    return Packed(len(files), bundle.stat().st_size, total, found)


def _manifest(folder: Path) -> Mapping[str, Any]:
    """What a bundle's manifest takes over from a run's."""
    if not is_run(folder):
        raise InputError(f"{folder}: holds no finished run")
    given = read_json(folder / MANIFEST)
    resolved = given.get("resolved")
    resolved = resolved if isinstance(resolved, dict) else {}
    claims = {
        "format": FORMAT,
        **{name: resolved.get(name) for name in ("homes", "has_pv", "slot_s")},
        "data_sha256": given.get("data_sha256"),
        "market_digest": given.get("market_digest"),
        FILES: {},
        NOT_CHECKED: {"versions": given.get("versions"), PLUGINS: given.get(PLUGINS)},
    }
    try:
        return checked_manifest(claims)
    except ValueError as error:
        raise InputError(f"{folder}: its {MANIFEST} is not as a run leaves it: {error}") from None


def _read_run(folder: Path, manifest: Mapping[str, Any]) -> Sources:
    homes = manifest["homes"]
    try:
        scenario = read_scenario(read_text(folder / SCENARIO, MOST_TOML_BYTES))
        scenario = without_folders(scenario)  # as older runs have them
        if not scenario.chain.executes:
            backend = scenario.chain.backend
            raise InputError(
                f'{folder}: was run with chain.backend = "{backend}", so it has no chain to check'
            )
        if not (folder / CHAIN).is_file():
            raise InputError(f"{folder}: holds no {CHAIN}; a cell of a study does not, nor an older run")
        return Sources(
            scenario=scenario,
            models=read_models(read_text(folder / MODELS, MAX_BYTES), scenario, homes),
            homes=tuple(homes),
            has_pv=tuple(manifest["has_pv"]),
            slot_s=manifest["slot_s"],
            record=tuple(chain_record.from_json(read_text(folder / CHAIN, MAX_BYTES))),
            data_sha256=manifest["data_sha256"],
        )
    except InputError:
        raise
    except ValueError as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"{folder}: is not as a run leaves it: {reason}") from None
