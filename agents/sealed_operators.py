"""The operators of a market with sealed orders; the auctioneer alone is shown what homes order."""

from collections.abc import Sequence

import mesa

from agents.operators import Operator
from sim.chain.base import Account, Transaction
from sim.chain.sealed_client import (
    SealedClearing,
    SealedEnrolment,
    SealedMarket,
    SealedRegistration,
    sealed_registrations,
)
from sim.proofs.columns import Columns
from sim.proofs.field import MODULUS


class SealedUtility(Operator[SealedMarket]):
    """Enrols homes, grants them credit, registers models, and trades what is left over."""

    def enrol(self, homes: Sequence[SealedEnrolment]) -> list[Transaction]:
        """One call per home, in the order of their numbers."""
        return [self.market.enrol(self.account, home) for home in homes]

    def register(self, models: Sequence[SealedRegistration], nonce: int) -> list[Transaction]:
        """New models for forecasters; ``nonce``: how many transactions it has sent before."""
        return sealed_registrations(self.market, self.account, nonce, models)


class SealedMeter(Operator[SealedMarket]):
    """Commits to windows before a gate; after a settlement period it posts two sums for each home."""

    def commit(self, gate: int, points: Sequence[bytes]) -> Transaction:
        """Bind every home's window to the gate; the commitments' points in the order of home numbers."""
        return self.market.commit(self.account, gate, range(1, len(points) + 1), points)

    def settle(self, period: int, trade_sums: Sequence[int], deviation_sums: Sequence[int]) -> Transaction:
        """Of all homes in the order of their numbers, nano-$ at the outputs' scale."""
        return self.market.settle(self.account, period, trade_sums, deviation_sums)


class SealedAuctioneer(Operator[SealedMarket]):
    """Signs for each column that it has been shown, and opens the sum of them all.

    It signs honest columns alone, of outputs and their salts and nothing behind them: to open a sum it has to
    know every row of every column in it, and what stands in free rows would cost it time.

    values: how many numbers an honest column has
    """

    def __init__(
        self, model: mesa.Model, account: Account, market: SealedMarket, columns: Columns, values: int
    ) -> None:
        super().__init__(model, account, market)
        self._columns = columns
        self._values = values

    def sign(self, gate: int, home: int, point: bytes, column: Sequence[int]) -> bytes | None:
        """Its signature for a home's commitment; None where the column shown is not what is committed to.

        home: the contract's number of it
        """
        if len(column) != self._values or any(abs(value) >= MODULUS for value in column):
            return None
        if self._columns.committed(column) != point:
            return None
        return self.market.signature(self.account, gate, home, point)

    def clear(self, gate: int, totals: Sequence[int], openings: Sequence[bytes]) -> Transaction:
        """Open the gate's totals."""
        return self.market.clear(self.account, SealedClearing(gate, tuple(totals), tuple(openings)))

    def prove_trade(self, period: int, home: int, proof: bytes, trade_sum: int) -> Transaction:
        """Prove what a home, the contract's number of it, has traded in a settlement period."""
        return self.market.prove_trade(self.account, period, home, proof, trade_sum)
