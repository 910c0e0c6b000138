"""The market without a chain: the same rules and the same ledger, no proofs and no gas."""

import numpy as np

from sim.arrays import Ints
from sim.errors import SimulationError
from sim.market.bills import OutsideOption
from sim.market.clearing import Trades
from sim.market.ledger import Ledger
from sim.market.orders import Orders
from sim.market.trades import broken_rule, clear_slots
from sim.simulation.preparation import Prepared
from sim.venues.base import ChainRecord


class OffChainVenue:
    """The venue of a backend that executes nothing."""

    chain_s = 0.0

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared
        self._ledger = Ledger(len(prepared.reading_wh), prepared.credit_limit)
        self._orders: dict[int, Orders] = {}

    def commit(self, gate: int, timestamp: int) -> None:
        """Nothing is proved, so nothing is bound."""

    def submit(self, gate: int, timestamp: int, orders: Orders) -> Orders:  # noqa: ARG002
        """Accept the orders of every home that has the credit."""
        covered = self._ledger.reserve(*orders, self._outside(gate))[:, None]
        accepted = Orders(*(np.where(covered, each, 0) for each in orders))
        self._orders[gate] = accepted
        return accepted

    def clear(self, gate: int, timestamp: int) -> Trades:  # noqa: ARG002
        """Clear and book."""
        slots = self._prepared.slots_of(gate)
        orders, mechanism = self._orders.pop(gate), self._prepared.mechanism
        trades = clear_slots(mechanism, np.arange(slots.start, slots.stop), *orders)
        if broken := broken_rule(*orders, trades):
            slot, how = slots.start + broken[0] + 1, broken[1]
            raise SimulationError(f'mechanism "{mechanism.name}" breaks a rule in slot {slot:,}: {how}')
        self._ledger.book(*orders, trades, self._outside(gate))
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
