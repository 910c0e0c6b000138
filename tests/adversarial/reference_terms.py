"""What a market is founded with, and what the utility sets up in it."""

from collections.abc import Mapping
from dataclasses import dataclass

from eth_hash.auto import keccak

from tests.adversarial.reference_clearing import require

WEEK_S = 7 * 86_400


@dataclass(frozen=True)
class Terms:
    """What a market is founded with.

    rule:     by name; k_ppm: where it has one, see ``one_price``
    keys:     address of a key contract -> keccak256 of the key's words that it returns
    market:   the contract's own address, on the chain of this id
    """

    utility: bytes
    meter: bytes
    auctioneer: bytes
    first_delivery: int
    slot_s: int
    horizon: int
    lead: int
    lookback: int
    gates: int
    grid_fee: int
    periods: tuple[int, ...]
    rule: str
    k_ppm: int | None
    keys: Mapping[bytes, bytes]
    market: bytes
    chain_id: int

    @property
    def lead_s(self) -> int:
        return self.lead * self.slot_s

    @property
    def buyer_fee(self) -> int:
        return self.grid_fee // 2

    @property
    def seller_fee(self) -> int:
        return self.grid_fee - self.buyer_fee

    def commitment(self, point: bytes) -> bytes:
        """A commitment as it is posted in this market."""
        return keccak(point + self.chain_id.to_bytes(32, "big") + bytes(12) + self.market)

    def slots(self, gate: int) -> range:
        return range(gate * self.horizon, (gate + 1) * self.horizon)

    def period(self, slot: int) -> int:
        return self.periods[(self.first_delivery // self.slot_s + slot) % len(self.periods)]

    def periods_of(self, gate: int) -> set[int]:
        return {self.period(slot) for slot in self.slots(gate)}

    # The time line of a gate: each phase begins here, and ends where the next begins ----------------------

    def delivery(self, gate: int) -> int:
        require(gate < self.gates, "no such gate")
        return self.first_delivery + gate * self.horizon * self.slot_s

    def window_end(self, gate: int) -> int:
        return self.delivery(gate) - self.lead_s

    def window_begin(self, gate: int) -> int:
        """When the slot begins that a gate's windows begin with."""
        return self.window_end(gate) - self.lookback * self.slot_s

    def opens(self, gate: int) -> int:
        return self.window_end(gate) + self.lead_s // 4

    def closes(self, gate: int) -> int:
        return self.opens(gate) + self.lead_s // 4

    def delivered(self, gate: int) -> int:
        return self.delivery(gate) + self.horizon * self.slot_s

    def releases(self, gate: int) -> int:
        return self.delivered(gate) + WEEK_S


@dataclass(frozen=True)
class Model:
    """A registered model."""

    key_contract: bytes
    key_digest: bytes
    output_scale: int
    proof_bytes: int
    from_gate: int


@dataclass(frozen=True)
class Home:
    """An enrolled home; prices by tariff period."""

    account: bytes
    forecaster: int
    import_limit_wh: int
    export_limit_wh: int
    credit_limit: int
    retail: tuple[int, ...]
    feed_in: tuple[int, ...]
