"""What each attack on the orders would bring, were verification switched off for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.arrays import Ints
from sim.market.bills import OutsideOption
from sim.market.clearing import Trades, money
from sim.market.mechanisms import Mechanism
from sim.market.orders import Orders
from sim.outputs.counterfactual.effect import Effect, effect, money_of


@dataclass(frozen=True)
class Counterfactual:
    """One attack, unhindered, against the honest run.

    effect:            who gains and who loses
    phantom_wh:        how much more the attackers sell that they do not have
    phantom_gain_nano: what that brings them: price less fee less their own retail, on every such Wh
    """

    effect: Effect
    phantom_wh: int
    phantom_gain_nano: int


def counterfactuals(
    mechanism: Mechanism,
    net_wh: Ints,
    outside: OutsideOption,
    honest: Orders,
    wished: Orders,
    cheats: Mapping[str, Sequence[int]],
) -> dict[str, Counterfactual]:
    """For each attack, what would become of everybody's money were it alone not stopped.

    net_wh:  shape (homes, slots), the readings, by which everything is settled
    outside: what energy is worth to each home at the utility, and the fee
    honest:  the book as it was accepted; it is cleared anew, so that no slot is void
    wished:  what the cheats would order were nothing verified, in their rows
    cheats:  the rows of each attack; all others, other attacks' too, order as they did

    Nothing else is refused either: the ledger's credit does not bind here, and debts are paid in the end. A
    cheat with little credit could so do less than is said here, and one that never pays more.

    A submission counted twice is a wish of twice the quantity: the auction fills two orders of one home at
    one limit like one of both, except where a margin is rationed, which may move single Wh.

    Raises OverflowError where a wish takes money out of the range in which it is exact.
    """
    trades = honest.cleared_by(mechanism)
    honest_money = money_of(net_wh, trades, outside)
    found = {}
    for attack, rows in cheats.items():
        unhindered = honest.replaced(rows, wished).cleared_by(mechanism)
        before, phantoms = (_unbacked(those, net_wh, outside, rows) for those in (trades, unhindered))
        found[attack] = Counterfactual(
            effect=effect(honest_money, money_of(net_wh, unhindered, outside), rows),
            phantom_wh=phantoms[0] - before[0],
            phantom_gain_nano=phantoms[1] - before[1],
        )
    return found


def _unbacked(trades: Trades, net_wh: Ints, outside: OutsideOption, rows: Sequence[int]) -> tuple[int, int]:
    """What some homes sell and do not have, Wh, and what it brings them, nano-$."""
    sold_wh, had_wh = np.maximum(-trades.fill_wh, 0), np.maximum(-net_wh, 0)
    unbacked_wh = np.maximum(sold_wh - had_wh, 0)[list(rows)]
    price = np.abs(trades.payment[list(rows)]) // np.maximum(sold_wh[list(rows)], 1)
    margin = price - outside.seller_fee - outside.retail[list(rows)]
    return int(unbacked_wh.sum()), int(money(margin, unbacked_wh).sum())
