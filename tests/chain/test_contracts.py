import json

import pytest
from eth_utils import keccak

from sim.chain.base import CallRevertedError, Transaction
from sim.chain.contracts import CONTRACTS, SHA256, compiled, data_contract
from sim.chain.market_client import send
from tests.market_on_chain import ANY_GAS, Rules, empty_community, found

EIP_170_BYTES = 24_576


@pytest.fixture(scope="module")
def community():
    return found(homes=2)


def deploy(community, initcode: bytes) -> bytes:
    (receipt,) = send(community.chain, 0, [Transaction(community.utility, None, initcode, ANY_GAS)])
    return receipt.contract


def code(community, address: bytes) -> bytes:
    return bytes.fromhex(community.chain.tester.get_code(f"0x{address.hex()}")[2:])


def test_contracts_fit_the_limit_on_code(community):
    market = len(code(community, community.market.address))  # with its immutables
    sizes = [len(compiled(name).runtime) for name in SHA256]
    assert all(0 < size < EIP_170_BYTES for size in (market, *sizes))


def test_the_shipped_verifier_deploys_the_code_it_names():
    fields = json.loads((CONTRACTS / "compiled" / "Halo2VerifierReusable.json").read_text())
    with_verifier = empty_community(Rules(), models=(), with_verifier=True)
    assert code(with_verifier, with_verifier.market.verifier).hex() == fields["runtime"].removeprefix("0x")


def test_the_code_hash_tells_verifier_from_stub(community):
    with_verifier = empty_community(Rules(), models=(), with_verifier=True)
    real = with_verifier.chain.code_hash(with_verifier.market.verifier)
    stub = community.chain.code_hash(community.market.verifier)
    assert real == keccak(code(with_verifier, with_verifier.market.verifier))
    assert real != stub


@pytest.mark.parametrize("payload", [b"", b"\x00", bytes(range(256)), b"\xff" * 24_384])
def test_a_data_contract_returns_its_payload_on_any_call(community, payload):
    address = deploy(community, data_contract(payload))
    assert community.chain.call(address, b"") == payload
    assert community.chain.call(address, b"\x12\x34\x56\x78") == payload


def test_too_much_data_for_a_contract_is_refused(community):
    (receipt,) = community.chain.mine(
        0, [Transaction(community.utility, None, data_contract(bytes(24_576)), ANY_GAS)]
    )
    assert not receipt.ok
    assert receipt.contract is None


def test_events_come_back_with_their_names(community):
    (log,) = community.accept(community.register(9, digest=b"\x07" * 32, training_root=b"\x09" * 32)).logs
    assert log.address == community.market.address
    assert community.market.artifact.event(log) == (
        "ModelRegistered",
        {
            "forecaster": 9,
            "key_digest": b"\x07" * 32,
            "key_contract": "0x" + "22" * 20,
            "from_gate": 0,
            "training_root": b"\x09" * 32,
        },
    )


def test_reads_are_refused_with_a_reason(community):
    data = community.market.artifact.encode("void", 0)
    with pytest.raises(CallRevertedError, match=r"^clearing is not over$"):
        community.chain.call(community.market.address, data)
