"""revm against py-evm; what the market does is compared in every test that founds a community, too."""

from dataclasses import replace

import pytest

from sim.chain.base import Account, Transaction
from sim.chain.revm import RevmChain
from sim.errors import ChainError
from tests.adversarial.conftest import borrowed, circuits, found_with_proofs, proofs  # noqa: F401
from tests.market_on_chain import BLOCK_GAS_LIMIT, FIRST_DELIVERY, deployment, people
from tests.twin_chain import TwinChain, blocks, read

START = FIRST_DELIVERY
# Adds the first word of calldata to slot 0, which it returns.
COUNTER = "5f545f35015f55" + "5f545f52" + "60205ff3"
KEEPER = "5f355f55"  # writes the first word of calldata to slot 0
RUNTIMES = {
    "does nothing": "00",
    "reverts": "5f5ffd",
    "runs out of gas": "5b5f56",
    "invalid opcode": "fe",
    "unknown opcode": "0c",
    "jumps nowhere": "600756",
    "pops nothing": "50",
    "pushes too much": "5b5f5f56",
    "tells the block": "435f5242602052" + "466040524560605241608052" + "44" + "60a052" + "60c05fa0",
    "tells the transaction": "325f52336020523a604052" + "60605fa0",
    "copies its code": "365f5f393860205260405fa0",
    "hashes": "60205f205f52" + "60205fa0",
    "keeps for a transaction": "60055f5d5f5c5f5260205fa0",
}


@pytest.fixture
def payer() -> Account:
    return people(0)[0]


@pytest.fixture
def chain(payer) -> TwinChain:
    return TwinChain([payer], START, BLOCK_GAS_LIMIT)


def word(number: int) -> bytes:
    return number.to_bytes(32, "big")


def deploy(chain: TwinChain | RevmChain, payer: Account, runtime: str) -> bytes:
    (receipt,) = chain.mine(START, [Transaction(payer, None, deployment(bytes.fromhex(runtime)), 200_000)])
    assert receipt.contract is not None
    return receipt.contract


@pytest.mark.parametrize("initcode", ["5f5ffd", "fe", "5b5f56", "", "6160015ff3"])
def test_deployments_that_fail_or_leave_nothing_are_the_same(chain, payer, initcode):
    code = bytes.fromhex(initcode)
    chain.mine(START, [Transaction(payer, None, code, 100_000), Transaction(payer, None, code, 60_000)])


@pytest.mark.parametrize("values", [(5, 6, 0, 0), (0, 7, 7, 0), (1, 0, 1, 0)])
def test_every_transaction_finds_storage_cold_and_originals_new(chain, payer, values):
    """With slots still warm the second of two equal writes would cost 2,000 gas less, and refunds differ."""
    contract = deploy(chain, payer, KEEPER)
    receipts = chain.mine(START, [Transaction(payer, contract, word(value), 60_000) for value in values])
    one_by_one = deploy(chain, payer, KEEPER)
    for value, receipt in zip(values, receipts, strict=True):
        (alone,) = chain.mine(START, [Transaction(payer, one_by_one, word(value), 60_000)])
        assert alone.gas_used == receipt.gas_used


def test_what_is_written_stays_and_what_is_refused_does_not(chain, payer):
    contract = deploy(chain, payer, COUNTER)
    add = Transaction(payer, contract, word(5), 60_000)
    ok, starved, again = chain.mine(START, [add, replace(add, gas_limit=22_000), add])
    assert ((ok.ok, starved.ok, again.ok), chain.call(contract, word(0))) == ((True, False, True), word(10))
    assert (chain.call(contract, word(3)), chain.call(contract, word(0))) == (word(13), word(10))


def test_blocks_are_packed_alike(chain, payer):
    burn = deploy(chain, payer, RUNTIMES["invalid opcode"])
    transfers = [Transaction(payer, b"\x55" * 20, b"\x01\x00", 30_000)] * 3
    chain.mine(START + 50, [Transaction(payer, burn, b"", 4_000_000)] * 7 + transfers)
    chain.mine(START, [Transaction(payer, b"\x55" * 20, b"", BLOCK_GAS_LIMIT)] * 2)
    assert [len(transactions) for *_, transactions in blocks(chain.twin)] == [1, 3, 3, 4, 1, 1]


def test_reads_are_refused_in_the_same_words(chain, payer):
    assert read(chain.call, deploy(chain, payer, RUNTIMES["reverts"]), b"") == "reverted without a reason"
    assert read(chain.call, b"\x55" * 20, b"") == b""


def test_a_contract_that_creates_contracts_is_refused(payer):
    chain = RevmChain([payer], START, BLOCK_GAS_LIMIT)
    contract = deploy(chain, payer, "5f5f5ff0")
    with pytest.raises(ChainError, match=r'set chain\.backend to "py-evm"'):
        chain.mine(START, [Transaction(payer, contract, b"", 200_000)])


def test_a_transaction_that_cannot_begin_is_an_error(payer):
    chain = RevmChain([payer], START, BLOCK_GAS_LIMIT)
    with pytest.raises(ChainError, match="Initial gas spend is 21000"):
        chain.mine(START, [Transaction(payer, b"\x55" * 20, b"", 20_999)])


# Calls inside a transaction -------------------------------------------------------------------------------


def caller_of(callee: bytes) -> str:
    """Calls it statically, and passes on what it returned or reverted with."""
    call = "5f5f5f5f73" + callee.hex() + "5afa"
    return call + "3d5f5f3e" + "602757" + "3d5ffd" + "5b3d5ff3"


@pytest.mark.parametrize("name", ["does nothing", "reverts", "runs out of gas", "hashes", "tells the block"])
def test_gas_of_callees_is_the_same_whether_they_refuse_or_not(chain, payer, name):
    callee = deploy(chain, payer, RUNTIMES[name])
    runtime = bytes.fromhex(caller_of(callee))
    initcode = bytes.fromhex("600b380380600b5f395ff3") + runtime
    (receipt,) = chain.mine(START, [Transaction(payer, None, initcode, 200_000)])
    (called,) = chain.mine(START, [Transaction(payer, receipt.contract, b"", 90_000)])
    assert callee in called.gas_by_callee


# The market -----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_verified_and_refused_proofs_have_the_gas_of_py_evm(found_with_proofs):  # noqa: F811
    """The first proof is verified twice to learn its gas; later ones once, and one of them is broken."""
    street = found_with_proofs()
    community, market = street.community, street.community.market
    street.open()
    used = [community.accept(street.submit(home)).gas_by_callee[market.verifier] for home in (1, 3)]
    broken = bytearray(street.proofs[2, 0].proof)
    broken[-1] ^= 1
    refusal = community.refuse("reverted without a reason", street.submit(2, proof=bytes(broken)))
    used += [community.accept(street.submit(2)).gas_by_callee[market.verifier]]
    assert min(used) > 400_000
    assert refusal.gas_by_callee[market.verifier] > 20_000
