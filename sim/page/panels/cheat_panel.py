"""Try to cheat: pick an attack and a home; see the transaction, the refusal, and the line that refused."""

from collections.abc import Callable, Sequence

import solara

from agents.adversaries.home_attacks import HOME_ATTACKS
from sim.page.attempt import Attempt
from sim.page.panels.markup import Markup, table, text
from sim.page.run_state import RunState
from sim.page.walk import Walk
from sim.units import dollars_per_kwh

SHOWN_CHANGES = 6


@solara.component
def CheatPanel(walk: Walk, state: RunState, slot: int, home: int, choose: Callable[[int], None]) -> None:
    """The laboratory at the gate of the slot that is shown."""
    attack, set_attack = solara.use_state(next(iter(HOME_ATTACKS)))
    story = state.story
    if story is None:
        return
    if not walk.run.live:
        scenario = "SCENARIO.toml"
        Markup(
            "This run is over, and its chain is gone. To cheat, open the scenario itself: "
            f"<code>zkpet page {scenario}</code>",
            "zk-card",
        )
        return
    gate = story.gate_of(slot)
    with solara.Row(gap="12px", style={"align-items": "center"}):
        solara.Select("attack", values=list(HOME_ATTACKS), value=attack, on_value=set_attack)
        solara.Select(
            "home",
            values=list(story.homes),
            value=story.homes[home],
            on_value=lambda name: choose(story.homes.index(name)),
        )
        solara.Button(
            "try it",
            color="primary",
            disabled=state.trying or state.stopped or state.problem is not None,
            on_click=lambda: walk.run.attempt(attack, home, gate),
            classes=["zk-try"],
        )
    Markup(
        f"<b>{text(story.homes[home])}</b> {text(HOME_ATTACKS[attack].meaning)}, at gate {gate}. "
        "It is tried on a copy of the chain as it was then, so the run goes on undisturbed.",
    )
    if state.trying:
        Markup("executing the chain up to that moment, and then the attempt …", "zk-cost")
    elif told := last_of(state.attempts, attack, story.homes[home], gate):
        Told(told)


def last_of(attempts: Sequence[Attempt], attack: str, home: str, gate: int) -> Attempt | None:
    """The last of these attempts, so that no verdict stands below another choice."""
    asked = (attack, home, gate)
    return next((each for each in reversed(attempts) if (each.attack, each.home, each.gate) == asked), None)


@solara.component
def Told(attempt: Attempt) -> None:
    """An attempt and what came of it."""
    if attempt.cannot:
        Markup(
            f"<b>{text(attempt.home)}</b> cannot try “{text(attempt.attack)}” at gate {attempt.gate}: "
            f"{text(attempt.cannot)}.",
            "zk-card",
        )
        return
    with solara.Columns([4, 5]):
        Markup(f"<h3>the transaction</h3>{transaction(attempt)}", "zk-card")
        with solara.Column(gap="8px"):
            Markup(verdict(attempt), "zk-verdict-ok" if attempt.accepted else "zk-verdict-no")
            if attempt.excerpt:
                Markup(f"<h3>contracts/EnergyMarket.vy</h3>{excerpt(attempt)}", "zk-card")


def transaction(attempt: Attempt) -> str:
    """What was sent, and which orders it would have changed."""
    facts = [
        ("attack", attempt.attack),
        ("who", attempt.home),
        ("from", attempt.sender),
        ("to, the market", attempt.to),
        ("call", f"submit, gate {attempt.gate}, {attempt.calldata_bytes:,} bytes"),
        ("when", attempt.moment),
    ]
    shown = [
        [text(c.slot + 1), order(c.honest_wh, c.honest_price), order(c.tried_wh, c.tried_price)]
        for c in attempt.changes[:SHOWN_CHANGES]
    ]
    more = len(attempt.changes) - len(shown)
    changes = (
        table(["slot", "its honest order", "what it tried"], shown)
        + (f"<p>… and {more} more.</p>" if more else "")
        if shown
        else "<p>It orders what it would have ordered honestly.</p>"
    )
    return (
        table([], [[text(name), f"<span class='zk-hex'>{text(fact)}</span>"] for name, fact in facts])
        + changes
    )


def order(signed_wh: int, price: int) -> str:
    """An order in words."""
    if not signed_wh:
        return "none"
    side = "buy" if signed_wh > 0 else "sell"
    return text(f"{side} {abs(signed_wh):,} Wh at {dollars_per_kwh(price):.3f} $/kWh")


def verdict(attempt: Attempt) -> str:
    """What the contract said."""
    gas = f"{attempt.gas_used:,} gas"
    if attempt.accepted and attempt.lawful:
        return f"<h3>ACCEPTED</h3><p>It stays within the rules, so nothing stops it. ({gas})</p>"
    if attempt.accepted and not attempt.proves:
        return (
            "<h3>ACCEPTED</h3><p>Under this proof policy a stub stands in the verifier's place and believes "
            f"everything. Reset with proof policy “all” and try again. ({gas})</p>"
        )
    if attempt.accepted:
        return f"<h3>ACCEPTED</h3><p>The contract should have refused this. Please report it. ({gas})</p>"
    words = "the verifier says no" if attempt.by_verifier else attempt.reason
    return f"<h3>REFUSED: {text(words)}</h3><p>Nothing changed but the cheat's own bill for {gas}.</p>"


def excerpt(attempt: Attempt) -> str:
    """Lines of the contract, the one that refused marked."""
    kinds = {True: "zk-refusing", False: ""}
    lines = "".join(
        f"<div class='{kinds[line.refused]}'><span>{line.number}</span>{text(line.text)}</div>"
        for line in attempt.excerpt
    )
    return f"<div class='zk-code'>{lines}</div>"
