"""Parts of the bench: what was compared, what they have to show, and both as text for the terminal."""

from collections.abc import Iterable, Sequence
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


@dataclass(frozen=True)
class Target:
    """A limit on a figure of a part; ``at_least`` says which side of it is good."""

    part: str
    figure: str
    at_least: bool
    limit: float
    meaning: str


@dataclass(frozen=True)
class Verdict:
    """A target with what was measured."""

    target: Target
    value: float

    @property
    def met(self) -> bool:
        """Whether the value is on the good side of the limit, or on it."""
        if self.target.at_least:
            return self.value >= self.target.limit
        return self.value <= self.target.limit


TARGETS = (
    Target("flows", "py_evm_gain", True, 250, "CPU-s per order, stock flow over ours on py-evm"),
    Target("flows", "revm_gain", True, 400, "CPU-s per order, stock flow over ours on revm"),
    Target("verification", "gain", True, 8, "verification, stock py-evm over ours"),
    Target("sealed", "sealed_over_open_cpu", False, 1.0, "CPU-s per order, sealed over open"),
    Target("sealed", "clear_gas_at_256", False, 3e6, "gas to clear a gate of 256 homes with sealed orders"),
    Target("overlap", "wall_over_bound", False, 1.2, "wall time of the market over its lower bound"),
    Target("overlap", "chain_over_prove", False, 0.6, "chain_s over prove_cpu_s on py-evm"),
    Target("scaling", "exponent", False, 1.1, "growth of seconds per slot with homes: exponent"),
    Target("scaling", "slot_s_at_10000", False, 0.25, "seconds per slot at 10,000 homes"),
    Target("scaling", "peak_gb_at_10000", False, 2.0, "peak memory at 10,000 homes in GB"),
    Target("reuse", "proofs_made_again", False, 0, "proofs that the sweep made more than once"),
)


def judge(parts: Iterable[Part]) -> list[Verdict]:
    """Verdicts on the targets whose figures were measured, in the order of TARGETS."""
    figures = {(part.name, name): value for part in parts for name, value in part.figures.items()}
    return [
        Verdict(target, figures[target.part, target.figure])
        for target in TARGETS
        if (target.part, target.figure) in figures
    ]


# For the terminal ---------------------------------------------------------------------------------------

_DIGITS = 3


def part_text(part: Part) -> str:
    """The sentence, the table and the notes of a part."""
    lines = [part.sentence, "", *aligned(part.columns, part.rows), *part.notes]
    return "\n".join(lines)


def verdicts_text(verdicts: Sequence[Verdict]) -> str:
    """One line per target: what was asked, what was measured, met or missed."""
    rows = [
        (
            verdict.target.meaning,
            f"{'at least' if verdict.target.at_least else 'at most'} {shown(verdict.target.limit)}",
            verdict.value,
            "met" if verdict.met else "MISSED",
        )
        for verdict in verdicts
    ]
    return "\n".join(aligned(("target", "asked", "measured", ""), rows))


def aligned(columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> list[str]:
    """Lines of a table: the first column to the left, the others to the right."""
    table = [list(columns), *([shown(cell) for cell in row] for row in rows)]
    widths = [max(len(row[i]) for row in table) for i in range(len(columns))]
    return [
        "  " + "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip()
        for row in table
    ]


def shown(cell: Cell) -> str:
    """A number to three digits, whole ones with separators, nothing as a dash."""
    if cell is None:
        return "-"
    if isinstance(cell, str):
        return cell
    if isinstance(cell, int) or abs(cell) >= 10 ** (_DIGITS - 1):
        return f"{round(cell):,}"
    return f"{cell:.{_DIGITS}g}"
