"""In which order a sweep runs its cells: of those that share models and proofs, one makes them for all."""

from collections.abc import Sequence

from sim.runtime.store import NO_STORE
from sim.study.address import proofs_and_models_of
from sim.study.cells import Cell, Design


def makers(study: Design, left: Sequence[Cell]) -> set[str]:
    """Addresses of the cells that make models and proofs: the first of a group, if none of it is done yet.

    Where nothing is stored, every cell makes its own.
    """
    waiting = {cell.address for cell in left}
    made = {proofs_and_models_of(cell.scenario) for cell in study.cells if cell.address not in waiting}
    found = set()
    for cell in left:
        group = proofs_and_models_of(cell.scenario)
        if group not in made or cell.scenario.proofs.store == NO_STORE:
            found.add(cell.address)
            made.add(group)
    return found


def waves(study: Design, left: Sequence[Cell]) -> list[list[Cell]]:
    """Cells in the order to run them: those first that make models and proofs, or need not wait for them."""
    making = makers(study, left)
    made_now = {proofs_and_models_of(cell.scenario) for cell in left if cell.address in making}
    first: list[Cell] = []
    then: list[Cell] = []
    for cell in left:
        waits = cell.address not in making and proofs_and_models_of(cell.scenario) in made_now
        (then if waits else first).append(cell)
    return [wave for wave in (first, then) if wave]


def cells_at_once(jobs: int, cells: int) -> int:
    """How many cells run side by side."""
    return max(1, min(jobs, cells))


def provers_per_cell(jobs: int, cells: int) -> int:
    """How many prover processes each of them has."""
    return max(1, jobs // cells_at_once(jobs, cells))
