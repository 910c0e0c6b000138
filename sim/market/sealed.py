"""Sealed orders in plain integers: what SealedMarket.vy comes to, without commitments.

Quantities y are the outputs of the forecasters' circuits, signed integers at 2^-s Wh. With price p, retail R
and feed-in F of a slot and the reading n, a home has of each slot, in nano-$ at 2^-s,

    trade p y      deviation R max(2^s n - y, 0) - F max(y - 2^s n, 0)

and pays floor((trades + deviations) / 2^s) of a settlement period in whole nano-$. The floors leave less than
one nano-$ per home and period unpaid, which the utility bears. Sums are exact at any length: they are
Python's integers, in arrays of objects.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Ints

LEAST_HOMES = 3
"""Orders of a gate below which its totals are not opened: a total of two tells each the other's quantity."""

Exact = NDArray[np.object_]
"""Python's integers."""


@dataclass(frozen=True)
class SealedBooks:
    """All slots of a market with sealed orders.

    scale:           s above
    output:          shape (homes, slots), y; 0 where no order was accepted or the gate was not cleared
    net_wh:          shape (homes, slots), what meters read
    price:           shape (slots,), nano-$ per Wh; 0 where the gate was not cleared
    retail, feed_in: shape (slots,), nano-$ per Wh, of all homes
    period:          shape (slots,), the settlement period of each slot, from 0 and rising
    """

    scale: int
    output: Ints
    net_wh: Ints
    price: Ints
    retail: Ints
    feed_in: Ints
    period: Ints

    def during(self, slots: slice) -> "SealedBooks":
        """Those of some slots."""
        of_homes = (each[:, slots] for each in (self.output, self.net_wh))
        of_all = (each[slots] for each in (self.price, self.retail, self.feed_in, self.period))
        return SealedBooks(self.scale, *of_homes, *of_all)

    @property
    def totals(self) -> Ints:
        """Shape (slots,), at 2^-s Wh: what the community as a whole is short of."""
        totals: Ints = self.output.sum(axis=0)
        return totals

    @cached_property
    def trade(self) -> Exact:
        """Shape (homes, slots)."""
        trade: Exact = self.output.astype(object) * self.price.astype(object)
        return trade

    @cached_property
    def deviation(self) -> Exact:
        """Shape (homes, slots)."""
        beyond = self.net_wh.astype(object) * 2**self.scale - self.output.astype(object)
        short, over = np.maximum(beyond, 0), np.maximum(-beyond, 0)
        deviation: Exact = self.retail.astype(object) * short - self.feed_in.astype(object) * over
        return deviation

    @property
    def trade_sums(self) -> Exact:
        """Shape (homes, periods): what the meter posts of trades."""
        return self._by_period(self.trade)

    @property
    def deviation_sums(self) -> Exact:
        """Shape (homes, periods): what the meter posts of deviations."""
        return self._by_period(self.deviation)

    @property
    def bills(self) -> Exact:
        """Shape (homes, periods), nano-$."""
        bills: Exact = (self.trade_sums + self.deviation_sums) // 2**self.scale
        return bills

    @property
    def unpaid(self) -> Exact:
        """Shape (homes, periods), nano-$ at 2^-s, below one: what floors leave to the utility."""
        unpaid: Exact = (self.trade_sums + self.deviation_sums) % 2**self.scale
        return unpaid

    @cached_property
    def bills_by_slot(self) -> Ints:
        """Shape (homes, slots), nano-$: of each period so far, rounded down, what the slot adds.

        They sum to ``bills``, and no slot is off by more than one nano-$.
        """
        owed = self.trade + self.deviation
        by_slot = np.zeros(owed.shape, dtype=np.int64)
        for begin, end in zip(self._begins, [*self._begins[1:], owed.shape[1]], strict=True):
            so_far = np.cumsum(owed[:, begin:end], axis=1) // 2**self.scale
            by_slot[:, begin:end] = np.diff(so_far, axis=1, prepend=0)
        return by_slot

    @property
    def _begins(self) -> list[int]:
        return np.flatnonzero(np.diff(self.period, prepend=self.period[0] - 1)).tolist()

    def _by_period(self, money: Exact) -> Exact:
        sums: Exact = np.add.reduceat(money, self._begins, axis=1)
        return sums


def settlement_periods(slots: int, settlement_days: int | str, per_day: int, horizon: int) -> Ints:
    """Which period each gate is settled in, from 0, shape (gates,); the last may be shorter.

    settlement_days: "run" is one period; per_day: slots of a day
    """
    gates = slots // horizon
    per_period = gates if settlement_days == "run" else int(settlement_days) * per_day // horizon
    return np.arange(gates) // per_period


def worst_cost(bound: int, retail: Ints, scale: int) -> int:
    """What a home could owe for a gate at worst, nano-$, rounded up.

    All that it may buy, or has sold and does not have, at retail.

    bound: no output has a larger magnitude; retail: shape (horizon,)
    """
    return int(-(-bound * int(retail.sum()) // 2**scale))


class SealedLedger:
    """Balances and reservations of homes, nano-$, as the contract has them; the utility's is minus their sum.

    balance, reserved: one for each home
    """

    def __init__(self, homes: int, credit_limit: int) -> None:
        self.balance, self.reserved = [0] * homes, [0] * homes
        self._credit_limit = credit_limit

    def reserve(self, costs: list[int]) -> NDArray[np.bool_]:
        """Reserve a gate's worst costs, one for each home, and say who has the balance and credit for it."""
        covered = [
            reserved + cost <= balance + self._credit_limit
            for reserved, cost, balance in zip(self.reserved, costs, self.balance, strict=True)
        ]
        for home, cost in enumerate(costs):
            self.reserved[home] += cost if covered[home] else 0
        return np.array(covered)

    def settle(self, bills: list[int]) -> None:
        """Pay a period's bills, one for each home, and free what was reserved for its gates."""
        self.balance = [balance - bill for balance, bill in zip(self.balance, bills, strict=True)]

    def free(self, home: int, cost: int) -> None:
        """What a settled or void gate reserved."""
        self.reserved[home] -= cost
