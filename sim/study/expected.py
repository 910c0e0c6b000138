"""What a study will cost at most, before any of it is run, and whether all of it can be run."""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sim.costs.estimate import START_S, TRAINING_START_S, Estimate, estimate, slowness_of_this_machine
from sim.costs.explain import resolved
from sim.data.population import Population, build_population
from sim.errors import InputError
from sim.seeds import Streams
from sim.simulation.feasibility import check_feasible, check_trainable
from sim.simulation.notices import notices, paragraph
from sim.study.bootstrap import basis_of_intervals
from sim.study.cells import Cell, Design, check_whole
from sim.study.engine import FEWEST_WORKERS
from sim.study.figures.planned import described, planned
from sim.study.waves import cells_at_once, makers, provers_per_cell, waves

Point = tuple[object, ...]


@dataclass(frozen=True)
class Expected:
    """Work of some cells, if the store holds nothing yet; seconds are this machine's with ``jobs`` cores.

    notices: what is worth knowing of them beforehand
    """

    cells: int
    proofs: int
    circuits: int
    prove_cpu_s: float
    chain_s: float
    gas: int
    wall_s: float
    notices: tuple[str, ...]


def expected(study: Design, cells: Sequence[Cell], jobs: int) -> Expected:
    """The sum over cells, of which one in each group makes the models and proofs, as in a sweep.

    Each point is foreseen with the first of its seeds, and counted for all of them. Raises InputError, naming
    the cell, where homes, contract or circuits do not allow it.
    """
    slowness, making = slowness_of_this_machine(), makers(study, cells)
    firsts: dict[Point, Cell] = {}
    ways: dict[Point, Counter[tuple[int, int, bool]]] = defaultdict(Counter)  # in which the point's cells run
    for wave in waves(study, cells):
        at_once, provers = cells_at_once(jobs, len(wave)), provers_per_cell(jobs, len(wave))
        for cell in wave:
            ways[cell.values][at_once, provers, cell.address not in making] += 1
    for cell in cells:
        firsts.setdefault(cell.values, cell)
    foreseen: list[tuple[int, int, Estimate]] = []
    told: Counter[str] = Counter()
    for point, cell in firsts.items():
        scenario, population = cell.scenario, _population(study, cell)
        told.update(notices(scenario, population))
        for (at_once, provers, is_made), count in ways[point].items():
            each = estimate(scenario, population, provers, slowness, in_sweep=True, is_made=is_made)
            foreseen.append((count, at_once, each))
    return Expected(
        cells=len(cells),
        proofs=sum(count * each.proofs for count, _, each in foreseen),
        circuits=sum(count * each.circuits for count, _, each in foreseen),
        prove_cpu_s=sum(count * each.prove_cpu_s for count, _, each in foreseen),
        chain_s=sum(count * each.chain_s for count, _, each in foreseen),
        gas=sum(count * each.gas for count, _, each in foreseen),
        wall_s=slowness * start_s(jobs, len(cells))
        + sum(count * each.wall_s / at_once for count, at_once, each in foreseen),
        notices=tuple(
            sentence if points == len(firsts) else f"at {points:,} of {len(firsts):,} points: {sentence}"
            for sentence, points in told.items()
        ),
    )


def start_s(jobs: int, cells: int) -> float:
    """Seconds of the reference machine beside all cells: the sweep's start and end, and its workers' starts.

    Workers load what they need with their first cell, so as many at once as run side by side.
    """
    at_once = cells_at_once(jobs, cells)
    workers = min(max(at_once, FEWEST_WORKERS), cells)
    return START_S + (START_S + TRAINING_START_S) * math.ceil(workers / at_once)


def _population(study: Design, cell: Cell) -> Population:
    """The homes of a cell that can be run."""
    try:
        population = build_population(cell.scenario, Streams(cell.seed))
        check_feasible(cell.scenario, population)
        check_trainable(cell.scenario, population)
        check_whole(cell, population.days)
    except InputError as error:
        raise InputError(f"[sweep] {study.label(cell)}: {error}") from None
    return population


def study_explanation(study: Design, jobs: int) -> str:
    """Axes, the resolved first cell, the figures to be drawn, and the cost of all, for the terminal."""
    cost = expected(study, study.cells, jobs)
    points = list(dict.fromkeys(cell.values for cell in study.cells))
    figures = described(planned(points, study.axes))
    first, notes = resolved(study.cells[0].scenario), paragraph(cost.notices)
    return "\n".join([*_axes(study), "", *first, "", *notes, *figures, "", *_costs(cost, jobs)])


def _axes(study: Design) -> list[str]:
    width = max(map(len, study.axes))
    lines = []
    for number, axis in enumerate(study.axes):
        values = dict.fromkeys(str(cell.values[number]) for cell in study.cells)
        lines.append(f"  {axis:<{width}}  {', '.join(values)}")
    return [f"study: {study.size}", *lines, f"  {basis_of_intervals(study.seeds, study.days)}"]


def _costs(cost: Expected, jobs: int) -> list[str]:
    rows = [
        ("cells", f"{cost.cells:,}", ""),
        ("proofs", f"{cost.proofs:,}", "fewer where the store has some"),
        ("circuits", f"{cost.circuits:,}", "likewise"),
        ("proving", f"{cost.prove_cpu_s:,.0f}", "CPU-s"),
        ("chain", f"{cost.chain_s:,.0f}", f"s, {cost.gas / 1e6:,.0f} M gas"),
        ("wall time", duration(cost.wall_s), f"with --jobs {jobs}"),
    ]
    return [
        "cost, at most:",
        *(f"  {name:<10} {figure:>10}   {note}".rstrip() for name, figure, note in rows),
    ]


def duration(seconds: float) -> str:
    """A time that people plan with."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
