"""Proofs and chain: what was proved, what it costs in gas, and the last transactions with their refusals."""

from typing import Any

import pandas as pd
import solara

from sim.page.html import Html, html, table
from sim.page.panels.markup import Markup
from sim.page.run_state import RunState
from sim.page.timeline import Timeline

LAST, LAST_REFUSED = 14, 6


@solara.component
def ChainPanel(state: RunState, timeline: Timeline, slot: int, knows_all: bool) -> None:
    """As of the slot that is shown; ``knows_all`` as the simulator, and not as the public."""
    sent = until(timeline, slot)
    with solara.Columns([2, 5]):
        with solara.Column(gap="8px"):
            Markup(proofs_table(state, timeline, slot, knows_all), "zk-card")
            Markup(gas_table(sent), "zk-card")
        with solara.Column(gap="8px"):
            refused = sent[~sent["accepted"]]
            if len(refused):
                head = html("<h3>refused: {:,} so far, the last ones</h3>", len(refused))
                Markup(head + transactions_table(refused.tail(LAST_REFUSED), knows_all), "zk-card")
            latest = transactions_table(sent.tail(LAST), knows_all)
            Markup(html("<h3>last transactions</h3>{}", latest), "zk-card")


def until(timeline: Timeline, slot: int) -> pd.DataFrame:
    """The transactions sent until a slot was cleared; what earlier gates settle later is not among them."""
    sent, gate = timeline.transactions, timeline.gate_of(slot)
    of_gate = (sent["gate"] == gate) & sent["stage"].isin(["commit", "submit", "clear"])
    of_slot = sent["slot"].isna() | (sent["slot"] <= slot)
    own = (of_gate & of_slot).fillna(False)
    known = sent[(sent["gate"].fillna(-1) < gate) | own]
    return known.loc[: own[own].index[-1]] if own.any() else known


def proofs_table(state: RunState, timeline: Timeline, slot: int, knows_all: bool) -> Html:
    """Proofs waiting, made, verified; what they took is their prover's own."""
    made = timeline.proofs
    shown = made[made["gate"] <= timeline.gate_of(slot)]
    waiting = state.work.total - state.work.done if state.work and state.work.unit == "proofs" else 0
    policy = timeline.scenario.proofs.policy
    rows = [
        ("waiting", f"{waiting:,}"),
        ("made, up to this gate", f"{len(shown):,}"),
        ("verified on chain", f"{int(shown['on_chain'].sum()):,}"),
        ("bytes of a proof", f"{int(shown['bytes'].max()):,}" if len(shown) else "-"),
    ]
    if knows_all:
        rows += [
            ("CPU-s of a proof", f"{shown['prove_cpu_s'].mean():.2f}" if len(shown) else "-"),
            ("re-used from earlier runs", f"{int(shown['cached'].sum()):,}"),
        ]
    warning = html("<p class='zk-warning'>Proof policy “{}”: nothing is verified on chain.</p>", policy)
    return html("<h3>proofs</h3>{}{}", "" if policy == "all" else warning, table([], rows))


def gas_table(sent: pd.DataFrame) -> Html:
    """Gas by stage."""
    if sent.empty:
        return html("<h3>gas</h3><p>This run keeps its books without a chain.</p>")
    stage = sent["stage"].where(sent["accepted"], "refused")
    gas = sent["gas"].groupby(stage, sort=False).agg(["size", "sum"])
    every = ("all", len(sent), sent["gas"].sum())
    stages = [(str(name), row["size"], row["sum"]) for name, row in gas.iterrows()]
    cells = [[name, f"{count:,}", f"{used / 1e6:,.2f}"] for name, count, used in (*stages, every)]
    rows: list[list[str]] = [*cells[:-1], [html("<b>{}</b>", cell) for cell in cells[-1]]]
    return html("<h3>gas</h3>{}", table(["stage", "transactions", "M gas"], rows))


def transactions_table(sent: pd.DataFrame, knows_all: bool) -> Html:
    """One row per transaction, the latest first; refused ones are marked, attacks named to who knows all."""
    latest_first = list(sent.iloc[::-1].itertuples())
    return table(
        ["block", "what", "about", "who", "gas", "what the contract said", "hash"],
        [_cells(each, knows_all) for each in latest_first],
        ["" if each.accepted else "zk-refused" for each in latest_first],
    )


def _cells(each: Any, knows_all: bool) -> list[object]:
    about = "set-up" if pd.isna(each.gate) else f"gate {each.gate + 1}"
    about += "" if pd.isna(each.slot) else f", slot {each.slot + 1}"
    what = f"{each.stage} ({each.attack})" if knows_all and pd.notna(each.attack) else each.stage
    said = "accepted" if each.accepted else f"✗ refused: {each.reason}"
    digest = html("<span title='{}'>{}…</span>", each.hash, each.hash[:8])
    return [each.block, what, about, each.agent, f"{each.gas:,}", said, digest]
