"""The reference of measures, written from their table.

python -m sim.measures.reference > docs/measures.md
"""

from sim.measures.measure import Daily, Measure
from sim.measures.table import SECTIONS

INTRODUCTION = """# Measures

What is measured of every run. `summary.json` holds each measure by its name, in the unit given here. A cell
of a study has them as columns of `cells.parquet`; those that are numbers, and do not just say which run it
is, have statistics in `points.parquet` and rows in `differences.parquet`. This page is written from
`sim/measures/table.py`.

A formula is a sum over the days of the run of columns of the table [`days`](tables.md#days), or one such sum
over another; it has no value where there is nothing to divide by. In a study it is computed anew from the
seeds and days that a replicate draws. What has a formula in symbols or none does not add up over days, and is
drawn over seeds alone; x is what each of n homes saves, p and E are price and energy traded of a slot, N is
the community's net reading in a slot.

*Private* are measures that readings are in. What *varies* differs from one run of a scenario to the next: by
clocks, by the gas of proofs, which are random, or by what the store held; it is in no digest. What is
*bundled* a bundle holds, computed from its chain alone.
"""


def documentation() -> str:
    """The whole page, in Markdown."""
    return "\n".join([INTRODUCTION, *(_section(title, rows) for title, rows in SECTIONS.items())])


def _section(title: str, measures: list[Measure]) -> str:
    head = ["| measure | called | formula | unit | meaning | |", "|---|---|---|---|---|---|"]
    return "\n".join([f"## {title}", "", *head, *map(_row, measures), ""])


def _row(each: Measure) -> str:
    formula = f"`{each.formula}`" if isinstance(each.formula, Daily) else each.stated
    meaning = each.meaning + (f" ({each.source})" if each.source else "")
    kinds = ", ".join(kind for kind in ("private", "varies", "bundled") if getattr(each, kind))
    return f"| `{each.name}` | {each.label} | {formula} | {each.unit.stored} | {meaning} | {kinds} |"


if __name__ == "__main__":
    print(documentation(), end="")
