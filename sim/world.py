"""The Mesa model: a community's market, gate by gate, on its chain.

One step takes the market to the next cleared gate. What happens when comes from one agenda in simulated time,
because gates may overlap: with a long lead one gate commits while another is still being cleared.
"""

import calendar
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import mesa
import numpy as np
from eth_hash.auto import keccak
from numpy.typing import NDArray

from agents.operators import Auctioneer, Meter, Utility
from agents.prosumer import Prosumer
from agents.strategies import View, assign_strategies
from sim.chain.accounts import OPERATORS, account
from sim.chain.base import Chain, Receipt, Transaction
from sim.chain.market_client import (
    GateTimes,
    MarketTerms,
    ModelRegistration,
    deploy_market,
    gate_times,
    orders_of_words,
    register_models,
)
from sim.chain.py_evm import PyEvmChain
from sim.errors import ChainError
from sim.market.double_auction import OrderBook, signed_fills_wh
from sim.market.trades import Trades
from sim.preparation import Prepared
from sim.proofs.bids import BidSource

Ints = NDArray[np.int64]
DAY_S = 24 * 60 * 60


@dataclass(frozen=True)
class Sent:
    """A transaction of the run and what became of it; set-up has gate -1."""

    stage: str
    gate: int
    sender: str
    receipt: Receipt


class Event(NamedTuple):
    """Something due on the agenda; sorts by time, then as a gate goes."""

    timestamp: int
    order: int
    gate: int
    act: Callable[[int, int], None]


class World(mesa.Model):  # type: ignore[misc]
    """A run.

    quantity_wh, limit_price: shape (homes, slots), the orders that the contract accepted, as it logged them
    persistence_limit_price:  shape (homes, slots), what homes would have asked with forecasts "as yesterday"
    fill_wh, price:           shape (homes, slots), signed, and (slots,), as cleared; 0 without trade
    gates_cleared:            how far the market has come
    sent:                     every transaction, in order
    chain_s:                  seconds spent in the chain
    """

    def __init__(self, prepared: Prepared, registrations: list[ModelRegistration], bids: BidSource) -> None:
        super().__init__(seed=prepared.scenario.seed)
        self.prepared = prepared
        self.bids = bids
        shape = prepared.net_wh.shape
        self.quantity_wh: Ints = np.zeros(shape, dtype=np.int64)
        self.limit_price: Ints = np.zeros(shape, dtype=np.int64)
        self.persistence_limit_price: Ints = np.zeros(shape, dtype=np.int64)
        self.fill_wh: Ints = np.zeros(shape, dtype=np.int64)
        self.price: Ints = np.zeros(shape[1], dtype=np.int64)
        self.sent: list[Sent] = []
        self.chain_s = 0.0
        self.gates_cleared = 0
        self.terms = market_terms(prepared)
        self._found(registrations)
        self._agenda = deque(sorted(self._events()))

    @property
    def trades(self) -> Trades:
        """What has been traded so far."""
        return Trades(self.fill_wh, self.price)

    def step(self) -> None:
        """On to the next cleared gate; after the last one also through what remains to be settled."""
        target = self.gates_cleared + 1
        while self._agenda and (self.gates_cleared < target or target == self.terms.gates):
            event = self._agenda.popleft()
            event.act(event.timestamp, event.gate)

    # Set-up ----------------------------------------------------------------------------------------------

    def _found(self, registrations: list[ModelRegistration]) -> None:
        """Found the community: accounts, contracts, models, homes."""
        prepared, scenario = self.prepared, self.prepared.scenario
        names = [*OPERATORS, *(home.name for home in prepared.population.homes)]
        accounts = {name: account(prepared.streams, name) for name in names}
        # A day before the first window ends there is time to set everything up.
        genesis = gate_times(self.terms, 0).window_end - DAY_S
        began = time.perf_counter()
        self.chain: Chain = PyEvmChain(list(accounts.values()), genesis, scenario.chain.block_gas_limit)
        utility, meter, auctioneer = (accounts[name] for name in OPERATORS)
        self.market, receipts = deploy_market(
            self.chain, genesis, self.terms, utility, meter, auctioneer, scenario.proofs.policy == "all"
        )
        receipts += register_models(self.market, genesis, utility, registrations, self.terms.horizon)
        self.sent += [Sent("set-up", -1, utility.name, receipt) for receipt in receipts]
        self.chain_s += time.perf_counter() - began
        self.utility = Utility(self, utility, self.market)
        self.meter = Meter(self, meter, self.market)
        self.auctioneer = Auctioneer(self, auctioneer, self.market)
        strategies = assign_strategies(scenario.market.strategy, len(prepared.population.homes))
        self.prosumers = [
            Prosumer(
                self,
                number,
                home,
                accounts[home.name],
                self.market,
                prepared.model_set.cluster_of_home[number - 1],
                strategies[number - 1],
                prepared.streams,
            )
            for number, home in enumerate(prepared.population.homes, start=1)
        ]
        limit_wh = prepared.population.connection_limit_wh
        enrolments = self.utility.enrol(self.prosumers, prepared.tariffs, limit_wh, prepared.credit_limit)
        self._send("set-up", -1, genesis, enrolments)

    def _events(self) -> list[Event]:
        def due(gate: int, times: GateTimes) -> list[Event]:
            moments = (times.window_end, times.opens, times.closes, times.settles)
            acts = (self._commit, self._submit, self._clear, self._settle)
            return [
                Event(moment, order, gate, act)
                for order, (moment, act) in enumerate(zip(moments, acts, strict=True))
            ]

        return [
            event for gate in range(self.terms.gates) for event in due(gate, gate_times(self.terms, gate))
        ]

    # A gate ----------------------------------------------------------------------------------------------

    def _commit(self, timestamp: int, gate: int) -> None:
        points = [self.bids.bid(home.number - 1, gate).point for home in self.prosumers]
        commitments = [keccak(point) for point in points]
        self._send("commit", gate, timestamp, [self.meter.commit(gate, commitments)])

    def _submit(self, timestamp: int, gate: int) -> None:
        slots = self._slots(gate)
        submissions = []
        for home in self.prosumers:
            row = home.number - 1
            limits = home.limit_prices(gate, self._view(row, gate, self.prepared.forecast_wh))
            submissions.append(home.submit(gate, self.bids.bid(row, gate), limits))
            as_yesterday = self._view(row, gate, self.prepared.persistence_wh)
            self.persistence_limit_price[row, slots] = home.limit_prices(gate, as_yesterday)
        receipts = self._mine("submit", gate, timestamp, submissions)
        for home, receipt in zip(self.prosumers, receipts, strict=True):
            if receipt.ok:
                _, event = self.market.artifact.event(receipt.logs[0])
                orders = orders_of_words(event["orders"], self.terms.horizon)
                self.quantity_wh[home.number - 1, slots], self.limit_price[home.number - 1, slots] = orders

    def _clear(self, timestamp: int, gate: int) -> None:
        calls = []
        for slot in range(gate * self.terms.horizon, (gate + 1) * self.terms.horizon):
            book = OrderBook(slot, self.quantity_wh[:, slot], self.limit_price[:, slot])
            clearing, call = self.auctioneer.clear(book)
            self.fill_wh[:, slot] = signed_fills_wh(book, clearing)
            self.price[slot] = clearing.price or 0
            calls.append(call)
        self._send("clear", gate, timestamp, calls)
        self.gates_cleared += 1

    def _settle(self, timestamp: int, gate: int) -> None:
        slots = self._slots(gate)
        periods = self.prepared.period_of_slot[slots]
        calls = self.meter.settle(
            gate,
            self.prepared.net_wh[:, slots],
            self.fill_wh[:, slots],
            periods,
            self.prepared.tariffs.periods,
        )
        self._send("settle", gate, timestamp, calls)

    def _view(self, home: int, gate: int, forecast_wh: Ints) -> View:
        prepared, slots = self.prepared, self._slots(gate)
        cleared = self.gates_cleared * self.terms.horizon
        metered = max(gate * self.terms.horizon - prepared.scenario.time.lead, 0)
        outside = prepared.outside
        return View(
            quantity_wh=forecast_wh[home, slots],
            buyer_value=outside.retail[home, slots] - outside.buyer_fee,
            seller_cost=outside.feed_in[home, slots] + outside.seller_fee,
            past_price=self.price[:cleared],
            past_fill_wh=self.fill_wh[home, :cleared],
            past_error_wh=forecast_wh[home, :metered] - prepared.net_wh[home, :metered],
        )

    def _slots(self, gate: int) -> slice:
        return slice(gate * self.terms.horizon, (gate + 1) * self.terms.horizon)

    # Chain -----------------------------------------------------------------------------------------------

    def _mine(self, stage: str, gate: int, timestamp: int, transactions: list[Transaction]) -> list[Receipt]:
        began = time.perf_counter()
        receipts = self.chain.mine(timestamp, transactions)
        self.chain_s += time.perf_counter() - began
        self.sent += [
            Sent(stage, gate, transaction.sender.name, receipt)
            for transaction, receipt in zip(transactions, receipts, strict=True)
        ]
        return receipts

    def _send(self, stage: str, gate: int, timestamp: int, transactions: list[Transaction]) -> None:
        """Mine what an honest operator must not be refused."""
        receipts = self._mine(stage, gate, timestamp, transactions)
        for receipt in receipts:
            if not receipt.ok:
                raise ChainError(f"the contract refused to {stage} at gate {gate}: {receipt.revert_reason}")


def market_terms(prepared: Prepared) -> MarketTerms:
    """What the contract is constructed with; local time counts as if it were UTC."""
    scenario = prepared.scenario
    return MarketTerms(
        first_delivery=calendar.timegm(scenario.time.start.timetuple()),
        slot_s=prepared.population.readings.slot_s,
        horizon=scenario.time.horizon,
        lead=scenario.time.lead,
        gates=prepared.gates,
        grid_fee=scenario.market.grid_fee,
        period_of_day_slot=tuple(prepared.tariffs.period_of_day_slot.tolist()),
    )
