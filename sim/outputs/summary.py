"""The run in one page of figures: summary.json, and what the terminal shows of it."""

from typing import Any

import numpy as np

from sim.costs.break_even import break_even_gas_price
from sim.market.measures import homes_worse_off, savings, share
from sim.outputs.attacks import attempt_counts
from sim.outputs.days import DAILY_COSTS, days
from sim.outputs.outcome import Outcome
from sim.privacy.measures import privacy_measures

COSTS = ("cost_gas", "cost_energy", "cost_per_home_day", "break_even_gas_price", "founding_gas")


def summary_of(outcome: Outcome) -> dict[str, Any]:
    """Every figure of summary.json; money in nano-$, energy in Wh, prices in nano-$ per Wh."""
    return {
        **_facts(outcome),
        **_market(outcome),
        **_costs(outcome),
        **_measured(outcome),
        **_identity(outcome),
    }


def _facts(outcome: Outcome) -> dict[str, Any]:
    prepared, scenario = outcome.prepared, outcome.prepared.scenario
    submitted = [sent.receipt for sent in outcome.sent if sent.stage == "submit" and not sent.repelled]
    on_chain = sum(receipt.ok for receipt in submitted) if outcome.verified_on_chain else 0
    orders = int(np.count_nonzero(outcome.quantity_wh))
    return {
        "scenario": scenario.name,
        "seed": scenario.seed,
        "proof_policy": scenario.proofs.policy,
        "chain_backend": scenario.chain.backend,
        "agents": len(prepared.population.homes),
        "agents_with_pv": sum(home.has_pv for home in prepared.population.homes),
        "clusters": len(prepared.model_set.models),
        "gates": prepared.gates,
        "slots": prepared.population.slots,
        "orders": orders,
        "orders_rejected": int(np.count_nonzero(outcome.scheduled_wh)) - orders,
        "proofs_made": sum(not proof.cached for proof in outcome.proofs.values()),
        "proofs_cached": sum(proof.cached for proof in outcome.proofs.values()),
        "proofs_verified_on_chain": on_chain,
        **attempt_counts(outcome),
    }


def _market(outcome: Outcome) -> dict[str, Any]:
    """Ratios are of the sums over days, so that they can be made of the table of days as well."""
    accounts, table = outcome.accounts, days(outcome)
    known = table.columns.drop(["day", "date", *DAILY_COSTS])
    whole = {str(name): int(table[name].sum()) for name in known}
    return {
        "trades": whole["trades"],
        "traded_wh": whole["traded_wh"],
        "traded_without_sun_wh": whole["traded_without_sun_wh"],
        "mean_price": share(whole["paid_nano"], whole["traded_wh"]),
        "welfare_share": share(whole["welfare_nano"], whole["welfare_best_nano"]),
        "savings_share": share(
            whole["bill_grid_only_nano"] - whole["bill_nano"],
            whole["bill_grid_only_nano"] - whole["bill_foresight_nano"],
        ),
        "community_bill": whole["bill_nano"],
        "community_bill_grid_only": whole["bill_grid_only_nano"],
        "community_bill_foresight": whole["bill_foresight_nano"],
        "community_bill_persistence": whole["bill_persistence_nano"],
        "homes_worse_off": homes_worse_off(accounts.grid_only, accounts.bill),
        "sold_backed_share": share(whole["sold_backed_wh"], whole["sold_wh"]),
        **privacy_measures(outcome.prepared, outcome.trades),
        "forecast_mae_wh": share(whole["forecast_abs_error_wh"], whole["readings"]),
        "persistence_mae_wh": share(whole["persistence_abs_error_wh"], whole["readings"]),
    }


def _costs(outcome: Outcome) -> dict[str, Any]:
    """Modelled costs, and the saving without them; empty where no circuit could be set up."""
    accounts, costs = outcome.accounts, outcome.accounts.costs
    saving = int(savings(accounts.grid_only, accounts.market).sum())
    always = {"costs_charged": accounts.charged, "saving": saving}
    if costs is None:
        return {**always, **dict.fromkeys(COSTS)}
    gas, energy = int(costs.gas_nano.sum()), int(costs.energy_nano.sum())
    home_days = len(costs.gas) * outcome.prepared.scenario.time.days
    break_even = break_even_gas_price(saving, energy, int(costs.gas.sum()))
    figures = (gas, energy, (gas + energy) / home_days, break_even, costs.founding_gas)
    return {**always, **dict(zip(COSTS, figures, strict=True))}


def _measured(outcome: Outcome) -> dict[str, Any]:
    gas_total = sum(sent.receipt.gas_used for sent in outcome.sent) if outcome.sent else None
    of_market = sum(sent.receipt.gas_used for sent in outcome.sent if not sent.repelled)
    orders = int(np.count_nonzero(outcome.quantity_wh))
    proofs = [proof for _, proof in sorted(outcome.proofs.items())]
    cpu_s = sum(proof.prove_cpu_s for proof in proofs)
    return {
        "prove_cpu_s": sum((proof.prove_cpu_s for proof in proofs if not proof.cached), start=0.0),
        "prove_cpu_s_per_proof": cpu_s / len(proofs) if proofs else None,
        "setup_s": outcome.timing.setup_s,
        "chain_s": outcome.timing.chain_s,
        "wall_s": outcome.timing.wall_s,
        "gas_total": gas_total,
        "gas_per_order": of_market / orders if of_market and orders else None,
    }


def _identity(outcome: Outcome) -> dict[str, Any]:
    return {
        "market_digest": outcome.market_digest,
        "models_digest": outcome.prepared.model_set.digest,
        "state_root": (outcome.blocks[-1].state_root.hex() or None) if outcome.blocks else None,
    }
