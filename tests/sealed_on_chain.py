"""A community with sealed orders on a chain of its own, run by hand: what tests of the contract start from.

Under the stub that stands in the verifier's place a home "proves" any column. Columns, their points and their
openings are real. See ``tests.market_on_chain`` for what is checked of every transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from sim.chain.base import Account, Transaction
from sim.chain.market_client import send
from sim.chain.sealed_client import (
    Proving,
    SealedClearing,
    SealedMarket,
    SealedRegistration,
    SealedSubmission,
    SealedTerms,
    deploy_sealed_market,
    lagrange_points,
    placeholder_key,
    sealed_registrations,
    srs_of,
)
from sim.proofs.columns import Columns, columns_of
from sim.proofs.srs import load_srs
from tests.market_on_chain import (
    BLOCK_GAS_LIMIT,
    CREDIT_LIMIT,
    DAY_S,
    FEED_IN,
    FIRST_DELIVERY,
    LIMIT_WH,
    RETAIL,
    Community,
    people,
    point,
)
from tests.twin_chain import TwinChain

LOGROWS = 9
SCALE = 10
LARGEST_OUTPUT = LIMIT_WH << SCALE
PROOF_BYTES = 128
SALTS = (271_828, 314_159)

Outputs = Sequence[int]
"""A home's, one per slot, at the community's scale."""


@cache
def columns() -> Columns:
    return columns_of(load_srs(), LOGROWS)


def key_words(instances: int, **changes: int) -> bytes:
    """A key with nothing in it but what the contract looks at; ``changes`` are words by "word5" and so on."""
    key = placeholder_key(columns(), instances)
    words = dict(enumerate(int.from_bytes(key[at : at + 32], "big") for at in range(0, len(key), 32)))
    words |= {int(name.removeprefix("word")): value for name, value in changes.items()}
    return b"".join(word.to_bytes(32, "big") for word in words.values())


@dataclass(frozen=True)
class SealedRules:
    """What a community's contract is built with; see ``SealedTerms``."""

    homes: int = 3
    horizon: int = 2
    lead: int = 1
    lookback: int = 1
    gates: int = 2
    slot_s: int = 3_600
    first_delivery: int = FIRST_DELIVERY
    periods: tuple[int, ...] = (0,) * 24
    retail: tuple[int, ...] = (RETAIL,)
    feed_in: tuple[int, ...] = (FEED_IN,)
    k_ppm: int = 500_000
    least_homes: int = 3
    scale: int = SCALE
    settlement_gates: int = 2
    proved: bool = False
    largest_output: int = LARGEST_OUTPUT
    import_limit_wh: int = LIMIT_WH
    export_limit_wh: int = LIMIT_WH
    credit_limit: int = CREDIT_LIMIT

    @property
    def terms(self) -> SealedTerms:
        times = (self.first_delivery, self.slot_s, self.horizon, self.lead, self.lookback, self.gates)
        tariffs = (self.periods, self.retail, self.feed_in, self.k_ppm)
        rest = (self.least_homes, self.scale, self.settlement_gates, srs_of(columns()))
        proving = None
        if self.proved:
            lagrange = lagrange_points(columns(), self.horizon)
            points_bytes = 2 * 64 * self.settlement_gates
            proving = Proving(key_words(instances=1), points_bytes, lagrange)
        return SealedTerms(*times, *tariffs, *rest, proving)

    @property
    def model(self) -> SealedRegistration:
        return SealedRegistration(
            0, key_words(instances=0), self.scale, PROOF_BYTES, largest_output=self.largest_output
        )


class SealedCommunity(Community):
    """Deployed contracts, and everyone who deals with them."""

    market: SealedMarket
    rules: SealedRules

    # Transactions ----------------------------------------------------------------------------------------

    def register(self, forecaster: int, **changes: Any) -> Transaction:
        """With the key that stands on chain; ``changes`` replace arguments."""
        fields = {
            "key_contract": self.market.read("models", 0)[0],
            "digest": self.rules.model.key_digest,
            "scale": self.rules.scale,
            "largest_output": self.rules.largest_output,
            "proof_bytes": PROOF_BYTES,
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
        } | changes
        return self.call(self.utility, "enrol", home.address, *fields.values())

    def sealed(self, gate: int, home: int, outputs: Outputs) -> SealedSubmission:
        """A home's honest submission."""
        committed = columns().committed([*outputs, *SALTS])
        signature = self.market.signature(self.auctioneer, gate, home, committed)
        return SealedSubmission(gate, point(gate, home) + committed, signature)

    def submit(self, gate: int, home: int, outputs: Outputs, **changes: Any) -> Transaction:
        """``changes`` replace fields of the submission."""
        submission = replace(self.sealed(gate, home, outputs), **changes)
        return self.market.submit(self.homes[home - 1], submission)

    def clearing(self, gate: int, outputs: Mapping[int, Outputs]) -> SealedClearing:
        """The honest clearing of a gate, of what its homes have submitted."""
        sums = tuple(map(sum, zip(*[[*values, *SALTS] for values in outputs.values()], strict=True)))
        horizon = self.rules.horizon
        openings = columns().openings(sums, len(outputs), horizon)
        return SealedClearing(gate, sums[:horizon], openings)

    def clear(self, gate: int, outputs: Mapping[int, Outputs], **changes: Any) -> Transaction:
        """``changes`` replace fields of the clearing."""
        return self.market.clear(self.auctioneer, replace(self.clearing(gate, outputs), **changes))

    def settle(
        self, period: int, trade_sums: Sequence[int], deviation_sums: Sequence[int] = ()
    ) -> Transaction:
        nothing = [0] * len(self.homes)
        return self.market.settle(self.meter, period, trade_sums, deviation_sums or nothing)

    def trade_proof(self, outputs: Sequence[Outputs | None], prices: Sequence[Sequence[int]]) -> bytes:
        """Under the stub, over the columns of a period's gates; None is no order, () no prices."""
        missing = [()] * (self.rules.settlement_gates - len(prices))
        columns_of_home = [() if of_gate is None else (*of_gate, *SALTS) for of_gate in outputs]
        rows = (*columns_of_home, *missing, *prices, *missing)
        return b"".join(columns().committed(row) for row in rows)

    def prove_trade(
        self, period: int, home: int, outputs: Sequence[Outputs | None], prices: Sequence[Sequence[int]]
    ) -> Transaction:
        """By a proof over these outputs and prices, gate by gate."""
        pairs = [pair for pair in zip(prices, outputs, strict=True) if pair[1] is not None]
        trade = sum(price * output for pair in pairs for price, output in zip(*pair, strict=False))
        proof = self.trade_proof(outputs, prices)
        return self.market.prove_trade(self.stranger, period, home, proof, trade)

    # Whole stages ----------------------------------------------------------------------------------------

    def seal(self, gate: int, outputs: Mapping[int, Outputs]) -> None:
        """Commit and submit, so that the gate is closed and can be cleared."""
        self.accept(self.commit(gate), self.times(gate).window_end)
        submissions = [self.submit(gate, home, of_home) for home, of_home in outputs.items()]
        send(self.chain, self.times(gate).opens, submissions)
        self.wait(self.times(gate).closes)

    def void_gate(self, gate: int) -> None:
        self.accept(self.void(gate), max(self.times(gate).delivery, self.chain.blocks[-1].timestamp + 1))

    # Readings of the contract ----------------------------------------------------------------------------

    def events(self, receipt: Any) -> list[tuple[str, dict[str, Any]]]:
        return [self.market.artifact.event(log) for log in receipt.logs]


def empty_sealed(
    rules: SealedRules, models: Sequence[SealedRegistration] | None = None, with_verifier: bool = False
) -> SealedCommunity:
    """Contracts deployed and models registered two days before delivery; nobody has enrolled yet."""
    utility, meter, auctioneer, stranger, homes = people(rules.homes)
    start = rules.first_delivery - rules.lead * rules.slot_s - 2 * DAY_S
    chain = TwinChain([utility, meter, auctioneer, stranger, *homes], start, BLOCK_GAS_LIMIT)
    market, _ = deploy_sealed_market(chain, start, rules.terms, utility, meter, auctioneer, with_verifier)
    named = [rules.model] if models is None else models
    send(chain, start, sealed_registrations(market, utility, chain.nonce(utility), named))
    return SealedCommunity(chain, market, rules, utility, meter, auctioneer, stranger, homes)


def found_sealed(**rules: Any) -> SealedCommunity:
    """A community under the stub whose homes have enrolled; ``rules`` as in SealedRules."""
    community = empty_sealed(SealedRules(**rules))
    send(community.chain, 0, [community.enrol(home) for home in community.homes])
    return community
