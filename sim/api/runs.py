"""A run in Python: simulated without a directory, or read from one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sim.api.readings import with_readings
from sim.api.units import Table, in_units, measures_of
from sim.errors import InputError
from sim.market.mechanisms import Mechanism
from sim.outputs.run_directory import (
    CHAIN,
    MANIFEST,
    MODELS,
    SCENARIO,
    SUMMARY,
    RunContents,
    check_writable,
    is_run,
    new_run,
    write_run,
)
from sim.outputs.saved import MOST_TEXT_BYTES, read_json, read_tables, understood
from sim.runtime.cores import CORES
from sim.runtime.progress import Progress
from sim.runtime.untrusted import read_text
from sim.runtime.wording import counted
from sim.schema.file import load_saved_scenario
from sim.schema.scenario import Scenario
from sim.tables.runs import RUN_TABLES
from sim.units import kwh

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, repr=False)
class Run:
    """A finished run. Tables are DataFrames in $ and kWh; ``exact`` has them in nano-$ and Wh, as integers.

    scenario: what was run
    contents: what its run directory holds, or would hold
    """

    scenario: Scenario
    contents: RunContents = field(compare=False)

    slots, orders, trades, homes = Table("slots"), Table("orders"), Table("trades"), Table("agents")
    days, forecasts, clusters, circuits = (
        Table("days"),
        Table("forecasts"),
        Table("clusters"),
        Table("circuits"),
    )
    proofs, blocks, transactions, gas = Table("proofs"), Table("blocks"), Table("transactions"), Table("gas")

    @property
    def exact(self) -> Mapping[str, pd.DataFrame]:
        """The tables by name as a run directory has them; "attempts" and "attacks" where somebody cheats."""
        return self.contents.tables

    @property
    def summary(self) -> Mapping[str, Any]:
        """Every figure of summary.json, in nano-$ and Wh."""
        return self.contents.summary

    @property
    def measures(self) -> pd.Series:
        """The numbers of the summary, in $ and kWh."""
        return measures_of(self.summary)

    @property
    def digest(self) -> str:
        """The market digest, which names orders, fills, prices and balances."""
        return str(self.summary["market_digest"])

    def figure(self, name: str) -> "Figure":
        """One of the figures of a run directory. Raises InputError where none has that name."""
        from sim.outputs.figures.gallery import DRAWINGS, OF_GAPS
        from sim.outputs.figures.style import house_style

        drawings = DRAWINGS | (OF_GAPS if "gaps" in self.exact else {})
        if name not in drawings:
            known = ", ".join(drawings)
            raise InputError(f'no figure of a run is called "{name}": should be one of {known}')
        with house_style():
            return drawings[name](self.exact, self.summary)

    def best_responses(self, mechanism: Mechanism | None = None) -> pd.DataFrame:
        """What homes could have gained by other limits, each alone, on the book of all others' orders.

        One row per order: ``slot``, ``agent``, ``short_side`` (whether its side had less energy), and
        ``gain_usd`` over the limit that it had, if its forecast holds. Another mechanism may be given.
        Raises InputError where it clears in rounds.
        """
        from sim.api.best_responses import best_responses_in

        return in_units(best_responses_in(self.scenario, self.exact, mechanism))

    def save(self, directory: str | Path, quiet: bool = True) -> Path:
        """Write the run's directory, in place of an older run. Raises InputError at anything else there."""
        from sim.outputs.figures import write_figures

        out, progress = Path(directory), Progress(quiet)
        check_writable(out)
        progress.say("writing tables and figures")
        with new_run(out, progress.say) as folder:
            write_run(folder, self.contents)
            write_figures(folder, self.exact, self.summary)
        return out

    def __repr__(self) -> str:
        s = self.summary
        homes, slots = counted(s["agents"], "home"), counted(s["slots"], "slot")
        traded = f"{kwh(s['traded_wh']):,.1f} kWh traded"
        return (
            f"<Run {s['scenario']}, seed {s['seed']}: {homes}, {slots}, {traded}, "
            f"market digest {self.digest[:16]}>"
        )

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self)[1:-1])}</p>{self.measures.to_frame('value').to_html()}"


def run(
    scenario: Scenario,
    *,
    readings: pd.DataFrame | None = None,
    jobs: int | None = None,
    directory: str | Path | None = None,
    quiet: bool = True,
) -> Run:
    """Simulate a scenario; nothing is written but what its store keeps, unless a directory is named.

    readings:  homes in place of the scenario's source, with the columns of a CSV file
    jobs:      processes that prove, by default one per core; changes nothing but the time
    directory: where the run is saved; looked at before anything is simulated
    quiet:     whether no progress is shown

    Raises InputError for whatever the user can mend, SimulationError for the rest.
    """
    from sim.simulation.run import run_contents

    if directory is not None:
        check_writable(Path(directory))
    with with_readings(scenario, readings) as given:
        contents = run_contents(given, jobs or CORES, Progress(quiet))
        days = len(contents.tables["days"])  # fewer, where gaps have shortened the period
        made = Run(given if days == given.time.days else given.changed({"time.days": days}), contents)
    if directory is not None:
        made.save(directory, quiet)
    return made


def read_run(directory: Path) -> Run:
    """Read a run directory. Raises InputError where it is none, or a file is missing or damaged."""
    if not is_run(directory):
        raise InputError(f"{directory}: should be a run directory, with {SUMMARY} and {MANIFEST}")
    names = [name for name in RUN_TABLES if (directory / f"{name}.parquet").is_file()]
    with understood(directory):
        contents = RunContents(
            summary=read_json(directory / SUMMARY),
            tables=read_tables(directory, names),
            scenario_toml=read_text(directory / SCENARIO, MOST_TEXT_BYTES),
            models_json=read_text(directory / MODELS, MOST_TEXT_BYTES),
            manifest=read_json(directory / MANIFEST),
            chain_json=_chain_in(directory),
        )
    return Run(load_saved_scenario(directory / SCENARIO), contents)


def _chain_in(directory: Path) -> str | None:
    path = directory / CHAIN
    return read_text(path, MOST_TEXT_BYTES) if path.is_file() else None
