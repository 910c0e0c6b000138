"""The market on its contract: operators and homes send transactions; what it logs is what counts."""

import calendar
import time
from collections.abc import Sequence

import mesa
import numpy as np
from eth_hash.auto import keccak
from numpy.typing import NDArray

from agents.operators import Auctioneer, Meter, Utility
from agents.prosumer import Prosumer
from sim.chain.accounts import OPERATORS, account
from sim.chain.backends import open_chain
from sim.chain.base import Receipt, Transaction
from sim.chain.market_client import (
    MarketTerms,
    ModelRegistration,
    deploy_market,
    gate_times,
    orders_of_words,
    register_models,
)
from sim.data.readings import DAY_S
from sim.errors import ChainError
from sim.market.double_auction import OrderBook, signed_fills_wh
from sim.preparation import Prepared
from sim.proofs.bids import BidSource
from sim.venues.base import ChainRecord, Sent

Ints = NDArray[np.int64]


class OnChain:
    """The venue of every backend that is a chain.

    sent: every transaction, in order
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
        self._orders: dict[int, tuple[Ints, Ints]] = {}
        self._terms = market_terms(prepared)
        self._found(world, registrations)

    def _found(self, world: mesa.Model, registrations: Sequence[ModelRegistration]) -> None:
        """Found the community: accounts, contracts, models, homes."""
        prepared, scenario = self._prepared, self._prepared.scenario
        operators = [account(prepared.streams, name) for name in OPERATORS]
        # A day before the first window ends there is time to set everything up.
        genesis = gate_times(self._terms, 0).window_end - DAY_S
        began = time.perf_counter()
        accounts = [*operators, *(home.account for home in self._prosumers)]
        self.chain = open_chain(scenario.chain.backend, accounts, genesis, scenario.chain.block_gas_limit)
        utility, meter, auctioneer = operators
        self.market, receipts = deploy_market(
            self.chain, genesis, self._terms, utility, meter, auctioneer, scenario.proofs.policy == "all"
        )
        receipts += register_models(self.market, genesis, utility, registrations, self._terms.horizon)
        self.sent += [Sent("set-up", -1, utility.name, receipt) for receipt in receipts]
        self.chain_s += time.perf_counter() - began
        self.meter = Meter(world, meter, self.market)
        self.auctioneer = Auctioneer(world, auctioneer, self.market)
        limit_wh = prepared.population.connection_limit_wh
        self.utility = Utility(world, utility, self.market)
        enrolments = self.utility.enrol(self._prosumers, prepared.tariffs, limit_wh, prepared.credit_limit)
        self._send("set-up", -1, genesis, enrolments)

    def commit(self, gate: int, timestamp: int) -> None:
        """Waits for the gate's proofs, whose first bytes are what is committed to."""
        points = [self._bids.bid(home.number - 1, gate).point for home in self._prosumers]
        self._send("commit", gate, timestamp, [self.meter.commit(gate, [keccak(point) for point in points])])

    def submit(self, gate: int, timestamp: int, limit_price: Ints) -> tuple[Ints, Ints]:
        """One transaction per home; the orders are read from what the contract logged."""
        submissions = [
            home.submit(self.market, gate, self._bids.bid(row, gate), limit_price[row])
            for row, home in enumerate(self._prosumers)
        ]
        receipts = self._mine("submit", gate, timestamp, submissions)
        quantity_wh, limits = np.zeros_like(limit_price), np.zeros_like(limit_price)
        for row, receipt in enumerate(receipts):
            if receipt.ok:
                _, event = self.market.artifact.event(receipt.logs[0])
                quantity_wh[row], limits[row] = orders_of_words(event["orders"], self._terms.horizon)
        self._orders[gate] = quantity_wh, limits
        return quantity_wh, limits

    def clear(self, gate: int, timestamp: int) -> tuple[Ints, Ints]:
        """One transaction per slot."""
        slots = self._prepared.slots_of(gate)
        quantity_wh, limits = self._orders.pop(gate)
        fill_wh, price = np.zeros_like(quantity_wh), np.zeros(self._terms.horizon, dtype=np.int64)
        calls = []
        for column, slot in enumerate(range(slots.start, slots.stop)):
            book = OrderBook(slot, quantity_wh[:, column], limits[:, column])
            clearing, call = self.auctioneer.clear(book)
            fill_wh[:, column], price[column] = signed_fills_wh(book, clearing), clearing.price or 0
            calls.append(call)
        self._send("clear", gate, timestamp, calls)
        return fill_wh, price

    def settle(self, gate: int, timestamp: int, fill_wh: Ints) -> None:
        """One transaction per tariff period of the gate."""
        prepared, slots = self._prepared, self._prepared.slots_of(gate)
        periods, table = prepared.period_of_slot[slots], prepared.tariffs
        calls = self.meter.settle(gate, prepared.net_wh[:, slots], fill_wh, periods, table.periods)
        self._send("settle", gate, timestamp, calls)

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

    def _mine(
        self, stage: str, gate: int, timestamp: int, transactions: Sequence[Transaction]
    ) -> list[Receipt]:
        began = time.perf_counter()
        receipts = self.chain.mine(timestamp, transactions)
        self.chain_s += time.perf_counter() - began
        self.sent += [
            Sent(stage, gate, transaction.sender.name, receipt)
            for transaction, receipt in zip(transactions, receipts, strict=True)
        ]
        return receipts

    def _send(self, stage: str, gate: int, timestamp: int, transactions: Sequence[Transaction]) -> None:
        """Mine what an honest operator must not be refused."""
        for receipt in self._mine(stage, gate, timestamp, transactions):
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
