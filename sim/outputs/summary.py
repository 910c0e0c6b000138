"""The run in one page of figures: summary.json, and what the terminal shows of it."""

from typing import Any

import numpy as np

from sim.market.baselines import bills_if_ordered, foresight_bills
from sim.market.bills import bills, grid_only_bills
from sim.market.measures import (
    homes_worse_off,
    mae_wh,
    mean_price,
    savings_share,
    sold_backed_share,
    total,
    traded_without_sun_wh,
    welfare_share,
)
from sim.outputs.outcome import Outcome


def summary_of(outcome: Outcome) -> dict[str, Any]:
    """Every figure of summary.json; money in nano-$, energy in Wh, prices in nano-$ per Wh."""
    return {**_facts(outcome), **_market(outcome), **_costs(outcome), **_identity(outcome)}


def _facts(outcome: Outcome) -> dict[str, Any]:
    prepared, scenario = outcome.prepared, outcome.prepared.scenario
    submitted = [sent.receipt for sent in outcome.sent if sent.stage == "submit"]
    on_chain = sum(receipt.ok for receipt in submitted) if outcome.verified_on_chain else 0
    horizon = scenario.time.horizon
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
        "orders": int(np.count_nonzero(outcome.quantity_wh)),
        "orders_rejected": sum(
            int(np.count_nonzero(prepared.forecast_wh[home, gate * horizon : (gate + 1) * horizon]))
            for home, gate in _rejected(outcome)
        ),
        "proofs_made": len(outcome.proofs),
        "proofs_cached": 0,
        "proofs_verified_on_chain": on_chain,
    }


def _rejected(outcome: Outcome) -> list[tuple[int, int]]:
    numbers = {home.name: i for i, home in enumerate(outcome.prepared.population.homes)}
    return [(numbers[s.sender], s.gate) for s in outcome.sent if s.stage == "submit" and not s.receipt.ok]


def _market(outcome: Outcome) -> dict[str, Any]:
    prepared, trades, net_wh = outcome.prepared, outcome.trades, outcome.prepared.net_wh
    outside, slots = prepared.outside, np.arange(prepared.population.slots)
    first = prepared.population.first_slot
    pv_wh = prepared.population.readings.pv_wh[:, first : first + len(slots)].sum(axis=0)
    bill, grid_only = bills(net_wh, trades, outside), grid_only_bills(net_wh, outside)
    foresight = foresight_bills(net_wh, slots, outside)
    as_yesterday = bills_if_ordered(
        prepared.persistence_wh, outcome.persistence_limit_price, net_wh, slots, outside
    )
    return {
        "trades": int(np.count_nonzero(trades.fill_wh)),
        "traded_wh": total(trades.traded_wh),
        "traded_without_sun_wh": traded_without_sun_wh(trades, pv_wh),
        "mean_price": mean_price(trades),
        "welfare_share": welfare_share(outcome.quantity_wh, trades, slots, outside),
        "savings_share": savings_share(grid_only, bill, foresight),
        "community_bill": total(bill),
        "community_bill_grid_only": total(grid_only),
        "community_bill_foresight": total(foresight),
        "community_bill_persistence": total(as_yesterday),
        "homes_worse_off": homes_worse_off(grid_only, bill),
        "sold_backed_share": sold_backed_share(trades, net_wh),
        "leak_share": None,
        "forecast_mae_wh": mae_wh(prepared.forecast_wh, net_wh),
        "persistence_mae_wh": mae_wh(prepared.persistence_wh, net_wh),
    }


def _costs(outcome: Outcome) -> dict[str, Any]:
    gas_total = sum(sent.receipt.gas_used for sent in outcome.sent)
    orders = int(np.count_nonzero(outcome.quantity_wh))
    return {
        "prove_cpu_s": sum(proof.prove_cpu_s for _, proof in sorted(outcome.proofs.items())),
        "setup_s": outcome.timing.setup_s,
        "chain_s": outcome.timing.chain_s,
        "wall_s": outcome.timing.wall_s,
        "gas_total": gas_total,
        "gas_cost": gas_total * outcome.prepared.scenario.chain.gas_price,
        "gas_per_order": gas_total / orders if orders else None,
    }


def _identity(outcome: Outcome) -> dict[str, Any]:
    return {
        "market_digest": outcome.market_digest,
        "models_digest": outcome.prepared.model_set.digest,
        "state_root": outcome.blocks[-1].state_root.hex(),
    }
