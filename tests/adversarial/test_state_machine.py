"""Random sequences of calls: the contract does what its reference does, and nothing stays reserved."""

import re
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from sim.chain.accounts import account
from sim.market.mechanisms.mechanism import RULES
from sim.seeds import Streams
from tests.adversarial.compared_market import ACCEPTED, BareRevm, ComparedMarket, Tally
from tests.adversarial.market_machine import COMMUNITIES, FUNCTIONS, MarketMachine
from tests.adversarial.reference_market import WORDLESS
from tests.adversarial.sources import OPEN, sources
from tests.market_on_chain import Rules
from tests.twin_chain import TwinChain

FEW, SEQUENCES = 25, 500
# Many short runs: from its eleventh sequence on hypothesis would rather vary what it has than make new ones.
SETTINGS = settings(
    max_examples=10,
    stateful_step_count=50,
    database=None,
    deadline=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
SOURCE = "".join(sources(OPEN).values())
ENTRIES = [rule.entry for rule in RULES.values()]
WITH_TRADE = "accepted, with trade"
# Of a founding, for which see tests/chain/test_market_setup.py; what a stub never says; and one tested below.
ELSEWHERE = {
    *("horizon out of range", "lead too short", "empty window", "grid fee out of range"),
    *("periods out of range", "k out of range", "proof does not verify", "community is full"),
}


def drive(machine: type[MarketMachine], sequences: int, how: settings = SETTINGS) -> Tally:
    """The same sequences every time; raises where contract and reference part."""
    machine.tally, machine.sequences = Tally(), set()
    batch = 0
    while len(machine.sequences) < sequences:
        run_state_machine_as_test(seed(batch)(machine), settings=how)
        batch += 1
    return machine.tally


class TwinMachine(MarketMachine):
    """On both EVMs with signed transactions, storage compared by its root, and read through the getters."""

    chain_class = TwinChain

    def teardown(self) -> None:
        super().teardown()
        if self.founded:
            self.both.compare_getters()


@pytest.mark.slow
def test_some_random_sequences_of_calls_do_what_the_rules_say():
    tally = drive(MarketMachine, FEW)
    assert {function for function, outcome in tally if outcome == ACCEPTED} >= {*FUNCTIONS}
    assert tally["clear", WITH_TRADE] > FEW


@pytest.mark.slow
@pytest.mark.long
def test_random_sequences_of_calls_do_what_the_rules_say():
    tally = drive(MarketMachine, SEQUENCES)
    assert {function for function, outcome in tally if outcome == ACCEPTED} == {*FUNCTIONS, *ENTRIES}
    assert tally["clear", WITH_TRADE] > SEQUENCES
    reached = {outcome for _, outcome in tally} - {ACCEPTED, WITH_TRADE, WORDLESS}
    assert reached == set(re.findall(r'assert .*, "(.+)"\n', SOURCE)) - ELSEWHERE


@pytest.mark.slow
@pytest.mark.long
def test_some_of_them_on_both_evms():
    tally = drive(TwinMachine, 2, settings(SETTINGS, max_examples=4))
    assert len({function for function, outcome in tally if outcome == ACCEPTED}) >= len(FUNCTIONS) - 1


@pytest.mark.parametrize("community", COMMUNITIES)
def test_the_time_line_is_the_clients(community):
    """The reference and the client that agents use compute it apart."""
    both = ComparedMarket(community, BareRevm, Tally())
    terms = both.reference.terms
    for gate in range(community.gates):
        times = both.times[gate]
        assert (terms.window_begin(gate), terms.window_end(gate)) == (times.window_begin, times.window_end)
        assert terms.opens(gate) == times.opens
        assert (terms.closes(gate), terms.delivery(gate)) == (times.closes, times.delivery)
        assert terms.delivered(gate) == times.settles


def test_a_full_community_takes_nobody_else():
    both = ComparedMarket(Rules(1, horizon=1, gates=1, periods=(0,)), BareRevm, Tally())
    names = [account(Streams(7), f"home {number}").address for number in range(2, 259)]
    outcomes = Counter(both.call(both.utility, 0, "enrol", name, 0, 40, 40, 900, [9], [1]) for name in names)
    assert outcomes == {ACCEPTED: 256, "community is full": 1}
