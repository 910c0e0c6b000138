"""A finished run as its directory holds it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from sim.outputs.own_files import OF_GAPS
from sim.outputs.run_directory import CHAIN, MANIFEST, SCENARIO, SUMMARY
from sim.outputs.saved import read_json, read_tables
from sim.schema.file import load_saved_scenario, without_folders
from sim.schema.scenario import Scenario
from sim.tables.runs import read_by


@dataclass(frozen=True)
class SavedRun:
    """What a report tells of.

    has_chain: whether the directory holds the record that a bundle is packed from
    """

    scenario: Scenario
    summary: Mapping[str, Any]
    manifest: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame]
    has_chain: bool

    @property
    def proved(self) -> bool:
        """Whether the chain's verifier saw a proof of every bid."""
        return bool(self.summary["proof_policy"] == "all")


def read_run(directory: Path) -> SavedRun:
    """Read a run directory. Raises InputError where a file is missing or damaged."""
    scenario = load_saved_scenario(directory / SCENARIO)
    gaps = (directory / OF_GAPS).is_file()
    names = read_by("report", scenario.adversaries.anybody, scenario.market.sealed, gaps)
    return SavedRun(
        scenario=without_folders(scenario),
        summary=read_json(directory / SUMMARY),
        manifest=read_json(directory / MANIFEST),
        tables=read_tables(directory, names),
        has_chain=(directory / CHAIN).is_file(),
    )
