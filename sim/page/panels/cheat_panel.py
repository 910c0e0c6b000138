"""Try to cheat: pick an attack and a home; see the transaction, the refusal, and the line that refused."""

from collections.abc import Callable, Sequence

import solara

from agents.adversaries import home_attacks
from sim.page.attempt import Attempt
from sim.page.html import Html, html, joined, table
from sim.page.panels.markup import Markup
from sim.page.panels.time_bar import HomeSelect
from sim.page.run_state import RunState, SlotCursor
from sim.runtime.wording import price

SHOWN_CHANGES = 6


@solara.component
def CheatPanel(
    cursor: SlotCursor, state: RunState, slot: int, home: int, choose: Callable[[int], None]
) -> None:
    """Attempts at the gate of the slot that is shown."""
    attack, set_attack = solara.use_state(home_attacks.names[0])
    timeline = state.timeline
    if timeline is None:
        return
    if not cursor.run.live:
        Markup(
            html(
                "This run is over, and its chain is gone. To cheat, open the scenario itself: "
                "<code>zkpet page SCENARIO.toml</code>"
            ),
            "zk-card",
        )
        return
    if timeline.sealed:
        Markup("Orders are sealed here; the attacks on this page are those on open ones.", "zk-card")
        return
    gate = timeline.gate_of(slot)
    with solara.Row(gap="12px", style={"align-items": "center"}):
        solara.Select("attack", values=list(home_attacks.names), value=attack, on_value=set_attack)
        HomeSelect(timeline, home, choose)
        solara.Button(
            "try it",
            color="primary",
            disabled=state.trying or state.over,
            on_click=lambda: cursor.run.attempt(attack, home, gate),
            classes=["zk-try"],
        )
    Markup(
        html(
            "<b>{}</b> {}, at gate {}. "
            "It is tried on a copy of the chain as it was then, so the run goes on undisturbed.",
            timeline.homes[home],
            home_attacks[attack].meaning,
            gate + 1,
        )
    )
    if state.trying:
        Markup("executing the chain up to that moment, and then the attempt …", "zk-cost")
    elif told := last_of(state.attempts, attack, timeline.homes[home], gate):
        Told(told)


def last_of(attempts: Sequence[Attempt], attack: str, home: str, gate: int) -> Attempt | None:
    """The last of these attempts, so that no verdict stands below another choice."""
    asked = (attack, home, gate)
    return next((each for each in reversed(attempts) if (each.attack, each.home, each.gate) == asked), None)


@solara.component
def Told(attempt: Attempt) -> None:
    """An attempt and what came of it."""
    if attempt.cannot:
        Markup(cannot(attempt), "zk-card")
        return
    with solara.Columns([4, 5]):
        Markup(html("<h3>the transaction</h3>{}", transaction(attempt)), "zk-card")
        with solara.Column(gap="8px"):
            Markup(verdict(attempt), "zk-verdict-ok" if attempt.accepted else "zk-verdict-no")
            if attempt.excerpt:
                Markup(html("<h3>contracts/{}</h3>{}", attempt.excerpt[0].file, excerpt(attempt)), "zk-card")


def cannot(attempt: Attempt) -> Html:
    """Why nothing was sent."""
    home, attack, why = attempt.home, attempt.attack, attempt.cannot
    return html("<b>{}</b> cannot try “{}” at gate {}: {}.", home, attack, attempt.gate + 1, why)


def transaction(attempt: Attempt) -> Html:
    """What was sent, and which orders it would have changed."""
    facts = [
        ("attack", attempt.attack),
        ("who", attempt.home),
        ("from", attempt.sender),
        ("to, the market", attempt.to),
        ("call", f"submit, gate {attempt.gate + 1}, {attempt.calldata_bytes:,} bytes"),
        ("when", attempt.moment),
    ]
    shown = [
        [c.slot + 1, order(c.honest_wh, c.honest_price), order(c.tried_wh, c.tried_price)]
        for c in attempt.changes[:SHOWN_CHANGES]
    ]
    left_out = len(attempt.changes) - len(shown)
    changes = html(
        "{}{}",
        table(["slot", "its honest order", "what it tried"], shown),
        html("<p>… and {} more.</p>", left_out) if left_out else "",
    )
    honest = html("<p>It orders what it would have ordered honestly.</p>")
    sent = table([], [[name, html("<span class='zk-hex'>{}</span>", fact)] for name, fact in facts])
    return sent + (changes if shown else honest)


def order(signed_wh: int, limit_price: int) -> str:
    """An order in words."""
    if not signed_wh:
        return "none"
    side = "buy" if signed_wh > 0 else "sell"
    return f"{side} {abs(signed_wh):,} Wh at {price(limit_price)}"


def verdict(attempt: Attempt) -> Html:
    """What the contract said."""
    gas = f"{attempt.gas_used:,} gas"
    if not attempt.accepted:
        words = "the verifier says no" if attempt.by_verifier else attempt.reason
        return html("<h3>REFUSED: {}</h3><p>Nothing changed but the cheat's own bill for {}.</p>", words, gas)
    if attempt.lawful:
        why = "It stays within the rules, so nothing stops it."
    elif not attempt.proves:
        why = (
            "Under this proof policy a stub stands in the verifier's place and believes everything. "
            "Reset with proof policy “all” and try again."
        )
    else:
        why = "The contract should have refused this. Please report it."
    return html("<h3>ACCEPTED</h3><p>{} ({})</p>", why, gas)


def excerpt(attempt: Attempt) -> Html:
    """Lines of the contract, the one that refused marked."""
    lines = joined(
        html(
            "<div class='{}'><span>{}</span>{}</div>",
            "zk-refusing" if line.refused else "",
            line.number,
            line.text,
        )
        for line in attempt.excerpt
    )
    return html("<div class='zk-code'>{}</div>", lines)
