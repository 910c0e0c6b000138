"""The report of a run: its outcome, market, homes, forecasts, proofs and gas."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sim.data.gap_record import OUTDOORS, by_home, sentences
from sim.forecast.baselines import SAID
from sim.measures.table import NAMED_BY, OF_CHEATS, PERCENT, SECTIONS, results
from sim.outputs.figures.costs import meaning_of
from sim.outputs.figures.gallery import gallery
from sim.report.captions import OF_RUNS, OF_SEALED
from sim.report.cheats import attempts_to_cheat
from sim.report.document import Block, Document, Notice, Picture, Section, Table, Text, long_table
from sim.report.how_it_was_run import how_to_check_it, scenario_table, what_it_does_not_show, what_was_run
from sim.report.numbers import (
    NOTHING,
    amount,
    decimal,
    energy,
    from_one,
    is_known,
    listed,
    records,
    told,
    whole,
)
from sim.report.saved_run import SavedRun, read_run
from sim.runtime.wording import counted

DRAWN_FROM_READINGS = ("bills", "forecast_and_actual", "gaps")
MOST_MEMBERS = 40
COUNTED = (
    "This report counts clusters from 1; the tables in the run's directory count clusters, gates and slots "
    "from 0."
)

Pictures = Mapping[str, Picture]


def run_document(directory: Path) -> Document:
    """The report of a run directory. Raises InputError where a file is missing or damaged."""
    run = read_run(directory)
    drawn = pictures(gallery(run.tables, run.summary))
    cheats = [attempts_to_cheat(run)] if run.scenario.adversaries.anybody else []
    sections = (
        what_was_run(run),
        outcome(run),
        market(run, drawn),
        homes(run, drawn),
        *missing_readings(run, drawn),
        forecasts(run, drawn),
        proofs_and_gas(run, drawn),
        *cheats,
        what_it_does_not_show(run),
        how_to_check_it(run),
        Section("The scenario, field by field", (scenario_table(run.scenario),)),
    )
    return _with_notices(run, sections)


def _with_notices(run: SavedRun, sections: tuple[Section, ...]) -> Document:
    title = f"{run.scenario.name}, seed {run.summary['seed']}"
    subtitle = "A run of zkpet, a simulator of energy markets with a zero-knowledge proof behind every bid"
    plain = Document(title, subtitle, (), sections)
    which = "both paragraphs" if run.scenario.market.sealed else "the second paragraph"
    private = Notice(
        f"Private, the homes' own, because drawn from their readings: {which} of section 2, and "
        f"{listed([f'“{block.title}”' for block in plain.private()])}. Whoever passes this report on passes "
        "them on."
    )
    policy = unproved(run)
    first = (private, Notice(policy)) if policy else (private,)
    return Document(title, subtitle, first, sections)


# What came of it ----------------------------------------------------------------------------------------


def outcome(run: SavedRun) -> Section:
    """The section of outcomes: what everybody can see, and what only the homes know."""
    sealed = run.scenario.market.sealed
    public = _figures("What everybody can see", run.summary, sealed)
    private = _figures("What only the homes know", run.summary, sealed, private=True)
    return Section(
        "What came of it",
        (
            Text(_what_was_traded(run.summary), private=sealed),
            Text(_what_it_cost(run.summary), private=True),
            public,
            private,
        ),
    )


def _figures(title: str, s: Mapping[str, Any], sealed: bool, private: bool = False) -> Table:
    rows = [
        (each.label, told(each.name, s[each.name]), each.meaning)
        for section, measures in SECTIONS.items()
        for each in measures
        if section not in (*NAMED_BY, *(() if s["attempts"] else (OF_CHEATS,)))
        and (each.private or (sealed and each.of_orders)) == private
        and is_known(s.get(each.name))
    ]
    return Table(title, "nrl", ("figure", "value", "meaning"), tuple(rows), private=private)


def _what_was_traded(s: Mapping[str, Any]) -> str:
    ordered = f"Homes sent {counted(s['orders'], 'order')}, of which {s['orders_rejected']:,} were rejected."
    if s["mean_price"] is None:
        return f"{ordered} Nothing was traded."
    traded, at, of = (told(name, s[name]) for name in ("traded_wh", "mean_price", "allocative_efficiency"))
    gained = f": {of} of what these orders could have gained" if is_known(s["allocative_efficiency"]) else ""
    return f"{ordered} {traded} changed hands in {counted(s['trades'], 'fill')}, at {at} on average{gained}."


def _what_it_cost(s: Mapping[str, Any]) -> str:
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
        f"{worse} of {s['agents']:,} would be better off without the market. Shared after the fact at "
        f"the mid-market rate, the same readings would have saved {shown['saving_mid_market']} without a "
        f"forecast or a proof. Forecasts lost {shown['loss_forecast']}: they miss by "
        f"{shown['forecast_mae_wh']} on average ({shown['forecast_bias_wh']} with their signs), persistence "
        f"by {shown['persistence_mae_wh']}, and {SAID[s['best_baseline']]}, the best without a model, by "
        f"{shown['best_baseline_mae_wh']}"
        f"{': less than the model' if s['forecast_mae_wh'] > s['best_baseline_mae_wh'] else ''}."
    )


# Market, homes, forecasts, proofs and gas ---------------------------------------------------------------


def pictures(figures: Iterable[tuple[str, bytes]]) -> dict[str, Picture]:
    """The figures of a run with their captions, by name."""
    drawn = dict(figures)
    captions = OF_RUNS if "supply_and_demand" in drawn else OF_RUNS | OF_SEALED
    return {
        name: Picture(*captions[name], png, private=name in DRAWN_FROM_READINGS)
        for name, png in drawn.items()
    }


def market(run: SavedRun, drawn: Pictures) -> Section:
    """How the market cleared."""
    if run.scenario.market.sealed:
        return Section("The market", (drawn["prices_and_volumes"], _posted(run), _days(run)))
    return Section("The market", (drawn["prices_and_volumes"], drawn["supply_and_demand"], _days(run)))


def _posted(run: SavedRun) -> Table:
    """What the chain says of each home where orders are sealed."""
    rows = [
        (
            bill.agent,
            from_one(bill.period),
            *(amount(int(each) / 2**bill.scale) for each in (bill.trade_sum, bill.deviation_sum)),
            amount(bill.bill_nano),
        )
        for bill in records(run.tables["bills"])
    ]
    columns = (
        "home",
        "settlement period",
        "for what it ordered, $",
        "for what it did otherwise, $",
        "bill, $",
    )
    remark = "Public: with the totals and prices all that is known of a home from outside."
    return long_table("Bills as the meter posted them", "llrrr", columns, rows, "bills", remark)


def _days(run: SavedRun) -> Table:
    columns = ("day", "orders", "fills", "traded, kWh", "mean price, $/kWh")
    rows = [
        (
            str(day.date),
            whole(day.orders),
            whole(day.trades),
            energy(day.traded_wh),
            decimal(day.paid_nano / day.traded_wh / 1_000_000, 3) if day.traded_wh else NOTHING,
        )
        for day in records(run.tables["days"])
    ]
    sealed = run.scenario.market.sealed
    return long_table("Day by day", "lrrrr", columns, rows, "days", private=sealed)


def homes(run: SavedRun, drawn: Pictures) -> Section:
    """Who trades, and what each home pays."""
    return Section("The homes", (drawn["bills"], _homes(run)))


def _homes(run: SavedRun) -> Table:
    table = run.tables["agents"].sort_values(["saving_nano", "agent"], ascending=[False, True])
    rows = [
        (
            home.agent,
            home.note,
            from_one(home.cluster),
            energy(home.load_wh),
            energy(home.pv_wh),
            energy(home.bought_wh),
            energy(home.sold_wh),
            amount(home.bill_grid_only_nano),
            amount(home.bill_nano),
            amount(home.saving_nano, signed=True),
            decimal((home.cost_gas_nano + home.cost_energy_nano) / 10**9, 3),
        )
        for home in records(table)
    ]
    energies, bills = ("load", "PV", "bought", "sold"), ("bill without", "bill with", "saving", "costs")
    where = "in the bills" if run.summary["costs_charged"] else "not in the bills"
    units = f"Energy in kWh; money in $: bills without and with the market; costs of proofs and gas, {where}."
    columns = ("home", "readings", "cluster", *energies, *bills)
    return long_table("Homes, by what they save", "llrrrrrrrrr", columns, rows, "homes", units, private=True)


def missing_readings(run: SavedRun, drawn: Pictures) -> list[Section]:
    """What was missing of the readings, and what became of it; no section where nothing was."""
    if "gaps" not in run.tables:
        return []
    rows = [
        (
            str(row.home) or OUTDOORS,
            *(whole(each) for each in (row.gaps, row.slots, row.longest, row.filled_slots)),
            str(row.became),
        )
        for row in records(by_home(run.tables["gaps"]))
    ]
    columns = ("home", "gaps", "readings missing", "longest gap, slots", "filled", "what became of them")
    table = long_table("Gaps by home", "lrrrrl", columns, rows, "homes", private=True)
    text = Text(" ".join(sentences(run.manifest["gaps"])))
    return [Section("Missing readings", (text, drawn["gaps"], table))]


def forecasts(run: SavedRun, drawn: Pictures) -> Section:
    """The models, and how well they forecast."""
    rows = [
        (
            from_one(cluster.cluster),
            whole(cluster.homes),
            _members(cluster.members),
            whole(cluster.forecast_mae_wh),
            whole(cluster.persistence_mae_wh),
        )
        for cluster in records(run.tables["clusters"])
    ]
    columns = ("cluster", "homes", "which", "error, Wh", "persistence's, Wh")
    table = long_table("Clusters", "lrlrr", columns, rows, "clusters", COUNTED, private=True)
    return Section("The forecasts", (drawn["forecast_and_actual"], table))


def _members(names: str) -> str:
    """A cluster's homes, as far as anybody would read."""
    first, rest = names.split(", ")[:MOST_MEMBERS], names.split(", ")[MOST_MEMBERS:]
    return ", ".join([*first, *([f"and {len(rest):,} more"] if rest else [])])


def proofs_and_gas(run: SavedRun, drawn: Pictures) -> Section:
    """What was proved and verified, with what circuits, and where the gas went."""
    blocks: list[Block] = [Notice(policy) if (policy := unproved(run)) else Text(verified(run))]
    if len(run.tables["circuits"]):
        blocks.append(_circuits(run))
    if len(run.tables["gas"]):
        blocks.append(_gas(run))
    return Section("Proofs and gas", (*blocks, drawn["costs"]))


def unproved(run: SavedRun) -> str:
    """What a reader of a run without all proofs must know; empty where every bid was proved."""
    if run.proved:
        return ""
    policy = f'Proof policy "{run.summary["proof_policy"]}": nothing was verified on chain'
    if not run.scenario.chain.executes:
        return f"{policy}, because there was no chain: the market was kept on books."
    made = run.summary["proofs_made"] + run.summary["proofs_cached"]
    some = f" {counted(made, 'proof')} of a sample of the bids were made, and none was sent." if made else ""
    return f"{policy}. A stub that accepts everything stood in the verifier's place.{some}"


def verified(run: SavedRun) -> str:
    """What was proved, in a run of which every bid was."""
    s = run.summary
    return (
        f'Proof policy "all": {s["proofs_verified_on_chain"]:,} bids of {counted(s["agents"], "home")} at '
        f"{counted(s['gates'], 'gate')} went through the verifier contract, each with one proof for all "
        f"quantities of its gate. {s['proofs_made']:,} proofs were made in this run, {s['proofs_cached']:,} "
        "taken from the store of earlier ones."
    )


def _circuits(run: SavedRun) -> Table:
    proofs = run.tables["proofs"].groupby("circuit").size()
    rows = [
        (
            from_one(circuit.training),
            from_one(circuit.cluster),
            f"{circuit.family}, {whole(circuit.parameters)}",
            whole(circuit.precision_bits),
            f"2^{circuit.logrows}",
            whole(circuit.proof_bytes),
            decimal(circuit.proving_key_bytes / 10**6, 1),
            whole(proofs.get(circuit.circuit, 0)),
            decimal(circuit.prove_cpu_s, 2),
            whole(circuit.verify_gas),
        )
        for circuit in records(run.tables["circuits"])
    ]
    made, used = ("proof, bytes", "proving key, MB"), ("proofs", "CPU-s per proof", "gas to verify")
    columns = ("training", "cluster", "model, parameters", "bits", "rows", *made, *used)
    remark = "Bits: of the weights' fractions. CPU-s are this machine's when a proof was made; gas is a mean."
    return long_table("Circuits", "lllrrrrrrr", columns, rows, "circuits", remark)


def _gas(run: SavedRun) -> Table:
    gas = run.tables["gas"]
    verifier = "verifier" if run.proved else "stub"
    rows = [
        (
            stage.stage,
            meaning_of(stage.stage, run.scenario.market.sealed),
            whole(stage.transactions),
            whole(stage.gas),
            PERCENT.write(stage.gas / gas["gas"].sum()),
            whole(stage.verifier_gas),
        )
        for stage in records(gas)
    ]
    total = ("all", "", *(whole(gas[name].sum()) for name in ("transactions", "gas")), PERCENT.write(1))
    columns = ("stage", "for", "transactions", "gas", "share", f"of it in the {verifier}")
    return Table("Gas by stage", "llrrrr", columns, (*rows, (*total, whole(gas["verifier_gas"].sum()))))
