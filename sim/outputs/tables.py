"""The tables of a run: tidy, one row per fact, units in the column names; what their columns mean is in
``sim.tables``.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd

from sim.arrays import Ints
from sim.chain.base import Receipt
from sim.data.population import gate_inputs
from sim.forecast.windows import history_slots
from sim.market.mechanisms.sharing import SHARING_RULES
from sim.measures.daily import days
from sim.outputs.attacks import attacks, attempts
from sim.outputs.outcome import Outcome
from sim.outputs.sealed_tables import bills, names_of_homes, quantities, totals
from sim.tables.runs import RUN_TABLES, written_by
from sim.tables.table import COMMUNITY
from sim.units import share

SIDE = {1: "buy", -1: "sell"}
REPELLED = "attempts"
"""The stage, in the table of gas, of what cheats were refused."""


def slots(outcome: Outcome) -> pd.DataFrame:
    """One row per slot."""
    prepared, fill_wh = outcome.prepared, outcome.trades.fill_wh
    readings, first = prepared.population.readings, prepared.population.first_slot
    outside, traded_wh = prepared.outside, outcome.trades.traded_wh
    price = pd.array(outcome.trades.price, dtype="Int64")
    price[traded_wh == 0] = pd.NA
    return pd.DataFrame(
        {
            "slot": np.arange(len(traded_wh)),
            "start": [readings.time_of(first + slot) for slot in range(len(traded_wh))],
            "gate": np.arange(len(traded_wh)) // prepared.scenario.time.horizon,
            "price_nano_per_wh": price,
            "retail_low_nano_per_wh": outside.retail.min(axis=0),
            "retail_high_nano_per_wh": outside.retail.max(axis=0),
            "feed_in_low_nano_per_wh": outside.feed_in.min(axis=0),
            "feed_in_high_nano_per_wh": outside.feed_in.max(axis=0),
            "traded_wh": traded_wh,
            "bought_wh": np.maximum(fill_wh, 0).sum(axis=0),
            "sold_wh": np.maximum(-fill_wh, 0).sum(axis=0),
            "bid_wh": np.maximum(outcome.quantity_wh, 0).sum(axis=0),
            "ask_wh": np.maximum(-outcome.quantity_wh, 0).sum(axis=0),
            "buyers": (fill_wh > 0).sum(axis=0),
            "sellers": (fill_wh < 0).sum(axis=0),
            "gain_at_limits_nano": (outcome.limit_price * fill_wh).sum(axis=0),
            "to_utility_nano": outcome.trades.surplus,
        }
    )


def orders(outcome: Outcome) -> pd.DataFrame:
    """One row per accepted order."""
    home, slot = _by_slot(outcome.quantity_wh)
    quantity_wh = outcome.quantity_wh[home, slot]
    return pd.DataFrame(
        {
            "gate": slot // outcome.prepared.scenario.time.horizon,
            "slot": slot,
            "agent": names_of_homes(outcome)[home],
            "side": _sides(quantity_wh),
            "quantity_wh": np.abs(quantity_wh),
            "limit_nano_per_wh": outcome.limit_price[home, slot],
            "fill_wh": np.abs(outcome.trades.fill_wh[home, slot]),
        }
    )


def trades(outcome: Outcome) -> pd.DataFrame:
    """One row per fill."""
    home, slot = _by_slot(outcome.trades.fill_wh)
    fill_wh, paid_nano = (each[home, slot] for each in (outcome.trades.fill_wh, outcome.trades.payment))
    return pd.DataFrame(
        {
            "slot": slot,
            "agent": names_of_homes(outcome)[home],
            "side": _sides(fill_wh),
            "fill_wh": np.abs(fill_wh),
            "price_nano_per_wh": paid_nano // fill_wh,
            "paid_nano": paid_nano,
        }
    )


def agents(outcome: Outcome) -> pd.DataFrame:
    """One row per home."""
    prepared, homes = outcome.prepared, outcome.prepared.population.homes
    accounts, costs = outcome.accounts, outcome.accounts.costs
    nothing = pd.array([pd.NA] * len(homes), dtype="Int64")
    prove_cpu_s = np.zeros(len(homes))
    for (home, _), proof in sorted(outcome.proofs.items()):
        prove_cpu_s[home] += proof.prove_cpu_s
    own = {
        "donor": [home.donor for home in homes],
        "note": [home.note for home in homes],
        "load_wh": prepared.load_wh.sum(axis=1),
        "pv_wh": prepared.pv_wh.sum(axis=1),
        "bill_nano": accounts.bill.sum(axis=1),
        "bill_grid_only_nano": accounts.grid_only.sum(axis=1),
        "saving_nano": accounts.saving,
        **{f"bill_{rule.key}_nano": outcome.shared[rule.name] for rule in SHARING_RULES},
        "charges_nano": accounts.charges.sum(axis=1),
        "cost_gas_nano": costs.gas_nano.sum(axis=1) if costs else nothing,
        "cost_energy_nano": costs.energy_nano.sum(axis=1) if costs else nothing,
        "prove_cpu_s": prove_cpu_s,
    }
    columns = [column.name for column in RUN_TABLES["agents"].columns if column is not COMMUNITY]
    return pd.DataFrame({**agents_on_chain(outcome), **own})[columns]


def agents_on_chain(outcome: Outcome) -> dict[str, Any]:
    """Of the columns of homes those that the chain knows: who may sell, energy, ledger and gas."""
    fill_wh, homes = outcome.trades.fill_wh, outcome.prepared.population.homes
    gas: Counter[str] = Counter()
    for sent in outcome.sent:
        gas[sent.sender] += 0 if sent.repelled else sent.receipt.gas_used
    return {
        "agent": names_of_homes(outcome),
        "has_pv": [home.has_pv for home in homes],
        "cluster": outcome.prepared.forecasters.cluster_of_home,
        "strategy": outcome.strategies,
        "bought_wh": np.maximum(fill_wh, 0).sum(axis=1),
        "sold_wh": np.maximum(-fill_wh, 0).sum(axis=1),
        "balance_nano": outcome.balances[1:],
        "gas": np.array([gas[home.name] for home in homes]),
    }


def forecasts(outcome: Outcome) -> pd.DataFrame:
    """One row per home and slot; private."""
    prepared = outcome.prepared
    homes, slots_ = prepared.reading_wh.shape
    return pd.DataFrame(
        {
            "agent": np.repeat(names_of_homes(outcome), slots_),
            "slot": np.tile(np.arange(slots_), homes),
            "forecast_wh": prepared.forecast_wh.ravel(),
            "persistence_wh": prepared.persistence_wh.ravel(),
            "actual_wh": prepared.reading_wh.ravel(),
            "load_wh": prepared.load_wh.ravel(),
            "pv_wh": prepared.pv_wh.ravel(),
        }
    )


def proofs(outcome: Outcome) -> pd.DataFrame:
    """One row per proof whose bid has been submitted."""
    prepared, names = outcome.prepared, names_of_homes(outcome)
    submitted = [sent for sent in outcome.sent if sent.stage == "submit" and not sent.repelled]
    receipts = {(sent.sender, sent.gate): sent.receipt for sent in submitted}
    bids = {(home, gate) for home, gate in outcome.proofs if (names[home], gate) in receipts}
    keys = sorted(bids, key=lambda home_gate: (home_gate[1], home_gate[0]))
    made = [outcome.proofs[key] for key in keys]
    sent = [receipts[names[home], gate] for home, gate in keys]
    on_chain = pd.Series([outcome.verified_on_chain and receipt.ok for receipt in sent], dtype="bool")
    verify_gas = [receipt.gas_by_callee.get(outcome.verifier) for receipt in sent]
    used = [prepared.forecasters.number(home, gate) for home, gate in keys]
    return pd.DataFrame(
        {
            "agent": pd.Series([names[home] for home, _ in keys], dtype="str"),
            "gate": pd.Series([gate for _, gate in keys], dtype="int64"),
            "circuit": pd.Series([outcome.circuits[number].digest for number in used], dtype="str"),
            "prove_cpu_s": pd.Series([proof.prove_cpu_s for proof in made], dtype="float64"),
            "bytes": pd.Series([len(proof.proof) for proof in made], dtype="int64"),
            "cached": pd.Series([proof.cached for proof in made], dtype="bool"),
            "on_chain": on_chain,
            "verify_gas": pd.Series(verify_gas, dtype="Int64").where(on_chain),
            "submit_gas": pd.Series([receipt.gas_used for receipt in sent], dtype="Int64").where(on_chain),
        }
    )


def blocks(outcome: Outcome) -> pd.DataFrame:
    """One row per block."""
    return pd.DataFrame(
        {
            "block": [block.number for block in outcome.blocks],
            "time": [datetime.fromtimestamp(b.timestamp, UTC).replace(tzinfo=None) for b in outcome.blocks],
            "transactions": [len(block.transactions) for block in outcome.blocks],
            "gas": [block.gas_used for block in outcome.blocks],
            "hash": pd.Series([block.hash.hex() or None for block in outcome.blocks], dtype="str"),
            "state_root": pd.Series([b.state_root.hex() or None for b in outcome.blocks], dtype="str"),
        }
    )


def transactions(outcome: Outcome) -> pd.DataFrame:
    """One row per transaction, in order."""
    sent, receipts = outcome.sent, [sent.receipt for sent in outcome.sent]
    return pd.DataFrame(
        {
            "block": pd.Series([receipt.block_number for receipt in receipts], dtype="int64"),
            "stage": pd.Series([each.stage for each in sent], dtype="str"),
            "gate": pd.Series([each.gate if each.gate >= 0 else pd.NA for each in sent], dtype="Int64"),
            "slot": pd.Series([each.slot for each in sent], dtype="Int64"),
            "agent": pd.Series([each.sender for each in sent], dtype="str"),
            "attack": pd.Series([each.attack for each in sent], dtype="str"),
            "accepted": pd.Series([receipt.ok for receipt in receipts], dtype="bool"),
            "reason": pd.Series([receipt.revert_reason for receipt in receipts], dtype="str"),
            "gas": pd.Series([receipt.gas_used for receipt in receipts], dtype="int64"),
            "hash": pd.Series([receipt.transaction_hash.hex() for receipt in receipts], dtype="str"),
        }
    )


def gas(outcome: Outcome) -> pd.DataFrame:
    """One row per stage, in order, and one of what cheats were refused."""
    by_stage: dict[str, list[Receipt]] = {}
    for sent in sorted(outcome.sent, key=lambda sent: sent.repelled):
        by_stage.setdefault(REPELLED if sent.repelled else sent.stage, []).append(sent.receipt)
    stages, receipts = list(by_stage), by_stage.values()
    return pd.DataFrame(
        {
            "stage": stages,
            "transactions": [len(group) for group in receipts],
            "gas": [sum(receipt.gas_used for receipt in group) for group in receipts],
            "verifier_gas": [
                sum(receipt.gas_by_callee.get(outcome.verifier, 0) for receipt in group) for group in receipts
            ],
        }
    )


def circuits(outcome: Outcome) -> pd.DataFrame:
    """One row per circuit, by training and then by cluster; no rows where nothing was proved."""
    made, clusters = outcome.circuits, outcome.prepared.forecasters.clusters
    of_proofs = proofs(outcome).groupby("circuit")[["prove_cpu_s", "verify_gas"]].mean()
    means = of_proofs.reindex([circuit.digest for circuit in made]).astype("float64")
    settings = [circuit.settings for circuit in made]
    integers = {
        "training": [number // clusters for number in range(len(made))],
        "cluster": [number % clusters for number in range(len(made))],
        "parameters": [circuit.model.parameters for circuit in made],
        "precision_bits": [circuit.model.precision for circuit in made],
        "rows": [circuit.rows for circuit in made],
        "logrows": [circuit.logrows for circuit in made],
        "decomp_base": [each.decomp_base for each in settings],
        "decomp_legs": [each.decomp_legs for each in settings],
        "num_inner_cols": [each.num_inner_cols for each in settings],
        "salts": [circuit.salts for circuit in made],
        "proof_bytes": [circuit.proof_bytes for circuit in made],
        "verifying_key_bytes": [circuit.vk_bytes for circuit in made],
        "proving_key_bytes": [circuit.pk_bytes for circuit in made],
    }
    return pd.DataFrame(
        {
            "circuit": pd.Series([circuit.digest for circuit in made], dtype="str"),
            "model": pd.Series([circuit.model.digest for circuit in made], dtype="str"),
            "family": pd.Series([circuit.model.family for circuit in made], dtype="str"),
            **{name: pd.Series(values, dtype="int64") for name, values in integers.items()},
            "setup_cpu_s": pd.Series([circuit.setup_s for circuit in made], dtype="float64"),
            "prove_cpu_s": means["prove_cpu_s"].to_numpy(),
            "verify_gas": means["verify_gas"].to_numpy(),
        }
    )


def clusters(outcome: Outcome) -> pd.DataFrame:
    """One row per cluster: its homes, its first model, and how well it forecast; errors are private."""
    prepared = outcome.prepared
    of_home = np.array(prepared.forecasters.cluster_of_home)
    rows = []
    for cluster, model in enumerate(prepared.forecasters.trainings[0].models):
        members = of_home == cluster
        net_wh = prepared.reading_wh[members]
        rows.append(
            {
                "cluster": cluster,
                "homes": int(members.sum()),
                "members": ", ".join(names_of_homes(outcome)[members]),
                "model": model.digest,
                "family": model.family,
                "parameters": model.parameters,
                "precision_bits": model.precision,
                "forecast_mae_wh": _mae_wh(prepared.forecast_wh[members], net_wh),
                "persistence_mae_wh": _mae_wh(prepared.persistence_wh[members], net_wh),
            }
        )
    return pd.DataFrame(rows)


def trainings(outcome: Outcome) -> pd.DataFrame:
    """One row per training and cluster: which gates use its model, what it was trained on, and its root."""
    prepared = outcome.prepared
    readings, first = prepared.population.readings, prepared.population.first_slot
    inputs = gate_inputs(prepared.scenario, readings)
    most = history_slots(prepared.scenario.forecast.history_days, readings.slots_per_day)
    rows = []
    for number, training in enumerate(prepared.forecasters.trainings):
        slot = first + prepared.slots_of(training.from_gate).start
        ends = slot - inputs.unknown
        begins = 0 if most is None else max(ends - most, 0)
        rows += [
            {
                "training": number,
                "cluster": cluster,
                "from_gate": training.from_gate,
                "delivers_from": readings.time_of(slot),
                "history_begins": readings.time_of(begins),
                "history_ends": readings.time_of(ends),
                "model": model.digest,
                "rounds": len(training.rounds[cluster]) if training.rounds else 0,
                "training_root": training.root(cluster).hex(),
            }
            for cluster, model in enumerate(training.models)
        ]
    return pd.DataFrame(rows)


def rounds(outcome: Outcome) -> pd.DataFrame:
    """One row per training, cluster and round."""
    rows = [
        (number, cluster, place, digest)
        for number, training in enumerate(outcome.prepared.forecasters.trainings)
        for cluster, digests in enumerate(training.rounds)
        for place, digest in enumerate(digests)
    ]
    made = pd.DataFrame(rows, columns=["training", "cluster", "round", "parameters_sha256"])
    return made.astype({"training": "int64", "cluster": "int64", "round": "int64"})


def _mae_wh(forecast_wh: Ints, net_wh: Ints) -> float | None:
    """Mean absolute error of forecasts over homes and slots, Wh."""
    return share(int(np.abs(forecast_wh - net_wh).sum()), net_wh.size)


def _by_slot(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Homes and slots of all entries that are not zero, slot by slot."""
    slot, home = np.nonzero(values.T)
    return home, slot


def _sides(signed_wh: np.ndarray) -> list[str]:
    return [SIDE[sign] for sign in np.sign(signed_wh).tolist()]


def gaps(outcome: Outcome) -> pd.DataFrame:
    """One row per gap; of a run that has any; private."""
    found = outcome.prepared.population.gaps
    assert found
    return found.rows.copy()


MADE: dict[str, Callable[[Outcome], pd.DataFrame]] = {
    "slots": slots,
    "orders": orders,
    "trades": trades,
    "totals": totals,
    "bills": bills,
    "quantities": quantities,
    "agents": agents,
    "days": days,
    "forecasts": forecasts,
    "proofs": proofs,
    "blocks": blocks,
    "transactions": transactions,
    "gas": gas,
    "circuits": circuits,
    "clusters": clusters,
    "trainings": trainings,
    "rounds": rounds,
    "gaps": gaps,
    "attempts": attempts,
    "attacks": attacks,
}
"""What makes each table."""


def tables_of(outcome: Outcome, names: Iterable[str] = ()) -> dict[str, pd.DataFrame]:
    """These tables of a run by name, or all that a run like it has."""
    scenario = outcome.prepared.scenario
    lacking = outcome.prepared.population.gaps is not None
    every = written_by(scenario.adversaries.anybody, scenario.market.sealed, lacking)
    return {name: RUN_TABLES[name].with_community(MADE[name](outcome)) for name in names or every}
