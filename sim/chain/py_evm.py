"""The default and reference backend: py-evm in this process, under Cancun, with native BN254 precompiles.

Blocks are built through py-evm's own machinery, one pass per block; eth-tester's API (``tester``) opens the
same chain for tests, notebooks and inspection. Its pending block costs time quadratic in its transactions,
which is why it does not drive the run.
"""

from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any

from eth.exceptions import (
    FullStack,
    InsufficientStack,
    InvalidInstruction,
    InvalidJumpDestination,
    OutOfGas,
    ReservedBytesInCode,
    Revert,
    VMError,
    WriteProtection,
)
from eth.vm.forks.cancun import CancunVM
from eth.vm.forks.cancun.state import CancunState
from eth.vm.spoof import SpoofTransaction
from eth_hash.auto import keccak
from eth_tester import EthereumTester, PyEVMBackend

from sim.chain.base import Account, Block, CallRevertedError, Log, Receipt, Transaction
from sim.chain.blocks import CHAIN_ID, NOBODY, WEI_PER_ACCOUNT, PackedBlocks, words_of_revert
from sim.chain.bn254 import NativeBn254Computation
from sim.chain.opcodes import COMMON_OPCODES

CALL_GAS = 100_000_000
# In the words of both backends; py-evm's own say how much gas was missing where.
_HALTS: dict[type[VMError], str] = {
    OutOfGas: "out of gas",
    ReservedBytesInCode: "code starts with 0xef",
    InvalidInstruction: "invalid opcode",
    InvalidJumpDestination: "invalid jump",
    InsufficientStack: "stack underflow",
    FullStack: "stack overflow",
    WriteProtection: "write in a static call",
}


class _Computation(NativeBn254Computation):
    opcodes: Any = {**NativeBn254Computation.opcodes, **COMMON_OPCODES}  # noqa: RUF012


class _State(CancunState):
    computation_class = _Computation


class _VM(CancunVM):
    _state_class = _State


class PyEvmChain(PackedBlocks):
    """A chain of our own, from a genesis that funds ``accounts``; see ``PackedBlocks``."""

    vm_class: type[CancunVM] = _VM

    def __init__(
        self,
        accounts: Sequence[Account],
        genesis_timestamp: int,
        block_gas_limit: int,
        chain_id: int = CHAIN_ID,
    ) -> None:
        super().__init__(genesis_timestamp, block_gas_limit, chain_id)
        parameters = PyEVMBackend.generate_genesis_params(
            {"timestamp": genesis_timestamp, "gas_limit": block_gas_limit}
        )
        fund = {"balance": WEI_PER_ACCOUNT, "nonce": 0, "code": b"", "storage": {}}
        self._backend = PyEVMBackend(
            genesis_parameters=parameters,
            genesis_state={account.address: fund for account in accounts},
            vm_configuration=((0, self.vm_class),),
        )
        self._backend.chain.chain_id = chain_id
        self._backend.account_keys = tuple(account.key for account in accounts)

    @cached_property
    def tester(self) -> EthereumTester:
        """eth-tester's API over this chain."""
        return EthereumTester(backend=self._backend, auto_mine_transactions=False)

    @property
    def _chain(self) -> Any:
        return self._backend.chain

    def _mine_block(self, timestamp: int, waiting: Sequence[Transaction]) -> list[Receipt]:
        chain = self._chain
        chain.set_header_timestamp(timestamp)
        vm = chain.get_vm(chain.header)
        header = chain.header
        done: list[Any] = []
        results: list[tuple[Any, Any]] = []
        for transaction in waiting:
            if done and not self._fits(header.gas_used, transaction):
                break
            signed = self._signer.sign(transaction, header.base_fee_per_gas)
            receipt, computation = vm.apply_transaction(header, signed)
            header = vm.add_receipt_to_header(header, receipt)
            done.append(signed)
            results.append((receipt, computation))
        vm.state.persist()
        header = header.copy(state_root=vm.state.state_root)
        block = vm.set_block_transactions_and_withdrawals(
            vm.get_block(), header, done, [receipt for receipt, _ in results]
        )
        sealed = vm.mine_block(block).block
        chain.persist_block(sealed, perform_validation=False)  # mine_block has just validated it
        chain.header = chain.create_header_from_parent(sealed.header)
        self._blocks.append(_block(sealed))
        gas = _gas_of_each([receipt for receipt, _ in results])
        return [
            _receipt(signed, sealed.number, used, receipt, computation)
            for signed, used, (receipt, computation) in zip(done, gas, results, strict=True)
        ]

    def call(self, to: bytes, data: bytes) -> bytes:
        """Read from a contract; see ``Chain.call``."""
        chain = self._chain
        unsigned = chain.create_unsigned_transaction(
            nonce=0, gas_price=0, gas=CALL_GAS, to=to, value=0, data=data
        )
        header = chain.header.copy(timestamp=self._earliest, base_fee_per_gas=0)
        state = chain.get_vm(header).state  # of its own, and never persisted
        computation = state.costless_execute_transaction(SpoofTransaction(unsigned, from_=NOBODY))
        if computation.is_error:
            raise CallRevertedError(_reason(computation))
        return bytes(computation.output)

    def code_hash(self, address: bytes) -> bytes:
        """keccak256 of the code at an address."""
        return keccak(self._chain.get_vm(self._chain.header).state.get_code(address))


def _block(sealed: Any) -> Block:
    header = sealed.header
    return Block(
        number=header.block_number,
        timestamp=header.timestamp,
        hash=bytes(header.hash),
        state_root=bytes(header.state_root),
        gas_used=header.gas_used,
        transactions=tuple(signed.encode() for signed in sealed.transactions),
    )


def _gas_of_each(receipts: Sequence[Any]) -> list[int]:
    """Receipts count gas cumulatively over the block."""
    totals = [0] + [receipt.gas_used for receipt in receipts]
    return [after - before for before, after in pairwise(totals)]


def _receipt(signed: Any, block_number: int, gas_used: int, receipt: Any, computation: Any) -> Receipt:
    created = (
        computation.msg.storage_address if computation.msg.is_create and not computation.is_error else None
    )
    return Receipt(
        transaction_hash=bytes(signed.hash),
        block_number=block_number,
        ok=not computation.is_error,
        gas_used=gas_used,
        logs=tuple(Log(bytes(log.address), tuple(log.topics), bytes(log.data)) for log in receipt.logs),
        revert_reason=_reason(computation) if computation.is_error else None,
        contract=created,
        gas_by_callee=_gas_by_callee(computation),
    )


def _gas_by_callee(computation: Any) -> dict[bytes, int]:
    gas: Counter[bytes] = Counter()
    for child in () if computation.msg.is_create else computation.children:
        if child.msg.code:  # else a precompile, or nobody
            gas[bytes(child.msg.code_address)] += child.get_gas_used()
    return dict(gas)


def _reason(computation: Any) -> str:
    error: VMError = computation.error
    if isinstance(error, Revert):
        return words_of_revert(bytes(computation.output))
    return _HALTS.get(type(error), type(error).__name__)
