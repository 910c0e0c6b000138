"""A study in Python: swept, or read from its directory."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from decimal import Decimal
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sim.api.runs import Run, read_run
from sim.api.units import Table, columns_in_units, rows_in_units
from sim.errors import InputError
from sim.outputs.saved import read_json, read_tables, understood
from sim.runtime.progress import Progress
from sim.runtime.scratch import scratch_folder
from sim.runtime.wording import counted
from sim.schema.scenario import Scenario
from sim.study.cells import Design
from sim.study.statistics import STATISTICS
from sim.study.study_directory import CELLS, STUDY
from sim.study.study_file import SEEDS, design_of, sweep_of
from sim.tables.studies import STUDY_TABLES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sim.study.figures.study_figure import StudyTables


@dataclass(frozen=True, repr=False)
class Study:
    """A finished study. Tables are DataFrames in $ and kWh; ``exact`` has them as its directory does.

    name:      of its scenario
    axes:      the fields that differ between its points
    facts:     what study.json says of it
    exact:     tables by name: cells, days, circuits, points, differences
    directory: where its cells' runs are; None where they were not kept
    left_out:  a sentence for each figure that could not be drawn when it was swept
    """

    name: str
    axes: tuple[str, ...]
    facts: Mapping[str, Any]
    exact: Mapping[str, pd.DataFrame] = field(compare=False)
    directory: Path | None = None
    left_out: tuple[str, ...] = ()

    days, circuits = Table("days"), Table("circuits")

    @property
    def cells(self) -> pd.DataFrame:
        """One row per cell: its axes, its seed, and the figures of its run."""
        return columns_in_units(self.exact["cells"])

    @property
    def points(self) -> pd.DataFrame:
        """One row per point: of each measure the mean, from three seeds on its error and interval too."""
        return columns_in_units(self.exact["points"], [f"_{each}" for each in STATISTICS])

    @property
    def differences(self) -> pd.DataFrame:
        """Points less the point at the first value of an axis, paired, measure by measure."""
        return rows_in_units(self.exact["differences"], ("difference", "se", "low", "high"))

    @property
    def digest(self) -> str | None:
        """The digest of its cells; None where some are not done."""
        return self.facts["cells_digest"]  # type: ignore[no-any-return]

    def run(self, cell: str) -> Run:
        """The run of a cell, by its name in ``cells``. Raises InputError where its directory is not there."""
        if self.directory is None or cell not in set(self.exact["cells"]["cell"]):
            kept = (
                "the study was swept without a directory" if self.directory is None else "it has no such cell"
            )
            raise InputError(f"{self.name}: no run of cell {cell}: {kept}")
        return read_run(self.directory / CELLS / cell)

    @property
    def figures(self) -> Mapping[str, str]:
        """The figures that its axes call for: an empty text, or why one cannot be drawn."""
        from sim.study.figures.gallery import plan_of

        return {name: draw if isinstance(draw, str) else "" for name, draw in plan_of(self._tables()).items()}

    def figure(self, name: str) -> "Figure":
        """One of ``figures``. Raises InputError where none has that name, or it cannot be drawn."""
        from sim.outputs.figures.style import house_style
        from sim.study.figures.gallery import plan_of

        plan = plan_of(self._tables())
        draw = plan.get(name, f"no figure of this study has that name: should be one of {', '.join(plan)}")
        if isinstance(draw, str):
            raise InputError(f"{name}: {draw}")
        with house_style():
            return draw(self._tables())

    def _tables(self) -> "StudyTables":
        from sim.study.figures.study_figure import StudyTables

        return StudyTables(self.name, self.axes, self.exact["cells"], self.exact["points"])

    def __repr__(self) -> str:
        cells, axes = counted(self.facts["cells"], "cell"), ", ".join(self.axes)
        return f"<Study {self.name}: {cells}, {counted(self.facts['seeds'], 'seed')}, by {axes}>"

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self)[1:-1])}</p>{self.points.to_html()}"


def sweep(
    scenario: Scenario,
    axes: Mapping[str, Sequence[Any]],
    *,
    seeds: int = 1,
    jobs: int | None = None,
    directory: str | Path | None = None,
    engine: str = "local",
    quiet: bool = True,
) -> Study:
    """Run a scenario at every point of a grid, with the seeds from its own on.

    axes:      by field, its values; fields under "zipped" advance together
    jobs:      processors to be used, by default all; changes nothing but the time
    directory: where the study is kept, and goes on where an earlier one stopped; by default it is not kept
    engine:    "local" processes, or "ray"

    Raises InputError before anything is run where a cell could not be, SimulationError where cells failed.
    """
    given = sweep_of({SEEDS: seeds, **_as_in_a_file(axes)})
    design = design_of(scenario.document(), given, Path.cwd())
    return swept(design, directory, jobs, engine, Progress(quiet))


def swept(
    design: Design, directory: str | Path | None, jobs: int | None, engine: str, progress: Progress
) -> Study:
    """Run what is left of a design, in a temporary directory where none is named."""
    from sim.study.sweep import sweep as run_cells

    with ExitStack() as stack:
        kept = None if directory is None else Path(directory)
        out = kept or stack.enter_context(scratch_folder("study")) / design.name
        left_out = run_cells(design, out, engine, jobs, progress)
        return replace(read_study(out), directory=kept, left_out=tuple(left_out))


def read_study(directory: Path) -> Study:
    """Read a study directory. Raises InputError where a file is missing or damaged."""
    with understood(directory):
        facts, tables = read_json(directory / STUDY), read_tables(directory, tuple(STUDY_TABLES))
        return Study(facts["name"], tuple(facts["axes"]), facts, tables, directory)


def _as_in_a_file(value: Any) -> Any:
    """Lists and exact numbers, as TOML has them, in place of Python's sequences and floats."""
    if isinstance(value, Mapping):
        return {key: _as_in_a_file(each) for key, each in value.items()}
    if isinstance(value, list | tuple | range):
        return [_as_in_a_file(each) for each in value]
    return Decimal(str(value)) if isinstance(value, float) else value
