"""The fast backend: revm, through pyrevm, under Cancun.

The same signed transactions in the same blocks give the same receipts as on py-evm, to the last unit of gas.
revm keeps no trie, so blocks have neither hash nor state root; whoever needs them executes the transactions
again on py-evm.
"""

from collections import Counter
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from eth.vm.forks.london.constants import INITIAL_BASE_FEE
from eth.vm.forks.london.headers import calculate_expected_base_fee_per_gas
from eth_hash.auto import keccak

from sim.chain.base import Account, Block, CallRevertedError, Receipt, Transaction
from sim.chain.blocks import CHAIN_ID, NOBODY, WEI_PER_ACCOUNT, PackedBlocks, words_of_revert
from sim.chain.callee_gas import CalleeGas
from sim.chain.revm_state import Message, Outcome, RevmState

_HALTS = {
    "CreateContractSizeLimit": "out of gas",  # as py-evm counts it; revm says so of code from 0xef on, too
    "InvalidFEOpcode": "invalid opcode",
    "OpcodeNotFound": "invalid opcode",
    "InvalidJump": "invalid jump",
    "StackUnderflow": "stack underflow",
    "StackOverflow": "stack overflow",
    "StateChangeDuringStaticCall": "write in a static call",
}


class RevmChain(PackedBlocks):
    """A chain of our own, from a genesis that funds ``accounts``; see ``PackedBlocks``."""

    def __init__(
        self,
        accounts: Sequence[Account],
        genesis_timestamp: int,
        block_gas_limit: int,
        chain_id: int = CHAIN_ID,
    ) -> None:
        super().__init__(genesis_timestamp, block_gas_limit, chain_id)
        self._block_gas_limit = block_gas_limit
        self._base_fee = INITIAL_BASE_FEE
        self._state = RevmState(block_gas_limit, chain_id)
        self._callee_gas = CalleeGas(self._state)
        self._paid: Counter[bytes] = Counter()
        for account in accounts:
            self._state.set_account(account.address, 0, WEI_PER_ACCOUNT)

    def _mine_block(self, timestamp: int, waiting: Sequence[Transaction]) -> list[Receipt]:
        number = len(self._blocks) + 1
        self._base_fee = self._next_base_fee()
        self._state.set_block(number, timestamp)
        receipts: list[Receipt] = []
        done: list[bytes] = []
        gas_used = 0
        for transaction in waiting:
            if receipts and not self._fits(gas_used, transaction):
                break
            signed = self._signer.sign(transaction, self._base_fee)
            receipts.append(self._apply(number, transaction, signed))
            done.append(signed.encode())
            gas_used += receipts[-1].gas_used
        self._blocks.append(Block(number, timestamp, b"", b"", gas_used, tuple(done)))
        return receipts

    def _next_base_fee(self) -> int:
        """By EIP-1559; genesis used no gas."""
        parent: Any = SimpleNamespace(
            gas_limit=self._block_gas_limit,
            gas_used=self._blocks[-1].gas_used if self._blocks else 0,
            base_fee_per_gas=self._base_fee,
        )
        return int(calculate_expected_base_fee_per_gas(parent))

    def _apply(self, block_number: int, transaction: Transaction, signed: Any) -> Receipt:
        sender = transaction.sender.address
        message = Message(sender, transaction.to, transaction.data, transaction.gas_limit, self._base_fee)
        outcome = self._state.execute(message)
        gas_by_callee = self._callee_gas.measure(message, outcome)
        self._state.write(outcome)
        self._paid[sender] += outcome.gas_used * self._base_fee
        self._state.set_account(sender, signed.nonce + 1, WEI_PER_ACCOUNT - self._paid[sender])
        return _receipt(signed, block_number, outcome, gas_by_callee)

    def call(self, to: bytes, data: bytes) -> bytes:
        """Read from a contract; see ``Chain.call``."""
        self._state.set_block(len(self._blocks) + 1, self._earliest)
        outcome = self._state.execute(Message(NOBODY, to, data, self._block_gas_limit))
        if not outcome.ok:
            raise CallRevertedError(_reason(outcome))
        return outcome.output

    def code_hash(self, address: bytes) -> bytes:
        """keccak256 of the code at an address."""
        return keccak(self._state.code(address))


def _receipt(signed: Any, block_number: int, outcome: Outcome, gas_by_callee: Any) -> Receipt:
    return Receipt(
        transaction_hash=bytes(signed.hash),
        block_number=block_number,
        ok=outcome.ok,
        gas_used=outcome.gas_used,
        logs=outcome.logs,
        revert_reason=None if outcome.ok else _reason(outcome),
        contract=outcome.contract,
        gas_by_callee=gas_by_callee,
    )


def _reason(outcome: Outcome) -> str:
    if outcome.halt is None:
        return words_of_revert(outcome.output)
    if outcome.halt.startswith("OutOfGas"):
        return "out of gas"
    return _HALTS.get(outcome.halt, outcome.halt)
