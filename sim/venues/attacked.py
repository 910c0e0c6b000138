"""The market on its contract where some cheat: their calls around the honest ones, and what they want."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import mesa
import numpy as np

from agents.adversaries.assignment import attacks_of
from agents.adversaries.attack_plan import HomePlan, OperatorPlan
from agents.calls import Call
from agents.prosumer import Prosumer
from sim.arrays import Ints
from sim.chain.base import Receipt
from sim.chain.market_client import ModelRegistration
from sim.chain.submission import Submission
from sim.market.book import OrderBook
from sim.market.orders import Orders
from sim.proofs.bids import BidSource
from sim.simulation.preparation import Prepared
from sim.venues.base import AttackRecord, ChainRecord
from sim.venues.on_chain import OnChain


class AttackedVenue(OnChain):
    """The venue of every chain on which somebody cheats."""

    def __init__(
        self,
        world: mesa.Model,
        prepared: Prepared,
        prosumers: Sequence[Prosumer],
        registrations: Sequence[ModelRegistration],
        bids: BidSource,
    ) -> None:
        super().__init__(world, prepared, prosumers, registrations, bids)
        attacks, shape = attacks_of(prepared), prepared.reading_wh.shape
        self._homes = HomePlan(prepared, self.market, prosumers, attacks, bids.counterfeit)
        self._operators = OperatorPlan(prepared, self.market, prosumers, self.meter, self.auctioneer)
        self._late: dict[int, list[Call]] = {}
        limits, wished_wh, wished_limits = (np.zeros(shape, dtype=np.int64) for _ in range(3))
        self.attacks = AttackRecord(attacks, limits, Orders(wished_wh, wished_limits))

    def submit(self, gate: int, timestamp: int, orders: Orders) -> Orders:
        """Cheats' calls among honest ones; who is refused one in place of its own submits after all."""
        honest = self._submissions(gate, orders)
        tried = self._homes.attempts(gate, honest)
        ahead = [*tried.ahead, *self._operators.said("submit", gate, self._points(gate))]
        receipts = self._mine(gate, timestamp, [*ahead, *tried.bids, *tried.behind])
        of_bids = receipts[len(ahead) : len(ahead) + len(tried.bids)]
        receipts += self._mine(gate, timestamp, self._after_all(honest, tried.bids, of_bids))
        self._late[gate] = tried.late
        accepted = self._accepted(gate, receipts)
        self._keep(gate, orders, accepted, tried.wishes)
        return accepted

    def void(self, gate: int, timestamp: int) -> None:
        """Anybody may, so the first home does, for each slot that the auctioneer left out."""
        anybody, homes = self._prosumers[0].account, len(self._prosumers)
        slots = [slot for slot in self._slots(gate) if self._operators.skips(slot)]
        calls = [Call("void", self.market.void(anybody, slot, homes), slot=slot) for slot in slots]
        self._send(gate, timestamp, calls)

    def record(self) -> ChainRecord:
        """With what only attacks need."""
        return replace(super().record(), attacks=self.attacks)

    def _commitments(self, gate: int) -> list[Call]:
        honest = super()._commitments(gate)
        return [*honest, *self._operators.said("commit", gate, self._points(gate), honest)]

    def _proposals(self, gate: int, books: Sequence[OrderBook]) -> list[Call]:
        proposed = (self._operators.clearing(book) for book in books if not self._operators.skips(book.slot))
        return [*self._late.pop(gate), *(call for calls in proposed for call in calls)]

    def _totals(self, gate: int, realised_wh: Ints, fill_wh: Ints) -> list[Call]:
        honest = super()._totals(gate, realised_wh, fill_wh)
        return [*honest, *self._operators.said("settle", gate, self._points(gate), honest)]

    def _after_all(
        self, honest: Sequence[Submission], bids: Sequence[Call], receipts: Sequence[Receipt]
    ) -> list[Call]:
        """Honest submissions of homes that sent a cheat's in their place and were refused it."""
        return [
            Call("submit", home.submit(self.market, submission))
            for home, submission, bid, receipt in zip(self._prosumers, honest, bids, receipts, strict=True)
            if bid.attack is not None and not receipt.ok
        ]

    def _keep(self, gate: int, honest: Orders, accepted: Orders, wishes: Mapping[int, Orders]) -> None:
        slots, wished = self._prepared.slots_of(gate), self.attacks.wished
        self.attacks.honest_limit_price[:, slots] = np.where(accepted.quantity_wh == 0, 0, honest.limit_price)
        wished.quantity_wh[:, slots], wished.limit_price[:, slots] = accepted
        for row, wish in wishes.items():
            wished.quantity_wh[row, slots], wished.limit_price[row, slots] = wish
