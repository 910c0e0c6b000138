"""The market on its contract: operators and homes send transactions; what it logs is what counts."""

import time
from collections.abc import Iterator, Sequence
from typing import Any

import mesa
import numpy as np
from numpy.typing import NDArray

from agents.adversaries.cast import Cast
from agents.calls import Call
from agents.operators import Auctioneer, Meter, Utility
from agents.prosumer import Prosumer
from sim.chain.accounts import OPERATORS, account
from sim.chain.backends import open_chain
from sim.chain.base import Receipt
from sim.chain.limits import local_timestamp
from sim.chain.market_client import (
    Enrolment,
    MarketTerms,
    ModelRegistration,
    Submission,
    deploy_market,
    founding_chain_id,
    genesis_timestamp,
    orders_of_words,
    register_models,
    trades_of_events,
)
from sim.errors import ChainError
from sim.market.book import OrderBook
from sim.market.clearing import Trades
from sim.market.orders import Orders
from sim.preparation import Prepared
from sim.proofs.bids import BidSource
from sim.venues.base import ChainRecord, Sent

Ints = NDArray[np.int64]


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
        self._late: dict[int, list[Call]] = {}
        self._terms = market_terms(prepared)
        self._found(world, registrations)
        self._cast = Cast(prepared, self.market, prosumers, bids, self.meter, self.auctioneer)

    def _found(self, world: mesa.Model, registrations: Sequence[ModelRegistration]) -> None:
        """Found the community: accounts, contracts, models, homes."""
        prepared, scenario = self._prepared, self._prepared.scenario
        operators = [account(prepared.streams, name) for name in OPERATORS]
        genesis, proves = genesis_timestamp(self._terms), scenario.proofs.policy == "all"
        enrolments = _enrolments(prepared, self._prosumers)
        chain_id = founding_chain_id(self._terms, registrations, enrolments, proves)
        began = time.perf_counter()
        self.accounts = [*operators, *(home.account for home in self._prosumers)]
        self.chain = open_chain(
            scenario.chain.backend, self.accounts, genesis, scenario.chain.block_gas_limit, chain_id
        )
        utility, meter, auctioneer = operators
        self.market, receipts = deploy_market(
            self.chain, genesis, self._terms, utility, meter, auctioneer, proves
        )
        receipts += register_models(self.market, genesis, utility, registrations, self._terms.horizon)
        self.sent += [Sent("set-up", -1, utility.name, receipt) for receipt in receipts]
        self.chain_s += time.perf_counter() - began
        self.meter = Meter(world, meter, self.market)
        self.auctioneer = Auctioneer(world, auctioneer, self.market, prepared.mechanism)
        self.utility = Utility(world, utility, self.market)
        self._send(-1, genesis, [Call("set-up", each) for each in self.utility.enrol(enrolments)])

    def commit(self, gate: int, timestamp: int) -> None:
        """Waits for the gate's proofs, whose first bytes are what is committed to."""
        points = [self._bids.bid(home.number - 1, gate).point for home in self._prosumers]
        self._send(gate, timestamp, self._cast.commits(gate, points))

    def submit(self, gate: int, timestamp: int, limit_price: Ints) -> tuple[Orders, Orders]:
        """One transaction per home, cheats' own aside; the orders are read from what the contract logged."""
        honest = [
            home.submission(gate, self._bids.bid(row, gate), limit_price[row])
            for row, home in enumerate(self._prosumers)
        ]
        sent = self._cast.round(gate, honest)
        receipts = self._mine(gate, timestamp, [*sent.ahead, *sent.bids, *sent.behind])
        of_bids = receipts[len(sent.ahead) : len(sent.ahead) + len(sent.bids)]
        receipts += self._mine(gate, timestamp, self._after_all(honest, sent.bids, of_bids))
        accepted = self._accepted(receipts, limit_price)
        wished = Orders(accepted.quantity_wh.copy(), accepted.limit_price.copy())
        for row, wish in sent.wishes.items():
            wished.quantity_wh[row], wished.limit_price[row] = wish
        self._orders[gate], self._late[gate] = accepted, sent.late
        return accepted, wished

    def clear(self, gate: int, timestamp: int) -> Trades:
        """One transaction per slot, unless the auctioneer is silent; trades are what the contract logged."""
        slots = self._prepared.slots_of(gate)
        quantity_wh, limits = self._orders.pop(gate)
        calls = self._late.pop(gate)
        for column, slot in enumerate(range(slots.start, slots.stop)):
            if self._cast.is_silent(slot):
                continue
            book = OrderBook(slot, quantity_wh[:, column], limits[:, column])
            clearing, call = self.auctioneer.clear(book)
            calls += self._cast.clearing(book, clearing, call)
        receipts = self._send(gate, timestamp, calls)
        return trades_of_events(self._events(receipts), quantity_wh, slots.start)

    def void(self, gate: int, timestamp: int) -> None:
        """Anybody may, so the first home does, for each slot in which the auctioneer was silent."""
        slots = self._prepared.slots_of(gate)
        silent = [slot for slot in range(slots.start, slots.stop) if self._cast.is_silent(slot)]
        anybody, homes = self._prosumers[0].account, len(self._prosumers)
        calls = [Call("void", self.market.void(anybody, slot, homes), slot=slot) for slot in silent]
        self._send(gate, timestamp, calls)

    def settle(self, gate: int, timestamp: int, fill_wh: Ints) -> None:
        """One transaction per tariff period of the gate."""
        prepared, slots = self._prepared, self._prepared.slots_of(gate)
        periods, table = prepared.period_of_slot[slots], prepared.tariffs
        calls = self.meter.settle(gate, prepared.net_wh[:, slots], fill_wh, periods, table.periods)
        self._send(gate, timestamp, self._cast.settles(gate, calls))

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

    def _accepted(self, receipts: Sequence[Receipt], like: Ints) -> Orders:
        """What the contract logged, in arrays of the shape of ``like``."""
        orders = Orders(np.zeros_like(like), np.zeros_like(like))
        for name, event in self._events(receipts):
            if name == "OrdersSubmitted":
                row = event["home"] - 1
                words = orders_of_words(event["orders"], self._terms.horizon)
                orders.quantity_wh[row], orders.limit_price[row] = words
        return orders

    def _events(self, receipts: Sequence[Receipt]) -> Iterator[tuple[str, Any]]:
        return (self.market.artifact.event(receipt.logs[0]) for receipt in receipts if receipt.ok)

    def _after_all(
        self, honest: Sequence[Submission], bids: Sequence[Call], receipts: Sequence[Receipt]
    ) -> list[Call]:
        """Honest submissions of homes that sent a cheat's in their place and were refused it."""
        return [
            Call("submit", home.submit(self.market, submission))
            for home, submission, bid, receipt in zip(self._prosumers, honest, bids, receipts, strict=True)
            if bid.attack is not None and not receipt.ok
        ]

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
        gates=prepared.gates,
        grid_fee=scenario.market.grid_fee,
        period_of_day_slot=tuple(prepared.tariffs.period_of_day_slot.tolist()),
    )


def _enrolments(prepared: Prepared, prosumers: Sequence[Prosumer]) -> list[Enrolment]:
    """What the utility grants each home, in the order of their numbers."""
    tariffs, population = prepared.tariffs, prepared.population
    import_wh, export_wh = population.import_limit_wh.tolist(), population.export_limit_wh.tolist()
    return [
        Enrolment(
            account=home.account.address,
            model=home.cluster,
            import_limit_wh=import_wh[row],
            export_limit_wh=export_wh[row],
            credit_limit=prepared.credit_limit,
            retail=tuple(tariffs.retail[row].tolist()),
            feed_in=tuple(tariffs.feed_in[row].tolist()),
        )
        for row, home in enumerate(prosumers)
    ]
