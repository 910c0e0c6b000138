"""Contracts beside the market that misbehave: the verifier, the rule, and holders of the models' keys."""

from dataclasses import replace

import eth_abi
import pytest

from sim.chain.base import Transaction
from sim.chain.contracts import data_contract
from sim.chain.market_client import ModelRegistration, market_deployment, register_models, send
from sim.errors import ChainError
from tests.market_on_chain import ANY_GAS, NO_ORDER, STUB_KEY, Community, Rules, deployment, empty_community

NO_ORDERS = [NO_ORDER, NO_ORDER]
NO_REASON = "reverted without a reason"
BURN_ALL_GAS = bytes.fromhex("fe")
RETURN_A_MEGABYTE = bytes.fromhex("621000005ff3")
WRITE = bytes.fromhex("60015f5500")
SAYS_NO = data_contract(bytes(32))
# Answers a call without arguments by 0, so that a market can be constructed, and writes at any other.
WRITES_WHEN_ASKED = deployment(bytes.fromhex("36600410600b5760205ff35b60015f5560015f5260205ff3"))


def deploy(community: Community, initcode: bytes) -> bytes:
    (receipt,) = send(community.chain, 0, [Transaction(community.utility, None, initcode, ANY_GAS)])
    return receipt.contract


def opened(community: Community, models: tuple[int, ...]) -> Community:
    """Homes of these models have enrolled, and gate 0 is open."""
    pairs = zip(community.homes, models, strict=True)
    send(community.chain, 0, [community.enrol(home, forecaster=model) for home, model in pairs])
    community.accept(community.commit(0), community.times(0).window_end)
    community.wait(community.times(0).opens)
    return community


# Verifiers ------------------------------------------------------------------------------------------------


def community_with(verifier: bytes | None = None, rule: bytes | None = None) -> Community:
    """A market that asks contracts at these addresses, or deployed by these codes."""
    community = empty_community(Rules(homes=1), models=())
    given = (verifier or community.market.verifier, rule or bytes.fromhex(community.market.read("RULE")[2:]))
    callees = [each if len(each) == 20 else deploy(community, each) for each in given]
    terms = community.rules.terms
    construction = market_deployment(*callees, terms, community.meter.address, community.auctioneer.address)
    market = replace(community.market, address=deploy(community, construction), verifier=callees[0])
    register_models(market, 0, community.utility, [STUB_KEY], terms.horizon)
    return opened(replace(community, market=market), (0,))


def says(verified: int, digest: bytes) -> bytes:
    return eth_abi.encode(["uint256", "bytes32"], [verified, digest])


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (says(0, STUB_KEY.key_digest), "proof does not verify"),
        (says(1, b"\x07" * 32), "another key"),
        (says(1, bytes(32)), "another key"),
        (says(2, STUB_KEY.key_digest), NO_REASON),
        (says(1, STUB_KEY.key_digest)[:63], NO_REASON),
        (b"", NO_REASON),
    ],
)
def test_a_verifier_that_does_not_say_yes_to_this_key_refuses(answer, reason):
    community = community_with(data_contract(answer))
    community.refuse(reason, community.submit(0, 1, NO_ORDERS))


@pytest.mark.parametrize("trailing", [b"", b"\xff" * 17, (2**255).to_bytes(32, "big") * 3])
def test_what_follows_the_answer_does_not_matter(trailing):
    """EZKL's verifier appends an array that is not valid ABI."""
    community = community_with(data_contract(says(1, STUB_KEY.key_digest) + trailing))
    community.accept(community.submit(0, 1, NO_ORDERS))


def test_no_verifier_accepts_nothing():
    community = community_with(b"\x99" * 20)
    community.refuse(NO_REASON, community.submit(0, 1, NO_ORDERS))


def test_a_verifier_that_writes_refuses():
    community = community_with(deployment(WRITE))
    community.refuse(NO_REASON, community.submit(0, 1, NO_ORDERS))


# Rules ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", [SAYS_NO, WRITES_WHEN_ASKED], ids=["no", "a write"])
def test_a_rule_can_but_refuse(rule):
    community = community_with(rule=rule)
    community.wait(community.times(0).closes)
    community.refuse(NO_REASON, community.clear(0, 0, [0]))


@pytest.mark.parametrize("rule", [b"\x99" * 20, deployment(WRITE)], ids=["nobody", "a write"])
def test_no_market_has_a_rule_that_does_not_answer(rule):
    with pytest.raises(ChainError, match=NO_REASON):
        community_with(rule=rule)


# Key contracts --------------------------------------------------------------------------------------------


def with_key_contract(initcode: bytes) -> Community:
    """Home 1's model has this key contract, home 2's an honest one."""
    community = empty_community(Rules(homes=2))
    bad = community.register(1, key_contract=deploy(community, initcode), digest=STUB_KEY.key_digest)
    community.accept(bad)
    return opened(community, (1, 0))


KEY_CONTRACTS = {
    "another key": (data_contract(replace(STUB_KEY, key_words=b"\x02" * 64).key_payload), "another key"),
    "one word less": (data_contract(replace(STUB_KEY, key_words=b"\x01" * 32).key_payload), "another key"),
    "one word more": (data_contract(replace(STUB_KEY, key_words=b"\x01" * 96).key_payload), "another key"),
    "no key": (data_contract(replace(STUB_KEY, key_words=b"").key_payload), "another key"),
    "nothing": (data_contract(b""), NO_REASON),
    "cut short": (data_contract(STUB_KEY.key_payload[:-1]), NO_REASON),
    "a wild offset": (data_contract(b"\xff" * 32 + STUB_KEY.key_payload[32:]), NO_REASON),
    "a wild length": (data_contract(STUB_KEY.key_payload[:32] + b"\xff" * 96), NO_REASON),
    "more words than fit": (data_contract(eth_abi.encode(["bytes32[]"], [[b"\x01" * 32] * 761])), NO_REASON),
    "a megabyte of zeros": (deployment(RETURN_A_MEGABYTE), NO_REASON),
    "a write": (deployment(WRITE), NO_REASON),
}


@pytest.mark.parametrize("case", KEY_CONTRACTS)
def test_a_key_contract_cannot_make_another_key_pass(case):
    initcode, reason = KEY_CONTRACTS[case]
    community = with_key_contract(initcode)
    community.refuse(reason, community.submit(0, 1, NO_ORDERS))
    community.accept(community.submit(0, 2, NO_ORDERS))


def test_an_honest_copy_of_the_key_passes():
    community = with_key_contract(data_contract(STUB_KEY.key_payload))
    community.accept(community.submit(0, 1, NO_ORDERS))


def test_a_key_contract_that_burns_gas_hurts_its_own_homes_only():
    community = with_key_contract(deployment(BURN_ALL_GAS))
    receipt = community.refuse(NO_REASON, community.submit(0, 1, NO_ORDERS))
    assert receipt.gas_used > 3_900_000  # of 4 M: all but the 64th part that a call leaves behind
    community.accept(community.submit(0, 2, NO_ORDERS))
    community.wait(community.times(0).closes)
    community.clear_gate(0)


def test_the_longest_key_that_a_contract_can_hold_passes():
    longest = ModelRegistration(1, b"\x03" * 32 * 760, 14, 64)
    community = opened(empty_community(Rules(homes=1), [longest]), (1,))
    community.accept(community.submit(0, 1, NO_ORDERS))
