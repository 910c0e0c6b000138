"""The market without a chain: the same rules and the same ledger, no proofs and no gas."""

import numpy as np

from sim.arrays import Ints
from sim.errors import SimulationError
from sim.market.bills import OutsideOption
from sim.market.clearing import Trades
from sim.market.ledger import Ledger
from sim.market.orders import Orders, asks_least
from sim.market.trades import broken_rule, hold_slots
from sim.simulation.preparation import Prepared
from sim.venues.base import ChainRecord, Requote


class OffChainVenue:
    """The venue of a backend that executes nothing."""

    chain_s = 0.0

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared
        self._ledger = Ledger(len(prepared.reading_wh), prepared.credit_limit)
        self._orders: dict[int, Orders] = {}

    def register(self, gate: int, timestamp: int) -> None:
        """Nothing is proved, so no key is needed."""

    def commit(self, gate: int, timestamp: int) -> None:
        """Nothing is proved, so nothing is bound."""

    def submit(self, gate: int, timestamp: int, orders: Orders) -> Orders:  # noqa: ARG002
        """Accept the orders of every home that has the credit."""
        covered = self._ledger.reserve(*orders, self._outside(gate))[:, None]
        accepted = Orders(*(np.where(covered, each, 0) for each in orders))
        self._orders[gate] = accepted
        return accepted

    def clear(self, gate: int, timestamp: int, requote: Requote) -> Trades:  # noqa: ARG002
        """Clear and book."""
        slots, outside = self._prepared.slots_of(gate), self._outside(gate)
        mechanism, orders = self._prepared.mechanism, self._orders.pop(gate)

        def cover(left_wh: Ints, limits: Ints) -> Ints:
            """Who has no credit for a higher bid than ever before stays at its highest."""
            nonlocal orders
            quantity_wh, before = orders
            higher = np.where(left_wh > 0, np.maximum(limits - before, 0), 0)
            covered = self._ledger.raise_bids(quantity_wh, higher)[:, None]
            limits = np.where(covered | (higher == 0), limits, before)
            orders = Orders(quantity_wh, asks_least(left_wh, before, limits))
            return limits

        numbers = np.arange(slots.start, slots.stop)
        trades = hold_slots(mechanism, numbers, *orders, lambda made: requote(made, cover))
        if broken := broken_rule(mechanism, *orders, trades):
            slot, how = slots.start + broken[0] + 1, broken[1]
            raise SimulationError(f'mechanism "{mechanism.name}" breaks a rule in slot {slot:,}: {how}')
        self._ledger.book(*orders, trades, outside)
        return trades

    def void(self, gate: int, timestamp: int) -> None:
        """Every slot has been cleared."""

    def settle(self, gate: int, timestamp: int, realised_wh: Ints, fill_wh: Ints) -> None:  # noqa: ARG002
        """Settle from what was read itself."""
        self._ledger.settle(realised_wh, fill_wh, self._outside(gate))

    def balances(self) -> tuple[int, ...]:
        """See ``Venue.balances``."""
        homes = self._ledger.balance.tolist()
        return (-sum(homes), *homes)

    def record(self) -> ChainRecord:
        """Nothing is on a chain."""
        return ChainRecord()

    def _outside(self, gate: int) -> OutsideOption:
        return self._prepared.outside.during(self._prepared.slots_of(gate))
