"""The axes of a study, as a [sweep] table gives them: single fields, or several that advance together."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

from sim.errors import InputError
from sim.schema.document import shown
from sim.schema.file import SWEEP

SEEDS, ZIPPED = "seeds", "zipped"
MOST_CELLS = 10_000


@dataclass(frozen=True)
class Axis:
    """One dimension of the grid.

    fields: dotted names of scenario fields, in file order; several if they are zipped
    steps:  one tuple of values per step, in the order of fields, as the file has them
    """

    fields: tuple[str, ...]
    steps: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class Sweep:
    """A [sweep] table: axes in file order, and how many seeds each point is run with."""

    axes: tuple[Axis, ...]
    seeds: int

    @property
    def fields(self) -> tuple[str, ...]:
        """The dotted names of all axes' fields, in file order."""
        return tuple(field for axis in self.axes for field in axis.fields)

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
        Axis((field,), tuple((value,) for value in values)) for field, values in _lists(single, f"[{SWEEP}]")
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


def _zipped(together: Mapping[str, list[Any]]) -> Axis:
    lengths = {field: len(values) for field, values in together.items()}
    if len(set(lengths.values())) > 1:
        found = ", ".join(f"{field} has {length}" for field, length in lengths.items())
        raise InputError(f"[{SWEEP}.{ZIPPED}]: lists should be of equal length, but {found}")
    return Axis(tuple(together), tuple(zip(*together.values(), strict=True)))


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
