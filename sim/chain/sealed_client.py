"""The market contract with sealed orders, typed: what a run deploys, and the transactions its agents send.

Outputs, totals and sums of money are integers at the outputs' scale; see the contract's NatSpec.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from functools import partial
from typing import Any

from eth_abi.abi import encode
from eth_hash.auto import keccak
from eth_keys.datatypes import Signature

from sim.chain.base import Account, Chain, Receipt, Transaction
from sim.chain.contracts import SEALED_MARKET, STUB, VERIFIER, compiled
from sim.chain.key_storage import created_address, data_storage, key_storage
from sim.chain.market_client import (
    CHEAP_GAS,
    DEPLOY_GAS,
    SUBMIT_GAS,
    DeployedMarket,
    ModelRegistration,
    deployed,
    operator_gas,
    send,
    stored_and_registered,
)
from sim.proofs.columns import Columns
from sim.proofs.curve import BASE_FIELD, add, coordinates, negated

_CLEAR_GAS, _CLEAR_GAS_PER_SLOT = 1_000_000, 40_000
_ORDER = keccak(b"zkpet SealedMarket order")
_NOBODY, _NO_DIGEST = bytes(20), bytes(32)
_KEY_WORDS = 24
"""Of a verifying key those that the contract looks at, and those between."""
_RECOVERY = 27
"""What Ethereum adds to the last byte of a signature."""

Point = tuple[int, int]
"""x and y."""


@dataclass(frozen=True)
class Srs:
    """What the contract needs to know of a structured reference string.

    logrows:    binary logarithm of a column's rows
    minus_s_g2: [-s]G2, of x and of y the imaginary part first
    """

    logrows: int
    minus_s_g2: tuple[int, int, int, int]


def srs_of(columns: Columns) -> Srs:
    """The SRS of columns."""
    words = [int.from_bytes(columns.secret_g2[at : at + 32], "big") for at in range(0, 128, 32)]
    return Srs(columns.logrows, (words[0], words[1], -words[2] % BASE_FIELD, -words[3] % BASE_FIELD))


@dataclass(frozen=True)
class Proving:
    """What trades are proved with.

    key_words:   the settlement circuit's verifying key as 32-byte words, concatenated
    proof_bytes: length of a proof
    lagrange:    the points K, L_0, L_1, ... of 64 bytes each: one more than a gate has slots
    """

    key_words: bytes
    proof_bytes: int
    lagrange: bytes


def placeholder_key(columns: Columns, instances: int, last_word: bytes = bytes(32)) -> bytes:
    """Words that stand for a verifying key where there is none: what the contract looks at, and another one.

    instances: public outputs that proofs of it would have
    """
    srs = srs_of(columns)
    words = dict.fromkeys(range(_KEY_WORDS), 0) | {2: instances, 5: columns.logrows, 14: 1, 15: 2}
    g2 = (int.from_bytes(columns.g2[at : at + 32], "big") for at in range(0, 128, 32))
    words |= dict(enumerate((*g2, *srs.minus_s_g2), start=16))
    return b"".join(word.to_bytes(32, "big") for word in words.values()) + last_word


def lagrange_points(columns: Columns, horizon: int) -> bytes:
    """What ``Proving`` wants: K is the point of a column without values, L_j what a one in row j adds."""
    empty = columns.committed([])
    ones = (columns.committed([*(0 for _ in range(row)), 1]) for row in range(horizon))
    return empty + b"".join(add(point, negated(empty)) for point in ones)


@dataclass(frozen=True)
class SealedTerms:
    """What the contract is constructed with; see its NatSpec for units.

    proving: None where the meter posts trades
    """

    first_delivery: int
    slot_s: int
    horizon: int
    lead: int
    lookback: int
    gates: int
    period_of_day_slot: tuple[int, ...]
    retail: tuple[int, ...]
    feed_in: tuple[int, ...]
    k_ppm: int
    least_homes: int
    output_scale: int
    settlement_gates: int
    srs: Srs
    proving: Proving | None = None


@dataclass(frozen=True)
class SealedRegistration(ModelRegistration):
    """A model that a forecaster gets.

    largest_output: largest magnitude of an output that it can have
    """

    largest_output: int = field(kw_only=True)


@dataclass(frozen=True)
class SealedEnrolment:
    """What the utility grants a home."""

    account: bytes
    forecaster: int
    import_limit_wh: int
    export_limit_wh: int
    credit_limit: int


@dataclass(frozen=True)
class SealedSubmission:
    """A home's sealed orders for a gate.

    proof:     begins with the commitments to the window and to the outputs
    signature: the auctioneer's, see ``SealedMarket.signature``
    """

    gate: int
    proof: bytes
    signature: bytes

    @property
    def point(self) -> bytes:
        """The commitment to the outputs."""
        return self.proof[64:128]


@dataclass(frozen=True)
class SealedClearing:
    """A gate's totals, one per slot, and the openings of these rows of the sum of commitments."""

    gate: int
    totals: tuple[int, ...]
    openings: tuple[bytes, ...]


@dataclass(frozen=True)
class ClearedGate:
    """What the contract logged of a cleared gate; totals and prices by slot."""

    homes: int
    totals: tuple[int, ...]
    prices: tuple[int, ...]


@dataclass(frozen=True)
class SettledPeriod:
    """What the contract logged of a settled period, by home, in nano-$ at the outputs' scale."""

    trade_sums: tuple[int, ...]
    deviation_sums: tuple[int, ...]


@dataclass(frozen=True)
class SealedMarket(DeployedMarket):
    """A market with sealed orders."""

    def register_model(
        self, utility: Account, registration: SealedRegistration, key_contract: bytes
    ) -> Transaction:
        """The utility registers a model whose key stands in ``key_contract``."""
        return self.transaction(
            utility,
            "register_model",
            registration.forecaster,
            key_contract,
            registration.key_digest,
            registration.output_scale,
            registration.largest_output,
            registration.proof_bytes,
            registration.from_gate,
            registration.training_root,
            gas_limit=CHEAP_GAS,
        )

    def enrol(self, utility: Account, home: SealedEnrolment) -> Transaction:
        """The utility enrols a home; the first one gets number 1."""
        return self.transaction(utility, "enrol", *astuple(home), gas_limit=CHEAP_GAS)

    def receipt(self, gate: int, home: int, point: bytes) -> bytes:
        """What the auctioneer signs when it holds the column of a commitment."""
        types = ["bytes32", "uint256", "address", "uint256", "uint256", "uint256[2]"]
        return keccak(
            encode(types, [_ORDER, self.chain.chain_id, self.address, gate, home, coordinates(point)])
        )

    def signature(self, auctioneer: Account, gate: int, home: int, point: bytes) -> bytes:
        """The auctioneer's word that it holds the column of a home's commitment: r, s, v."""
        signed = auctioneer.key.sign_msg_hash(self.receipt(gate, home, point)).to_bytes()
        return signed[:-1] + bytes([signed[-1] + _RECOVERY])

    def is_signed(self, gate: int, home: int, point: bytes, signature: bytes, auctioneer: bytes) -> bool:
        """Whether a signature is the auctioneer's, whose address is given."""
        signed = Signature(signature[:-1] + bytes([signature[-1] - _RECOVERY]))
        recovered = signed.recover_public_key_from_msg_hash(self.receipt(gate, home, point))
        return bool(recovered.to_canonical_address() == auctioneer)

    def submit(self, home: Account, submission: SealedSubmission) -> Transaction:
        """A home submits its orders."""
        arguments = (submission.gate, submission.proof, submission.signature)
        return self.transaction(home, "submit", *arguments, gas_limit=SUBMIT_GAS)

    def clear(self, auctioneer: Account, clearing: SealedClearing) -> Transaction:
        """The auctioneer opens a gate's totals."""
        opened = [coordinates(point) for point in clearing.openings]
        gas = clearing_gas(len(opened))
        return self.transaction(
            auctioneer, "clear", clearing.gate, list(clearing.totals), opened, gas_limit=gas
        )

    def void(self, sender: Account, gate: int, homes: int) -> Transaction:
        """Anybody declares a gate void; ``homes`` are how many have enrolled."""
        return self.transaction(sender, "void", gate, gas_limit=operator_gas(homes))

    def prove_trade(
        self, sender: Account, period: int, home: int, proof: bytes, trade_sum: int
    ) -> Transaction:
        """Anybody proves what a home has traded in a settlement period."""
        return self.transaction(sender, "prove_trade", period, home, proof, trade_sum, gas_limit=SUBMIT_GAS)

    def settle(
        self, meter: Account, period: int, trade_sums: Sequence[int], deviation_sums: Sequence[int]
    ) -> Transaction:
        """The meter settles a period; ``trade_sums`` are empty where trades are proved."""
        sums = (list(trade_sums), list(deviation_sums))
        gas = operator_gas(len(deviation_sums))
        return self.transaction(meter, "settle", period, *sums, gas_limit=gas)

    def release(self, sender: Account, period: int, homes: int) -> Transaction:
        """Anybody frees what an unsettled period holds reserved; ``homes`` are how many have enrolled."""
        return self.transaction(sender, "release", period, gas_limit=operator_gas(homes))


def clearing_gas(horizon: int) -> int:
    """Gas that the clearing of a gate of so many slots carries."""
    return _CLEAR_GAS + _CLEAR_GAS_PER_SLOT * horizon


def sealed_deployment(
    verifier: bytes,
    terms: SealedTerms,
    meter: bytes,
    auctioneer: bytes,
    key_contract: bytes = _NOBODY,
    lagrange: bytes = _NOBODY,
) -> bytes:
    """The code that deploys a market; all but the terms are addresses."""
    proving = (_NOBODY, _NO_DIGEST, 0, _NOBODY, _NO_DIGEST)
    if terms.proving is not None:
        key = (key_contract, keccak(terms.proving.key_words), terms.proving.proof_bytes)
        proving = (*key, lagrange, keccak(terms.proving.lagrange))
    return compiled(SEALED_MARKET).deployment(
        verifier,
        meter,
        auctioneer,
        terms.first_delivery,
        terms.slot_s,
        terms.horizon,
        terms.lead,
        terms.lookback,
        terms.gates,
        list(terms.period_of_day_slot),
        list(terms.retail),
        list(terms.feed_in),
        terms.k_ppm,
        terms.least_homes,
        terms.output_scale,
        terms.settlement_gates,
        astuple(terms.srs),
        proving,
    )


def deploy_sealed_market(
    chain: Chain,
    timestamp: int,
    terms: SealedTerms,
    utility: Account,
    meter: Account,
    auctioneer: Account,
    with_verifier: bool,
) -> tuple[SealedMarket, list[Receipt]]:
    """Deploy the verifier or its stub, what trades are proved with, where they are, and the market."""
    checker = compiled(VERIFIER if with_verifier else STUB).deployment()
    receipts = send(chain, timestamp, [Transaction(utility, None, checker, DEPLOY_GAS)])
    verifier = deployed(receipts[0])
    places: tuple[bytes, ...] = ()
    if terms.proving is not None:
        nonce, told = chain.nonce(utility), verifier if with_verifier else None
        key_contract, stored = key_storage(utility, nonce, told, terms.proving.key_words)
        places = (key_contract, created_address(utility, nonce + len(stored)))
        receipts += send(chain, timestamp, [*stored, data_storage(utility, terms.proving.lagrange)])
    construction = sealed_deployment(verifier, terms, meter.address, auctioneer.address, *places)
    receipts += send(chain, timestamp, [Transaction(utility, None, construction, DEPLOY_GAS)])
    market = SealedMarket(chain, deployed(receipts[-1]), verifier, with_verifier, compiled(SEALED_MARKET))
    return market, receipts


def sealed_registrations(
    market: SealedMarket, utility: Account, nonce: int, models: Sequence[SealedRegistration]
) -> list[Transaction]:
    """See ``stored_and_registered``."""
    return stored_and_registered(market, utility, nonce, models, partial(market.register_model, utility))


def points_of_events(events: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[tuple[int, int], Point]:
    """The commitments of accepted orders by gate and home."""
    return {(e["gate"], e["home"]): tuple(e["point"]) for name, e in events if name == "OrdersSealed"}


def cleared_of_events(events: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[int, ClearedGate]:
    """What became of cleared gates."""
    return {
        event["gate"]: ClearedGate(event["homes"], tuple(event["totals"]), tuple(event["prices"]))
        for name, event in events
        if name == "GateCleared"
    }


def settled_of_events(events: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[int, SettledPeriod]:
    """What became of settled periods."""
    return {
        event["period"]: SettledPeriod(tuple(event["trade_sums"]), tuple(event["deviation_sums"]))
        for name, event in events
        if name == "PeriodSettled"
    }
