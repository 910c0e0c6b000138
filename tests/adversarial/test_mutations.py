"""Thousands of changed submissions: none is accepted that means anything but the honest one."""

import pytest

from sim.chain.base import Transaction
from sim.chain.submission import Submission
from tests.adversarial.conftest import HORIZON, LIMIT_PRICE, ProvedCommunity
from tests.adversarial.mutations import Honest, Mutation, encoded, mutations
from tests.adversarial.open_gate import OTHER, OWN_PRICE, SAME, OpenGate, fates, open_gate

pytestmark = pytest.mark.slow

HOMES = (1, 2, 3)
ON_BOTH = 12
BY_KIND = {
    "a point of the proof": set(),
    "a word of the proof": set(),
    "another sender": set(),
    "another's fields": set(),
    "calldata's bytes": {OWN_PRICE, SAME},
    "calldata's layout": {OWN_PRICE, SAME},
    "gate": set(),
    "limit prices": {OWN_PRICE},
    "proof cut or extended": set(),
    "quantities": set(),
}
"""What may be accepted: a home names its own prices, and the ABI has several spellings of one call."""


def honest_of(street: ProvedCommunity, home: int) -> Honest:
    proof = street.proofs[home, 0]
    submission = Submission(0, proof.proof, proof.instances, (LIMIT_PRICE,) * HORIZON)
    return Honest(home, street.community.homes[home - 1], submission)


@pytest.fixture
def opened(street) -> OpenGate:
    return open_gate(street.community, [honest_of(street, home) for home in HOMES])


@pytest.mark.parametrize(("step", "least"), [(9, 220), pytest.param(1, 2_000, marks=pytest.mark.long)])
def test_nothing_is_accepted_that_means_anything_else(opened, step, least):
    counts = fates(opened, opened.honest[:1], noise=100, step=step)
    assert counts.total() >= least
    assert {kind for kind, _ in counts} == BY_KIND.keys()
    accepted = {
        kind: {fate for k, fate in counts if k == kind and "accepted" in fate.lower()} for kind in BY_KIND
    }
    assert all(accepted[kind] <= lawful for kind, lawful in BY_KIND.items()), accepted
    assert {fate for _, fate in counts} >= {
        SAME,
        OWN_PRICE,
        "window not committed here",
        "proof of wrong length",
    }


def test_what_means_something_else_would_be_noticed(opened):
    """A neighbour's honest submission is accepted, and is not the home's own."""
    first, second, _ = opened.honest
    neighbours = Mutation("", second.sender, encoded(opened.community.market, second.submission))
    assert opened.fate(second, opened.expected(second), neighbours) == SAME
    assert opened.fate(first, opened.expected(first), neighbours) == OTHER


def test_a_sample_is_refused_on_both_chains_alike(opened):
    """As transactions, one after the other; the honest one is accepted after them all."""
    community, honest = opened.community, opened.honest[0]
    expected = opened.expected(honest)
    found = mutations(
        community.market, honest, opened.honest[1:], [community.stranger, community.homes[1]], noise=50
    )
    refused = 0
    for mutation in found[:: len(found) // ON_BOTH]:
        fate = opened.fate(honest, expected, mutation)
        if fate not in (SAME, OWN_PRICE):
            community.refuse(
                fate, Transaction(mutation.sender, community.market.address, mutation.data, 4_000_000)
            )
            refused += 1
    assert refused >= ON_BOTH * 3 // 4
    community.accept(community.market.submit(honest.sender, honest.submission))
