"""What came of a run: in sentences, and every figure of its summary with what it means."""

from collections.abc import Mapping
from typing import Any

from sim.measures.table import NAMED_BY, OF_CHEATS, SECTIONS, results
from sim.outputs.figures.style import counted
from sim.report.document import Section, Table, Text
from sim.report.numbers import is_known, told
from sim.report.saved_run import SavedRun


def outcome(run: SavedRun) -> Section:
    """The section of outcomes: what everybody can see, and what only the homes know."""
    public = _table("What everybody can see", run.summary)
    private = _table("What only the homes know", run.summary, private=True)
    return Section(
        "What came of it",
        (Text(_market(run.summary)), Text(_bills(run.summary), private=True), public, private),
    )


def _table(title: str, s: Mapping[str, Any], private: bool = False) -> Table:
    rows = [
        (each.label, told(each.name, s[each.name]), each.meaning)
        for section, measures in SECTIONS.items()
        for each in measures
        if section not in (*NAMED_BY, *(() if s["attempts"] else (OF_CHEATS,)))
        and each.private == private
        and is_known(s.get(each.name))
    ]
    return Table(title, "nrl", ("figure", "value", "meaning"), tuple(rows), private=private)


def _market(s: Mapping[str, Any]) -> str:
    ordered = f"Homes sent {counted(s['orders'], 'order')}, of which {s['orders_rejected']:,} were rejected."
    if s["mean_price"] is None:
        return f"{ordered} Nothing was traded."
    traded, at, of = (told(name, s[name]) for name in ("traded_wh", "mean_price", "allocative_efficiency"))
    return (
        f"{ordered} {traded} changed hands in {counted(s['trades'], 'fill')}, at {at} on average: {of} of "
        "what these orders could have gained."
    )


def _bills(s: Mapping[str, Any]) -> str:
    shown = {each.name: told(each.name, s.get(each.name)) for each in results()}
    saved = s["community_bill_grid_only"] - s["community_bill"]
    charged = ", with what it was charged for proofs and gas" if s["costs_charged"] else ""
    share = f", {shown['savings_share']} of what perfect foresight would have saved"
    verb = "saved" if saved >= 0 else "cost"
    changed = "less" if s["saving"] >= 0 else "more"
    worse = counted(s["homes_worse_off"], "home")
    return (
        f"The community's bill is {shown['community_bill']}{charged}; without the market it would be "
        f"{shown['community_bill_grid_only']}. So the market {verb} it {told('saving', abs(saved))}"
        f"{share if is_known(s['savings_share']) else ''}. No energy was saved: the homes pay "
        f"{told('saving', abs(s['saving']))} {changed} for energy, and the utility earns as much {changed}. "
        f"{worse} of {s['agents']:,} would be better off without the market. Forecasts miss by "
        f"{shown['forecast_mae_wh']} on average, persistence by {shown['persistence_mae_wh']}."
    )
