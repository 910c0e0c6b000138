"""What cheats tried, what came of it, and what would have come of it had nothing been verified.

The table of attempts holds what is on the chain. What attackers gained, or would have, is made from readings,
and so private. Runs in which nobody cheats have neither table.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple
from typing import Any

import numpy as np
import pandas as pd

from agents.adversaries import HomeAttack, OperatorAttack, home_attacks, operator_attacks
from agents.adversaries.operator_attacks import skipped_by
from sim.market.orders import Orders
from sim.outputs.counterfactual import Counterfactual, Effect, counterfactual, effect, money_of, voided
from sim.outputs.outcome import Outcome
from sim.venues.base import AttackRecord

COUNTERFACTUAL = (
    "gain_nano",
    "honest_loss_nano",
    "honest_worse_off",
    "worse_off_loss_nano",
    "utility_gain_nano",
    "phantom_wh",
    "phantom_gain_nano",
)


def attempts(outcome: Outcome) -> pd.DataFrame:
    """One row per attempt.

    ``slot`` is empty where it was about a whole gate, ``reason`` where it was accepted. A slot that the
    auctioneer left to be void is an attempt that nothing stopped, and that cost it nothing.
    """
    scenario = outcome.prepared.scenario
    gas_price, operators = scenario.chain.gas_price, scenario.adversaries.operators
    rows: list[tuple[Any, ...]] = []
    for sent in outcome.sent if outcome.attacks else ():
        ok, reason, gas = sent.receipt.ok, sent.receipt.revert_reason, sent.receipt.gas_used
        if sent.attack is not None:
            rows.append((sent.attack, sent.sender, sent.gate, sent.slot, ok, reason, gas, gas * gas_price))
        elif sent.stage == "void" and sent.slot is not None:
            skipped = skipped_by(operators, sent.slot)
            rows.append((skipped, "auctioneer", sent.gate, sent.slot, True, None, 0, 0))
    names = ["attack", "agent", "gate", "slot", "accepted", "reason", "gas", "cost_nano"]
    types = ["str", "str", "int64", "Int64", "bool", "str", "int64", "int64"]
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return pd.DataFrame(
        {
            name: pd.Series(list(column), dtype=kind)
            for name, kind, column in zip(names, types, columns, strict=True)
        }
    )


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
    if outcome.attacks is None:
        raise ValueError("nobody cheats in this run")
    tried, of_homes = attempts(outcome), _rows_by_attack(outcome, outcome.attacks)
    honest = Orders(outcome.quantity_wh, outcome.attacks.honest_limit_price)
    operators = dict.fromkeys(outcome.prepared.scenario.adversaries.operators, ())
    rows = []
    for name, homes in {**of_homes, **operators}.items():
        own = tried[tried.attack == name]
        effect_ = _effect(outcome, honest, homes, own) if own.accepted.any() else None
        told = _tried(attack_of(outcome, name), homes, own, effect_)
        unhindered = _unhindered(outcome, honest, name, homes, outcome.attacks.wished)
        rows.append({**told, **_counterfactual(unhindered)})
    return pd.DataFrame(rows).astype({f"counterfactual_{name}": "Int64" for name in COUNTERFACTUAL})


def attack_of(outcome: Outcome, name: str) -> type[HomeAttack | OperatorAttack]:
    """The attack of a name in a run: of its homes, or else of its operators."""
    of_homes = name in outcome.prepared.scenario.adversaries.homes
    return home_attacks[name] if of_homes else operator_attacks[name]


def _tried(
    attack: type[HomeAttack | OperatorAttack],
    homes: Sequence[int],
    own: pd.DataFrame,
    effect_: Effect | None,
) -> dict[str, Any]:
    """What became of one attack's attempts."""
    refused = own[~own.accepted]
    counts = Counter(refused.reason.tolist()).most_common()
    cost_nano = int(refused.cost_nano.sum())
    return {
        "attack": attack.name,
        "meaning": attack.meaning,
        "lawful": attack.lawful,
        "homes": len(homes),
        "attempts": len(own),
        "accepted": int(own.accepted.sum()),
        "refused": len(refused),
        "reasons": ", ".join(f"{reason} ({count})" for reason, count in counts),
        "gas_wasted": int(refused.gas.sum()),
        "cost_nano": cost_nano,
        "profit_nano": (effect_.attackers_gain_nano if effect_ else 0) - cost_nano,
        "others_loss_nano": effect_.honest_loss_nano if effect_ else 0,
    }


def _rows_by_attack(outcome: Outcome, record: AttackRecord) -> dict[str, list[int]]:
    """The homes of each attack, in the scenario's order."""
    shares = outcome.prepared.scenario.adversaries.homes
    return {name: [row for row, own in enumerate(record.by_home) if own == name] for name in shares}


def _effect(outcome: Outcome, honest: Orders, cheats: Sequence[int], accepted: pd.DataFrame) -> Effect:
    """What accepted attempts of one attack did to the money, against a run in which nobody cheats.

    Of homes it is their limits; of operators, who have no rows, the slots that the auctioneer left out.
    """
    prepared = outcome.prepared
    trades = honest.cleared_by(prepared.mechanism)
    if cheats:
        other_orders = honest.replaced(cheats, Orders(outcome.quantity_wh, outcome.limit_price))
        other = other_orders.cleared_by(prepared.mechanism)
    else:
        void = np.isin(np.arange(prepared.population.slots), accepted.slot.to_numpy(dtype=np.int64))
        other = voided(trades, void)
    before, after = (money_of(outcome.realised_wh, each, prepared.outside) for each in (trades, other))
    return effect(before, after, cheats)


def _unhindered(
    outcome: Outcome, honest: Orders, name: str, homes: Sequence[int], wished: Orders
) -> Counterfactual | None:
    """What an attack of homes would have brought that breaks a rule; None of others, and out of range."""
    prepared = outcome.prepared
    if not homes or home_attacks[name].lawful:
        return None
    try:
        return counterfactual(
            prepared.mechanism, outcome.realised_wh, prepared.outside, honest, wished, homes
        )
    except OverflowError:
        return None


def _counterfactual(found: Counterfactual | None) -> dict[str, Any]:
    values: Sequence[Any] = [pd.NA] * len(COUNTERFACTUAL)
    if found:
        values = (*astuple(found.effect), found.phantom_wh, found.phantom_gain_nano)
    return {f"counterfactual_{name}": value for name, value in zip(COUNTERFACTUAL, values, strict=True)}
