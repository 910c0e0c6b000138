"""The market on its contract: operators and homes send transactions; what it logs is what counts."""

import time
from collections.abc import Sequence

import mesa
import numpy as np

from agents.calls import Call
from agents.operators import Auctioneer, Meter, Utility
from agents.prosumer import Prosumer
from sim.arrays import Ints
from sim.chain.accounts import OPERATORS
from sim.chain.base import Receipt
from sim.chain.market_client import (
    Enrolment,
    Market,
    ModelRegistration,
    deploy_market,
    founding_chain_id,
    register_models,
    trades_of_events,
)
from sim.chain.submission import Submission, orders_of_words
from sim.market.book import OrderBook
from sim.market.clearing import Trades
from sim.market.orders import Orders
from sim.simulation.preparation import Prepared
from sim.venues.base import Requote
from sim.venues.chain_venue import ChainVenue


class OnChain(ChainVenue[Market, ModelRegistration]):
    """The venue of open orders on every backend that is a chain."""

    meter: Meter
    auctioneer: Auctioneer
    utility: Utility

    def _found(self, world: mesa.Model, first: Sequence[ModelRegistration]) -> None:
        prepared = self._prepared
        enrolments = _enrolments(prepared, self._prosumers)
        chain_id = founding_chain_id(self._terms, first, enrolments, self._proves)
        began = time.perf_counter()
        self._orders: dict[int, Orders] = {}
        utility, meter, auctioneer = self.accounts[: len(OPERATORS)]
        genesis = self._open(chain_id)
        self.market, receipts = deploy_market(
            self.chain, genesis, self._terms, utility, meter, auctioneer, self._proves
        )
        receipts += register_models(self.market, genesis, utility, first, self._terms.horizon)
        self._set_up_by(receipts, began)
        self.meter = Meter(world, meter, self.market)
        self.auctioneer = Auctioneer(world, auctioneer, self.market, prepared.mechanism)
        self.utility = Utility(world, utility, self.market)
        self._send(-1, genesis, [Call("set-up", each) for each in self.utility.enrol(enrolments)])

    def register(self, gate: int, timestamp: int) -> None:
        """The models' keys are stored on the chain, and the models registered."""
        nonce = self.chain.nonce(self.utility.account)
        sent = self.utility.register(self._from(gate), nonce, self._terms.horizon)
        self._send(gate, timestamp, [Call("register", each) for each in sent])

    def commit(self, gate: int, timestamp: int) -> None:
        """Waits for the gate's proofs, whose first bytes are what is committed to."""
        self._send(gate, timestamp, self._commitments(gate))

    def submit(self, gate: int, timestamp: int, orders: Orders) -> Orders:
        """One transaction per home; the orders are read from what the contract logged."""
        calls = [
            Call("submit", home.submit(self.market, submission))
            for home, submission in zip(self._prosumers, self._submissions(gate, orders), strict=True)
        ]
        return self._accepted(gate, self._mine(gate, timestamp, calls))

    def clear(self, gate: int, timestamp: int, requote: Requote) -> Trades:  # noqa: ARG002
        """One transaction per slot; trades are what the contract logged."""
        quantity_wh, limits = self._orders.pop(gate)
        slots = self._slots(gate)
        books = [OrderBook(slot, quantity_wh[:, i], limits[:, i]) for i, slot in enumerate(slots)]
        receipts = self._send(gate, timestamp, self._proposals(gate, books))
        return trades_of_events(self._events(receipts), quantity_wh, slots.start)

    def void(self, gate: int, timestamp: int) -> None:
        """Every slot has been cleared."""

    def settle(self, gate: int, timestamp: int, realised_wh: Ints, fill_wh: Ints) -> None:
        """One transaction per tariff period of the gate."""
        self._send(gate, timestamp, self._totals(gate, realised_wh, fill_wh))

    # What is sent at a gate ------------------------------------------------------------------------------

    def _commitments(self, gate: int) -> list[Call]:
        return [Call("commit", self.meter.commit(gate, self._points(gate)))]

    def _submissions(self, gate: int, orders: Orders) -> list[Submission]:
        return [
            home.submission(gate, self._bids.bid(row, gate), orders.limit_price[row])
            for row, home in enumerate(self._prosumers)
        ]

    def _proposals(self, gate: int, books: Sequence[OrderBook]) -> list[Call]:  # noqa: ARG002
        return [Call("clear", self.auctioneer.clear(book)[1], slot=book.slot) for book in books]

    def _totals(self, gate: int, realised_wh: Ints, fill_wh: Ints) -> list[Call]:
        prepared, slots = self._prepared, self._prepared.slots_of(gate)
        periods, table = prepared.period_of_slot[slots], prepared.tariffs
        totals = self.meter.settle(gate, realised_wh, fill_wh, periods, table.periods)
        return [Call("settle", each) for each in totals]

    # What comes of it ------------------------------------------------------------------------------------

    def _accepted(self, gate: int, receipts: Sequence[Receipt]) -> Orders:
        """The orders that the contract logged, kept for the clearing."""
        shape = (len(self._prosumers), self._terms.horizon)
        orders = Orders(np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64))
        for name, event in self._events(receipts):
            if name == "OrdersSubmitted":
                row, words = event["home"] - 1, orders_of_words(event["orders"], self._terms.horizon)
                orders.quantity_wh[row], orders.limit_price[row] = words
        self._orders[gate] = orders
        return orders


def _enrolments(prepared: Prepared, prosumers: Sequence[Prosumer]) -> list[Enrolment]:
    """What the utility grants each home, in the order of their numbers."""
    tariffs, population = prepared.tariffs, prepared.population
    import_wh, export_wh = population.import_limit_wh.tolist(), population.export_limit_wh.tolist()
    return [
        Enrolment(
            account=home.account.address,
            forecaster=home.cluster,
            import_limit_wh=import_wh[row],
            export_limit_wh=export_wh[row],
            credit_limit=prepared.credit_limit,
            retail=tuple(tariffs.retail[row].tolist()),
            feed_in=tuple(tariffs.feed_in[row].tolist()),
        )
        for row, home in enumerate(prosumers)
    ]
