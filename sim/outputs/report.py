"""What the terminal shows of a finished run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sim.units import dollars, dollars_per_kwh, kwh


def report(summary: Mapping[str, Any], out: Path) -> str:
    """A page of figures, in the units people use."""
    sections = [_title(summary), _market(summary), _bills(summary), _proofs(summary), _times(summary)]
    lines = [line for section in sections for line in (*section, "")]
    return "\n".join([*lines, f"market digest {summary['market_digest']}", f"tables and figures in {out}/"])


def _title(s: Mapping[str, Any]) -> list[str]:
    homes = f"{s['agents']} homes, {s['agents_with_pv']} with PV, {_count(s['clusters'], 'cluster')}"
    return [f"{s['scenario']}, seed {s['seed']}: {homes}, {_count(s['gates'], 'gate')}, {s['slots']} slots"]


def _market(s: Mapping[str, Any]) -> list[str]:
    price = (
        "no trade" if s["mean_price"] is None else f"{dollars_per_kwh(s['mean_price']):.3f} $/kWh on average"
    )
    return [
        _row("orders", f"{s['orders']:,}", f"{s['orders_rejected']} rejected"),
        _row("trades", f"{s['trades']:,}", f"{kwh(s['traded_wh']):.1f} kWh, {price}"),
        _row("welfare share", _percent(s["welfare_share"]), "of what the orders could gain"),
        _row("sold and backed", _percent(s["sold_backed_share"]), "of the sold energy was there"),
        _row(
            "forecast error",
            f"{s['forecast_mae_wh']:.0f} Wh",
            f"as yesterday: {s['persistence_mae_wh']:.0f} Wh",
        ),
    ]


def _bills(s: Mapping[str, Any]) -> list[str]:
    saved = s["community_bill_grid_only"] - s["community_bill"]
    return [
        _row(
            "community bill",
            _money(s["community_bill"]),
            f"without the market {_money(s['community_bill_grid_only'])}",
        ),
        _row("saving", _money(saved), f"{_percent(s['savings_share'])} of what perfect foresight saves"),
        _row("homes worse off", str(s["homes_worse_off"]), f"of {s['agents']}"),
    ]


def _proofs(s: Mapping[str, Any]) -> list[str]:
    policy = f'policy "{s["proof_policy"]}"'
    verified = f"{s['proofs_verified_on_chain']} verified on chain, {policy}"
    if s["proof_policy"] != "all":
        verified = f"NONE verified on chain: {policy}, a stub for the verifier"
    per_order = "" if s["gas_per_order"] is None else f"{s['gas_per_order']:,.0f} per order"
    return [
        _row("proofs", str(s["proofs_made"]), verified),
        _row(
            "gas", f"{s['gas_total'] / 1e6:.1f} M", f"{per_order}, {_money(s['gas_cost'])} beside the bills"
        ),
    ]


def _times(s: Mapping[str, Any]) -> list[str]:
    where = f"set-up {s['setup_s']:.1f} s, chain {s['chain_s']:.1f} s, proving {s['prove_cpu_s']:.1f} CPU-s"
    return [_row("time", f"{s['wall_s']:.1f} s", where)]


def _row(name: str, figure: str, remark: str) -> str:
    return f"  {name:<16} {figure:>10}   {remark}".rstrip()


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def _money(nano: int) -> str:
    return f"{dollars(nano):.2f} $"
