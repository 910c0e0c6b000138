"""Random calls by random senders at random times, chosen so that markets get deep and every refusal is met.

A step does what is due, by one office or by everybody, or lets time pass to where a phase of some gate
begins (or one second beside it), or tries anything. Every third call is spoiled: another sender, gate or
amount. What everybody does when it is due must be accepted.

Hypothesis draws a number per step, and from it follow what the step does and with which arguments. So a
sequence that fails is shortened by leaving steps out; ``note`` shows the calls that are left.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any, ClassVar

import hypothesis.strategies as st
from hypothesis import note
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from sim.chain.base import Account, Chain
from sim.chain.market_client import GateTimes
from sim.market.mechanisms.mechanism import AVERAGE_PRICE, GENERIC, RULES, UNIFORM_PRICE
from tests.adversarial.compared_market import ACCEPTED, BareRevm, ComparedMarket, Tally
from tests.adversarial.market_proposals import (
    GOOD,
    HOMES,
    LARGEST,
    LATER,
    MOST_CREDIT,
    MOST_PRICE,
    MOST_WH,
    NO_KEY,
    OTHER_KEY,
    SCALES,
    UNREGISTERED,
    Fields,
    Proposals,
)
from tests.adversarial.reference_market import FIELD
from tests.adversarial.reference_rules import AT_OWN_PRICES
from tests.adversarial.reference_terms import WEEK_S
from tests.market_on_chain import Rules, point

ACCOUNTS = 5  # four of them enrol, perhaps all
CLEARING_RULES = (
    *((UNIFORM_PRICE, (k_ppm,)) for k_ppm in (0, 333_333, 500_000, 1_000_000)),
    *((AVERAGE_PRICE, ()),) * 3,
    *((GENERIC, ()),) * 3,
    *((name, ()) for name in AT_OWN_PRICES),
)
COMMUNITIES = (
    Rules(ACCOUNTS, horizon=2, lead=1, gates=4, slot_s=901, periods=(0,)),
    Rules(ACCOUNTS, horizon=2, lead=3, lookback=4, gates=4, slot_s=901, periods=(0, 1, 2), grid_fee=3),
    Rules(ACCOUNTS, horizon=1, lead=4, lookback=2, gates=6, slot_s=600, periods=(0, 1), grid_fee=8),
    Rules(ACCOUNTS, horizon=5, lead=2, gates=3, slot_s=600, periods=(0, 0, 1, 0, 2), grid_fee=1),
)
OFFICES = ("commit", "submit", "clear", "void", "settle")
FUNCTIONS = ("register_model", "enrol", *OFFICES, "release")
FOR_EVER = 2**64

# Bits, because among integers hypothesis mixes constants of whatever modules are loaded: the sequences would
# depend on which tests ran before.
SEEDS = st.tuples(*[st.booleans()] * 24).map(lambda bits: sum(bit << at for at, bit in enumerate(bits)))


Phases = dict[str, tuple[int, int]]
"""Function -> when its calls begin to be in time, and when they no longer are."""


class MarketMachine(Proposals, RuleBasedStateMachine):
    """Drives a ComparedMarket; ``tally`` counts what came of calls, over all sequences."""

    chain_class: ClassVar[Callable[..., Chain]] = BareRevm
    tally: ClassVar[Tally] = Tally()
    sequences: ClassVar[set[tuple[int, ...]]] = set()
    phases: list[Phases]
    now: int
    early_s: int
    entry: str
    other_entry: str
    seeds: list[int]
    founded = False

    # The founding, and a step -----------------------------------------------------------------------------

    @initialize(seed=SEEDS)
    def found(self, seed: int) -> None:
        """Any rule, four models, and four homes, of which the last may have an odd one."""
        self.now, self.early_s, self.random, self.seeds = 0, 0, Random(seed), [seed]
        rule, arguments = self.choose(CLEARING_RULES)
        rules = replace(self.choose(COMMUNITIES), rule=rule, rule_arguments=arguments)
        self.both = ComparedMarket(rules, self.chain_class, self.tally)
        self.entry = RULES[rules.rule].entry
        (self.other_entry,) = {rule.entry for rule in RULES.values()} - {self.entry}
        self.phases = [phases(times) for times in self.both.times]
        for model in SCALES:
            self.due(self.both.utility, "register_model", *self.model(model).values())
        odd = self.choose((GOOD, GOOD, LATER, OTHER_KEY, NO_KEY, UNREGISTERED))
        for account, model in zip(self.both.homes, (GOOD, GOOD, GOOD, odd), strict=False):
            limits = dict(
                zip(("import_limit_wh", "export_limit_wh", "credit_limit"), self.choose(HOMES), strict=True)
            )
            home = self.home() | {"account": account.address, "forecaster": model} | limits
            self.due(self.both.utility, "enrol", *home.values())
        for function in (self.register_model, self.register_model, self.enrol):
            function()
        self.founded = True

    @rule(seed=SEEDS)
    def step(self, seed: int) -> None:
        """Mostly what is due now, or in a second; sometimes anything. Seed 0 leaves the step out."""
        self.random = Random(seed)
        self.seeds.append(seed)
        if seed == 0:
            return
        self.early_s = self.choose((0, 0, 0, 1))
        due = [function for function in (*OFFICES, "release") if self.is_due(function)]
        rest = due * 3 + ["everything_due"] * 5 * (not self.early_s) if due else ["wait"] * 2
        getattr(self, self.choose([*rest, "wait", self.choose(FUNCTIONS)]))()

    def teardown(self) -> None:
        """Whatever happened: time, and a stranger or the meter, free every reservation."""
        if not self.founded:
            return
        both, reference = self.both, self.both.reference
        self.now, self.early_s = max(self.boundaries), 0
        self.settle()  # mostly of a gate with slots left open
        for slot in self.open_slots:
            self.due(both.stranger, "void", slot)
        nothing = [0] * len(reference.homes)
        for gate in self.gates:
            left = reference.terms.periods_of(gate) - {period for g, period in reference.settled if g == gate}
            if reference.is_exposed(gate) and len(reference.places) % 2:
                self.due(both.stranger, "release", gate)
            else:
                for period in sorted(left):
                    self.due(both.meter, "settle", gate, period, nothing, nothing)
        assert [both.market.read("reserved", home) for home in reference.homes] == nothing
        if len(set(self.seeds)) > 10:  # else hypothesis tries how little is enough
            self.sequences.add(tuple(self.seeds))
        self.tally["clear", "accepted, with trade"] += sum(map(bool, reference.fills.values()))

    # Time -------------------------------------------------------------------------------------------------

    def wait(self) -> None:
        """Until a phase of some gate begins, or a second beside."""
        now = max(self.now, self.both.earliest)
        coming = [boundary for boundary in self.boundaries if boundary > now]
        if coming:
            ahead = min(self.choose((0, 0, 0, 0, 0, 1)), len(coming) - 1)
            self.now = coming[ahead] + self.choose((0, 0, 0, -1, 1))

    @property
    def boundaries(self) -> list[int]:
        set_up_ends = {self.both.reference.terms.window_begin(gate) for gate in self.gates}
        return sorted(set_up_ends | {begins for of_gate in self.phases for begins, _ in of_gate.values()})

    def is_time(self, gate: int, function: str) -> bool:
        """Whether a call would be in time if it came next, or ``early_s`` after that."""
        begins, ends = self.phases[gate][function]
        return begins <= max(self.now, self.both.earliest) + self.early_s < ends

    # What is due ------------------------------------------------------------------------------------------

    @property
    def gates(self) -> range:
        return range(self.both.rules.gates)

    @property
    def slots(self) -> range:
        return range(self.both.rules.gates * self.both.rules.horizon)

    @property
    def open_slots(self) -> list[int]:
        return [slot for slot in self.slots if slot not in self.both.reference.fills]

    def is_due(self, function: str) -> bool:
        if function in ("clear", "void"):
            return bool(self.slots_due(function))
        return bool(self.gates_due(function) or (function == "settle" and self.unfinished(function)))

    def slots_due(self, function: str) -> list[int]:
        return [slot for slot in self.open_slots if self.is_time(slot // self.both.rules.horizon, function)]

    def gates_due(self, function: str) -> list[int]:
        return [gate for gate in self.gates if self.is_time(gate, function) and self.awaits(gate, function)]

    def awaits(self, gate: int, function: str) -> bool:
        if function == "commit":
            return bool(self.uncommitted(gate))
        if function == "submit":
            return bool(self.ready(gate))
        if function == "release":
            return self.both.reference.is_exposed(gate)
        return self.both.reference.is_finished(gate) and not self.both.reference.is_settled(gate)

    def unfinished(self, function: str) -> list[int]:
        """Gates whose time has come but for a slot that nobody voided."""
        finished = self.both.reference.is_finished
        return [gate for gate in self.gates if self.is_time(gate, function) and not finished(gate)]

    def uncommitted(self, gate: int) -> list[int]:
        reference = self.both.reference
        return [home for home in reference.homes if not reference.is_committed(gate, home)]

    def ready(self, gate: int) -> list[int]:
        """Homes that are committed and have not submitted."""
        reference = self.both.reference
        waiting = [home for home in reference.homes if (gate, home) not in reference.submitted]
        return [home for home in waiting if reference.is_committed(gate, home)]

    def everything_due(self) -> None:
        """By everybody, but one office may sleep."""
        asleep = self.choose((None, None, None, "void", *OFFICES))
        for function in OFFICES:
            if function != asleep:
                targets = self.slots_due if function in ("clear", "void") else self.gates_due
                for target in targets(function):
                    self.do(function, target)

    def do(self, function: str, target: int) -> None:
        """What is due of a gate or slot; nothing may stop it, but a home's lack of credit."""
        both, reference = self.both, self.both.reference
        if function == "submit":
            for home in self.ready(target):
                if reference.homes[home].forecaster == GOOD and self.is_time(target, "submit"):
                    order = self.submission(target, home)
                    outcome = self.call(both.homes[home - 1], "submit", *order.values())
                    assert outcome in (ACCEPTED, "credit limit exceeded")
        elif function == "settle":
            for period in sorted(reference.terms.periods_of(target)):
                if (target, period) not in reference.settled:
                    self.due(both.meter, "settle", target, period, *self.totals())
        elif function == "commit" and self.is_time(target, "commit"):
            self.due(both.meter, "commit", *self.commitments(target, self.uncommitted(target)).values())
        elif function == "clear" and self.is_time(target // both.rules.horizon, "clear"):
            self.due(both.auctioneer, self.entry, *self.lawful(target).values())
        elif function == "void":
            self.due(both.stranger, "void", target)

    # Calls that may be spoiled ----------------------------------------------------------------------------

    def register_model(self) -> None:
        """A new one for the forecaster that homes have, known by the scale of its outputs."""
        terms, now = self.both.reference.terms, max(self.now, self.both.earliest)
        coming = [gate for gate in self.gates if now < terms.window_begin(gate)]
        spoils = {
            "forecaster": (9,),
            "key_digest": (bytes(32),),
            "instances": (self.both.rules.horizon + 1,),
            "scale": (128,),
            "proof_bytes": (63, 16_385),
            "from_gate": (*self.gates, self.both.rules.gates),
        }
        changes = {"from_gate": self.pick(coming, self.gates), "scale": self.choose((0, 13, 15))}
        self.attempt(self.both.utility, "register_model", self.model(GOOD) | changes, spoils)

    def enrol(self) -> None:
        honest = self.home()
        retail, feed_in = honest["retail"], honest["feed_in"]
        spoils = {
            "account": (bytes(20), self.both.homes[0].address),
            "import_limit_wh": (MOST_WH + 1,),
            "export_limit_wh": (MOST_WH + 1,),
            "credit_limit": (MOST_CREDIT + 1,),
            "retail": ((*retail, 9), (MOST_PRICE + 1,) * len(retail), (9,) * 25),
            "feed_in": (feed_in[1:], (99,) * len(feed_in)),
        }
        self.attempt(self.both.utility, "enrol", honest, spoils)

    def commit(self) -> None:
        reference, gate = self.both.reference, self.pick(self.gates_due("commit"), self.gates)
        left = self.uncommitted(gate) or list(reference.homes)
        honest = self.commitments(gate, left[: self.choose((1, 2, 9))])
        homes, digests = honest["homes"], honest["commitments"]
        strangers = ([*homes[1:], no_home] for no_home in (0, len(reference.homes) + 1, LARGEST))
        others = [other for other in range(self.both.rules.gates + 1) if not self.is_time(other, "commit")]
        spoils = {
            "gate": others,
            "homes": (*strangers, list(reference.homes), [homes[0]] * len(homes), homes[1:], [1] * 257),
            "commitments": (
                *([*digests[1:], digest] for digest in (bytes(32), *reference.places)),
                [digests[0]] * len(digests),
                digests[1:],
                [b"\x07" * 32] * 257,
            ),
        }
        self.attempt(self.both.meter, "commit", honest, spoils)

    def submit(self) -> None:
        gate = self.pick(self.gates_due("submit"), self.gates)
        home = self.pick(self.ready(gate), tuple(self.both.reference.homes))
        honest = self.submission(gate, home)
        proof, instances, limits = honest["proof"], honest["instances"], honest["limits"]
        spoils = {
            "gate": (*self.gates, self.both.rules.gates),
            "proof": (
                *(point(gate, other) for other in (home + 1, home + 90)),
                *(point(other, home) for other in (gate + 1, gate - 1)),
                *(proof[:63], proof + b"\x00", b"", bytes(16_385)),
            ),
            "instances": (
                [*instances, 0],
                instances[1:],
                [0] * 49,
                *([*instances[1:], output] for output in (FIELD, LARGEST, FIELD // 2, FIELD // 2 + 1)),
            ),
            "limits": (
                [*limits, 0],
                limits[1:],
                [0] * 49,
                *([*limits[1:], limit] for limit in (MOST_PRICE + 1, LARGEST)),
            ),
        }
        self.attempt(self.both.homes[home - 1], "submit", honest, spoils)

    def clear(self) -> None:
        """Try some that are not lawful, then perhaps one that is."""
        due, every = self.slots_due("clear"), self.slots
        slot = self.pick([slot for slot in due if any(self.lawful(slot)["fills_wh"])] or due, every)
        proposals = [self.unlawful(slot) for _ in range(5)] + [self.lawful(slot)] * self.choose((0, 1))
        for proposal in proposals:
            spoils: dict[str, Sequence[Any]] = {
                field: ([*of_homes, 0], of_homes[1:], [0] * 257)
                for field, of_homes in proposal.items()
                if field in ("fills_wh", "payments")
            }
            spoils["slot"] = (*every, every.stop, LARGEST)
            if "price" in proposal:
                spoils["price"] = (proposal["price"] + 1, max(0, proposal["price"] - 1), LARGEST)
            self.attempt(self.both.auctioneer, self.entry, proposal, spoils)
        nothing = [0] * len(self.both.reference.homes)
        at_own_prices = RULES[self.both.rules.rule].at_own_prices
        of_other = (slot, 0, nothing) if at_own_prices else (slot, nothing, nothing)
        self.call(self.both.auctioneer, self.other_entry, *of_other)

    def void(self) -> None:
        slot = self.pick(self.slots_due("void"), self.slots)
        spoils = {"slot": (*self.slots, self.slots.stop, LARGEST)}
        self.attempt(self.both.stranger, "void", {"slot": slot}, spoils)

    def settle(self) -> None:
        reference = self.both.reference
        gate = self.pick(self.unfinished("settle") or self.gates_due("settle"), self.gates)
        periods = sorted(reference.terms.periods_of(gate))
        period = self.pick([p for p in periods if (gate, p) not in reference.settled], periods)
        short_wh, beyond_wh = self.totals()
        most_wh = [reference.most_total_wh(home) for home in reference.homes]
        others = (most_wh, [most_wh[0] + 1, *most_wh[1:]], [*most_wh[1:], LARGEST], [0] * 3, [0] * 257)
        spoils = {
            "gate": (*self.gates, self.both.rules.gates),
            "period": (*range(4), 256, LARGEST),
            "short_wh": others,
            "beyond_wh": others,
        }
        honest = {"gate": gate, "period": period, "short_wh": short_wh, "beyond_wh": beyond_wh}
        self.attempt(self.both.meter, "settle", honest, spoils)

    def release(self) -> None:
        gate = self.pick(self.gates_due("release"), self.gates)
        spoils = {"gate": (*self.gates, self.both.rules.gates)}
        self.attempt(self.both.stranger, "release", {"gate": gate}, spoils)

    # Calls ------------------------------------------------------------------------------------------------

    def attempt(
        self, sender: Account, function: str, fields: Fields, spoils: Mapping[str, Sequence[Any]]
    ) -> None:
        """Make a call; every third is spoiled in one field, or made by anybody."""
        if self.random.random() < 1 / 3:
            field = self.choose(("sender", *spoils))
            if field == "sender":
                both = self.both
                operators = (both.utility, both.meter, both.auctioneer)
                sender = self.choose((*operators, both.stranger, *both.homes))
            else:
                fields = fields | {field: self.choose(spoils[field])}
        self.call(sender, function, *fields.values())

    def call(self, sender: Account, function: str, *arguments: Any) -> str:
        note(f"{sender.name}, at {max(self.now, self.both.earliest)}: {function}{arguments}")
        return self.both.call(sender, self.now, function, *arguments)

    def due(self, sender: Account, function: str, *arguments: Any) -> None:
        """A call that nothing may stop."""
        assert self.call(sender, function, *arguments) == ACCEPTED


def phases(times: GateTimes) -> Phases:
    """Of one gate."""
    return {
        "commit": (times.window_end, times.opens),
        "submit": (times.opens, times.closes),
        "clear": (times.closes, times.delivery),
        "void": (times.delivery, FOR_EVER),
        "settle": (times.settles, FOR_EVER),
        "release": (times.settles + WEEK_S, FOR_EVER),
    }
