"""Where the time and the gas of a run went."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.outputs.figures.style import BLUE, GREY, ORANGE, SKY, canvas
from sim.runtime.wording import counted, money

MEGA = 10**6
MEANING = {
    "set-up": "contracts, first models, homes",
    "register": "new models",
    "commit": "the meter's commitments",
    "submit": "orders with their proofs",
    "clear": "fills and prices",
    "settle": "deviations",
    "prove": "settlement proofs",
    "void": "slots that nobody cleared",
    "attempts": "what cheats were refused",
}

OF_SEALED = {"clear": "totals, their openings, prices", "settle": "bills"}
"""What stages are instead where orders are sealed."""


def meaning_of(stage: str, sealed: bool) -> str:
    """What a stage is for; empty where nothing is known of it."""
    return (MEANING | OF_SEALED if sealed else MEANING).get(stage, "")


def costs(tables: Mapping[str, pd.DataFrame], summary: Mapping[str, Any]) -> Figure:
    """Above: seconds of this machine. Below, with a chain: gas by stage, the verifier's share of it apart."""
    gas = tables["gas"]
    if gas.empty:
        figure = canvas("The run had no chain, and used no gas", _subtitle(summary), summary, height_in=3.4)
        _times(figure.subplots(), summary)
        return figure
    real = summary["proof_policy"] == "all"
    figure = canvas(_title(gas, real), _subtitle(summary), summary, height_in=5.6)
    upper, lower = figure.subplots(2, height_ratios=(4, len(gas)))
    _times(upper, summary)
    verifier = "verifier contract" if real else "stub in the verifier's place"
    _gas(lower, gas, verifier, sealed="totals" in tables)
    return figure


def _title(gas: pd.DataFrame, real: bool) -> str:
    total, verifier = int(gas["gas"].sum()), int(gas["verifier_gas"].sum())
    share = f"{100 * verifier / total:.0f} %" if real else "none"
    return f"The run used {total / MEGA:,.1f} million gas, {share} of it to verify proofs"


def _subtitle(summary: Mapping[str, Any]) -> str:
    cost = "costs are not known"
    if summary["cost_gas"] is not None:
        where = "in the bills" if summary["costs_charged"] else "not in the bills"
        modelled = money(summary["cost_gas"] + summary["cost_energy"])
        cost = f"modelled proofs and gas, set-up apart, cost {modelled}, {where}"
    proofs = f"{counted(summary['proofs_made'], 'proof')} made"
    verified = f"{summary['proofs_verified_on_chain']:,} verified on chain"
    return f"{cost}; {counted(summary['orders'], 'order')}, {proofs}, {verified}"


def _times(axes: Axes, summary: Mapping[str, Any]) -> None:
    """Seconds; set-up, chain and proving overlap, so these are bars of their own and not parts of a whole."""
    names = ("simulation (s)", "part: set-up (s)", "part: chain (s)", "proving (CPU-s)")
    values = [summary[key] for key in ("wall_s", "setup_s", "chain_s", "prove_cpu_s")]
    bars = axes.barh(names, values, height=0.62, color=[GREY, SKY, SKY, ORANGE])
    bars[3].set_hatch("//")
    bars[3].set_edgecolor("white")
    _label(axes, values, [f"{value:,.1f}" for value in values])
    axes.set_title("time: proving runs beside the chain, and the chain takes part in set-up")
    axes.set_xlabel("time on this machine (s; proving: CPU-s of all processes)")


def _gas(axes: Axes, gas: pd.DataFrame, verifier: str, sealed: bool) -> None:
    """A bar per stage, the verifier's part first."""
    names = [f"{stage}: {meaning_of(stage, sealed)}" for stage in gas["stage"]]
    total, verifying = gas["gas"] / MEGA, gas["verifier_gas"] / MEGA
    axes.barh(
        names,
        verifying,
        height=0.62,
        color=ORANGE,
        hatch="//",
        edgecolor="white",
        linewidth=0,
        label=verifier,
    )
    axes.barh(names, total - verifying, left=verifying, height=0.62, color=BLUE, label="everything else")
    texts = [
        f"{value:,.1f} ({100 * value / total.sum():.0f} %) in {counted(count, 'transaction')}"
        for value, count in zip(total, gas["transactions"], strict=True)
    ]
    _label(axes, list(total), texts)
    axes.set_title("gas, by stage")
    axes.set_xlabel("gas (millions)")
    axes.legend(loc="lower right", bbox_to_anchor=(1, 0.97), ncols=2)


def _label(axes: Axes, ends: Sequence[float], texts: Sequence[str]) -> None:
    """Write beside the ends of horizontal bars, the first on top."""
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.tick_params(axis="y", length=0)
    axes.set_xlim(0, 1.45 * max(ends) or 1)
    for row, (end, text) in enumerate(zip(ends, texts, strict=True)):
        axes.annotate(text, (end, row), (5, 0), textcoords="offset points", va="center")
