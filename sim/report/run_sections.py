"""Market, homes, forecasts, proofs and gas of a run: figures with their captions, and tables."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from sim.measures.table import PERCENT
from sim.outputs.figures.costs import MEANING
from sim.outputs.figures.style import counted
from sim.report.captions import OF_RUNS
from sim.report.document import Block, Notice, Picture, Section, Table, Text, readable
from sim.report.numbers import NOTHING, amount, decimal, energy, from_one, records, whole
from sim.report.saved_run import SavedRun

DRAWN_FROM_READINGS = ("bills", "forecast_and_actual")
MOST_MEMBERS = 40
COUNTED = (
    "This report counts clusters from 1; the tables in the run's directory count clusters, gates and slots "
    "from 0."
)

Pictures = Mapping[str, Picture]


def pictures(figures: Iterable[tuple[str, bytes]]) -> dict[str, Picture]:
    """The figures of a run with their captions, by name."""
    return {name: Picture(*OF_RUNS[name], png, private=name in DRAWN_FROM_READINGS) for name, png in figures}


def market(run: SavedRun, drawn: Pictures) -> Section:
    """How the market cleared."""
    return Section("The market", (drawn["prices_and_volumes"], drawn["supply_and_demand"], _days(run)))


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
    return Table("Day by day", "lrrrr", columns, *readable(rows, "days"))


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
            decimal(_cost(home) / 10**9, 3) if pd.notna(home.cost_gas_nano) else NOTHING,
        )
        for home in records(table)
    ]
    energies, bills = ("load", "PV", "bought", "sold"), ("bill without", "bill with", "saving", "costs")
    shown, cut = readable(rows, "homes")
    where = "in the bills" if run.summary["costs_charged"] else "not in the bills"
    units = f"Energy in kWh; money in $: bills without and with the market; costs of proofs and gas, {where}."
    return Table(
        "Homes, by what they save",
        "llrrrrrrrrr",
        ("home", "readings", "cluster", *energies, *bills),
        shown,
        f"{units} {cut}".strip(),
        private=True,
    )


def _cost(home: Any) -> int:
    return int(home.cost_gas_nano + home.cost_energy_nano)


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
    shown, cut = readable(rows, "clusters")
    table = Table("Clusters", "lrlrr", columns, shown, f"{COUNTED} {cut}".strip(), private=True)
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
    columns = ("cluster", "model, parameters", "bits", "rows", *made, *used)
    remark = "Bits: of the weights' fractions. CPU-s are this machine's when a proof was made; gas is a mean."
    shown, cut = readable(rows, "circuits")
    return Table("Circuits", "llrrrrrrr", columns, shown, f"{remark} {cut}".strip())


def _gas(run: SavedRun) -> Table:
    gas = run.tables["gas"]
    verifier = "verifier" if run.proved else "stub"
    rows = [
        (
            stage.stage,
            MEANING.get(stage.stage, ""),
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
