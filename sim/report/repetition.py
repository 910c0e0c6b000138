"""How a study is repeated: its sweep as a scenario file has it, and what comes out."""

from collections.abc import Iterator, Mapping
from typing import Any

from sim.report.document import Block, Listing, Text
from sim.report.settings import scenario_table
from sim.runtime.untrusted import parsed_toml
from sim.schema.file import SWEEP
from sim.schema.scenario import Scenario
from sim.study.figures.study_figure import StudyTables
from sim.study.study_file import SEEDS, ZIPPED


def axis_values(study: StudyTables) -> dict[str, list[Any]]:
    """The values of every axis; of axes that advance together, step by step."""
    return {
        axis: [step[place] for step in dimension.steps]
        for dimension in study.dimensions
        for place, axis in enumerate(dimension.axes)
    }


def how_to_repeat(facts: Mapping[str, Any], study: StudyTables, first: Scenario | None) -> Iterator[Block]:
    """The sweep, its command and its digest; with the scenario of the first cell where that is known."""
    yield Text(
        "The sweep, as the study's scenario file has it; all else in the file is the same at every point:"
    )
    yield Listing(tuple(_sweep(study, facts["seeds"])))
    yield Text("The same command goes on where a sweep was stopped:")
    yield Listing((f"zkpet sweep {facts['name']}.toml --out STUDY_DIR", "zkpet plot STUDY_DIR --csv"))
    if digest := facts["cells_digest"]:
        yield Text("With this version, these libraries and the same models, study.json then holds the digest")
        yield Listing((f"cells_digest {digest}",))
    if first:
        yield Text(
            "Every cell is a run directory, of which zkpet report makes a report. The first one's scenario:"
        )
        yield scenario_table(first)
    else:
        yield Text(
            "The study's directory holds its cells no longer, and so not the scenario that they share."
        )


def _sweep(study: StudyTables, seeds: int) -> Iterator[str]:
    """The sweep as a scenario file has it."""
    yield f"[{SWEEP}]"
    yield f"{SEEDS} = {seeds}"
    axes = axis_values(study)
    single = [dimension.axes[0] for dimension in study.dimensions if len(dimension.axes) == 1]
    yield from (_line(axis, axes[axis]) for axis in single)
    zipped = [axis for dimension in study.dimensions if len(dimension.axes) > 1 for axis in dimension.axes]
    if zipped:
        yield f"[{SWEEP}.{ZIPPED}]"
        yield from (_line(axis, axes[axis]) for axis in zipped)


def _line(axis: str, values: list[Any]) -> str:
    return f'"{axis}" = [{", ".join(map(_toml, values))}]'


def _toml(value: Any) -> str:
    """A value as TOML; what tables hold as text may have been a date, a list or a table."""
    if isinstance(value, bool):
        return str(value).lower()
    try:
        parsed_toml(f"value = {value}")
    except ValueError:
        return f'"{value}"'
    return str(value)
