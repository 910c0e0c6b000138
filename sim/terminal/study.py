"""What the terminal shows of a finished study."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sim.runtime.wording import counted
from sim.study.bootstrap import basis_of_intervals
from sim.study.study_directory import CELLS


def report(facts: Mapping[str, Any], days: int, left_out: Sequence[str], out: Path) -> str:
    """Its size, its digest, and what could not be drawn.

    facts: of study.json
    days:  the most days that a cell has
    """
    points = counted(facts["cells"] // facts["seeds"], "point")
    size = f"{counted(facts['cells'], 'cell')}, {points} x {counted(facts['seeds'], 'seed')}"
    return "\n".join(
        [
            f"{facts['name']}: {size} ({', '.join(facts['axes'])})",
            f"  {basis_of_intervals(facts['seeds'], days)}",
            "",
            f"cells digest {facts['cells_digest']}",
            *left_out,
            f"tables and figures in {out}/, every cell's run in {out / CELLS}/",
        ]
    )
