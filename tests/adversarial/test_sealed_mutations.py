"""Changed calls of a market with sealed orders: none is accepted that means anything but an honest one."""

from collections import Counter
from dataclasses import replace

import pytest

from tests.adversarial.mutations import Mutation
from tests.adversarial.sealed_stages import ANYBODYS, OTHER, OWN_WORD, SAME, stages

LAWFUL = {
    "submit": {SAME},
    "clear": {SAME},
    "prove_trade": {SAME, ANYBODYS},
    "settle": {SAME, OWN_WORD},
}


@pytest.mark.long
@pytest.mark.slow
def test_nothing_is_accepted_that_means_anything_else():
    counts = Counter()
    for stage in stages(horizon=2):
        counts += stage.fates(noise=40)
    assert counts.total() >= 2_000
    assert {kind.partition(":")[0] for kind, _ in counts} == LAWFUL.keys()
    for kind, fate in counts:
        assert fate in LAWFUL[kind.partition(":")[0]] or "accepted" not in fate.lower(), (kind, fate)
    assert {fate for _, fate in counts} >= {
        "totals do not open the sum",
        "not signed by the auctioneer",
        OWN_WORD,
    }


def test_what_means_something_else_would_be_noticed():
    """A neighbour's honest submission is accepted, and is not the home's own."""
    stage = next(stages(horizon=1))
    first, second, _ = stage.honest
    neighbours = Mutation("", second.sender, second.data(stage.community.market))
    expected = [stage.expected(call) for call in (first, second)]
    assert stage.fate(second, expected[1], [], neighbours) == SAME
    assert stage.fate(first, expected[0], [], neighbours) == OTHER
    by_another = replace(second, sender=stage.community.stranger)
    foreign = Mutation("", by_another.sender, by_another.data(stage.community.market))
    assert stage.fate(second, expected[1], [], foreign) == "only an enrolled home"
