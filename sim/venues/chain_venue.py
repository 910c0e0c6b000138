"""What every market on a chain has, whatever its contract: accounts, operators, what is sent and logged."""

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, Generic, TypeVar

import mesa

from agents.calls import Call
from agents.prosumer import Prosumer
from sim.chain.accounts import OPERATORS, account
from sim.chain.backends import open_chain
from sim.chain.base import Chain, Receipt
from sim.chain.limits import local_timestamp
from sim.chain.market_client import DeployedMarket, MarketTerms, ModelRegistration, genesis_timestamp
from sim.errors import ChainError
from sim.proofs.bids import BidSource
from sim.simulation.preparation import Prepared
from sim.venues.base import ChainRecord, SealedRecord, Sent

SomeMarket = TypeVar("SomeMarket", bound=DeployedMarket)
Registration = TypeVar("Registration", bound=ModelRegistration)


class ChainVenue(ABC, Generic[SomeMarket, Registration]):
    """A venue where everybody sends transactions, and what the contract logs is what counts.

    sent:     every transaction, in order
    accounts: who has ether to send them: the operators, then the homes
    """

    chain: Chain
    market: SomeMarket

    def __init__(
        self,
        world: mesa.Model,
        prepared: Prepared,
        prosumers: Sequence[Prosumer],
        registrations: Sequence[Registration],
        bids: BidSource,
    ) -> None:
        self.chain_s = 0.0
        self.sent: list[Sent] = []
        operators = [account(prepared.streams, name) for name in OPERATORS]
        self.accounts = [*operators, *(home.account for home in prosumers)]
        self._prepared, self._prosumers, self._bids = prepared, prosumers, bids
        self._registrations = registrations
        self._terms = market_terms(prepared)
        self._found(world, self._from(0))

    @abstractmethod
    def _found(self, world: mesa.Model, first: Sequence[Registration]) -> None:
        """Found the community: chain, contracts, the first models, homes."""

    def balances(self) -> tuple[int, ...]:
        """See ``Venue.balances``."""
        return tuple(self.market.balances(len(self._prosumers)))

    def record(self) -> ChainRecord:
        """What is on the chain by now."""
        return self._recorded()

    def _recorded(self, sealed: SealedRecord | None = None) -> ChainRecord:
        return ChainRecord(
            sealed=sealed,
            sent=tuple(self.sent),
            blocks=tuple(self.chain.blocks),
            verifier=self.market.verifier,
            verifier_code_hash=self.chain.code_hash(self.market.verifier),
            market_code_hash=self.chain.code_hash(self.market.address),
        )

    # For those that found and trade ----------------------------------------------------------------------

    def _from(self, gate: int) -> list[Registration]:
        """The models that a gate is the first to use."""
        return [registration for registration in self._registrations if registration.from_gate == gate]

    @property
    def _proves(self) -> bool:
        return self._prepared.scenario.proofs.policy == "all"

    def _open(self, chain_id: int) -> int:
        """Open the chain; when its genesis is."""
        chain, genesis = self._prepared.scenario.chain, genesis_timestamp(self._terms)
        self.chain = open_chain(chain.backend, self.accounts, genesis, chain.block_gas_limit, chain_id)
        return genesis

    def _set_up_by(self, receipts: Sequence[Receipt], began: float) -> None:
        """Keep what the utility has deployed and registered since then."""
        self.sent += [Sent("set-up", -1, self.accounts[0].name, receipt) for receipt in receipts]
        self.chain_s += time.perf_counter() - began

    def _points(self, gate: int) -> list[bytes]:
        return [self._bids.bid(row, gate).point for row in range(len(self._prosumers))]

    def _slots(self, gate: int) -> range:
        slots = self._prepared.slots_of(gate)
        return range(slots.start, slots.stop)

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
