"""The run in one page of figures: summary.json, and what the terminal shows of it."""

from typing import Any

from sim.measures.table import all_measures, values_of
from sim.outputs.outcome import Outcome


def summary_of(outcome: Outcome) -> dict[str, Any]:
    """Every measure of a run, by name; money in nano-$, energy in Wh, prices in nano-$ per Wh."""
    return values_of(outcome, all_measures())
