"""What cheats tried, what came of it, and what would have come of it had nothing been verified.

The table of attempts holds what is on the chain. What attackers gained, or would have, is made from readings,
and so private. Runs in which nobody cheats have neither table.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from agents.adversaries.attack import HomeAttack
from agents.adversaries.home_attacks import HOME_ATTACKS
from agents.adversaries.operator_attacks import (
    AUCTIONEER_ATTACKS,
    METER_ATTACKS,
    AuctioneerAttack,
    MeterAttack,
    Silent,
)
from sim.market.orders import Orders
from sim.outputs.counterfactual import Counterfactual, Effect, counterfactuals
from sim.outputs.counterfactual.effect import effect, money_of
from sim.outputs.counterfactual.operators import voided
from sim.outputs.outcome import Outcome

COUNTERFACTUAL = (
    "gain_nano",
    "honest_loss_nano",
    "honest_worse_off",
    "worse_off_loss_nano",
    "utility_gain_nano",
    "phantom_wh",
    "phantom_gain_nano",
)


ATTACKS: Mapping[str, HomeAttack | AuctioneerAttack | MeterAttack] = {
    **HOME_ATTACKS,
    **AUCTIONEER_ATTACKS,
    **METER_ATTACKS,
}


def attempts(outcome: Outcome) -> pd.DataFrame:
    """One row per attempt.

    ``slot`` is empty where it was about a whole gate, ``reason`` where it was accepted. A slot that the
    auctioneer left to be void is an attempt that nothing stopped, and that cost it nothing.
    """
    gas_price = outcome.prepared.scenario.chain.gas_price
    rows: list[tuple[Any, ...]] = []
    for sent in outcome.sent:
        ok, reason, gas = sent.receipt.ok, sent.receipt.revert_reason, sent.receipt.gas_used
        if sent.attack is not None:
            rows.append((sent.attack, sent.sender, sent.gate, sent.slot, ok, reason, gas, gas * gas_price))
        elif sent.stage == "void":
            rows.append((Silent.name, "auctioneer", sent.gate, sent.slot, True, None, 0, 0))
    names = ["attack", "agent", "gate", "slot", "accepted", "reason", "gas", "cost_nano"]
    types = ["str", "str", "int64", "Int64", "bool", "str", "int64", "int64"]
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return pd.DataFrame(
        {
            name: pd.Series(list(column), dtype=kind)
            for name, kind, column in zip(names, types, columns, strict=True)
        }
    )


def attempt_counts(outcome: Outcome) -> dict[str, int]:
    """Figures of the summary: illegitimate is what the contract should have refused and did not."""
    tried = attempts(outcome)
    unlawful = [not ATTACKS[name].lawful for name in tried.attack]
    return {
        "attempts": len(tried),
        "attempts_accepted": int(tried.accepted.sum()),
        "illegitimate_accepted": int((tried.accepted & np.array(unlawful, dtype=np.bool_)).sum()),
    }


def attacks(outcome: Outcome) -> pd.DataFrame:
    """One row per attack of the scenario; private.

    lawful:           whether it stays within the rules, so that nothing stops it
    gas_wasted:       of refused attempts, and ``cost_nano`` at the scenario's gas price
    profit_nano:      what accepted attempts gained over the run without them, less that cost
    others_loss_nano: what all other homes lost by accepted attempts, together
    counterfactual_…: had nothing been verified, for this attack alone: what its homes would have gained,
                      what all others would have lost together, how many would have been worse off and by how
                      much, what the utility would have gained, and how much more the cheats would have sold
                      that they did not have, and what that would have brought them; empty for operators, for
                      what is lawful, and where money would have left the range in which it is exact
    """
    tried, of_homes = attempts(outcome), _rows_by_attack(outcome)
    honest = Orders(outcome.quantity_wh, outcome.honest_limit_price)
    unhindered = _unhindered(outcome, honest, of_homes)
    operators = dict.fromkeys(outcome.prepared.scenario.adversaries.operators, ())
    rows = []
    for name, homes in {**of_homes, **operators}.items():
        own = tried[tried.attack == name]
        effect_ = _effect(outcome, honest, name, homes, own) if own.accepted.any() else None
        rows.append({**_tried(name, homes, own, effect_), **_counterfactual(unhindered.get(name))})
    return pd.DataFrame(rows).astype({f"counterfactual_{name}": "Int64" for name in COUNTERFACTUAL})


def _tried(name: str, homes: Sequence[int], own: pd.DataFrame, effect_: Effect | None) -> dict[str, Any]:
    """What became of one attack's attempts."""
    refused = own[~own.accepted]
    cost_nano = int(refused.cost_nano.sum())
    return {
        "attack": name,
        "meaning": ATTACKS[name].meaning,
        "lawful": ATTACKS[name].lawful,
        "homes": len(homes),
        "attempts": len(own),
        "accepted": int(own.accepted.sum()),
        "refused": len(refused),
        "reasons": _reasons(refused.reason.tolist()),
        "gas_wasted": int(refused.gas.sum()),
        "cost_nano": cost_nano,
        "profit_nano": (effect_.attackers_gain_nano if effect_ else 0) - cost_nano,
        "others_loss_nano": effect_.honest_loss_nano if effect_ else 0,
    }


def _rows_by_attack(outcome: Outcome) -> dict[str, list[int]]:
    """The homes of each attack, in the scenario's order."""
    shares = outcome.prepared.scenario.adversaries.homes
    return {name: [row for row, own in enumerate(outcome.attacks) if own == name] for name in shares}


def _reasons(reasons: Sequence[str]) -> str:
    """Each with its count, the most frequent first."""
    return ", ".join(f"{reason} ({count})" for reason, count in Counter(reasons).most_common())


def _effect(
    outcome: Outcome, honest: Orders, attack: str, cheats: Sequence[int], accepted: pd.DataFrame
) -> Effect:
    """What accepted attempts of one attack did to the money, against a run in which nobody cheats."""
    prepared = outcome.prepared
    trades = honest.cleared_by(prepared.mechanism)
    if attack == Silent.name:
        void = np.isin(np.arange(prepared.population.slots), accepted.slot.to_numpy(dtype=np.int64))
        other = voided(trades, void)
    else:
        other_orders = honest.replaced(cheats, Orders(outcome.quantity_wh, outcome.limit_price))
        other = other_orders.cleared_by(prepared.mechanism)
    before, after = (money_of(prepared.net_wh, each, prepared.outside) for each in (trades, other))
    return effect(before, after, cheats)


def _unhindered(
    outcome: Outcome, honest: Orders, of_homes: Mapping[str, Sequence[int]]
) -> dict[str, Counterfactual]:
    prepared = outcome.prepared
    wished = Orders(outcome.wished_quantity_wh, outcome.wished_limit_price)
    found: dict[str, Counterfactual] = {}
    for name, rows in of_homes.items():
        if rows and not ATTACKS[name].lawful:
            try:
                found |= counterfactuals(
                    prepared.mechanism, prepared.net_wh, prepared.outside, honest, wished, {name: rows}
                )
            except OverflowError:
                continue
    return found


def _counterfactual(found: Counterfactual | None) -> dict[str, Any]:
    values: Sequence[Any] = [pd.NA] * len(COUNTERFACTUAL)
    if found:
        money = found.effect
        values = (
            money.attackers_gain_nano,
            money.honest_loss_nano,
            money.honest_worse_off,
            money.worse_off_loss_nano,
            money.utility_gain_nano,
            found.phantom_wh,
            found.phantom_gain_nano,
        )
    return {f"counterfactual_{name}": value for name, value in zip(COUNTERFACTUAL, values, strict=True)}
