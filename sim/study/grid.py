"""The points of a study in order, and the dimensions that they span."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

_NUMBER = re.compile(r"(\d+(?:\.\d+)?)")

_SHARE = re.compile(r"([a-z][a-z-]*) = (\d+(?:\.\d+)?)")
_MIX = re.compile(rf"\{{ ?{_SHARE.pattern}(?:, {_SHARE.pattern})* ?\}}")

Values = tuple[Any, ...]
Rank = list[tuple[int, float, str]]


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
    """Distinct points: numbers by size, text by the numbers in it and then by its letters.

    Where an axis has tables of shares they stand by these, a name alone being the share 1 of it.
    """
    ranks = [_rank_among(set(values)) for values in zip(*points, strict=True)]
    return sorted(
        set(points), key=lambda point: [rank(value) for rank, value in zip(ranks, point, strict=True)]
    )


def _rank_among(values: Collection[Any]) -> Callable[[Any], Rank]:
    mixes = {value: shares for value in values if (shares := _shares(value))}
    if not mixes:
        return _rank
    all_shares = {value: mixes.get(value, {str(value): 1.0}) for value in values}
    names = sorted({name for shares in all_shares.values() for name in shares})
    return lambda value: [(0, float(all_shares[value].get(name, 0)), "") for name in names]


def _shares(value: Any) -> dict[str, float]:
    """The shares in a text like ``{ zic = 0.5, truthful = 0.5 }``; of any other value none."""
    return {name: float(share) for name, share in _SHARE.findall(value)} if _MIX.fullmatch(str(value)) else {}


def _rank(value: Any) -> Rank:
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
