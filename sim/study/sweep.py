"""A sweep: the cells of a study that are not done yet, then the study's tables and figures."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from sim.errors import SimulationError
from sim.outputs.saved import understood
from sim.plugins import loaded_plugins
from sim.runtime.progress import Progress
from sim.study.cells import Cell, Design
from sim.study.engine import Engine, open_engine
from sim.study.expected import duration, expected
from sim.study.study_directory import (
    LOG,
    check_study_writable,
    is_done,
    sole_writer,
    write_cell,
    write_log,
    write_study,
)
from sim.study.study_tables import cell_rows, digest_of, write_results
from sim.study.waves import cells_at_once, provers_per_cell, waves
from sim.study.worker import CellJob, CellResult


def sweep(study: Design, out: Path, engine: str, jobs: int | None, progress: Progress) -> list[str]:
    """Run what is left of a study into ``out``; a sentence for each figure that could not be drawn.

    Raises InputError before anything is run where a cell could not be, SimulationError at the end where cells
    failed, KeyboardInterrupt saying how many cells are done.
    """
    check_study_writable(out)
    try:
        failed, left_out = _sweep(study, out, engine, jobs, progress)
    except KeyboardInterrupt:
        done = sum(is_done(out, cell) for cell in study.cells)
        raise KeyboardInterrupt(
            f"interrupted; {done} of {len(study.cells)} cells are done, and the same command goes on"
        ) from None
    if failed:
        raise SimulationError(_failure(study, failed, out))
    return left_out


def _sweep(
    study: Design, out: Path, engine: str, jobs: int | None, progress: Progress
) -> tuple[list[CellResult], list[str]]:
    """Run, write and sum up what is left; returns what failed, and what could not be drawn."""
    left = [cell for cell in study.cells if not is_done(out, cell)]
    with ExitStack() as stack:
        opened = stack.enter_context(open_engine(engine, jobs))
        ahead = expected(study, left, opened.jobs)
        for sentence in ahead.notices:
            progress.note(sentence)
        stack.enter_context(sole_writer(out))
        write_study(out, _facts(study, None))
        failed = []
        with progress.stage(f"cells (about {duration(ahead.wall_s)})", len(left), "cells") as advance:
            for result in _results(study, left, opened):
                if problem := _keep(study, result, out):
                    progress.say(problem)
                    failed.append(result)
                advance(1)
        progress.say("writing tables and figures")
        return failed, _finish(study, out, {result.cell.address for result in failed})


def _results(study: Design, left: Sequence[Cell], engine: Engine) -> Iterator[CellResult]:
    """What becomes of cells, wave by wave, as they come."""
    for wave in waves(study, left):
        at_once, provers = cells_at_once(engine.jobs, len(wave)), provers_per_cell(engine.jobs, len(wave))
        yield from engine.run([CellJob(cell, provers, loaded_plugins()) for cell in wave], at_once)


def _keep(study: Design, result: CellResult, out: Path) -> str:
    """Write a cell that succeeded, and a line of the log; of one that failed, what to tell of it."""
    label, problem = study.label(result.cell), ""
    if result.contents is None:
        became = f"failed: {result.problem}"
        problem = f"failed: {label}: {result.problem}"
    else:
        write_cell(out, result.cell, result.contents)
        summary = result.contents.summary
        became = f"{summary['proofs_made']} proofs made, {summary['proofs_cached']} re-used"
    when = datetime.now(UTC).isoformat(timespec="seconds")
    trace = f"\n{result.trace.rstrip()}" if result.trace else ""
    write_log(out, f"{when}  {result.cell.name}  {label}  {result.seconds:.1f} s  {became}{trace}")
    return problem


def _finish(study: Design, out: Path, failed: Collection[str]) -> list[str]:
    """Tables and figures of all cells but those at the addresses that failed."""
    done = [cell for cell in study.cells if cell.address not in failed]
    with understood(out):  # cells that were there may be anybody's
        rows = cell_rows(out, study, done)
        digest = digest_of(rows)
        left_out = write_results(out, study, done, rows) if done else []
    write_study(out, _facts(study, digest if len(done) == len(study.cells) else None))
    return left_out


def _facts(study: Design, digest: str | None) -> dict[str, object]:
    return {
        "name": study.name,
        "axes": list(study.axes),
        "seeds": study.seeds,
        "seed": study.cells[0].seed,
        "cells": len(study.cells),
        "cells_digest": digest,
    }


def _failure(study: Design, failed: Sequence[CellResult], out: Path) -> str:
    first = failed[0]
    count = (
        f"{len(failed)} of {len(study.cells)} cells failed, all in {out / LOG}; the first"
        if failed[1:]
        else "cell"
    )
    return f"{count} {first.cell.name} ({study.label(first.cell)}): {first.problem}"
