"""A market without a chain: the same rules and the same ledger, no proofs and no gas."""

import numpy as np
from numpy.typing import NDArray

from sim.market.bills import OutsideOption
from sim.market.clearing import Trades
from sim.market.ledger import Ledger
from sim.market.orders import Orders
from sim.market.trades import clear_slots
from sim.preparation import Prepared
from sim.venues.base import ChainRecord

Ints = NDArray[np.int64]


class Books:
    """The venue of ``chain.backend = "none"``."""

    chain_s = 0.0

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared
        self._ledger = Ledger(len(prepared.net_wh), prepared.credit_limit)
        self._orders: dict[int, Orders] = {}

    def commit(self, gate: int, timestamp: int) -> None:
        """Nothing is proved, so nothing is bound."""

    def submit(self, gate: int, timestamp: int, limit_price: Ints) -> tuple[Orders, Orders]:  # noqa: ARG002
        """Accept the orders of every home that has the credit."""
        quantity_wh = self._prepared.forecast_wh[:, self._prepared.slots_of(gate)]
        accepted = self._ledger.reserve(quantity_wh, limit_price, self._outside(gate))[:, None]
        orders = Orders(np.where(accepted, quantity_wh, 0), np.where(accepted, limit_price, 0))
        self._orders[gate] = orders
        return orders, orders  # cheats need a chain

    def clear(self, gate: int, timestamp: int) -> Trades:  # noqa: ARG002
        """Clear and book."""
        slots = self._prepared.slots_of(gate)
        quantity_wh, limit_price = self._orders.pop(gate)
        trades = clear_slots(
            self._prepared.mechanism, np.arange(slots.start, slots.stop), quantity_wh, limit_price
        )
        self._ledger.book(quantity_wh, limit_price, trades, self._outside(gate))
        return trades

    def void(self, gate: int, timestamp: int) -> None:
        """Every slot has been cleared."""

    def settle(self, gate: int, timestamp: int, fill_wh: Ints) -> None:  # noqa: ARG002
        """Settle from the readings themselves."""
        net_wh = self._prepared.net_wh[:, self._prepared.slots_of(gate)]
        self._ledger.settle(net_wh, fill_wh, self._outside(gate))

    def balances(self) -> tuple[int, ...]:
        """See ``Venue.balances``."""
        homes = self._ledger.balance.tolist()
        return (-sum(homes), *homes)

    def record(self) -> ChainRecord:
        """Nothing is on a chain."""
        return ChainRecord()

    def _outside(self, gate: int) -> OutsideOption:
        return self._prepared.outside.during(self._prepared.slots_of(gate))
