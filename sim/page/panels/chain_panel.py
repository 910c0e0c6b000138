"""Proofs and chain: what was proved, what it costs in gas, and the last transactions with their refusals."""

from typing import Any

import pandas as pd
import solara

from sim.page.panels.markup import Markup, table, text
from sim.page.run_state import RunState
from sim.page.story import Story

LAST, LAST_REFUSED = 14, 6


@solara.component
def ChainPanel(state: RunState, story: Story, slot: int, knows_all: bool) -> None:
    """As of the slot that is shown; ``knows_all`` as the simulator, and not as the public."""
    sent = until(story, slot)
    with solara.Columns([2, 5]):
        with solara.Column(gap="8px"):
            Markup(proofs_table(state, story, slot, knows_all), "zk-card")
            Markup(gas_table(sent), "zk-card")
        with solara.Column(gap="8px"):
            refused = sent[~sent["accepted"]]
            if len(refused):
                head = f"<h3>refused: {len(refused):,} so far, the last ones</h3>"
                Markup(head + transactions_table(refused.tail(LAST_REFUSED), knows_all), "zk-card")
            latest = transactions_table(sent.tail(LAST), knows_all)
            Markup(f"<h3>last transactions</h3>{latest}", "zk-card")


def until(story: Story, slot: int) -> pd.DataFrame:
    """The transactions sent until a slot was cleared; what earlier gates settle later is not among them."""
    sent, gate = story.transactions, story.gate_of(slot)
    of_gate = (sent["gate"] == gate) & sent["stage"].isin(["commit", "submit", "clear"])
    of_slot = sent["slot"].isna() | (sent["slot"] <= slot)
    own = (of_gate & of_slot).fillna(False)
    known = sent[(sent["gate"].fillna(-1) < gate) | own]
    return known.loc[: own[own].index[-1]] if own.any() else known


def proofs_table(state: RunState, story: Story, slot: int, knows_all: bool) -> str:
    """Proofs waiting, made, verified; what they took is their prover's own."""
    made = story.proofs
    shown = made[made["gate"] <= story.gate_of(slot)]
    waiting = state.work.total - state.work.done if state.work and state.work.unit == "proofs" else 0
    policy = story.scenario.proofs.policy
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
    warning = (
        ""
        if policy == "all"
        else f"<p class='zk-warning'>Proof policy “{text(policy)}”: nothing is verified on chain.</p>"
    )
    return f"<h3>proofs</h3>{warning}{table([], [[text(a), text(b)] for a, b in rows])}"


def gas_table(sent: pd.DataFrame) -> str:
    """Gas by stage."""
    if sent.empty:
        return "<h3>gas</h3><p>This run keeps its books without a chain.</p>"
    stage = sent["stage"].where(sent["accepted"], "refused")
    gas = sent["gas"].groupby(stage, sort=False).agg(["size", "sum"])
    rows = [[text(name), f"{row['size']:,}", f"{row['sum'] / 1e6:,.2f}"] for name, row in gas.iterrows()]
    rows.append(["<b>all</b>", f"<b>{len(sent):,}</b>", f"<b>{sent['gas'].sum() / 1e6:,.2f}</b>"])
    return f"<h3>gas</h3>{table(['stage', 'transactions', 'M gas'], rows)}"


def transactions_table(sent: pd.DataFrame, knows_all: bool) -> str:
    """One row per transaction, the latest first; refused ones are marked, attacks named to who knows all."""
    latest_first = list(sent.iloc[::-1].itertuples())
    return table(
        ["block", "what", "about", "who", "gas", "what the contract said", "hash"],
        [_cells(each, knows_all) for each in latest_first],
        ["" if each.accepted else "zk-refused" for each in latest_first],
    )


def _cells(each: Any, knows_all: bool) -> list[str]:
    about = "set-up" if pd.isna(each.gate) else f"gate {each.gate}"
    about += "" if pd.isna(each.slot) else f", slot {each.slot + 1}"
    what = f"{each.stage} ({each.attack})" if knows_all and pd.notna(each.attack) else each.stage
    said = "accepted" if each.accepted else f"✗ refused: {each.reason}"
    return [text(cell) for cell in (each.block, what, about, each.agent, f"{each.gas:,}", said)] + [
        f"<span title='{each.hash}'>{each.hash[:8]}…</span>"
    ]
