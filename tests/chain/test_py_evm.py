import pytest

from sim.chain.base import Account, Transaction
from sim.chain.blocks import BLOCK_S
from sim.chain.py_evm import PyEvmChain
from tests.market_on_chain import BLOCK_GAS_LIMIT, FIRST_DELIVERY, deployment, found, people

START = FIRST_DELIVERY
TRANSFER_GAS = 21_000
REVERT = bytes.fromhex("5f5ffd")
ENDLESS_LOOP = bytes.fromhex("5b5f56")
INVALID = bytes.fromhex("fe")  # takes all gas at once


@pytest.fixture
def payer() -> Account:
    return people(0)[0]


@pytest.fixture
def chain(payer) -> PyEvmChain:
    return PyEvmChain([payer], START, BLOCK_GAS_LIMIT)


def transfer(payer: Account, gas_limit: int = TRANSFER_GAS) -> Transaction:
    return Transaction(payer, b"\x55" * 20, b"", gas_limit)


def base_fees(chain: PyEvmChain) -> list[int]:
    return [chain.tester.get_block_by_number(block.number)["base_fee_per_gas"] for block in chain.blocks]


def test_blocks_stand_at_their_simulated_times(chain, payer):
    for timestamp in (START + 100, START + 101, START + 90_000):
        chain.mine(timestamp, [transfer(payer)])
    assert [block.timestamp for block in chain.blocks] == [START + 100, START + 101, START + 90_000]
    assert [block.number for block in chain.blocks] == [1, 2, 3]


@pytest.mark.parametrize("late", [START, START + 50, START + 100])
def test_a_block_that_comes_late_stands_just_after_the_last(chain, payer, late):
    chain.mine(START + 100, [transfer(payer)])
    chain.mine(late, [transfer(payer)])
    assert [block.timestamp for block in chain.blocks] == [START + 100, START + 101]


def test_what_transactions_may_use_does_not_count_once_they_have_used_less(chain, payer):
    chain.mine(START, [transfer(payer, 4_000_000)] * 7)
    assert [len(block.transactions) for block in chain.blocks] == [7]


@pytest.mark.parametrize("asked", [START + 101, START + 40])
def test_blocks_are_filled_up_to_the_gas_target_and_spill_twelve_seconds_on(chain, payer, asked):
    """Seven transactions that use 4 M gas each, against a target of 15 M: three, three and one."""
    burn = chain.mine(START + 100, [Transaction(payer, None, deployment(INVALID), 100_000)])[0].contract
    receipts = chain.mine(asked, [Transaction(payer, burn, b"", 4_000_000)] * 7)
    assert [len(block.transactions) for block in chain.blocks] == [1, 3, 3, 1]
    first = START + 101
    assert [block.timestamp for block in chain.blocks[1:]] == [first, first + BLOCK_S, first + 2 * BLOCK_S]
    assert [receipt.block_number for receipt in receipts] == [2, 2, 2, 3, 3, 3, 4]


def test_a_transaction_beyond_the_target_has_a_block_of_its_own(chain, payer):
    chain.mine(START + 1, [transfer(payer), transfer(payer, BLOCK_GAS_LIMIT), transfer(payer)])
    assert [len(block.transactions) for block in chain.blocks] == [1, 2]


def test_the_base_fee_never_rises(chain, payer):
    burn = chain.mine(START, [Transaction(payer, None, deployment(INVALID), 100_000)])[0].contract
    chain.mine(START, [Transaction(payer, burn, b"", 5_000_000)] * 12)
    fees = base_fees(chain)
    assert max(block.gas_used for block in chain.blocks) == BLOCK_GAS_LIMIT // 2
    assert fees == sorted(fees, reverse=True)


def test_the_same_transactions_give_the_same_blocks():
    def history() -> PyEvmChain:
        community = found(homes=2)
        community.trade_slot(0, {1: (500, 200_000), 2: (-500, 100_000)})
        community.clear_gate(0)
        return community.chain

    one, other = history(), history()
    assert one.blocks == other.blocks
    assert len({block.state_root for block in one.blocks}) == len(one.blocks) > 5


def test_receipts_count_the_gas_of_each_transaction(chain, payer):
    receipts = chain.mine(START + 1, [transfer(payer), Transaction(payer, b"\x55" * 20, b"\x01\x00", 30_000)])
    assert [receipt.gas_used for receipt in receipts] == [TRANSFER_GAS, TRANSFER_GAS + 16 + 4]
    assert chain.blocks[0].gas_used == 2 * TRANSFER_GAS + 20


@pytest.mark.parametrize(
    ("runtime", "reason"), [(REVERT, "reverted without a reason"), (ENDLESS_LOOP, "out of gas")]
)
def test_refusals_are_receipts_with_a_reason(chain, payer, runtime, reason):
    contract = chain.mine(START, [Transaction(payer, None, deployment(runtime), 100_000)])[0].contract
    refused, fine = chain.mine(START, [Transaction(payer, contract, b"", 50_000), transfer(payer)])
    assert not refused.ok
    assert (refused.revert_reason, (fine.ok, fine.revert_reason)) == (reason, (True, None))
