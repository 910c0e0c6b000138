"""What came of a run: in sentences, and every figure of its summary with what it means."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sim.outputs.figures.style import counted
from sim.report.document import Section, Table, Text
from sim.report.numbers import SPACE, decimal, energy, is_known, money, percent, price, whole
from sim.report.saved_run import SavedRun

Write = Callable[[Any], str]


@dataclass(frozen=True)
class Figure:
    """A figure of the summary, how it is written, and what it means."""

    key: str
    name: str
    write: Write
    meaning: str


def in_units(write: Write, unit: str) -> Write:
    """Numbers with their unit, where there is a number."""
    return lambda value: f"{write(value)}{SPACE}{unit}" if is_known(value) else write(value)


def _seconds(unit: str) -> Write:
    return in_units(lambda value: decimal(value, 1), unit)


WH, KWH, GAS = in_units(whole, "Wh"), in_units(energy, "kWh"), in_units(whole, "gas")

PUBLIC = (
    Figure("orders", "orders", whole, "accepted: one per home and slot, unless the forecast is zero"),
    Figure("orders_rejected", "orders rejected", whole, "refused by the contract"),
    Figure("trades", "fills", whole, "orders filled, in whole or in part; each against the pool"),
    Figure("traded_wh", "energy traded", KWH, "bought, which is as much as was sold"),
    Figure("mean_price", "mean price", price, "weighted by the energy traded"),
    Figure(
        "welfare_share",
        "allocative efficiency",
        percent,
        "welfare share: gains of the fills over the most the orders allowed",
    ),
    Figure("proofs_made", "proofs made", whole, "in this run"),
    Figure("proofs_cached", "proofs re-used", whole, "made before, and taken from the store"),
    Figure("proofs_verified_on_chain", "bids verified on chain", whole, "by EZKL's verifier contract"),
    Figure("gas_total", "gas", GAS, "all transactions of the run"),
    Figure("gas_per_order", "gas per order", GAS, "without what was refused to cheats"),
    Figure("founding_gas", "founding gas", GAS, "modelled; spent once, on contracts, models and homes"),
    Figure("cost_gas", "cost of gas", money, "modelled, as if every bid were proved and on chain"),
    Figure(
        "cost_energy",
        "cost of proving",
        lambda nano: money(nano, 6),
        "the energy of proving, modelled likewise",
    ),
    Figure("cost_per_home_day", "cost per home and day", lambda nano: money(nano, 4), "of both"),
    Figure("attempts", "attempts to cheat", whole, "calls of cheats"),
    Figure("attempts_accepted", "of them accepted", whole, "most of them within the rules"),
    Figure("illegitimate_accepted", "accepted against the rules", whole, "should be 0"),
    Figure("prove_cpu_s", "proving", _seconds("CPU-s"), "of the proofs made in this run"),
    Figure("setup_s", "set-up", _seconds("s"), "training, circuits and contracts; on this machine"),
    Figure("chain_s", "time in the chain", _seconds("s"), "on this machine"),
    Figure("wall_s", "time in all", _seconds("s"), "without imports, tables and figures; on this machine"),
)
PRIVATE = (
    Figure("community_bill", "community's bill", money, "what all homes pay together, with the market"),
    Figure("community_bill_grid_only", "without the market", money, "the utility's tariffs alone"),
    Figure("community_bill_foresight", "with perfect foresight", money, "if every forecast were right"),
    Figure("community_bill_persistence", "with persistence", money, "if every home forecast its day before"),
    Figure("saving", "saving", money, "against no market, before charges for proofs and gas"),
    Figure("savings_share", "savings share", percent, "of what perfect foresight would have saved"),
    Figure("break_even_gas_price", "break-even", in_units(lambda nano: decimal(nano, 1), "nano-$ per gas"),
           "the gas price that uses the saving up"),
    Figure("homes_worse_off", "homes worse off", whole, "they pay more than without the market"),
    Figure("sold_backed_share", "delivered share", percent, "of the energy sold, what was really there"),
    Figure("traded_without_sun_wh", "traded without sun", KWH, "in slots in which nobody's PV gave anything"),
    Figure("forecast_mae_wh", "forecast error", WH, "mean absolute error per home and slot"),
    Figure("persistence_mae_wh", "persistence's error", WH, "the same, of forecasts that repeat a day"),
    Figure("leak_share", "leak", percent, "of the readings' variance that the best attack known here "
           "explains, from all public data, beyond an average day"),
    Figure("leak_share_bids", "leak of bids", percent, "by the quantities of bids alone"),
    Figure("leak_share_totals", "leak of totals", percent, "by the totals that the meter posts alone"),
    Figure("leak_share_hidden", "leak, at most", percent, "were every hidden value of the models public too"),
    Figure("identified_share", "windows identified", percent, "of windows that somebody who holds the data "
           "can tell by a bid's quantities"),
)  # fmt: skip


def outcome(run: SavedRun) -> Section:
    """The section of outcomes: what everybody can see, and what only the homes know."""
    public = _table("What everybody can see", PUBLIC, run.summary)
    private = _table("What only the homes know", PRIVATE, run.summary, private=True)
    return Section(
        "What came of it",
        (Text(_market(run.summary)), Text(_bills(run.summary), private=True), public, private),
    )


def _table(title: str, figures: tuple[Figure, ...], s: Mapping[str, Any], private: bool = False) -> Table:
    rows = [
        (figure.name, figure.write(s[figure.key]), figure.meaning)
        for figure in figures
        if is_known(s.get(figure.key)) and not _idle(figure, s)
    ]
    return Table(title, "nrl", ("figure", "value", "meaning"), tuple(rows), private=private)


def _idle(figure: Figure, s: Mapping[str, Any]) -> bool:
    """Whether a figure is about cheats, and there are none."""
    return figure.key in ("attempts", "attempts_accepted", "illegitimate_accepted") and not s["attempts"]


def _market(s: Mapping[str, Any]) -> str:
    ordered = f"Homes sent {counted(s['orders'], 'order')}, of which {s['orders_rejected']:,} were rejected."
    if s["mean_price"] is None:
        return f"{ordered} Nothing was traded."
    return (
        f"{ordered} {energy(s['traded_wh'])} kWh changed hands in {counted(s['trades'], 'fill')}, at "
        f"{price(s['mean_price'])} on average: {percent(s['welfare_share'])} of what these orders "
        "could have gained."
    )


def _bills(s: Mapping[str, Any]) -> str:
    saved = s["community_bill_grid_only"] - s["community_bill"]
    charged = ", with what it was charged for proofs and gas" if s["costs_charged"] else ""
    share = (
        f", {percent(s['savings_share'])} of what perfect foresight would have saved"
        if is_known(s["savings_share"])
        else ""
    )
    verb = "saved" if saved >= 0 else "cost"
    changed = "less" if s["saving"] >= 0 else "more"
    worse = counted(s["homes_worse_off"], "home")
    return (
        f"The community's bill is {money(s['community_bill'])}{charged}; without the market it would be "
        f"{money(s['community_bill_grid_only'])}. So the market {verb} it {money(abs(saved))}{share}. No "
        f"energy was saved: the homes pay {money(abs(s['saving']))} {changed} for energy, and the utility "
        f"earns as much {changed}. {worse} of {s['agents']:,} would be better off without the market. "
        f"Forecasts miss by {WH(s['forecast_mae_wh'])} on average, persistence (as yesterday) by "
        f"{WH(s['persistence_mae_wh'])}."
    )
