"""Packing: a run directory's public part, executed again and written as a bundle."""

import json
from pathlib import Path
from typing import Any

from sim.bundle.archive import check_replaceable, write_archive
from sim.bundle.contents import Sources, read_has_pv, read_models, read_scenario
from sim.bundle.course import check_course
from sim.bundle.execution import execute
from sim.bundle.foundation import check_foundation
from sim.bundle.public import files_of
from sim.bundle.town import founded
from sim.errors import BundleError, InputError
from sim.outputs import chain_record
from sim.outputs.run_directory import CHAIN, MANIFEST, MODELS, SCENARIO, is_run
from sim.progress import Progress
from sim.proofs.srs import load_srs
from sim.scenario import DEFAULT_STORE, SHIPPED_SRS, Scenario
from sim.scenario_file import without_folders
from sim.store import open_store


def pack(folder: Path, bundle: Path, jobs: int, progress: Progress, srs_file: Path | None = None) -> str:
    """Pack the run in ``folder`` into a bundle, and say what is in it.

    srs_file: the ceremony's SRS, where the run was proved under one

    Its transactions are executed again on py-evm, whichever EVM the run was on, and have to leave the same
    receipts and market. Raises InputError where the folder holds no run with a chain, or one that this
    version would not have made.
    """
    check_replaceable(bundle)
    sources, manifest = _read_run(folder)
    scenario = sources.scenario
    srs_source = _srs_source(folder, scenario, srs_file)
    srs, store = load_srs(srs_source), open_store(DEFAULT_STORE)  # whatever store the folder names
    total = sum(len(each.block.transactions) for each in sources.record)
    try:
        with founded(sources, srs, srs_source, jobs, store, progress) as town:
            check_foundation(town, sources.record)
            with progress.stage("chain", total, "transactions") as advance:
                executed = execute(town, sources.record, advance)
            check_course(town, executed)
            files = files_of(sources, town, executed, srs, {"versions": manifest["versions"]})
    except BundleError as error:
        raise InputError(f"{folder}: is not a run of this version: {error}") from None
    digest = json.loads(files[MANIFEST])["market_digest"]
    if digest != manifest["market_digest"]:
        raise InputError(
            f"{folder}: its {MANIFEST} claims market {manifest['market_digest']}, its chain holds {digest}"
        )
    write_archive(bundle, files)
    size = bundle.stat().st_size
    return f"{bundle}: {len(files)} files, {size:,} bytes, {total} transactions\nmarket digest {digest}"


def _srs_source(folder: Path, scenario: Scenario, file: Path | None) -> str:
    """The shipped SRS or the one given; never one that the run directory names."""
    if scenario.proofs.srs == SHIPPED_SRS or scenario.proofs.policy != "all":
        if file:
            raise InputError(f"--srs {file}: {folder} is a run that was not proved under a ceremony's SRS")
        return SHIPPED_SRS
    if not file:
        raise InputError(
            f"{folder}: was proved under a ceremony's SRS, {scenario.proofs.srs}; name that file with --srs"
        )
    return str(file)


def _read_run(folder: Path) -> tuple[Sources, dict[str, Any]]:
    if not is_run(folder):
        raise InputError(f"{folder}: holds no finished run")
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        scenario = read_scenario((folder / SCENARIO).read_text(encoding="utf-8"), folder / SCENARIO)
        scenario = without_folders(scenario)  # as older runs have them
        if scenario.chain.backend == "none":
            raise InputError(f'{folder}: was run with chain.backend = "none", so it has no chain to check')
        if not (folder / CHAIN).is_file():
            raise InputError(f"{folder}: holds no {CHAIN}; a cell of a study does not, nor an older run")
        homes = manifest["resolved"]["homes"]
        sources = Sources(
            scenario=scenario,
            models=read_models((folder / MODELS).read_text(encoding="utf-8"), scenario, homes),
            homes=tuple(homes),
            has_pv=read_has_pv(manifest["resolved"]["has_pv"], homes),
            slot_s=manifest["resolved"]["slot_s"],
            record=tuple(chain_record.from_json((folder / CHAIN).read_text(encoding="utf-8"))),
            data_sha256=manifest["data_sha256"],
        )
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"{error.filename}: cannot read it ({error.strerror})") from None
    except (ValueError, KeyError, TypeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"{folder}: is not as a run leaves it: {reason}") from None
    return sources, manifest
