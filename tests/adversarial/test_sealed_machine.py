"""Random sequences of calls: a market with sealed orders does what its reference does, call by call.

Hypothesis draws a number per step, and from it follow what the step does and with which arguments. A step
goes to where the next phase of some gate begins and does what is due there, or tries anything at once. Every
fifth call is spoiled.
"""

import re
from collections import Counter
from dataclasses import replace
from functools import cache
from random import Random
from typing import Any

import pytest
from eth_abi.exceptions import EncodingError
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from sim.chain.base import Account, Transaction
from sim.chain.blocks import NO_REASON
from sim.chain.market_client import send
from sim.chain.sealed_client import (
    SealedEnrolment,
    deploy_sealed_market,
    sealed_registrations,
)
from sim.proofs.curve import coordinates
from sim.proofs.field import MODULUS
from tests.adversarial.compared_market import ACCEPTED, BareRevm
from tests.adversarial.reference_clearing import RefusedError
from tests.adversarial.sealed_reference import SealedReference
from tests.adversarial.sources import sources
from tests.market_on_chain import ANY_GAS, BLOCK_GAS_LIMIT, DAY_S, people, point
from tests.sealed_on_chain import LARGEST_OUTPUT, PROOF_BYTES, SALTS, SealedRules, columns
from tests.twin_chain import TwinChain

NIGHT_AND_DAY = {"homes": 4, "periods": (0, 1), "retail": (220, 90), "feed_in": (60, 90), "slot_s": 901}
LITTLE_CREDIT = 5_000_000  # of three gates two
COMMUNITIES = (
    SealedRules(homes=4, gates=4, settlement_gates=2, slot_s=901),
    SealedRules(gates=3, settlement_gates=2, horizon=1, least_homes=1, k_ppm=333_333, **NIGHT_AND_DAY),
    SealedRules(homes=4, gates=3, settlement_gates=1, horizon=1, least_homes=2, proved=True, slot_s=600),
    SealedRules(gates=4, settlement_gates=4, proved=True, credit_limit=LITTLE_CREDIT, **NIGHT_AND_DAY),
)
PHASES = ("window_end", "opens", "closes", "delivery", "settles")
LATER_LARGEST = LARGEST_OUTPUT // 3
SETTINGS = {
    "database": None,
    "deadline": None,
    "phases": (Phase.generate,),
    "suppress_health_check": list(HealthCheck),
}
SEEDS = st.tuples(*[st.booleans()] * 16).map(lambda bits: sum(bit << at for at, bit in enumerate(bits)))
SOURCE = "".join(sources(["SealedMarket"]).values())
# Of foundings and keys, for which see tests/chain; what a stub never says; and what needs a hostile contract.
ELSEWHERE = {
    *("horizon out of range", "lead too short", "empty window", "periods out of range", "k out of range"),
    *("output scale out of range", "settlement period out of range", "least homes out of range"),
    *("rows out of range", "more slots than rows", "one price per period", "tariffs out of range"),
    *("only the utility", "account already enrolled", "community is full", "enrolment is over"),
    *("import limit out of range", "export limit out of range", "credit limit out of range"),
    *("model has another scale", "largest output out of range", "model too late for its first window"),
    *("forecaster has a later model", "proof length out of range", "key too short", "another key"),
    *("key with other public outputs", "key of another size", "key of another SRS"),
    *(
        "more gates than a proof has points",
        "one point per slot, and one more",
        "other Lagrange points",
        "proof does not verify",
    ),
    *("model not registered", "model not active yet", "one commitment per home", "empty commitment"),
}


@cache
def committed(column: tuple[int, ...]) -> bytes:
    return columns().committed(column)


@cache
def opened(sums: tuple[int, ...], count: int, rows: int) -> tuple[bytes, ...]:
    return columns().openings(sums, count, rows)


class Machine:
    """A community and its reference, founded alike; ``tally`` counts what came of calls."""

    def __init__(self, rules: SealedRules, chain_class: Any, tally: Counter[tuple[str, str]]) -> None:
        self.rules, self.tally = rules, tally
        self.utility, self.meter, self.auctioneer, self.stranger, self.homes = people(rules.homes)
        operators = (self.utility, self.meter, self.auctioneer)
        start = rules.first_delivery - rules.lead * rules.slot_s - 2 * DAY_S
        self.chain = chain_class([*operators, self.stranger, *self.homes], start, BLOCK_GAS_LIMIT)
        self.market, _ = deploy_sealed_market(self.chain, start, rules.terms, *operators, with_verifier=False)
        models = [rules.model, replace(rules.model, from_gate=1, largest_output=LATER_LARGEST)]
        nonce = self.chain.nonce(self.utility)
        send(self.chain, 0, sealed_registrations(self.market, self.utility, nonce, models))
        limits = (rules.import_limit_wh, rules.export_limit_wh, rules.credit_limit)
        enrolments = [SealedEnrolment(home.address, 0, *limits) for home in self.homes]
        send(self.chain, 0, [self.market.enrol(self.utility, each) for each in enrolments])
        self.outputs: dict[tuple[int, int], tuple[int, ...]] = {}
        self.reference = SealedReference(
            rules,
            [home.address for home in self.homes],
            self.meter.address,
            self.auctioneer.address,
            {0: rules.largest_output, 1: LATER_LARGEST},
            {},
            {},
            self.opened,
            lambda prices: committed(tuple(prices)),
        )
        times = [self.reference.times(gate) for gate in range(rules.gates)]
        due = [(getattr(each, phase), gate, phase) for gate, each in enumerate(times) for phase in PHASES]
        self.due = [*sorted(due), (times[-1].settles + 7 * DAY_S, 0, "release")]
        self.now = 0

    def opened(self, sealed: Any) -> tuple[tuple[int, ...], list[Any]]:
        sums = [sum(row) for row in zip(*sealed, strict=True)]
        openings = opened(tuple(sums), len(sealed), self.rules.horizon)
        return tuple(sums[: self.rules.horizon]), list(map(coordinates, openings))

    # Steps -----------------------------------------------------------------------------------------------

    def step(self, number: int) -> None:
        self.random = Random(number)
        if self.due and self.random.random() < 0.6:
            at, gate, phase = self.due.pop(0)
            self.now = max(self.now, at - (self.random.random() < 0.1))
            self.do(phase, gate)
        else:
            gate = self.random.randrange(self.rules.gates)
            self.do(self.random.choice((*PHASES, "prove", "release")), gate)

    def do(self, phase: str, gate: int) -> None:
        """What is due when a phase of a gate begins."""
        period = gate // self.rules.settlement_gates
        numbers = range(1, len(self.homes) + 1)
        if phase == "window_end":
            homes = [home for home in numbers if self.random.random() < 0.95]
            posted = [self.market.commitment(point(gate, home)) for home in homes]
            self.attempt(self.meter, "commit", gate, homes, posted)
        elif phase == "opens":
            for home in numbers:
                if self.random.random() < 0.85:
                    self.attempt(self.homes[home - 1], "submit", *self.submission(gate, home))
        elif phase == "closes" and self.random.random() < 0.9:
            points = self.reference.submitted[gate].values()
            sealed = [self.reference.columns[each] for each in points] or [(0,) * (self.rules.horizon + 2)]
            totals, openings = self.opened(sealed)
            if self.random.random() < 1 / 5:  # another spelling
                far = self.random.choice((MODULUS, -MODULUS, 2**80))
                self.call(self.auctioneer, "clear", gate, [total + far for total in totals], openings)
            self.attempt(self.auctioneer, "clear", gate, totals, openings)
        elif phase == "delivery":
            self.attempt(self.stranger, "void", gate)
        elif phase == "prove" or (phase == "settles" and self.rules.proved):
            for home in numbers:
                self.attempt(self.stranger, "prove_trade", *self.proof(period, home))
        if phase == "settles":
            self.attempt(self.meter, "settle", period, *self.sums(period))
        elif phase == "release":
            self.attempt(self.stranger, "release", period)

    def submission(self, gate: int, home: int) -> tuple[int, bytes, bytes]:
        if (gate, home) not in self.outputs:
            drawn = [self.random.choice((0, 500, -500, 1_000)) for _ in range(self.rules.horizon)]
            self.outputs[gate, home] = (*drawn, *SALTS)
        column = self.outputs[gate, home]
        of_column = committed(column)
        self.reference.columns[of_column] = column
        signature = self.market.signature(self.auctioneer, gate, home, of_column)
        self.reference.signed[signature] = (gate, home, of_column)
        return gate, point(gate, home) + of_column, signature

    def proof(self, period: int, home: int) -> tuple[int, int, bytes, int]:
        each = self.rules.settlement_gates
        gates = range(period * each, (period + 1) * each)
        outputs = [
            self.outputs[gate, home] if home in self.reference.submitted[gate] else () for gate in gates
        ]
        prices = [tuple(self.reference.prices.get(gate, ())) for gate in gates]
        proof = b"".join(committed(row) for row in (*outputs, *prices))
        return period, home, proof, self.trade(period, home)

    def trade(self, period: int, home: int) -> int:
        """What a home has traded in the cleared gates of a period."""
        each, reference = self.rules.settlement_gates, self.reference
        gates = [gate for gate in range(period * each, (period + 1) * each) if gate in reference.prices]
        ordered = [gate for gate in gates if home in reference.submitted[gate]]
        pairs = [zip(reference.prices[gate], self.outputs[gate, home], strict=False) for gate in ordered]
        return sum(price * output for pair in pairs for price, output in pair)

    def sums(self, period: int) -> tuple[list[int], list[int]]:
        deviations = [self.random.randrange(-(10**9), 10**9) for _ in self.homes]
        numbers = range(1, len(self.homes) + 1)
        return [] if self.rules.proved else [self.trade(period, home) for home in numbers], deviations

    # Calls -----------------------------------------------------------------------------------------------

    def attempt(self, sender: Account, function: str, *arguments: Any) -> None:
        """Make a call; every fifth is spoiled in one argument, or made by anybody."""
        if self.random.random() < 1 / 5:
            place = self.random.randrange(-1, len(arguments))
            if place < 0:
                operators = (self.utility, self.meter, self.auctioneer, self.stranger)
                sender = self.random.choice((*operators, *self.homes))
            else:
                spoiled = self.spoiled(arguments[place])
                arguments = (*arguments[:place], spoiled, *arguments[place + 1 :])
                if function == "commit" and len(arguments[1]) != len(arguments[2]):
                    return
        self.call(sender, function, *arguments)

    def spoiled(self, value: Any) -> Any:
        choose = self.random.choice
        if isinstance(value, int):
            return choose([value + 1, max(0, value - 1), 2**109, value + 2**200])
        if isinstance(value, bytes):
            near = [value[:-1], value + b"\x00", value[64:] + value[:64], bytes([value[0] ^ 1]) + value[1:]]
            others = [*self.reference.signed] if len(value) == 65 else []
            off_the_curve = value[:64] + (5).to_bytes(64, "big") if len(value) == PROOF_BYTES else value[:1]
            return choose([*near, *others, off_the_curve])
        values = list(value)
        if not values:
            return [0]
        at = self.random.randrange(len(values))
        changed = values[at]
        if isinstance(changed, int):
            far = (MODULUS, -MODULUS, 2**80, 10**17, -(10**17))
            changed += choose((1, -1, *(far if changed.bit_length() < 250 else ())))
        elif isinstance(changed, tuple):
            changed = choose((values[at - 1], (1, 2), (0, 0), (changed[0], changed[1] ^ 1)))
        else:
            changed = choose((values[at - 1], *self.reference.places))
        one_changed = [*values[:at], changed, *values[at + 1 :]]
        return choose((one_changed, one_changed, values[1:], [*values, values[-1]], values[::-1]))

    def call(self, sender: Account, function: str, *arguments: Any) -> None:
        """Both, as soon as may be; they must agree on all of it."""
        now = max(self.now, self.chain.blocks[-1].timestamp + 1)
        given = arguments
        if function == "submit":
            given = (*arguments, self.market.commitment(arguments[1][:64]))
        outcome, events = ACCEPTED, []
        try:
            data = self.market.artifact.encode(function, *arguments)
        except EncodingError:  # no such number
            return
        try:
            events = getattr(self.reference, function)(sender.address, now, *given)
        except RefusedError as refusal:
            outcome = str(refusal)
        (receipt,) = self.chain.mine(now, [Transaction(sender, self.market.address, data, ANY_GAS)])
        said = receipt.revert_reason or ACCEPTED
        assert said == outcome, (function, arguments, said, outcome)
        assert [self.market.artifact.event(log) for log in receipt.logs] == events
        self.tally[function, outcome] += 1
        self.compare()

    def compare(self) -> None:
        reference, read = self.reference, self.market.read
        homes = range(1, len(self.homes) + 1)
        balances = self.market.balances(len(self.homes))
        assert (balances, sum(balances)) == (reference.balances, 0)
        assert [read("reserved", home) for home in homes] == [reference.reserved(home) for home in homes]

    def finish(self) -> None:
        """What others read of the contract, and nothing stays reserved for ever."""
        reference, read, each = self.reference, self.market.read, self.rules.settlement_gates
        for gate in range(self.rules.gates):
            assert read("outcome_of", gate) == (None, "cleared", "void").index(reference.outcome.get(gate))
        self.now = self.due[-1][0] if self.due else self.now + 8 * DAY_S
        for period in range(-(-self.rules.gates // each)):
            gates = reference.gates_of(period)
            cleared = [gate for gate in gates if gate in reference.prices]
            assert read("traded", period) == sum(reference.traded[gate] for gate in cleared)
            assert read("is_settled", period) == (period in reference.settled)
            assert read("is_freed", period) == (period in reference.freed)
            for home in range(1, len(self.homes) + 1):
                assert read("exposure", period, home) == reference.exposure(period, home)
                assert read("proved_sum", period, home) == reference.proved.get((period, home), 0)
            self.call(self.stranger, "release", period)
        assert [read("reserved", home) for home in range(1, len(self.homes) + 1)] == [0] * len(self.homes)


def drive(examples: int, steps: int, chain_class: Any = BareRevm) -> Counter[tuple[str, str]]:
    """The same sequences every time; raises where contract and reference part."""
    tally: Counter[tuple[str, str]] = Counter()

    @seed(0)
    @settings(**SETTINGS, max_examples=examples)
    @given(st.integers(0, len(COMMUNITIES) - 1), st.lists(SEEDS, min_size=steps, max_size=steps))
    def sequence(community: int, numbers: list[int]) -> None:
        machine = Machine(COMMUNITIES[community], chain_class, tally)
        for number in numbers:
            machine.step(number)
        machine.finish()

    sequence()
    return tally


@pytest.mark.long
@pytest.mark.slow
def test_some_random_sequences_of_calls_do_what_the_rules_say():
    tally = drive(6, 30)
    functions = {function for function, outcome in tally if outcome == ACCEPTED}
    assert functions == {"commit", "submit", "clear", "void", "prove_trade", "settle", "release"}


@pytest.mark.long
@pytest.mark.slow
def test_random_sequences_of_calls_meet_every_refusal():
    tally = drive(200, 50)
    reached = {outcome for _, outcome in tally} - {ACCEPTED, NO_REASON}
    assert reached == set(re.findall(r'assert .*, "(.+)"\n', SOURCE)) - ELSEWHERE


@pytest.mark.long
@pytest.mark.slow
def test_some_of_them_on_both_evms():
    assert drive(4, 30, TwinChain)["settle", ACCEPTED] > 0
