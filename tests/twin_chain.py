"""Both backends at once: whatever is mined or read on py-evm must come out the same on revm."""

from collections.abc import Callable, Sequence

from sim.chain.base import Account, CallRevertedError, Chain, Receipt, Transaction
from sim.chain.blocks import CHAIN_ID
from sim.chain.py_evm import PyEvmChain
from sim.chain.revm import RevmChain


class TwinChain(PyEvmChain):
    """py-evm, which asserts at every step that revm agrees; hashes of blocks and state are py-evm's alone."""

    def __init__(
        self,
        accounts: Sequence[Account],
        genesis_timestamp: int,
        block_gas_limit: int,
        chain_id: int = CHAIN_ID,
    ) -> None:
        super().__init__(accounts, genesis_timestamp, block_gas_limit, chain_id)
        self.twin = RevmChain(accounts, genesis_timestamp, block_gas_limit, chain_id)

    def mine(self, timestamp: int, transactions: Sequence[Transaction]) -> list[Receipt]:
        receipts = super().mine(timestamp, transactions)
        assert (self.twin.mine(timestamp, transactions), blocks(self.twin)) == (receipts, blocks(self))
        return receipts

    def call(self, to: bytes, data: bytes) -> bytes:
        assert read(self.twin.call, to, data) == read(super().call, to, data)
        return super().call(to, data)

    def code_hash(self, address: bytes) -> bytes:
        digest = super().code_hash(address)
        assert self.twin.code_hash(address) == digest
        return digest


def blocks(chain: Chain) -> list[tuple[int, int, int, int]]:
    """What both backends know of blocks."""
    return [(block.number, block.timestamp, block.gas_used, block.transactions) for block in chain.blocks]


def read(call: Callable[[bytes, bytes], bytes], to: bytes, data: bytes) -> bytes | str:
    """What a read returns, or why it is refused."""
    try:
        return call(to, data)
    except CallRevertedError as refusal:
        return str(refusal)
