"""What was missing of the readings that a run uses, and what became of it: as facts and in sentences."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from sim.data.gaps import FILLS
from sim.runtime.wording import counted

DROPPED, FILLED, BEFORE, AFTER = "home dropped", "filled", "before the history", "after the period"
"""What became of a gap."""
OUTDOORS = "outdoors"
"""What stands for a home's name of what is measured outdoors."""


@dataclass(frozen=True)
class GapRecord:
    """Missing readings of what a run uses, and what became of them.

    rows:     one row per gap: home (empty of what is measured outdoors), quantity, start, slots, share (of
              the slots that the run would use), filled_slots, became
    dropped:  homes that take no part for their gaps
    candidates: homes before any was dropped
    filled_of: by home that may take part, how many of its slots are filled
    begins, ends: what the run would use without gaps; history_begins, period_ends: what it uses
    """

    rows: pd.DataFrame
    fill: str
    fill_slots: int | None
    policy: str
    dropped: tuple[str, ...]
    candidates: int
    filled_of: dict[str, int]
    begins: datetime
    ends: datetime
    history_begins: datetime
    period_ends: datetime
    days_asked: int
    days: int

    def facts(self) -> dict[str, Any]:
        """For a manifest: counts, without the name of any home."""
        return {
            "fill": self.fill,
            "fill_slots": self.fill_slots,
            "policy": self.policy,
            "gaps": len(self.rows),
            "series": len(self.rows[["home", "quantity"]].drop_duplicates()),
            "missing_slots": int(self.rows["slots"].sum()),
            "longest_gap_slots": int(self.rows["slots"].max()),
            "filled_slots": int(self.rows["filled_slots"].sum()),
            "homes_dropped": len(self.dropped),
            "homes_before": self.candidates,
            "begins": self.begins.isoformat(" ", "minutes"),
            "ends": self.ends.isoformat(" ", "minutes"),
            "history_begins": self.history_begins.isoformat(" ", "minutes"),
            "period_ends": self.period_ends.isoformat(" ", "minutes"),
            "days_asked": self.days_asked,
            "days": self.days,
        }

    def note(self, home: str) -> str:
        """Of a home whose readings were filled: how many; else empty."""
        count = self.filled_of.get(home, 0)
        return f"{counted(count, 'slot')} {FILLS[self.fill].says}" if count else ""


def by_home(rows: pd.DataFrame) -> pd.DataFrame:
    """One row per home, or of what is measured outdoors, whoever lacks most first.

    Columns: home, gaps, slots, longest, filled_slots, became (all that became of its gaps).
    """
    grouped = rows.groupby("home", sort=False)
    found = pd.DataFrame(
        {
            "gaps": grouped.size(),
            "slots": grouped["slots"].sum(),
            "longest": grouped["slots"].max(),
            "filled_slots": grouped["filled_slots"].sum(),
            "became": grouped["became"].agg(lambda each: ", ".join(dict.fromkeys(each))),
        }
    )
    return found.sort_values("slots", ascending=False, kind="stable").reset_index()


def sentences(facts: Mapping[str, Any]) -> list[str]:
    """The facts of a record in sentences."""
    whole = f"{facts['begins']} to {facts['ends']}"
    told = [
        f"{counted(facts['gaps'], 'gap')} in {facts['series']:,} of the series that the run uses, {whole}: "
        f"{counted(facts['missing_slots'], 'reading')} in all, the longest gap "
        f"{counted(facts['longest_gap_slots'], 'slot')}."
    ]
    if facts["fill"] in FILLS:
        told.append(
            f"{counted(facts['filled_slots'], 'slot')} {FILLS[facts['fill']].says}, of gaps of at most "
            f"{counted(facts['fill_slots'], 'slot')}."
        )
    if facts["homes_dropped"]:
        told.append(
            f"{counted(facts['homes_dropped'], 'home')} of {facts['homes_before']} dropped for gaps, before "
            "homes were drawn."
        )
    if facts["history_begins"] != facts["begins"]:
        told.append(f"The history begins after a gap, {facts['history_begins']}.")
    if facts["days"] != facts["days_asked"]:
        told.append(
            f"The period is shortened from {counted(facts['days_asked'], 'day')} to "
            f"{counted(facts['days'], 'day')}, before the first gap in it."
        )
    return told
