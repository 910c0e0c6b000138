"""What cheats tried in a run, what stopped them, and what it would have been worth to them."""

import pandas as pd

from sim.report.document import Block, Section, Table, Text, long_table
from sim.report.numbers import NOTHING, amount, decimal, energy, records, whole
from sim.report.saved_run import SavedRun


def attempts_to_cheat(run: SavedRun) -> Section:
    """Attempts and attacks of a run in which somebody cheats."""
    s, attacks = run.summary, run.tables["attacks"]
    text = Text(
        f"{s['attempts']:,} attempts: {s['attempts'] - s['attempts_accepted']:,} were refused, "
        f"{s['attempts_accepted']:,} accepted, {s['illegitimate_accepted']:,} of these against the rules. "
        "What is within the rules no contract can tell from honesty. A refused call costs its sender gas "
        "and changes nothing; the home then bids honestly."
    )
    blocks: list[Block] = [text, _attempts(run.tables["attempts"]), _attacks(attacks)]
    if attacks["counterfactual_gain_nano"].notna().any():
        blocks.append(_unverified(attacks))
    return Section("Attempts to cheat", tuple(blocks))


def _attempts(attempts: pd.DataFrame) -> Table:
    keys = ["attack", "agent", "accepted", "reason"]
    grouped = attempts.assign(reason=attempts["reason"].fillna("")).groupby(keys, sort=False)
    rows = [
        (
            str(attack),
            str(agent),
            "accepted" if accepted else "refused",
            str(reason) or NOTHING,
            whole(len(calls)),
            whole(calls["gas"].sum()),
        )
        for (attack, agent, accepted, reason), calls in grouped
    ]
    columns = ("attack", "by", "what became of it", "the contract's reason", "calls", "gas")
    remark = 'The verifier refuses without words: "reverted without a reason".'
    return long_table("Attempts", "nlllrr", columns, rows, "rows", remark)


def _attacks(attacks: pd.DataFrame) -> Table:
    rows = [
        (
            attack.attack,
            attack.meaning,
            "yes" if attack.lawful else "no",
            whole(attack.attempts),
            whole(attack.accepted),
            decimal(attack.cost_nano / 10**9, 3),
            amount(attack.profit_nano, signed=True),
            amount(attack.others_loss_nano),
        )
        for attack in records(attacks)
    ]
    columns = ("attack", "what it does", "lawful", "tried", "accepted", "gas lost", "profit", "others lose")
    remark = (
        "Money in $. Gas lost: by refused attempts. Profit: what accepted attempts gained over the run "
        "without them, less that gas. Others: all other homes together; a loss below zero is a gain."
    )
    return Table("Attacks", "nllrrrrr", columns, tuple(rows), remark, private=True)


def _unverified(attacks: pd.DataFrame) -> Table:
    known = attacks[attacks["counterfactual_gain_nano"].notna()]
    rows = [
        (
            attack.attack,
            amount(attack.counterfactual_gain_nano, signed=True),
            amount(attack.counterfactual_honest_loss_nano, signed=True),
            whole(attack.counterfactual_honest_worse_off),
            amount(attack.counterfactual_utility_gain_nano, signed=True),
            energy(attack.counterfactual_phantom_wh),
        )
        for attack in records(known)
    ]
    columns = ("attack", "cheats gain, $", "others lose, $", "homes worse off", "utility gains, $")
    remark = (
        "Counterfactual: nothing of it happened. Each attack alone, with its false orders in the book, "
        "against the run in which nobody cheats. A loss below zero is a gain."
    )
    return Table(
        "Had nothing been verified",
        "nrrrrr",
        (*columns, "more sold without having it, kWh"),
        tuple(rows),
        remark,
        private=True,
    )
