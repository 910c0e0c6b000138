"""The market contract, typed: what a run deploys, and the transactions its agents send."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np
from eth_hash.auto import keccak
from numpy.typing import NDArray

from sim.arrays import Ints
from sim.chain.base import Account, Chain, Receipt, Transaction
from sim.chain.bounds import LEAD_PHASES
from sim.chain.contracts import MARKET, STUB, VERIFIER, Artifact, compiled
from sim.chain.key_storage import encoded_key, key_storage
from sim.chain.submission import Submission
from sim.data.readings import DAY_S
from sim.errors import ChainError
from sim.market.clearing import Clearing, Trades, check_money, money
from sim.market.mechanisms.mechanism import RULES, ClearingRule

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

DEPLOY_GAS = 14_000_000
SUBMIT_GAS = 4_000_000  # the largest proof with orders for two days of hourly slots
CHEAP_GAS = 2_000_000
_PER_HOME_GAS = 60_000
_SLOTS_IN_SUBMIT_GAS, _PER_FURTHER_SLOT_GAS = 48, 20_000


def submit_gas(slots: int) -> int:
    """Gas that the submission of open orders for so many slots carries."""
    return SUBMIT_GAS + _PER_FURTHER_SLOT_GAS * max(slots - _SLOTS_IN_SUBMIT_GAS, 0)


def operator_gas(homes: int) -> int:
    """Gas that a call about so many homes carries."""
    return CHEAP_GAS + _PER_HOME_GAS * homes


@dataclass(frozen=True)
class MarketTerms:
    """What the market contract is constructed with; see its NatSpec for units.

    rule:           which clearings it takes, one of ``RULES``
    rule_arguments: what the rule's contract is constructed with
    """

    first_delivery: int
    slot_s: int
    horizon: int
    lead: int
    lookback: int
    gates: int
    grid_fee: int
    period_of_day_slot: tuple[int, ...]
    rule: str
    rule_arguments: tuple[int, ...] = ()


@dataclass(frozen=True)
class GateTimes:
    """The time line of a gate in seconds; each phase lasts until the next begins.

    registers:    when models are registered that the gate is the first to use
    window_begin: when its window begins, by which they are registered
    """

    registers: int
    window_begin: int
    window_end: int
    opens: int
    closes: int
    delivery: int
    settles: int


class Timeline(Protocol):
    """The terms from which the time line of gates follows."""

    @property
    def first_delivery(self) -> int: ...  # noqa: D102
    @property
    def slot_s(self) -> int: ...  # noqa: D102
    @property
    def horizon(self) -> int: ...  # noqa: D102
    @property
    def lead(self) -> int: ...  # noqa: D102
    @property
    def lookback(self) -> int: ...  # noqa: D102


def gate_times(terms: Timeline, gate: int) -> GateTimes:
    """The same time line as the contract's."""
    lead_s = terms.lead * terms.slot_s
    span_s = terms.horizon * terms.slot_s
    delivery = terms.first_delivery + gate * span_s
    window_end = delivery - lead_s
    window_begin = window_end - terms.lookback * terms.slot_s
    phase_s = lead_s // LEAD_PHASES
    opens, closes = window_end + phase_s, window_end + 2 * phase_s
    return GateTimes(
        window_begin - phase_s, window_begin, window_end, opens, closes, delivery, delivery + span_s
    )


def genesis_timestamp(terms: Timeline) -> int:
    """When a run's chain begins: a day before the first window, to set everything up in."""
    return gate_times(terms, 0).window_begin - DAY_S


@dataclass(frozen=True)
class ModelRegistration:
    """A model that a forecaster gets, as the contract knows it.

    key_words:     the verifying key's 32-byte words, concatenated
    from_gate:     first gate that uses it
    training_root: see the contract's NatSpec
    """

    forecaster: int
    key_words: bytes
    output_scale: int
    proof_bytes: int
    from_gate: int = 0
    training_root: bytes = bytes(32)

    @property
    def key_digest(self) -> bytes:
        """keccak256 of the words: the circuit's name on chain."""
        return keccak(self.key_words)

    @property
    def key_payload(self) -> bytes:
        """What the key contract returns."""
        return encoded_key(self.key_words)


@dataclass(frozen=True)
class Enrolment:
    """What the utility grants a home; prices by tariff period, see the contract's NatSpec for units."""

    account: bytes
    forecaster: int
    import_limit_wh: int
    export_limit_wh: int
    credit_limit: int
    retail: tuple[int, ...]
    feed_in: tuple[int, ...]


@dataclass(frozen=True)
class DeployedMarket:
    """A deployed market contract, and the calls that every market takes.

    proves: whether ``verifier`` checks proofs, or is the stub
    """

    chain: Chain
    address: bytes
    verifier: bytes
    proves: bool
    artifact: Artifact

    def transaction(self, sender: Account, function: str, *arguments: Any, gas_limit: int) -> Transaction:
        """A call of any function."""
        return Transaction(sender, self.address, self.artifact.encode(function, *arguments), gas_limit)

    def commitment(self, point: bytes) -> bytes:
        """A commitment's point as the meter posts it: for this chain and this contract alone."""
        return keccak(point + self.chain.chain_id.to_bytes(32, "big") + self.address.rjust(32, b"\x00"))

    def commit(self, meter: Account, gate: int, homes: Sequence[int], points: Sequence[bytes]) -> Transaction:
        """The meter commits to windows; ``points`` of 64 bytes are what proofs over them begin with."""
        gas, posted = operator_gas(len(homes)), [self.commitment(point) for point in points]
        return self.transaction(meter, "commit", gate, list(homes), posted, gas_limit=gas)

    def read(self, function: str, *arguments: Any) -> Any:
        """Read a view or public variable."""
        return self.artifact.decode(
            function, self.chain.call(self.address, self.artifact.encode(function, *arguments))
        )

    def balances(self, homes: int) -> list[int]:
        """Ledger balances in nano-$: the utility's, then the homes'."""
        return [self.read("balance_of", number) for number in range(homes + 1)]


@dataclass(frozen=True)
class Market(DeployedMarket):
    """A market with open orders.

    rule: see ``MarketTerms``
    """

    rule: ClearingRule

    def register_model(
        self,
        utility: Account,
        registration: ModelRegistration,
        key_contract: bytes,
        horizon: int,
    ) -> Transaction:
        """The utility registers a model whose key stands in ``key_contract``."""
        fields = (registration.key_digest, horizon, registration.output_scale, registration.proof_bytes)
        return self.transaction(
            utility,
            "register_model",
            registration.forecaster,
            key_contract,
            *fields,
            registration.from_gate,
            registration.training_root,
            gas_limit=CHEAP_GAS,
        )

    def enrol(self, utility: Account, home: Enrolment) -> Transaction:
        """The utility enrols a home; the first one gets number 1."""
        return self.transaction(utility, "enrol", *astuple(home), gas_limit=CHEAP_GAS)

    def submit(self, home: Account, submission: Submission) -> Transaction:
        """A home submits its orders."""
        arguments = (submission.gate, submission.proof, list(submission.instances), list(submission.limits))
        gas = submit_gas(len(submission.limits))
        return self.transaction(home, "submit", *arguments, gas_limit=gas)

    def clear(self, auctioneer: Account, clearing: Clearing) -> Transaction:
        """The auctioneer proposes a clearing; under a rule with one price at that price."""
        fills = clearing.fill_wh.tolist()
        if self.rule.at_own_prices:
            terms = (fills, np.abs(clearing.payment).tolist())
        else:
            terms = (clearing.price or 0, fills)
        gas = operator_gas(len(fills))
        return self.transaction(auctioneer, self.rule.entry, clearing.slot, *terms, gas_limit=gas)

    def void(self, sender: Account, slot: int, homes: int) -> Transaction:
        """Anybody declares a slot void; ``homes`` are how many have enrolled."""
        return self.transaction(sender, "void", slot, gas_limit=operator_gas(homes))

    def settle(
        self, meter: Account, gate: int, period: int, short_wh: NDArray[np.int64], beyond_wh: Ints
    ) -> Transaction:
        """The meter posts the totals of a gate's tariff period."""
        totals = ([int(wh) for wh in short_wh], [int(wh) for wh in beyond_wh])
        gas = operator_gas(len(totals[0]))
        return self.transaction(meter, "settle", gate, period, *totals, gas_limit=gas)


def founding_chain_id(
    terms: "DataclassInstance",
    models: Sequence[ModelRegistration],
    homes: Sequence["DataclassInstance"],
    proves: bool,
) -> int:
    """The id of the chain that a community is founded on: 48 bits, which follow from all it is founded with.

    So what is signed for one community means nothing on the chain of another, though both have the same
    seed, and with it the same accounts and contract addresses.
    """
    facts = (astuple(terms), [astuple(model) for model in models], [astuple(home) for home in homes], proves)
    return 1 << 47 | int.from_bytes(hashlib.sha256(repr(facts).encode()).digest()[:6], "big") >> 1


def market_deployment(
    verifier: bytes, rule: bytes, terms: MarketTerms, meter: bytes, auctioneer: bytes
) -> bytes:
    """The code that deploys a market; all but the terms are addresses."""
    return compiled(MARKET).deployment(
        verifier,
        rule,
        meter,
        auctioneer,
        terms.first_delivery,
        terms.slot_s,
        terms.horizon,
        terms.lead,
        terms.lookback,
        terms.gates,
        terms.grid_fee,
        list(terms.period_of_day_slot),
    )


def deploy_market(
    chain: Chain,
    timestamp: int,
    terms: MarketTerms,
    utility: Account,
    meter: Account,
    auctioneer: Account,
    with_verifier: bool,
) -> tuple[Market, list[Receipt]]:
    """Deploy the verifier, or its stub where not every bid is proved, the clearing rule, and the market."""
    rule, checker = RULES[terms.rule], compiled(VERIFIER if with_verifier else STUB)
    deployments = checker.deployment(), compiled(rule.contract).deployment(*terms.rule_arguments)
    codes = [Transaction(utility, None, code, DEPLOY_GAS) for code in deployments]
    first = send(chain, timestamp, codes)
    verifier, rule_address = map(deployed, first)
    construction = market_deployment(verifier, rule_address, terms, meter.address, auctioneer.address)
    second = send(chain, timestamp, [Transaction(utility, None, construction, DEPLOY_GAS)])
    market = Market(chain, deployed(second[0]), verifier, with_verifier, compiled(MARKET), rule)
    return market, first + second


def registrations(
    market: Market, utility: Account, nonce: int, models: Sequence[ModelRegistration], horizon: int
) -> list[Transaction]:
    """See ``stored_and_registered``; horizon: slots of a gate."""
    return stored_and_registered(
        market,
        utility,
        nonce,
        models,
        lambda model, key_contract: market.register_model(utility, model, key_contract, horizon),
    )


SomeModel = TypeVar("SomeModel", bound=ModelRegistration)


def stored_and_registered(
    market: DeployedMarket,
    utility: Account,
    nonce: int,
    models: Sequence[SomeModel],
    register: Callable[[SomeModel, bytes], Transaction],
) -> list[Transaction]:
    """Of each model: its verifying key stored on chain, the verifier told of it, and the model registered.

    nonce:    how many transactions the utility has sent before these; where keys will stand follows from it
    register: the call that registers a model whose key stands in a contract
    """
    sent: list[Transaction] = []
    verifier = market.verifier if market.proves else None
    for model in models:
        key_contract, stored = key_storage(utility, nonce + len(sent), verifier, model.key_words)
        sent += [*stored, register(model, key_contract)]
    return sent


def register_models(
    market: Market, timestamp: int, utility: Account, models: Sequence[ModelRegistration], horizon: int
) -> list[Receipt]:
    """Send the registrations of models that must not be refused. Raises ChainError where one is."""
    nonce = market.chain.nonce(utility)
    return send(market.chain, timestamp, registrations(market, utility, nonce, models, horizon))


def send(chain: Chain, timestamp: int, transactions: Sequence[Transaction]) -> list[Receipt]:
    """Mine transactions that must not be refused. Raises ChainError naming the first that was."""
    receipts = chain.mine(timestamp, transactions)
    for transaction, receipt in zip(transactions, receipts, strict=True):
        if not receipt.ok:
            raise ChainError(
                f"the chain refused a transaction of {transaction.sender.name}: {receipt.revert_reason}"
            )
    return receipts


def deployed(receipt: Receipt) -> bytes:
    """Where a deployment has left its contract. Raises ChainError where it has left none."""
    if receipt.contract is None:
        raise ChainError("a deployment left no contract")
    return receipt.contract


def trades_of_events(
    events: Iterable[tuple[str, Mapping[str, Any]]], quantity_wh: Ints, first: int
) -> Trades:
    """What the contract logged of cleared slots; nothing traded in those it logged nothing of.

    quantity_wh: shape (homes, slots), the accepted orders, whose sides the fills have; first: the first
    column's slot. Raises OverflowError as ``money``.
    """
    fill_wh, payment = np.zeros_like(quantity_wh), np.zeros_like(quantity_wh)
    for name, event in events:
        if name not in ("SlotCleared", "SlotClearedAtOwnPrices"):
            continue
        column = event["slot"] - first
        side, fills_wh = np.sign(quantity_wh[:, column]), np.array(event["fills_wh"], dtype=np.int64)
        if name == "SlotCleared":
            paid = money(np.array(event["price"]), fills_wh)
        else:
            check_money(sum(event["payments"]))
            paid = np.array(event["payments"], dtype=np.int64)
        fill_wh[:, column], payment[:, column] = side * fills_wh, side * paid
    return Trades(fill_wh, payment)
