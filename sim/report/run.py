"""The report of a run."""

from pathlib import Path

from sim.outputs.figures.gallery import gallery
from sim.report.document import Document, Notice, Section
from sim.report.how_it_was_run import how_to_check_it, scenario_table, what_it_does_not_show, what_was_run
from sim.report.numbers import listed
from sim.report.run_sections import (
    attempts_to_cheat,
    forecasts,
    homes,
    market,
    outcome,
    pictures,
    proofs_and_gas,
    unproved,
)
from sim.report.saved_run import SavedRun, read_run


def run_document(directory: Path) -> Document:
    """The report of a run directory. Raises InputError where a file is missing or damaged."""
    run = read_run(directory)
    drawn = pictures(gallery(run.tables, run.summary))
    cheats = [attempts_to_cheat(run)] if run.scenario.adversaries.anybody else []
    sections = (
        what_was_run(run),
        outcome(run),
        market(run, drawn),
        homes(run, drawn),
        forecasts(run, drawn),
        proofs_and_gas(run, drawn),
        *cheats,
        what_it_does_not_show(run),
        how_to_check_it(run),
        Section("The scenario, field by field", (scenario_table(run.scenario),)),
    )
    return _with_notices(run, sections)


def _with_notices(run: SavedRun, sections: tuple[Section, ...]) -> Document:
    title = f"{run.scenario.name}, seed {run.summary['seed']}"
    subtitle = "A run of zkpet, a simulator of energy markets with a zero-knowledge proof behind every bid"
    plain = Document(title, subtitle, (), sections)
    private = Notice(
        "Private, the homes' own, because drawn from their readings: the second paragraph of section 2, and "
        f"{listed([f'“{block.title}”' for block in plain.private()])}. Whoever passes this report on passes "
        "them on."
    )
    policy = unproved(run)
    first = (private, Notice(policy)) if policy else (private,)
    return Document(title, subtitle, first, sections)
