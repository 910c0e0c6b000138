"""One part of the bench: what was compared, the table of it, and the figures behind it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

Cell = str | int | float | None
"""What a table shows; None where there is nothing."""


@dataclass(frozen=True)
class Part:
    """A finished part.

    name:        its name in the JSON file
    sentence:    what is compared
    columns:     headings with units, the first one of the rows
    rows:        one tuple per row, in the order of the columns
    figures:     what targets are judged by
    repetitions: how often each row was measured
    raw:         every measurement behind the medians
    notes:       what a reader should know, one sentence each
    """

    name: str
    sentence: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    figures: dict[str, float]
    repetitions: int
    raw: dict[str, Any]
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The part as the JSON file holds it."""
        return asdict(self)


def medians(samples: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """The median of each column of repeated measurements, shape (repetitions, columns)."""
    return tuple(median(column) for column in zip(*samples, strict=True))
