"""A community on a chain of its own, run by hand: what tests of the contract start from.

Quantities need no prover here: under the stub that stands in the verifier's place, a home "proves" whatever
its instances say. Every accepted transaction is checked to leave the ledger at a sum of zero, every refused
one to leave the contract's storage as it was. Both backends run, and must agree on every receipt.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.chain.accounts import account
from sim.chain.base import Account, Receipt, Transaction
from sim.chain.market_client import (
    GateTimes,
    Market,
    MarketTerms,
    ModelRegistration,
    deploy_market,
    gate_times,
    operator_gas,
    register_models,
    send,
)
from sim.chain.submission import Submission
from sim.market.book import OrderBook
from sim.market.mechanisms.mechanism import AVERAGE_PRICE
from sim.proofs.field import MODULUS
from sim.seeds import Streams
from tests.market.books import clear
from tests.twin_chain import TwinChain

FIRST_DELIVERY = 1_470_009_600  # 2016-08-01 00:00
DAY_S = 86_400
SETTLEMENT_S = 7 * DAY_S
BLOCK_GAS_LIMIT = 30_000_000
ANY_GAS = 12_000_000
RETAIL, FEED_IN = 220_000, 60_000
LIMIT_WH = 12_000
CREDIT_LIMIT = 10**12
SCALE = 14
STUB_KEY = ModelRegistration(0, b"\x01" * 64, SCALE, 64)
NO_ORDER = (0, 0)

Order = tuple[int, int]
"""Signed Wh and limit price; positive buys."""


@dataclass(frozen=True)
class Rules:
    """What a community's contract is built with; see ``MarketTerms``."""

    homes: int = 3
    horizon: int = 2
    lead: int = 1
    lookback: int = 1
    gates: int = 2
    slot_s: int = 3_600
    first_delivery: int = FIRST_DELIVERY
    grid_fee: int = 0
    periods: tuple[int, ...] = (0,) * 24
    retail: tuple[int, ...] = (RETAIL,)
    feed_in: tuple[int, ...] = (FEED_IN,)
    import_limit_wh: int = LIMIT_WH
    export_limit_wh: int = LIMIT_WH
    credit_limit: int = CREDIT_LIMIT
    rule: str = AVERAGE_PRICE
    rule_arguments: tuple[int, ...] = ()

    @property
    def terms(self) -> MarketTerms:
        times = (self.first_delivery, self.slot_s, self.horizon, self.lead, self.lookback, self.gates)
        return MarketTerms(*times, self.grid_fee, self.periods, self.rule, self.rule_arguments)


@dataclass(frozen=True)
class Community:
    """Deployed contracts, and everyone who deals with them."""

    chain: TwinChain
    market: Market
    rules: Rules
    utility: Account
    meter: Account
    auctioneer: Account
    stranger: Account
    homes: tuple[Account, ...]

    def times(self, gate: int) -> GateTimes:
        return gate_times(self.rules.terms, gate)

    # What comes of a transaction -------------------------------------------------------------------------

    def accept(self, transaction: Transaction, at: int = 0) -> Receipt:
        """Mined at ``at`` or as soon as may be; must succeed."""
        (receipt,) = send(self.chain, at, [transaction])
        assert at in (0, self.chain.blocks[-1].timestamp)
        assert sum(self.ledger()) == 0
        return receipt

    def refuse(self, reason: str, transaction: Transaction, at: int = 0) -> Receipt:
        """Mined likewise; must be refused for this reason and change nothing."""
        before = self.storage_root()
        (receipt,) = self.chain.mine(at, [transaction])
        assert at in (0, self.chain.blocks[-1].timestamp)
        assert receipt.revert_reason == reason
        assert not receipt.ok
        assert not receipt.logs
        assert self.storage_root() == before
        return receipt

    def storage_root(self) -> bytes:
        """The root of all the contract remembers."""
        chain = self.chain._chain
        return bytes(chain.get_vm(chain.header).state._account_db._get_storage_root(self.market.address))

    # Transactions ----------------------------------------------------------------------------------------

    def call(self, sender: Account, function: str, *arguments: Any) -> Transaction:
        return self.market.transaction(sender, function, *arguments, gas_limit=ANY_GAS)

    def register(self, forecaster: int, **changes: Any) -> Transaction:
        fields = {
            "key_contract": b"\x22" * 20,
            "digest": b"\x01" * 32,
            "instances": self.rules.horizon,
            "scale": SCALE,
            "proof_bytes": 64,
            "from_gate": 0,
            "training_root": bytes(32),
        } | changes
        return self.call(self.utility, "register_model", forecaster, *fields.values())

    def enrol(self, home: Account, **changes: Any) -> Transaction:
        fields = {
            "forecaster": 0,
            "import_limit_wh": self.rules.import_limit_wh,
            "export_limit_wh": self.rules.export_limit_wh,
            "credit_limit": self.rules.credit_limit,
            "retail": list(self.rules.retail),
            "feed_in": list(self.rules.feed_in),
        } | changes
        return self.call(self.utility, "enrol", home.address, *fields.values())

    def commit(self, gate: int, homes: Sequence[int] | None = None) -> Transaction:
        """The meter commits to the windows of all homes, or of these."""
        numbers = range(1, len(self.homes) + 1) if homes is None else homes
        points = [point(gate, home) for home in numbers]
        return self.market.commit(self.meter, gate, list(numbers), points)

    def submit(self, gate: int, home: int, orders: Sequence[Order], **changes: Any) -> Transaction:
        """A home's orders, one per slot of the gate; ``changes`` replace fields of the submission."""
        fields = {
            "gate": gate,
            "proof": point(gate, home),
            "instances": tuple(instance(quantity_wh) for quantity_wh, _ in orders),
            "limits": tuple(limit for _, limit in orders),
        } | changes
        return self.market.submit(self.homes[home - 1], Submission(**fields))

    def clear(self, slot: int, price: int, fills_wh: Sequence[int]) -> Transaction:
        gas = operator_gas(len(fills_wh))
        return self.market.transaction(self.auctioneer, "clear", slot, price, list(fills_wh), gas_limit=gas)

    def void(self, slot: int, sender: Account | None = None) -> Transaction:
        return self.call(sender or self.stranger, "void", slot)

    def settle(
        self, gate: int, period: int = 0, short_wh: Sequence[int] = (), beyond_wh: Sequence[int] = ()
    ) -> Transaction:
        nothing = [0] * len(self.homes)
        return self.call(
            self.meter, "settle", gate, period, list(short_wh) or nothing, list(beyond_wh) or nothing
        )

    def release(self, gate: int, sender: Account | None = None) -> Transaction:
        return self.call(sender or self.stranger, "release", gate)

    # Whole stages ----------------------------------------------------------------------------------------

    def trade(self, gate: int, orders: Mapping[int, Sequence[Order]]) -> None:
        """Commit and submit, so that the gate is closed and can be cleared."""
        self.accept(self.commit(gate), self.times(gate).window_end)
        submissions = [self.submit(gate, home, of_home) for home, of_home in orders.items()]
        send(self.chain, self.times(gate).opens, submissions)
        self.wait(self.times(gate).closes)

    def trade_slot(self, gate: int, orders: Mapping[int, Order]) -> None:
        """The same with one order per home, for the first slot of the gate."""
        rest = [NO_ORDER] * (self.rules.horizon - 1)
        self.trade(gate, {home: [order, *rest] for home, order in orders.items()})

    def clear_gate(self, gate: int) -> None:
        """Clear all slots of a gate by the rules."""
        for slot in self.slots(gate):
            clearing = clear(self.book(slot))
            self.accept(self.clear(slot, clearing.price or 0, clearing.fill_wh.tolist()))

    def void_gate(self, gate: int) -> None:
        """Let the clearing of a gate pass by."""
        self.wait(self.times(gate).delivery)
        for slot in self.slots(gate):
            self.accept(self.void(slot))

    def settle_gate(self, gate: int) -> None:
        """Everybody keeps to its fills."""
        self.wait(self.times(gate).settles)
        for period in sorted({self.period(slot) for slot in self.slots(gate)}):
            self.accept(self.settle(gate, period))

    def wait(self, until: int) -> None:
        """Let a block pass in which nothing concerns the market."""
        self.chain.mine(until, [Transaction(self.stranger, self.stranger.address, b"", 21_000)])

    # Readings of the contract ----------------------------------------------------------------------------

    def slots(self, gate: int) -> range:
        return range(gate * self.rules.horizon, (gate + 1) * self.rules.horizon)

    def period(self, slot: int) -> int:
        return self.rules.periods[
            (self.rules.first_delivery // self.rules.slot_s + slot) % len(self.rules.periods)
        ]

    def book(self, slot: int) -> OrderBook:
        orders = [self.market.read("order_of", slot, home) for home in range(1, len(self.homes) + 1)]
        quantity_wh = np.array([-wh if sells else wh for sells, wh, _ in orders], dtype=np.int64)
        return OrderBook(slot, quantity_wh, np.array([limit for _, _, limit in orders], dtype=np.int64))

    def ledger(self) -> list[int]:
        """The utility's balance, then the homes'."""
        return self.market.balances(len(self.homes))

    def reserved(self) -> list[int]:
        return [self.market.read("reserved", home) for home in range(1, len(self.homes) + 1)]

    def exposure(self, gate: int) -> list[int]:
        return [self.market.read("exposure", gate, home) for home in range(1, len(self.homes) + 1)]


def people(homes: int) -> tuple[Account, Account, Account, Account, tuple[Account, ...]]:
    """Utility, meter, auctioneer, a stranger, and homes."""
    roles = ("utility", "meter", "auctioneer", "stranger")
    utility, meter, auctioneer, stranger, *neighbours = (
        account(Streams(7), name) for name in (*roles, *(f"home {number}" for number in range(1, homes + 1)))
    )
    return utility, meter, auctioneer, stranger, tuple(neighbours)


def empty_community(
    rules: Rules, models: Sequence[ModelRegistration] = (STUB_KEY,), with_verifier: bool = False
) -> Community:
    """Contracts deployed and models registered two days before delivery; nobody has enrolled yet."""
    utility, meter, auctioneer, stranger, homes = people(rules.homes)
    start = rules.first_delivery - rules.lead * rules.slot_s - 2 * DAY_S
    chain = TwinChain([utility, meter, auctioneer, stranger, *homes], start, BLOCK_GAS_LIMIT)
    market, _ = deploy_market(chain, start, rules.terms, utility, meter, auctioneer, with_verifier)
    register_models(market, start, utility, models, rules.horizon)
    return Community(chain, market, rules, utility, meter, auctioneer, stranger, homes)


def found(**rules: Any) -> Community:
    """A community under the stub whose homes have enrolled; ``rules`` as in Rules."""
    community = empty_community(Rules(**rules))
    send(community.chain, 0, [community.enrol(home) for home in community.homes])
    return community


def point(gate: int, home: int) -> bytes:
    """64 bytes in place of a commitment, and of a proof."""
    return hashlib.sha512(f"window of home {home} at gate {gate}".encode()).digest()


def instance(quantity_wh: int) -> int:
    """The public output that stands for a quantity."""
    return (quantity_wh << SCALE) % MODULUS


def deployment(runtime: bytes) -> bytes:
    """Initcode that returns at most 32 bytes of code."""
    return b"\x7f" + runtime.ljust(32, b"\x00") + bytes.fromhex("5f5260205ff3")
