"""What becomes of changed calls of a market with sealed orders, on both EVMs.

Each is made on the state that the honest one finds. The verifier knows the honest proofs and takes no others,
as one would whom nobody can deceive: what is accepted with another meaning is the market's fault.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from eth.vm.spoof import SpoofTransaction
from vyper import compile_code

from sim.chain.base import Log, Transaction
from sim.chain.contracts import Artifact
from sim.chain.market_client import deployed, send
from sim.chain.py_evm import _reason as py_evm_reason
from sim.chain.revm import _reason as revm_reason
from sim.chain.revm_state import Message, Outcome
from sim.chain.sealed_client import sealed_deployment
from sim.proofs.curve import coordinates
from sim.proofs.field import MODULUS
from tests.adversarial.mutations import Mutation
from tests.adversarial.sealed_mutations import HonestCall, call_mutations
from tests.market_on_chain import ANY_GAS
from tests.sealed_on_chain import SealedCommunity, SealedRules, empty_sealed

SAME, OWN_WORD = "accepted: the same", "accepted: the meter's own word"
ANYBODYS, OTHER = "accepted: a neighbour's, which anybody may make", "ACCEPTED: OTHER MEANING"
KNOWN_PROOFS = """
known: HashMap[bytes32, bool]

@external
def add(proof: Bytes[16384], instances: DynArray[uint256, 96]):
    self.known[keccak256(abi_encode(proof, instances))] = True

@external
@view
def verifyProof(
    proof: Bytes[16384], instances: DynArray[uint256, 96], key: DynArray[bytes32, 760]
) -> (bool, bytes32):
    known: bool = self.known[keccak256(abi_encode(proof, instances))]
    return known, keccak256(slice(abi_encode(key), 64, 32 * len(key)))
"""
_GAS = 10_000_000

Fate = tuple[bool, str, tuple[Log, ...]]
"""Whether it is accepted, why not, what is logged."""


@dataclass(frozen=True)
class Stage:
    """A community at a moment, calls that it would accept, and calls of the same kind from elsewhere."""

    community: SealedCommunity
    honest: tuple[HonestCall, ...]
    elsewhere: tuple[HonestCall, ...] = ()

    def fates(self, noise: int) -> Counter[tuple[str, str]]:
        """How often each kind of change met each fate."""
        community, counts = self.community, Counter()
        expected = [self.expected(honest) for honest in self.honest]
        for place, honest in enumerate(self.honest):
            others = [other for other in (*self.honest, *self.elsewhere) if other is not honest]
            operators = (community.utility, community.meter, community.auctioneer, community.stranger)
            strangers = [each for each in (*operators, *community.homes) if each is not honest.sender]
            found = call_mutations(community.market, honest, others, strangers, noise)
            rest = expected[:place] + expected[place + 1 :]
            for mutation in found:
                kind = f"{honest.function}: {mutation.kind}"
                counts[kind, self.fate(honest, expected[place], rest, mutation)] += 1
        return counts

    def expected(self, honest: HonestCall) -> Outcome:
        """Of the call as it is."""
        outcome = self.on_revm(Mutation("", honest.sender, honest.data(self.community.market)))
        assert outcome.ok, revm_reason(outcome)
        return outcome

    def fate(self, honest: HonestCall, expected: Outcome, rest: Sequence[Outcome], mutation: Mutation) -> str:
        """Why a call is refused, or what its acceptance means beside the ``expected`` outcome.

        rest: outcomes of the stage's other calls
        """
        outcome = self.on_revm(mutation)
        reason = "" if outcome.ok else revm_reason(outcome)
        assert self.on_py_evm(mutation) == (outcome.ok, reason, outcome.logs)
        if not outcome.ok:
            return reason
        meaning, others = _meaning(outcome), map(_meaning, rest)
        if meaning == _meaning(expected):
            return SAME
        if honest.function == "prove_trade" and meaning in others:
            return ANYBODYS
        return OWN_WORD if honest.function == "settle" and self.is_own_word(honest, outcome) else OTHER

    def is_own_word(self, honest: HonestCall, outcome: Outcome) -> bool:
        """A meter may say who traded and what it read, but not how much was traded in all."""
        (log,) = outcome.logs
        name, event = self.community.market.artifact.event(log)
        trades, deviations = event["trade_sums"], event["deviation_sums"]
        traded = self.community.market.read("traded", 0)
        assert name == "PeriodSettled"
        assert len(trades) == len(deviations) == len(self.community.homes)
        return (event["period"], sum(trades)) == (honest.arguments[0], traded)

    def on_revm(self, mutation: Mutation) -> Outcome:
        """As the next transaction would be, leaving the state as it is."""
        chain: Any = self.community.chain.twin
        chain._state.set_block(len(chain.blocks) + 1, chain.blocks[-1].timestamp + 1)
        market = self.community.market.address
        return chain._state.execute(Message(mutation.sender.address, market, mutation.data, _GAS))

    def on_py_evm(self, mutation: Mutation) -> Fate:
        """The same."""
        chain: Any = self.community.chain
        unsigned = chain._chain.create_unsigned_transaction(
            nonce=chain.nonce(mutation.sender),
            gas_price=0,
            gas=_GAS,
            to=self.community.market.address,
            value=0,
            data=mutation.data,
        )
        header = chain._chain.header.copy(timestamp=chain._earliest, base_fee_per_gas=0)
        spoofed = SpoofTransaction(unsigned, from_=mutation.sender.address)
        computation = chain._chain.get_vm(header).state.costless_execute_transaction(spoofed)
        if computation.is_error:
            return False, py_evm_reason(computation), ()
        logs = (
            Log(bytes(at), tuple(topics), bytes(data)) for at, topics, data in computation.get_log_entries()
        )
        return True, "", tuple(logs)


def _meaning(outcome: Outcome) -> Any:
    return outcome.logs, outcome.writes


# Stages ---------------------------------------------------------------------------------------------------


def outputs_of(gate: int, home: int, horizon: int) -> list[int]:
    """Any, and of gate 0 a last slot whose total is zero."""
    ordered = [(-1) ** (slot + home) * 1_000 * (slot + home + gate) + home for slot in range(horizon)]
    return [*ordered[:-1], (-3, 1, 2)[home - 1] * (gate + 1)]


def stages(horizon: int) -> Iterator[Stage]:
    """Submissions, a clearing, proofs of trades, a settlement by these; and one by the meter's word."""
    rules = SealedRules(
        homes=3, horizon=horizon, gates=2, settlement_gates=1, proved=True, credit_limit=2**60
    )
    community, outputs = knowing_proofs(rules), {}
    for gate in (0, 1):
        outputs[gate] = {home: outputs_of(gate, home, horizon) for home in (1, 2, 3)}
    submits = [
        _submit(community, gate, home, of_home) for gate in (0, 1) for home, of_home in outputs[gate].items()
    ]
    community.accept(community.commit(0), community.times(0).window_end)
    community.wait(community.times(0).opens)
    yield Stage(community, tuple(submits[:3]), tuple(submits[3:]))

    for submit in submits[:3]:
        _make(community, submit)
    community.wait(community.times(0).closes)
    clears = [_clear(community, gate, outputs[gate]) for gate in (0, 1)]
    yield Stage(community, (clears[0],), (clears[1],))

    receipt = _make(community, clears[0])
    prices = community.events(receipt)[0][1]["prices"]
    proofs = [
        _prove(community, gate, home, of_home, prices)
        for gate in (0, 1)
        for home, of_home in outputs[gate].items()
    ]
    yield Stage(community, tuple(proofs[:3]), tuple(proofs[3:]))

    for proof in proofs[:3]:
        _make(community, proof)
    community.wait(community.times(0).settles)
    yield Stage(community, (HonestCall(community.meter, "settle", _SETTLED, (0, (), (5, -6, 7))),))

    by_word = knowing_proofs(replace(rules, proved=False))
    by_word.accept(by_word.commit(0), by_word.times(0).window_end)
    by_word.wait(by_word.times(0).opens)
    for home, of_home in outputs[0].items():
        _make(by_word, _submit(by_word, 0, home, of_home))
    by_word.wait(by_word.times(0).closes)
    _make(by_word, _clear(by_word, 0, outputs[0]))
    by_word.wait(by_word.times(0).settles)
    trades = tuple(_trade(prices, of_home) for of_home in outputs[0].values())
    yield Stage(by_word, (HonestCall(by_word.meter, "settle", _SETTLED, (0, trades, (5, -6, 7))),))


_SETTLED = ("period", "trades", "deviations")


@cache
def known_proofs() -> Artifact:
    """The verifier."""
    output = compile_code(KNOWN_PROOFS, output_formats=["abi", "bytecode", "bytecode_runtime"])
    codes = (bytes.fromhex(output[part][2:]) for part in ("bytecode", "bytecode_runtime"))
    return Artifact("KnownProofs", tuple(output["abi"]), *codes)


def knowing_proofs(rules: SealedRules) -> SealedCommunity:
    """A community whose homes have enrolled, before a verifier that takes the proofs it is told."""
    under_stub = empty_sealed(rules)
    read, people = under_stub.market.read, (under_stub.meter.address, under_stub.auctioneer.address)
    verifier = _put(under_stub, known_proofs().deployment())
    places = (_address(read("settlement_key")[0]), _address(read("LAGRANGE"))) if rules.proved else ()
    address = _put(under_stub, sealed_deployment(verifier, rules.terms, *people, *places))
    market = replace(under_stub.market, verifier=verifier, address=address)
    community = replace(under_stub, market=market)
    community.accept(community.register(0, key_contract=read("models", 0)[0]))
    for home in community.homes:
        community.accept(community.enrol(home))
    return community


def _address(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def _put(community: SealedCommunity, code: bytes) -> bytes:
    (receipt,) = send(community.chain, 0, [Transaction(community.utility, None, code, ANY_GAS)])
    return deployed(receipt)


def _know(community: SealedCommunity, proof: bytes, instances: Sequence[int]) -> None:
    """The verifier learns of a proof."""
    data = known_proofs().encode("add", proof, list(instances))
    send(community.chain, 0, [Transaction(community.stranger, community.market.verifier, data, ANY_GAS)])


def _submit(community: SealedCommunity, gate: int, home: int, outputs: Sequence[int]) -> HonestCall:
    sealed = community.sealed(gate, home, outputs)
    _know(community, sealed.proof, ())
    kinds, arguments = ("gate", "proof", "signature"), (gate, sealed.proof, sealed.signature)
    return HonestCall(community.homes[home - 1], "submit", kinds, arguments)


def _clear(community: SealedCommunity, gate: int, outputs: Mapping[int, Sequence[int]]) -> HonestCall:
    clearing = community.clearing(gate, outputs)
    openings = tuple(coordinates(opening) for opening in clearing.openings)
    kinds = ("gate", "totals", "openings")
    return HonestCall(community.auctioneer, "clear", kinds, (gate, clearing.totals, openings))


def _prove(
    community: SealedCommunity, period: int, home: int, outputs: Sequence[int], prices: Sequence[int]
) -> HonestCall:
    proof, trade = community.trade_proof([outputs], [prices]), _trade(prices, outputs)
    _know(community, proof, [trade % MODULUS])
    kinds = ("period", "home", "proof", "trade")
    return HonestCall(community.stranger, "prove_trade", kinds, (period, home, proof, trade))


def _trade(prices: Sequence[int], outputs: Sequence[int]) -> int:
    return sum(price * output for price, output in zip(prices, outputs, strict=True))


def _make(community: SealedCommunity, call: HonestCall) -> Any:
    return community.accept(community.call(call.sender, call.function, *call.arguments))
