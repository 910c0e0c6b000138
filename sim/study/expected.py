"""What a study will cost at most, before any of it is run, and whether all of it can be run."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sim.data.population import build_population
from sim.errors import InputError
from sim.estimate import Estimate, estimate, slowness_of_this_machine
from sim.explain import resolved
from sim.feasibility import check_feasible, check_trainable
from sim.notices import notices, paragraph
from sim.seeds import Streams
from sim.study.bootstrap import basis_of_intervals
from sim.study.cells import Cell, Study
from sim.study.figures.planned import described, planned

Point = tuple[object, ...]


@dataclass(frozen=True)
class Expected:
    """Work of some cells, if nothing can be re-used; seconds are this machine's with ``jobs`` processors.

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


def expected(study: Study, cells: Sequence[Cell], jobs: int) -> Expected:
    """The sum over cells. Each point is foreseen with the first of its seeds, and counted for all of them.

    Raises InputError, naming the cell, where homes, contract or circuits do not allow it.
    """
    slowness = slowness_of_this_machine()
    provers = provers_per_cell(jobs, len(cells))
    by_point: dict[Point, list[Cell]] = {}
    for cell in cells:
        by_point.setdefault(cell.values, []).append(cell)
    told: Counter[str] = Counter()
    foreseen = [(len(same), _foreseen(study, same[0], provers, slowness, told)) for same in by_point.values()]

    def total(figures: Iterable[float]) -> float:
        return sum(count * figure for (count, _), figure in zip(foreseen, figures, strict=True))

    each = [estimate for _, estimate in foreseen]
    return Expected(
        cells=len(cells),
        proofs=int(total(e.proofs for e in each)),
        circuits=int(total(e.circuits for e in each)),
        prove_cpu_s=total(e.prove_cpu_s for e in each),
        chain_s=total(e.chain_s for e in each),
        gas=int(total(e.gas for e in each)),
        wall_s=total(e.wall_s for e in each) / cells_at_once(jobs, len(cells)),
        notices=tuple(
            sentence if points == len(each) else f"at {points:,} of {len(each):,} points: {sentence}"
            for sentence, points in told.items()
        ),
    )


def cells_at_once(jobs: int, cells: int) -> int:
    """How many cells run side by side."""
    return max(1, min(jobs, cells))


def provers_per_cell(jobs: int, cells: int) -> int:
    """How many prover processes each of them has."""
    return max(1, jobs // cells_at_once(jobs, cells))


def _foreseen(study: Study, cell: Cell, provers: int, slowness: float, told: Counter[str]) -> Estimate:
    """What a cell's run will be like; its notices are counted in ``told``."""
    try:
        population = build_population(cell.scenario, Streams(cell.seed))
        check_feasible(cell.scenario, population)
        check_trainable(cell.scenario, population)
    except InputError as error:
        raise InputError(f"[sweep] {study.label(cell)}: {error}") from None
    told.update(notices(cell.scenario, population))
    return estimate(cell.scenario, population, provers, slowness)


def study_explanation(study: Study, jobs: int) -> str:
    """Axes, the resolved first cell, the figures to be drawn, and the cost of all, for the terminal."""
    cost = expected(study, study.cells, jobs)
    points = list(dict.fromkeys(cell.values for cell in study.cells))
    figures = described(planned(points, study.axes))
    first, notes = resolved(study.cells[0].scenario), paragraph(cost.notices)
    return "\n".join([*_axes(study), "", *first, "", *notes, *figures, "", *_costs(cost, jobs)])


def _axes(study: Study) -> list[str]:
    width = max(map(len, study.axes))
    lines = []
    for number, axis in enumerate(study.axes):
        values = dict.fromkeys(str(cell.values[number]) for cell in study.cells)
        lines.append(f"  {axis:<{width}}  {', '.join(values)}")
    return [f"study: {study.size}", *lines, f"  {basis_of_intervals(study.seeds, study.days)}"]


def _costs(cost: Expected, jobs: int) -> list[str]:
    rows = [
        ("cells", f"{cost.cells:,}", ""),
        ("proofs", f"{cost.proofs:,}", "fewer where cells share them"),
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
