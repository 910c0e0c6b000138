"""Whatever somebody without an office sends to the market, nothing in it changes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.chain.base import Account
from sim.chain.contracts import MARKET, compiled
from sim.chain.revm_state import Message, Outcome
from tests.market_on_chain import Community, found

FUZZ = settings(derandomize=True)
NUMBERS = st.sampled_from([0, 1, 2, 3, 24, 255, 256, 2**64, 2**255, 2**256 - 1]) | st.integers(0, 2**256 - 1)
ARGUMENTS = {
    "uint256": NUMBERS,
    "address": st.binary(min_size=20, max_size=20).map(lambda data: "0x" + data.hex()),
    "bytes32": st.binary(min_size=32, max_size=32),
    "bytes": st.binary(max_size=96),
    "uint256[]": st.lists(NUMBERS, max_size=5),
    "bytes32[]": st.lists(st.binary(min_size=32, max_size=32), max_size=5),
}
CALLS = [
    (entry["name"], [field["type"] for field in entry["inputs"]])
    for entry in compiled(MARKET).abi
    if entry["type"] == "function"
]


def _call(call: tuple[str, list[str]]) -> st.SearchStrategy[bytes]:
    name, types = call
    return st.tuples(*(ARGUMENTS[kind] for kind in types)).map(
        lambda values: compiled(MARKET).encode(name, *values)
    )


calls = st.sampled_from(CALLS).flatmap(_call)
calldata = (
    calls
    | st.binary(max_size=300)
    | st.tuples(calls.map(lambda data: data[:4]), st.binary(max_size=300)).map(b"".join)
    | st.tuples(calls, st.integers(0, 400), st.binary(max_size=40)).map(
        lambda c: c[0][: c[1]] + c[2] + c[0][c[1] :]
    )
)


@pytest.fixture(scope="module")
def community() -> Community:
    """Orders wait to be cleared: nothing is due that anybody may do."""
    community = found(homes=3)
    community.trade(0, {1: [(1_000, 200_000)] * 2, 2: [(-500, 100_000)] * 2})
    return community


def executed(community: Community, sender: Account, data: bytes, gas: int = 12_000_000) -> Outcome:
    chain = community.chain.twin
    chain._state.set_block(len(chain.blocks) + 1, chain.blocks[-1].timestamp + 1)
    return chain._state.execute(Message(sender.address, community.market.address, data, gas))


@FUZZ
@given(data=calldata, home=st.booleans())
def test_nothing_changes(community, data, home):
    """A home counts among them while its gate is closed."""
    outcome = executed(community, community.homes[2] if home else community.stranger, data)
    assert not outcome.writes
    assert not outcome.logs


def test_what_changes_something_is_seen(community):
    clear = community.clear(0, 150_000, [500, 500, 0])
    assert not executed(community, community.stranger, clear.data).ok
    outcome = executed(community, community.auctioneer, clear.data)
    assert outcome.ok
    assert outcome.writes
    assert outcome.logs
