"""The points of a study in order, and the dimensions that they span."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

_NUMBER = re.compile(r"(\d+(?:\.\d+)?)")

Values = tuple[Any, ...]


@dataclass(frozen=True)
class Dimension:
    """An axis of the grid: one field, or several that advance together.

    axes:  dotted names, in the order of the study's axes
    steps: the values that they take, one tuple per step, in order
    """

    axes: tuple[str, ...]
    steps: tuple[Values, ...]


def values_of(table: pd.DataFrame, axes: Sequence[str]) -> list[Values]:
    """The axes' values in each row."""
    return list(zip(*(table[axis].tolist() for axis in axes), strict=True))


def ordered(points: Sequence[Values]) -> list[Values]:
    """Distinct points: numbers by size, text by the numbers in it and then by its letters."""
    return sorted(set(points), key=lambda point: [_rank(value) for value in point])


def _rank(value: Any) -> list[tuple[int, float, str]]:
    if isinstance(value, int | float):
        return [(0, float(value), "")]
    parts = _NUMBER.split(str(value).strip("[]"))
    return [(0, float(part), "") if i % 2 else (1, 0.0, part) for i, part in enumerate(parts)]


def dimensions_of(points: Sequence[Values], axes: Sequence[str]) -> tuple[Dimension, ...]:
    """Axes taken together wherever not every value of one occurs with every value of the other."""
    groups: list[list[int]] = []
    for axis in range(len(axes)):
        tied = [group for group in groups if any(_tied(points, axis, other) for other in group)]
        together = sorted([axis, *(other for group in tied for other in group)])
        groups = [group for group in groups if group not in tied] + [together]
    return tuple(
        Dimension(
            tuple(axes[axis] for axis in group),
            tuple(ordered([tuple(point[axis] for axis in group) for point in points])),
        )
        for group in sorted(groups)
    )


def _tied(points: Sequence[Values], one: int, other: int) -> bool:
    pairs = {(point[one], point[other]) for point in points}
    return len(pairs) < len({a for a, _ in pairs}) * len({b for _, b in pairs})
