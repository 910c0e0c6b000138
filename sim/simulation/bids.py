"""What backs the bids of a run, as the market comes to need it."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from agents.adversaries.counterfeits import Counterfeits
from sim.arrays import Bools
from sim.proofs.bids import BackedBid, HomeGate, placeholder_bid
from sim.proofs.columns import Columns, total
from sim.proofs.field import MODULUS
from sim.proofs.jobs import OpeningJob, ProofJob, TradeJob
from sim.proofs.pool import ProverPool
from sim.proofs.prover import Proof
from sim.proofs.settings import Form
from sim.proofs.settlement import SettlementCircuit
from sim.runtime.progress import Advance
from sim.simulation.preparation import Prepared


class Bids:
    """Backs bids with the pool's proofs, or with placeholders where the policy asks for none.

    proofs: all proofs made so far, by home (from 0) and gate
    """

    def __init__(
        self,
        prepared: Prepared,
        pool: ProverPool | None,
        orders: Sequence[ProofJob],
        advance: Advance,
        counterfeits: Counterfeits | None = None,
    ) -> None:
        self.proofs: dict[HomeGate, Proof] = {}
        self._prepared = prepared
        self._pool = pool
        self._awaited = {(order.agent, order.gate): order for order in orders}
        self._counterfeits = counterfeits
        self._advance = advance
        self._all = prepared.scenario.proofs.policy == "all"

    def bid(self, home: int, gate: int) -> BackedBid:
        """The bid of a home at a gate; waits for its proof."""
        if (home, gate) in self._awaited and self._pool:
            order, proof = self._awaited.pop((home, gate)), self._pool.proof(home, gate)
            self.proofs[home, gate] = proof
            if self._counterfeits:
                self._counterfeits.follow(order, proof)
            self._advance(1)
        if not self._all:
            return placeholder_bid(home, gate, tuple(self._prepared.outputs[home, gate].tolist()))
        proof = self.proofs[home, gate]
        return BackedBid(proof.commitment, proof.proof, proof.instances)

    def counterfeit(self, home: int, gate: int) -> BackedBid | None:
        """What a cheat had proved beside its bid."""
        return self._counterfeits.bid(home, gate) if self._counterfeits else None


class SealedBids(Bids):
    """Bids whose quantities stay committed, and the openings of their sums.

    Where nothing is proved the commitments to outputs are real all the same: the contract opens their sum.

    columns:    of the community's circuits
    settlement: the circuit of settlement proofs; None where trades are metered, or not proved
    """

    def __init__(
        self,
        prepared: Prepared,
        pool: ProverPool | None,
        orders: Sequence[ProofJob],
        advance: Advance,
        columns: Columns,
        form: Form,
        settlement: SettlementCircuit | None = None,
    ) -> None:
        super().__init__(prepared, pool, orders, advance)
        self.columns, self._form, self.settlement = columns, form, settlement
        self._unproved: dict[HomeGate, BackedBid] = {}
        self._ahead: dict[int, tuple[int, ...]] = {}
        if pool:
            self._start(pool, orders)

    @property
    def values(self) -> int:
        """How many numbers a home's column has: outputs and their salts."""
        return self._prepared.scenario.time.horizon + self._form.output_salts

    def _start(self, pool: ProverPool, orders: Sequence[ProofJob]) -> None:
        """Proofs gate by gate, behind each gate's what opens the sum of all homes, if all of it is proved."""
        by_gate: dict[int, list[ProofJob]] = {}
        for order in orders:
            by_gate.setdefault(order.gate, []).append(order)
        for gate, of_gate in by_gate.items():
            pool.start(of_gate)
            values = total(pool.column(order.agent, gate) for order in of_gate)
            if self._all:
                self._ahead[gate] = values
                horizon, logrows = self._prepared.scenario.time.horizon, self.columns.logrows
                pool.start_openings([OpeningJob(gate, values, len(of_gate), horizon, logrows)])

    def bid(self, home: int, gate: int) -> BackedBid:
        """The bid of a home at a gate, with the column of its outputs; waits for its proof."""
        bid = super().bid(home, gate)
        if self._all:
            return replace(bid, column=self.proofs[home, gate].column)
        if (home, gate) not in self._unproved:
            salts = (secrets.randbelow(MODULUS) for _ in range(self._form.output_salts))
            column = (*self._prepared.outputs[home, gate].tolist(), *salts)
            point = self.columns.committed(column)
            proof = bid.point + point
            self._unproved[home, gate] = BackedBid(bid.point, proof, (), column)
        return self._unproved[home, gate]

    def opened(self, gate: int, homes: Iterable[int]) -> tuple[tuple[int, ...], tuple[bytes, ...]]:
        """A gate's totals over some homes, and their openings."""
        columns = [self.bid(home, gate).column for home in homes]
        values, horizon = total(columns), self._prepared.scenario.time.horizon
        if self._pool and self._ahead.pop(gate, None) == values:
            openings = self._pool.openings(gate)
        else:
            openings = self.columns.openings(values, len(columns), horizon)
        return values[:horizon], openings

    def trades(
        self, period: int, gates: range, accepted: Bools, prices: Sequence[tuple[int, ...]]
    ) -> list[bytes]:
        """Of every home the proof of what it has traded in a settlement period, in the order of homes.

        accepted: shape (homes, gates of the run); prices: of each gate of the period, none where it is void
        Where nothing is proved the points alone that a proof begins with.
        """
        columns = [
            tuple(self.bid(home, gate).column if accepted[home, gate] else () for gate in gates)
            for home in range(len(accepted))
        ]
        if not (self._pool and self.settlement):
            return [self._points(of_home, prices) for of_home in columns]
        orders = [
            TradeJob(home, period, self.settlement, of_home, tuple(prices))
            for home, of_home in enumerate(columns)
        ]
        self._pool.start_trades(orders)
        return [self._pool.trade(order.agent, period).proof for order in orders]

    def settled(self, gates: range) -> None:
        """The columns of these gates are needed no more."""
        self._unproved = {key: bid for key, bid in self._unproved.items() if key[1] not in gates}

    def _points(self, columns: Sequence[tuple[int, ...]], prices: Sequence[tuple[int, ...]]) -> bytes:
        gates = int(np.count_nonzero(self._prepared.settlement_period == 0))
        rest = [()] * (gates - len(prices))
        return b"".join(self.columns.committed(each) for each in (*columns, *rest, *prices, *rest))
