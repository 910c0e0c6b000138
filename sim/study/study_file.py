"""Study files: a scenario with a [sweep] table of axes, expanded into cells that are all valid."""

import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from itertools import combinations, product
from pathlib import Path
from typing import Any

from sim.errors import InputError
from sim.schema.document import PATHS, shown, with_field
from sim.schema.file import SWEEP, check_store_named, read_document
from sim.schema.scenario import Scenario
from sim.study.address import address_of
from sim.study.cells import Cell, Design, point_text
from sim.study.grid import Dimension

SEEDS, ZIPPED = "seeds", "zipped"
MOST_CELLS = 10_000
LARGEST_SEED = 2**63 - 1


@dataclass(frozen=True)
class Sweep:
    """A [sweep] table: axes and their values in file order, and how many seeds each point is run with."""

    axes: tuple[Dimension, ...]
    seeds: int

    @property
    def fields(self) -> tuple[str, ...]:
        """The dotted names of all axes' fields, in file order."""
        return tuple(field for axis in self.axes for field in axis.axes)

    def points(self) -> Iterator[tuple[Any, ...]]:
        """The grid's points, the last axis fastest: values in the order of ``fields``."""
        for steps in product(*(axis.steps for axis in self.axes)):
            yield tuple(value for step in steps for value in step)


def sweep_of(table: object) -> Sweep:
    """Read a [sweep] table. Raises InputError, without the file's name, where it makes no sense."""
    if not isinstance(table, Mapping):
        raise InputError(f"{SWEEP} = {shown(table)}: should be a section [{SWEEP}] with axes")
    zipped = table.get(ZIPPED, {})
    if not isinstance(zipped, Mapping):
        raise InputError(f"[{SWEEP}] {ZIPPED} = {shown(zipped)}: should be a section [{SWEEP}.{ZIPPED}]")
    single = {field: values for field, values in table.items() if field not in (SEEDS, ZIPPED)}
    axes = [
        Dimension((field,), tuple((value,) for value in values))
        for field, values in _lists(single, f"[{SWEEP}]")
    ]
    if together := dict(_lists(zipped, f"[{SWEEP}.{ZIPPED}]")):
        axes.append(_zipped(together))
    sweep = Sweep(tuple(axes), _seeds(table.get(SEEDS, 1)))
    _check_fields(sweep)
    _check_size(sweep)
    return sweep


def _lists(table: Mapping[str, Any], where: str, above: str = "") -> Iterator[tuple[str, list[Any]]]:
    """Dotted names and lists of values; an unquoted dotted name makes tables within tables in TOML."""
    for key, values in table.items():
        field = f"{above}{key}"
        if isinstance(values, Mapping):
            yield from _lists(values, where, f"{field}.")
        elif not (isinstance(values, list) and values):
            raise InputError(f"{where} {field} = {shown(values)}: should be a list of at least one value")
        else:
            yield field, values


def _zipped(together: Mapping[str, list[Any]]) -> Dimension:
    lengths = {field: len(values) for field, values in together.items()}
    if len(set(lengths.values())) > 1:
        found = ", ".join(f"{field} has {length}" for field, length in lengths.items())
        raise InputError(f"[{SWEEP}.{ZIPPED}]: lists should be of equal length, but {found}")
    return Dimension(tuple(together), tuple(zip(*together.values(), strict=True)))


def _seeds(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InputError(f"[{SWEEP}] {SEEDS} = {shown(value)}: should be a whole number from 1")
    return value


def _check_fields(sweep: Sweep) -> None:
    if not sweep.axes:
        raise InputError(
            f'[{SWEEP}]: has no axis; name a field and its values, as in "forecast.clusters" = [1, 3]'
        )
    for field in sweep.fields:
        if "." not in field:
            hint = f"; replications are {SEEDS} = n" if field == "seed" else ""
            raise InputError(f'[{SWEEP}] "{field}": should be a field of a section, as section.field{hint}')
    for one, other in combinations(sweep.fields, 2):
        if one == other:
            raise InputError(f'[{SWEEP}] "{one}": is an axis twice')
        if f"{one}.".startswith(f"{other}.") or f"{other}.".startswith(f"{one}."):
            raise InputError(f'[{SWEEP}] "{one}" and "{other}": one holds the other; leave one out')


def _check_size(sweep: Sweep) -> None:
    cells = math.prod(len(axis.steps) for axis in sweep.axes) * sweep.seeds
    if cells > MOST_CELLS:
        raise InputError(f"[{SWEEP}]: has {cells:,} cells, should have at most {MOST_CELLS:,}")


def is_study(path: Path, settings: Sequence[str] = ()) -> bool:
    """Whether a scenario file has a [sweep]. Raises InputError where it is no TOML file."""
    return SWEEP in read_document(path, settings)


def load_study(path: Path, settings: Sequence[str] = (), seed: int | None = None) -> Design:
    """Read a study file; settings and seed apply to the scenario that the axes start from.

    Raises InputError naming the file, the axis, the value and what would be right, for any cell.
    """
    document = read_document(path, settings, seed)
    if SWEEP not in document:
        raise InputError(f"{path}: has no [{SWEEP}], so it is one run: zkpet run runs it")
    base = {key: value for key, value in document.items() if key != SWEEP}
    try:
        sweep = sweep_of(document[SWEEP])
        _check_settings(sweep, settings)
        return design_of(
            base, sweep, path.parent, lambda scenario: check_store_named(scenario, path, settings)
        )
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _check_settings(sweep: Sweep, settings: Sequence[str]) -> None:
    for setting in settings:
        field = setting.partition("=")[0].strip()
        if field in sweep.fields:
            raise InputError(f'--set "{setting}": {field} is an axis of the sweep, which would override it')


def design_of(
    base: Mapping[str, Any], sweep: Sweep, folder: Path, check: Callable[[Scenario], None] = lambda _: None
) -> Design:
    """The cells of a sweep from a document on, once the scenario of each point has passed a check.

    Paths in document and sweep are relative to a folder. Raises InputError naming the axis, the value and
    what would be right, for any cell.
    """
    points = list(sweep.points())
    axes = zip(sweep.fields, zip(*points, strict=True), strict=True)
    columns = [_column(_without_folders(field, values)) for field, values in axes]
    cells: dict[str, Cell] = {}
    name = ""
    for values, as_shown in zip(points, zip(*columns, strict=True), strict=True):
        point = point_text(sweep.fields, map(shown, values))
        first = _scenario_at(sweep.fields, values, base, folder, point)
        check(first)
        name = first.name
        for scenario in _replications(first, sweep.seeds):
            cell = Cell(scenario, as_shown, address_of(scenario))
            if cell.address in cells:
                twin = point_text(sweep.fields, cells[cell.address].values)
                raise InputError(f"[{SWEEP}] {point}: is the same run as {twin}; leave one of them out")
            cells[cell.address] = cell
    return Design(name, sweep.fields, sweep.seeds, tuple(cells.values()))


def _scenario_at(
    fields: Sequence[str], values: Sequence[Any], base: Mapping[str, Any], folder: Path, point: str
) -> Scenario:
    try:
        document = base
        for field, value in zip(fields, values, strict=True):
            document = with_field(document, field, value)
        return Scenario.of(document, folder)
    except InputError as error:
        raise InputError(_blamed(str(error), fields, base, folder, point)) from None


def _blamed(sentence: str, fields: Sequence[str], base: Mapping[str, Any], folder: Path, point: str) -> str:
    """A cell's problem, blamed on the axis, on the point, or on the scenario that it starts from."""
    if sentence.startswith(tuple(f"{field} = " for field in fields)):
        return f"[{SWEEP}] {sentence}"
    try:
        Scenario.of(base, folder)
    except InputError as error:
        if str(error) == sentence:
            return sentence
    return f"[{SWEEP}] {point}: {sentence}"


def _replications(first: Scenario, seeds: int) -> list[Scenario]:
    """The scenario with its own seed and the ones after it."""
    if first.seed + seeds - 1 > LARGEST_SEED:
        raise InputError(f"[{SWEEP}] {SEEDS} = {seeds}: seeds from {first.seed} should stay below 2^63")
    return [first.changed({"seed": first.seed + more}) for more in range(seeds)]


def _without_folders(field: str, values: Sequence[Any]) -> Sequence[Any]:
    """Paths without the folder that all have in common: where files lie is no reader's business."""
    if field not in PATHS or not any(
        isinstance(value, str) and Path(value).is_absolute() for value in values
    ):
        return values
    paths = [value for value in values if value not in PATHS[field]]
    if not all(isinstance(path, str) and Path(path).is_absolute() for path in paths):
        raise InputError(f"[{SWEEP}] {field}: paths should be all absolute, or all relative to the file")
    common = os.path.commonpath([str(Path(path).parent) for path in paths])
    return [value if value in PATHS[field] else os.path.relpath(value, common) for value in values]


def _column(values: Sequence[Any]) -> list[Any]:
    """Values of one axis, of one type, as a table can hold them: what is mixed or compound becomes text."""
    if all(isinstance(value, bool) for value in values):
        return list(values)
    if any(isinstance(value, bool) for value in values):
        return list(map(shown, values))
    if all(isinstance(value, int) for value in values):
        return list(values)
    if all(isinstance(value, int | Decimal) for value in values):
        return [float(value) for value in values]
    return [_text(value) for value in values]


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return value.isoformat() if isinstance(value, date | datetime | time) else shown(_with_sorted_keys(value))


def _with_sorted_keys(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _with_sorted_keys(value[key]) for key in sorted(value)}
    return list(map(_with_sorted_keys, value)) if isinstance(value, list) else value
