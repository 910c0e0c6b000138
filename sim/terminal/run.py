"""What the terminal shows of a finished run, and of a finished study."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from sim.chain.backends import backends
from sim.forecast.baselines import SAID
from sim.market.mechanisms import mechanisms
from sim.measures.table import measure
from sim.runtime.wording import counted, money
from sim.study.bootstrap import basis_of_intervals
from sim.study.study_directory import CELLS

ACCOUNTS = ("homes", "utility", "operators")
"""Whose gains are society's."""


def report(summary: Mapping[str, Any], out: Path, attacks: pd.DataFrame | None = None) -> str:
    """A page of figures, in the units people use; with the table of attacks where somebody cheats."""
    sections = [section(summary) for section in (_title, _market, _bills, _proofs, _costs, _times)]
    if attacks is not None:
        sections.insert(-1, _cheats(summary, attacks))
    lines = [line for section in sections for line in (*section, "")]
    return "\n".join([*lines, f"market digest {summary['market_digest']}", f"tables and figures in {out}/"])


def study_report(facts: Mapping[str, Any], days: int, left_out: Sequence[str], out: Path) -> str:
    """Its size, its digest, and what could not be drawn.

    facts: of study.json
    days:  the most days that a cell has
    """
    points = counted(facts["cells"] // facts["seeds"], "point")
    size = f"{counted(facts['cells'], 'cell')}, {points} x {counted(facts['seeds'], 'seed')}"
    return "\n".join(
        [
            f"{facts['name']}: {size} ({', '.join(facts['axes'])})",
            f"  {basis_of_intervals(facts['seeds'], days)}",
            "",
            f"cells digest {facts['cells_digest']}",
            *left_out,
            f"tables and figures in {out}/, every cell's run in {out / CELLS}/",
        ]
    )


SEALED = "public are totals, prices and bills, and no home's quantity"
TITLE = {"clusters": "forecaster", "gates": "gate", "slots": "slot"}


def _title(s: Mapping[str, Any]) -> list[str]:
    homes = f"{counted(s['agents'], 'home')}, {s['agents_with_pv']} with PV"
    rest = [counted(s[name], noun) for name, noun in TITLE.items()]
    return [f"{s['scenario']}, seed {s['seed']}: {', '.join([homes, *rest])}"]


def _market(s: Mapping[str, Any]) -> list[str]:
    at = "no trade" if s["mean_price"] is None else f"{_written(s, 'mean_price')} on average"
    sealed = s["orders_were"] == "sealed"
    return [
        _told(s, "orders", f"{s['orders_rejected']} rejected"),
        _told(s, "trades", f"{_written(s, 'traded_wh')}, {at}"),
        *([_row("sealed", "", SEALED)] if sealed else []),
        *([_surplus(s)] if s["surplus"] else []),
        _told(s, "allocative_efficiency", "of what the orders could gain"),
        _told(s, "delivered_share", "of the energy sold"),
        _told(s, "forecast_mae_wh", _baselines(s)),
    ]


def _surplus(s: Mapping[str, Any]) -> str:
    if mechanisms[s["mechanism"]].utility_trades:
        return _row(
            "left over", _written(s, "surplus"), "what the utility is paid for it, at the price of homes"
        )
    return _told(s, "surplus", "what buyers pay beyond what sellers get: it goes to the utility")


def _baselines(s: Mapping[str, Any]) -> str:
    """What needs no model; a model that is worse than the best of that is said to be."""
    best = f"{SAID[s['best_baseline']]} {_written(s, 'best_baseline_mae_wh')}"
    if s["forecast_mae_wh"] > s["best_baseline_mae_wh"]:
        return f"worse than without a model: {best}"
    return f"persistence {_written(s, 'persistence_mae_wh')}, best without a model: {best}"


def _bills(s: Mapping[str, Any]) -> list[str]:
    saved = s["community_bill_grid_only"] - s["community_bill"]
    before_charges = ", before charges" if s["costs_charged"] else ""
    return [
        _told(
            s,
            "community_bill",
            f"without the market {_written(s, 'community_bill_grid_only')}, "
            f"with persistence {_written(s, 'community_bill_persistence')}",
        ),
        _row(
            "saving, net" if s["costs_charged"] else "saving",
            money(saved),
            "with perfect foresight this mechanism would save nothing"
            if s["savings_share"] is None
            else f"{_written(s, 'savings_share')} of what perfect foresight saves",
        ),
        _row(
            "lost",
            money(s["most_saving"] - s["saving"]),
            f"{_written(s, 'loss_forecast')} by forecasts, {_written(s, 'loss_strategy')} by strategies, "
            f"{_written(s, 'loss_mechanism')} by the mechanism{before_charges}",
        ),
        _row(
            "sharing instead",
            _written(s, "saving_mid_market"),
            f'saved by "mid-market" after the fact, without forecast or proof{before_charges}',
        ),
        _told(s, "homes_worse_off", f"of {s['agents']}"),
        *([] if s["sealing_gap"] is None else [_gap(s)]),
    ]


def _gap(s: Mapping[str, Any]) -> str:
    left = f"rounding leaves {_written(s, 'sealing_remainder')} to the utility"
    return _told(s, "sealing_gap", f"in bills, against the same orders in whole Wh; {left}")


def _proofs(s: Mapping[str, Any]) -> list[str]:
    policy = f'policy "{s["proof_policy"]}"'
    verified = f"{s['proofs_verified_on_chain']} verified on chain, {policy}"
    if s["proof_policy"] != "all":
        instead = "a stub for the verifier" if backends[s["chain_backend"]].executes else "no chain"
        verified = f"NONE verified on chain: {policy}, {instead}"
    reused = f"{s['proofs_cached']} re-used, " if s["proofs_cached"] else ""
    return [
        _row("proofs", str(s["proofs_made"] + s["proofs_cached"]), f"{reused}{verified}"),
        *([] if s["gas_total"] is None else [_row("gas", f"{s['gas_total'] / 1e6:.1f} M", _per_order(s))]),
    ]


def _per_order(s: Mapping[str, Any]) -> str:
    return "" if s["gas_per_order"] is None else f"{s['gas_per_order']:,.0f} per order"


def _costs(s: Mapping[str, Any]) -> list[str]:
    """What the deterministic model says proofs and gas cost."""
    if s["cost_gas"] is None:
        sealed = "no law of their gas has been fitted"
        why = (
            sealed
            if s["orders_were"] == "sealed"
            else "nothing checks this mechanism on chain, or no circuit fits"
        )
        return [_row("cost", "-", f"not known: {why}")]
    where = "in bills" if s["costs_charged"] else "not in bills"
    cost, per_home_day = money(s["cost_gas"] + s["cost_energy"]), money(s["cost_per_home_day"], 3)
    remark = f"modelled gas and proving, {where}: {per_home_day} a home and day"
    accounts = ", ".join(f"{who} {money(s[f'gain_{who}'], signed=True)}" for who in ACCOUNTS)
    society = _row("society", money(s["gain_society"], signed=True), accounts)
    return [_row("cost", cost, remark), society, _break_even(s["break_even_gas_price"])]


def _break_even(gas_price: float | None) -> str:
    if gas_price is None:
        return _row("break-even", "-", "the saving does not even pay for the energy of proving")
    return _row(
        "break-even",
        f"{gas_price:,.1f}",
        "nano-$ per gas: there proofs and gas cost what the market saves",
    )


def _cheats(s: Mapping[str, Any], attacks: pd.DataFrame) -> list[str]:
    """Each attack: attempts, how many were accepted, and why most of the others were not."""
    unlawful = f"{s['attempts_accepted']} accepted, {s['illegitimate_accepted']} against the rules"
    head = _told(s, "attempts", unlawful)
    return [head, *(_attack(attack) for attack in attacks.itertuples())]


def _attack(attack: Any) -> str:
    why = attack.reasons.split(" (")[0]
    if attack.accepted:
        why = f"{attack.accepted} accepted: attackers {money(attack.profit_nano, signed=True)}, "
        why += f"other homes {money(-attack.others_loss_nano, signed=True)}"
    return f"    {attack.attack:<20} {attack.attempts:>4}   {why}".rstrip()


def _times(s: Mapping[str, Any]) -> list[str]:
    where = f"set-up {s['setup_s']:.1f} s, chain {s['chain_s']:.1f} s, proving {s['prove_cpu_s']:.1f} CPU-s"
    return [_row("time", f"{s['wall_s']:.1f} s", where)]


def _row(name: str, figure: str, remark: str) -> str:
    return f"  {name:<21} {figure:>10}   {remark}".rstrip()


def _told(s: Mapping[str, Any], name: str, remark: str) -> str:
    """A measure by its label."""
    return _row(measure(name).label, _written(s, name), remark)


def _written(s: Mapping[str, Any], name: str) -> str:
    return "-" if s[name] is None else measure(name).unit.write(s[name])
