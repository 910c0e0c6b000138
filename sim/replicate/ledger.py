"""The ledger of claims: which there are, and what measuring them says."""

import sys
from collections.abc import Callable, Sequence
from textwrap import fill

from sim.errors import InputError
from sim.replicate import (
    books,
    forecast_errors,
    incentives,
    mechanisms,
    sharing,
    supply,
    traders,
    zero_intelligence,
)
from sim.replicate.claim import Claim, Finding

LEDGER: dict[str, Claim] = {
    claim.name: claim
    for group in (
        books,
        mechanisms,
        zero_intelligence,
        traders,
        incentives,
        sharing,
        forecast_errors,
        supply,
    )
    for claim in group.CLAIMS
}
"""All claims by name, in the order in which they are shown."""
WIDTH = 110
"""Of lines on a terminal."""
Row = tuple[Claim, Finding]
INTRODUCTION = """# Replication

Claims of the literature, and a few that follow by hand, each with a rule that was written before it was
measured, where the rule does not say otherwise: `zkpet replicate` measures them all, `zkpet replicate NAME`
some, and `--list` shows them without measuring. Intervals are of 95 %, over months and seeds.
`python -m sim.replicate.ledger` writes this page.

**What "fails" means.** The rule was not met: the claim does not hold *here*, in the setting that the rule
names. That is a result, not an error. It may lie in the claim, in what is different here, or in this program;
the source of a claim says how it is known, and nothing is changed to make a claim hold.
"""


def chosen(names: Sequence[str]) -> list[Claim]:
    """The claims of these names, or all. Raises InputError where one is unknown."""
    for name in names:
        if name not in LEDGER:
            known = ", ".join(LEDGER)
            raise InputError(f'no claim is called "{name}": should be one of {known}')
    return [LEDGER[name] for name in dict.fromkeys(names or LEDGER)]


def measured(claims: Sequence[Claim], tell: Callable[[str], object]) -> list[Row]:
    """Measure claims one after the other, telling each as it begins and when it is decided."""
    rows = []
    for number, claim in enumerate(claims, start=1):
        tell(f"{number}/{len(claims)} {told(claim)}".rstrip())
        found = claim.measure()
        tell(_line("measured", found.measured) + _line("verdict", found.verdict))
        rows.append((claim, found))
    tell(summary(rows))
    return rows


def told(claim: Claim) -> str:
    """A claim for a terminal, without what is measured."""
    said = (_line(name, getattr(claim, name)) for name in ("source", "claim", "rule"))
    return "".join([f"{claim.name}\n", *said])


def _line(name: str, text: str) -> str:
    return fill(f"{name + ':':<10}{text}", WIDTH, initial_indent="  ", subsequent_indent=" " * 12) + "\n"


def summary(rows: Sequence[Row]) -> str:
    """How many hold."""
    hold = sum(found.holds for _, found in rows)
    failing = ", ".join(claim.name for claim, found in rows if not found.holds)
    return f"{hold} of {len(rows)} hold" + (f"; not {failing}" if failing else "")


def page(rows: Sequence[Row]) -> str:
    """Measured claims as a page in Markdown."""
    sections = [
        f"## {claim.name}\n\n{claim.claim}\n\n- Source: {claim.source}\n- Rule: {claim.rule}\n"
        f"- Measured: {found.measured}\n- **{found.verdict.capitalize()}**\n"
        for claim, found in rows
    ]
    table = "\n".join(
        ["| claim | |", "|---|---|", *(f"| [{c.name}](#{c.name}) | {f.verdict} |" for c, f in rows)]
    )
    return "\n".join([INTRODUCTION, f"{summary(rows)}.\n\n{table}\n", *sections])


if __name__ == "__main__":
    rows = measured(list(LEDGER.values()), lambda line: print(line, file=sys.stderr, flush=True))
    print(page(rows), end="")
