"""What would have been: the same homes and readings, with one thing done otherwise. Nothing here happened.

Who gains and who loses between two outcomes of one market, in exact integers that sum to zero; and what an
attack on the orders would bring, were verification switched off for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Ints
from sim.errors import AuditError
from sim.market.bills import OutsideOption, bills, utility_takings
from sim.market.clearing import Trades, money
from sim.market.mechanisms import Mechanism
from sim.market.orders import Orders


@dataclass(frozen=True)
class Money:
    """Where the money of a run is in the end.

    bill_nano:    shape (homes,), what each home pays
    takings_nano: what the utility takes, summed from tariffs and fees and not from bills

    Raises AuditError where these are not the same money.
    """

    bill_nano: Ints
    takings_nano: int

    def __post_init__(self) -> None:
        paid_nano = int(self.bill_nano.sum())
        if paid_nano != self.takings_nano:
            raise AuditError(
                f"homes pay {paid_nano} nano-$, but the utility takes {self.takings_nano} nano-$"
            )


def money_of(net_wh: Ints, trades: Trades, outside: OutsideOption) -> Money:
    """The money of trades that are settled by the readings, shape (homes, slots)."""
    return Money(
        bill_nano=bills(net_wh, trades, outside).sum(axis=1),
        takings_nano=int(utility_takings(net_wh, trades, outside).sum()),
    )


def fees(trades: Trades, outside: OutsideOption) -> int:
    """What the utility takes for energy traded between homes, nano-$."""
    return outside.grid_fee * int(trades.traded_wh.sum())


@dataclass(frozen=True)
class Effect:
    """What changes against the honest run, nano-$; attackers and utility gain what honest homes lose.

    attackers_gain_nano: less on the attackers' bills, all together; may be negative
    honest_loss_nano:    more on all other homes' bills, together; negative where they gain
    honest_worse_off:    how many of these pay more
    worse_off_loss_nano: how much more these pay, together
    utility_gain_nano:   more taken by the utility; may be negative
    """

    attackers_gain_nano: int
    honest_loss_nano: int
    honest_worse_off: int
    worse_off_loss_nano: int
    utility_gain_nano: int


def effect(honest: Money, other: Money, attackers: Sequence[int]) -> Effect:
    """What becomes of the money; attackers: their rows."""
    loss_nano = other.bill_nano - honest.bill_nano
    others = np.ones(len(loss_nano), dtype=np.bool_)
    others[list(attackers)] = False
    return Effect(
        attackers_gain_nano=-int(loss_nano[~others].sum()),
        honest_loss_nano=int(loss_nano[others].sum()),
        honest_worse_off=int(np.count_nonzero(loss_nano[others] > 0)),
        worse_off_loss_nano=int(np.maximum(loss_nano[others], 0).sum()),
        utility_gain_nano=other.takings_nano - honest.takings_nano,
    )


def voided(trades: Trades, slots: NDArray[np.bool_]) -> Trades:
    """An auctioneer that is silent in some slots, shape (slots,), which anybody then declares void."""
    return Trades(np.where(slots, 0, trades.fill_wh), np.where(slots, 0, trades.payment))


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


def counterfactual(
    mechanism: Mechanism,
    net_wh: Ints,
    outside: OutsideOption,
    honest: Orders,
    wished: Orders,
    rows: Sequence[int],
) -> Counterfactual:
    """What would become of everybody's money were one attack not stopped.

    net_wh:  shape (homes, slots), the readings, by which everything is settled
    outside: what energy is worth to each home at the utility, and the fee
    honest:  the book as it was accepted; it is cleared anew, so that no slot is void
    wished:  what the cheats would order were nothing verified, in their rows
    rows:    of the attack's cheats; all others, other attacks' too, order as they did

    Nothing else is refused either: the ledger's credit does not bind here, and debts are paid in the end. A
    cheat with little credit could so do less than is said here, and one that never pays more.

    A submission counted twice is a wish of twice the quantity: the auction fills two orders of one home at
    one limit like one of both, except where a margin is rationed, which may move single Wh.

    Raises OverflowError where a wish takes money out of the range in which it is exact.
    """
    both = [orders.cleared_by(mechanism) for orders in (honest, honest.replaced(rows, wished))]
    before, after = (_unbacked(trades, net_wh, outside, rows) for trades in both)
    honest_money, other_money = (money_of(net_wh, trades, outside) for trades in both)
    return Counterfactual(
        effect(honest_money, other_money, rows),
        phantom_wh=after[0] - before[0],
        phantom_gain_nano=after[1] - before[1],
    )


def _unbacked(trades: Trades, net_wh: Ints, outside: OutsideOption, rows: Sequence[int]) -> tuple[int, int]:
    """What some homes sell and do not have, Wh, and what it brings them, nano-$."""
    sold_wh, had_wh = np.maximum(-trades.fill_wh, 0), np.maximum(-net_wh, 0)
    unbacked_wh = np.maximum(sold_wh - had_wh, 0)[list(rows)]
    price = np.abs(trades.payment[list(rows)]) // np.maximum(sold_wh[list(rows)], 1)
    margin = price - outside.seller_fee - outside.retail[list(rows)]
    return int(unbacked_wh.sum()), int(money(margin, unbacked_wh).sum())
