"""The contract and its reference side by side: every call goes to both, and they must agree on all of it.

Compared after every call: success or the words of the refusal, the events, and every word of the contract's
storage, which must be what the reference's state says and nothing else.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import rlp
from eth_hash.auto import keccak
from trie import HexaryTrie

from sim.chain.base import Account, Block, Chain, Receipt, Transaction
from sim.chain.contracts import data_contract
from sim.chain.market_client import deploy_market, gate_times, send
from sim.chain.revm import _reason
from sim.chain.revm_state import Message
from tests.adversarial.reference_clearing import RefusedError
from tests.adversarial.reference_market import ReferenceMarket
from tests.adversarial.reference_terms import Model, Terms
from tests.chain.two_evms import RememberingRevm, storage_root
from tests.market_on_chain import ANY_GAS, BLOCK_GAS_LIMIT, DAY_S, STUB_KEY, Rules, people

ACCEPTED = "accepted"
MOST_HOMES = 256
# Where the contract's variables stand in storage, module by module in the order of their declaration; an
# array takes its bound and one more.
HOMES_ENROLLED, HOMES, HOME_OF, PERIOD_OF_DAY_SLOT = range(4)
PLACE_OF_COMMITMENT, COMMITTED, SUBMITTED, FINISHED_SLOTS, SETTLED_PERIODS, ORDER_WORDS = range(292, 298)
RETAIL, FEED_IN, BALANCE_OF, RESERVED, EXPOSURE, MODELS, EARLIER_MODELS = range(298, 305)
WORDS_PER_PLACE = 24

Tally = Counter[tuple[str, str]]
"""How often a function came to an outcome: accepted, or a reason."""


class BareRevm(RememberingRevm):
    """Calls without signatures and without the gas of callees, which take ten times as long as the calls."""

    def _mine_block(self, timestamp: int, waiting: Sequence[Transaction]) -> list[Receipt]:
        if any(transaction.to is None for transaction in waiting):
            return super()._mine_block(timestamp, waiting)
        number = len(self._blocks) + 1
        self._state.set_block(number, timestamp)
        receipts = [self._bare(number, transaction) for transaction in waiting]
        self._blocks.append(Block(number, timestamp, b"", b"", 0, ()))
        return receipts

    def _bare(self, number: int, call: Transaction) -> Receipt:
        outcome = self._state.execute(Message(call.sender.address, call.to, call.data, call.gas_limit))
        self._state.write(outcome)
        reason = None if outcome.ok else _reason(outcome)
        return Receipt(b"", number, outcome.ok, outcome.gas_used, outcome.logs, reason, None, {})


class ComparedMarket:
    """A market under the stub and its reference, founded by the same terms; nobody has enrolled yet.

    homes: accounts that may enrol
    times: the time line of each gate, and of one after the last, as the client has it
    """

    def __init__(self, rules: Rules, chain_class: Callable[..., Chain], tally: Tally) -> None:
        self.rules, self.tally = rules, tally
        self.utility, self.meter, self.auctioneer, self.stranger, self.homes = _people(rules.homes)
        operators = (self.utility, self.meter, self.auctioneer)
        start = gate_times(rules.terms, 0).window_begin - DAY_S
        self.chain: Any = chain_class([*operators, self.stranger, *self.homes], start, BLOCK_GAS_LIMIT)
        self.times = [gate_times(rules.terms, gate) for gate in range(rules.gates + 1)]
        self.market, _ = deploy_market(self.chain, start, rules.terms, *operators, with_verifier=False)
        self.key_contract = self._deploy_key()
        names = (account.address for account in operators)
        keys = {self.key_contract: STUB_KEY.key_digest}
        where = self.market.address, self.chain.chain_id
        self.reference = ReferenceMarket(Terms(*names, *_fields(rules), keys, *where))

    def _deploy_key(self) -> bytes:
        initcode = data_contract(STUB_KEY.key_payload)
        (receipt,) = send(self.chain, 0, [Transaction(self.utility, None, initcode, ANY_GAS)])
        assert receipt.contract is not None
        return receipt.contract

    @property
    def earliest(self) -> int:
        """When the next call may be."""
        return self.chain.blocks[-1].timestamp + 1

    def call(self, sender: Account, at: int, function: str, *arguments: Any) -> str:
        """Both at ``at``, or as soon as may be after the last call; returns what came of it."""
        now = max(at, self.earliest)
        outcome, events = ACCEPTED, []
        try:
            events = getattr(self.reference, function)(sender.address, now, *arguments)
        except RefusedError as refusal:
            outcome = str(refusal)
        data = self.market.artifact.encode(function, *arguments)
        (receipt,) = self.chain.mine(now, [Transaction(sender, self.market.address, data, ANY_GAS)])
        assert self.chain.blocks[-1].timestamp == now
        assert (receipt.revert_reason or ACCEPTED) == outcome
        assert [self.market.artifact.event(log) for log in receipt.logs] == events
        self.compare_storage()
        self.tally[function, outcome] += 1
        return outcome

    def compare_storage(self) -> None:
        expected = words_of(self.reference)
        if isinstance(self.chain, RememberingRevm):
            found = {slot: word for slot, word in self.chain.written[self.market.address].items() if word}
            assert found == expected
            assert sum(_signed(found.get(_at(BALANCE_OF, home), 0)) for home in self._numbers()) == 0
        else:
            assert storage_root(self.chain, self.market.address) == _root(expected)

    def compare_getters(self) -> None:
        """What others read of the contract, against the reference."""
        reference, read = self.reference, self.market.read
        for home in self._numbers():
            assert read("balance_of", home) == reference.balances[home]
        for home in reference.homes:
            assert read("reserved", home) == reference.reserved(home)
            for gate in range(self.rules.gates):
                assert read("exposure", gate, home) == reference.exposure(gate, home)
            for slot in range(self.rules.gates * self.rules.horizon):
                order = reference.orders.get((slot, home))
                facts = (order.sells, order.quantity_wh, order.limit) if order else (False, 0, 0)
                assert read("order_of", slot, home) == facts

    def _numbers(self) -> range:
        return range(len(self.reference.homes) + 1)


def _fields(rules: Rules) -> tuple[Any, ...]:
    times = (rules.first_delivery, rules.slot_s, rules.horizon, rules.lead, rules.lookback)
    k_ppm = rules.rule_arguments[0] if rules.rule_arguments else None
    return (*times, rules.gates, rules.grid_fee, rules.periods, rules.rule, k_ppm)


# The reference's state as the contract would store it -----------------------------------------------------


def words_of(reference: ReferenceMarket) -> dict[int, int]:
    """All words of storage that are not zero."""
    words = _set_up(reference) | _maps(reference)
    for home in (0, *reference.homes):
        words[_at(BALANCE_OF, home)] = reference.balances[home] % 2**256
    for home in reference.homes:
        words[_at(RESERVED, home)] = reference.reserved(home)
    for gate, home in reference.submitted:
        words[_at(EXPOSURE, gate, home)] = reference.exposure(gate, home)
        first = _place(gate, home) * WORDS_PER_PLACE
        for i, word in enumerate(reference.words(gate, home)):
            words[_at(ORDER_WORDS, first + i)] = word
    return {slot: word for slot, word in words.items() if word}


def _set_up(reference: ReferenceMarket) -> dict[int, int]:
    periods = reference.terms.periods
    words = {HOMES_ENROLLED: len(reference.homes), PERIOD_OF_DAY_SLOT: len(periods)}
    words |= {PERIOD_OF_DAY_SLOT + 1 + i: period for i, period in enumerate(periods)}
    for number, home in reference.homes.items():
        words[_at(HOME_OF, int.from_bytes(home.account, "big"))] = number
        facts = (home.forecaster, home.import_limit_wh, home.export_limit_wh, home.credit_limit)
        words |= {_at(HOMES, number) + i: fact for i, fact in enumerate(facts)}
        words |= {_at(RETAIL, number, period): price for period, price in enumerate(home.retail)}
        words |= {_at(FEED_IN, number, period): price for period, price in enumerate(home.feed_in)}
    for number, models in reference.models.items():
        *earlier, last = map(_model_facts, models)
        words |= {_at(MODELS, number) + i: fact for i, fact in enumerate(last)}
        array = [len(earlier), *(fact for facts in earlier for fact in facts)]
        words |= {_at(EARLIER_MODELS, number) + i: fact for i, fact in enumerate(array)}
    return words


def _model_facts(model: Model) -> tuple[int, ...]:
    key = (int.from_bytes(model.key_contract, "big"), int.from_bytes(model.key_digest, "big"))
    return (*key, model.output_scale, model.proof_bytes, model.from_gate)


def _maps(reference: ReferenceMarket) -> dict[int, int]:
    """Where commitments belong, and the bit maps of gates."""
    words: Counter[int] = Counter()
    for digest, (gate, home) in reference.places.items():
        words[_at(PLACE_OF_COMMITMENT, int.from_bytes(digest, "big"))] = _place(gate, home)
        words[_at(COMMITTED, gate)] += 1 << home - 1
    for gate, home in reference.submitted:
        words[_at(SUBMITTED, gate)] += 1 << home - 1
    for slot in reference.fills:
        gate, column = divmod(slot, reference.terms.horizon)
        words[_at(FINISHED_SLOTS, gate)] += 1 << column
    for gate, period in reference.settled:
        words[_at(SETTLED_PERIODS, gate)] += 1 << period
    return dict(words)


_people = cache(people)


@cache
def _at(slot: int, *keys: int) -> int:
    """Where Vyper keeps a map's value: keccak256 of the map's slot and the key."""
    for key in keys:
        slot = int.from_bytes(keccak(slot.to_bytes(32, "big") + key.to_bytes(32, "big")), "big")
    return slot


def _place(gate: int, home: int) -> int:
    return gate * (MOST_HOMES + 1) + home


def _signed(word: int) -> int:
    return word - 2**256 if word >= 2**255 else word


def _root(words: dict[int, int]) -> bytes:
    trie = HexaryTrie({}, prune=True)
    for slot, word in words.items():
        trie[keccak(slot.to_bytes(32, "big"))] = rlp.encode(word)
    return bytes(trie.root_hash)
