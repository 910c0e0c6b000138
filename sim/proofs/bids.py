"""What backs the quantities of a bid: a real proof, or, where the policy asks for none, a placeholder.

A placeholder has a commitment that is nobody's and a "proof" of 64 bytes. Only the stub that stands in the
verifier's place accepts it. Its bytes come from names alone, so that a run without proofs has the same blocks
every time.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sim.proofs.field import COMMITMENT_BYTES, MODULUS
from sim.seeds import Streams

PLACEHOLDER_BYTES = 64
HomeGate = tuple[int, int]
"""A home, counted from 0, and a gate."""


@dataclass(frozen=True)
class BackedBid:
    """Quantities with what backs them.

    point:     64 bytes, the commitment to the window (x, y)
    proof:     begins with the point
    instances: the model's public outputs as field elements; none where they are sealed
    column:    sealed outputs and their salts, what the auctioneer alone is shown
    """

    point: bytes
    proof: bytes
    instances: tuple[int, ...]
    column: tuple[int, ...] = ()

    @property
    def output_point(self) -> bytes:
        """The commitment to sealed outputs, which follows the one to the window."""
        return self.proof[COMMITMENT_BYTES : 2 * COMMITMENT_BYTES]


class BidSource(Protocol):
    """Where bids get their backing from."""

    def bid(self, home: int, gate: int) -> BackedBid:
        """The bid of a home (from 0) at a gate; waits for its proof."""

    def counterfeit(self, home: int, gate: int) -> BackedBid | None:
        """What a home had proved for an attack at a gate, if anything; asked for once, after its bid."""


def placeholder_bid(home: int, gate: int, outputs: tuple[int, ...]) -> BackedBid:
    """A bid that nothing proves."""
    point = hashlib.sha512(f"nothing proved: home {home}, gate {gate}".encode()).digest()
    return BackedBid(point, point, tuple(output % MODULUS for output in outputs))


def placeholder_key(model_digest: str) -> bytes:
    """One word that stands for a verifying key where there is none."""
    return hashlib.sha256(f"no circuit for model {model_digest}".encode()).digest()


def proved_bids(seed: int, share: float, homes: Sequence[str], gates: int) -> list[HomeGate]:
    """Which bids get a real proof, in the order of the gates: a seeded sample of this share; all at 1."""
    streams = Streams(seed)
    if share == 0:
        return []
    return [
        (home, gate)
        for gate in range(gates)
        for home, name in enumerate(homes)
        if share == 1 or streams.generator("proofs", "sample", name, gate).random() < share
    ]
