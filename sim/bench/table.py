"""Parts and verdicts as text for the terminal."""

from collections.abc import Sequence

from sim.bench.part import Cell, Part
from sim.bench.targets import Verdict

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
