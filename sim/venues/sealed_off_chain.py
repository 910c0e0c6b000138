"""Sealed orders without a chain: the same totals, prices, bills and reservations, nothing committed."""

import numpy as np

from sim.arrays import Bools, Ints
from sim.market.clearing import Trades
from sim.market.orders import Orders
from sim.market.sealed import LEAST_HOMES, SealedBooks, SealedLedger, worst_cost
from sim.simulation.preparation import Prepared
from sim.venues.base import ChainRecord, Requote, SealedRecord
from sim.venues.sealed import books_of, by_period, in_whole_wh, output_bounds


class SealedOffChainVenue:
    """The venue of sealed orders for a backend that executes nothing."""

    chain_s = 0.0

    def __init__(self, prepared: Prepared) -> None:
        homes, gates = len(prepared.reading_wh), prepared.gates
        self._prepared = prepared
        self._bounds = output_bounds(prepared)
        self._ledger = SealedLedger(homes, prepared.credit_limit)
        self._accepted: Bools = np.zeros((homes, gates), dtype=np.bool_)
        self._cleared: Bools = np.zeros(gates, dtype=np.bool_)
        self._net_wh = np.zeros_like(prepared.reading_wh)

    def register(self, gate: int, timestamp: int) -> None:
        """Nothing is proved, so no key is needed."""

    def commit(self, gate: int, timestamp: int) -> None:
        """Nothing is proved, so nothing is bound."""

    def submit(self, gate: int, timestamp: int, orders: Orders) -> Orders:  # noqa: ARG002
        """Accept the orders of every home that has the credit."""
        self._accepted[:, gate] = self._ledger.reserve(self._worst_costs(gate))
        return Orders(*(np.where(self._accepted[:, gate, None], each, 0) for each in orders))

    def clear(self, gate: int, timestamp: int, requote: Requote) -> Trades:  # noqa: ARG002
        """At the price that the total of each slot says."""
        slots = self._prepared.slots_of(gate)
        self._cleared[gate] = np.count_nonzero(self._accepted[:, gate]) >= LEAST_HOMES
        counted = self._accepted[:, gate, None] & self._cleared[gate]
        return in_whole_wh(
            np.where(counted, self._prepared.forecast_wh[:, slots], 0), self._books.price[slots]
        )

    def void(self, gate: int, timestamp: int) -> None:
        """A gate of too few orders needs no word."""

    def settle(self, gate: int, timestamp: int, realised_wh: Ints, fill_wh: Ints) -> None:  # noqa: ARG002
        """Bills are of whole periods, after the last gate of each."""
        prepared = self._prepared
        self._net_wh[:, prepared.slots_of(gate)] = realised_wh
        if (slots := prepared.settled_with(gate)) is None:
            return
        self._ledger.settle(self._books.during(slots).bills[:, 0].tolist())
        for each in range(slots.start // prepared.scenario.time.horizon, gate + 1):
            costs = self._worst_costs(each)
            for home in np.flatnonzero(self._accepted[:, each]).tolist():
                self._ledger.free(home, costs[home])

    def balances(self) -> tuple[int, ...]:
        """See ``Venue.balances``."""
        return (-sum(self._ledger.balance), *self._ledger.balance)

    def record(self) -> ChainRecord:
        """Nothing is on a chain, and the same is public."""
        books = self._books
        return ChainRecord(
            sealed=SealedRecord(
                books.scale,
                self._accepted,
                self._cleared,
                books.totals,
                books.price,
                by_period(books.trade_sums),
                by_period(books.deviation_sums),
            )
        )

    @property
    def _books(self) -> SealedBooks:
        return books_of(self._prepared, self._accepted, self._cleared, self._net_wh)

    def _worst_costs(self, gate: int) -> list[int]:
        prepared = self._prepared
        retail, scale = prepared.outside.retail[0, prepared.slots_of(gate)], self._books.scale
        homes = range(len(prepared.reading_wh))
        return [
            worst_cost(self._bounds[prepared.forecasters.number(home, gate)], retail, scale) for home in homes
        ]
