"""The market on its contract: operators and homes send transactions; what it logs is what counts."""

import time
from collections.abc import Iterator, Sequence
from typing import Any

import mesa
import numpy as np

from agents.calls import Call
from agents.operators import Auctioneer, Meter, Utility
from agents.prosumer import Prosumer
from sim.arrays import Ints
from sim.chain.accounts import OPERATORS, account
from sim.chain.backends import open_chain
from sim.chain.base import Receipt
from sim.chain.limits import local_timestamp
from sim.chain.market_client import (
    Enrolment,
    MarketTerms,
    ModelRegistration,
    deploy_market,
    founding_chain_id,
    genesis_timestamp,
    register_models,
    trades_of_events,
)
from sim.chain.submission import Submission, orders_of_words
from sim.errors import ChainError
from sim.market.book import OrderBook
from sim.market.clearing import Trades
from sim.market.orders import Orders
from sim.proofs.bids import BidSource
from sim.simulation.preparation import Prepared
from sim.venues.base import ChainRecord, Requote, Sent


class OnChain:
    """The venue of every backend that is a chain.

    sent:     every transaction, in order
    accounts: who has ether to send them
    """

    def __init__(
        self,
        world: mesa.Model,
        prepared: Prepared,
        prosumers: Sequence[Prosumer],
        registrations: Sequence[ModelRegistration],
        bids: BidSource,
    ) -> None:
        self.chain_s = 0.0
        self.sent: list[Sent] = []
        self._prepared, self._prosumers, self._bids = prepared, prosumers, bids
        self._orders: dict[int, Orders] = {}
        self._registrations = registrations
        self._terms = market_terms(prepared)
        self._found(world, registrations)

    def _found(self, world: mesa.Model, registrations: Sequence[ModelRegistration]) -> None:
        """Found the community: accounts, contracts, the first models, homes."""
        prepared, scenario = self._prepared, self._prepared.scenario
        operators = [account(prepared.streams, name) for name in OPERATORS]
        genesis, proves = genesis_timestamp(self._terms), scenario.proofs.policy == "all"
        enrolments = _enrolments(prepared, self._prosumers)
        first = [registration for registration in registrations if registration.from_gate == 0]
        chain_id = founding_chain_id(self._terms, first, enrolments, proves)
        began = time.perf_counter()
        self.accounts = [*operators, *(home.account for home in self._prosumers)]
        self.chain = open_chain(
            scenario.chain.backend, self.accounts, genesis, scenario.chain.block_gas_limit, chain_id
        )
        utility, meter, auctioneer = operators
        self.market, receipts = deploy_market(
            self.chain, genesis, self._terms, utility, meter, auctioneer, proves
        )
        receipts += register_models(self.market, genesis, utility, first, self._terms.horizon)
        self.sent += [Sent("set-up", -1, utility.name, receipt) for receipt in receipts]
        self.chain_s += time.perf_counter() - began
        self.meter = Meter(world, meter, self.market)
        self.auctioneer = Auctioneer(world, auctioneer, self.market, prepared.mechanism)
        self.utility = Utility(world, utility, self.market)
        self._send(-1, genesis, [Call("set-up", each) for each in self.utility.enrol(enrolments)])

    def register(self, gate: int, timestamp: int) -> None:
        """The models' keys are stored on the chain, and the models registered."""
        models = [registration for registration in self._registrations if registration.from_gate == gate]
        sent = self.utility.register(models, self.chain.nonce(self.utility.account), self._terms.horizon)
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

    def balances(self) -> tuple[int, ...]:
        """See ``Venue.balances``."""
        return tuple(self.market.balances(len(self._prosumers)))

    def record(self) -> ChainRecord:
        """What is on the chain by now."""
        return ChainRecord(
            sent=tuple(self.sent),
            blocks=tuple(self.chain.blocks),
            verifier=self.market.verifier,
            verifier_code_hash=self.chain.code_hash(self.market.verifier),
            market_code_hash=self.chain.code_hash(self.market.address),
        )

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

    def _points(self, gate: int) -> list[bytes]:
        return [self._bids.bid(row, gate).point for row in range(len(self._prosumers))]

    def _slots(self, gate: int) -> range:
        slots = self._prepared.slots_of(gate)
        return range(slots.start, slots.stop)

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

    def _events(self, receipts: Sequence[Receipt]) -> Iterator[tuple[str, Any]]:
        return (self.market.artifact.event(receipt.logs[0]) for receipt in receipts if receipt.ok)

    def _mine(self, gate: int, timestamp: int, calls: Sequence[Call]) -> list[Receipt]:
        began = time.perf_counter()
        receipts = self.chain.mine(timestamp, [call.transaction for call in calls])
        self.chain_s += time.perf_counter() - began
        self.sent += [
            Sent(call.stage, gate, call.transaction.sender.name, receipt, call.attack, call.slot)
            for call, receipt in zip(calls, receipts, strict=True)
        ]
        return receipts

    def _send(self, gate: int, timestamp: int, calls: Sequence[Call]) -> list[Receipt]:
        """Mine calls, of which an honest operator's must not be refused."""
        receipts = self._mine(gate, timestamp, calls)
        for call, receipt in zip(calls, receipts, strict=True):
            if call.attack is None and not receipt.ok:
                raise ChainError(
                    f"the contract refused to {call.stage} at gate {gate + 1}: {receipt.revert_reason}"
                )
        return receipts


def market_terms(prepared: Prepared) -> MarketTerms:
    """What the contract is constructed with; local time counts as if it were UTC."""
    scenario = prepared.scenario
    return MarketTerms(
        first_delivery=local_timestamp(scenario.time.start),
        slot_s=prepared.population.readings.slot_s,
        horizon=scenario.time.horizon,
        lead=scenario.time.lead,
        lookback=scenario.forecast.lookback,
        gates=prepared.gates,
        grid_fee=scenario.market.grid_fee,
        period_of_day_slot=tuple(prepared.tariffs.period_of_day_slot.tolist()),
        rule=prepared.mechanism.rule or "",  # none: there is a time line, and no contract
        rule_arguments=prepared.mechanism.rule_arguments,
    )


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
