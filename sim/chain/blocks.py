"""What the backends share, so that they make the same blocks: signatures, packing, words for refusals."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from typing import Any

import eth_abi.abi
from eth.vm.forks.cancun import CancunVM
from eth_abi.exceptions import DecodingError
from eth_hash.auto import keccak

from sim.chain.base import Account, Block, Receipt, Transaction

BLOCK_S = 12
"""Seconds between blocks, as on Ethereum."""
WEI_PER_ACCOUNT = 10**30
"""Ether to pay gas with; it buys nothing in the market."""
CHAIN_ID = 131277322940537
"""eth-tester's; a run's chain has its own."""
NOBODY = b"\x11" * 20
"""Who reads from contracts."""
NO_REASON = "reverted without a reason"
_ERROR_SELECTOR = keccak(b"Error(string)")[:4]


class Signer:
    """Signs the transactions of one chain, each account's with its next nonce, which ``nonces`` holds."""

    def __init__(self, chain_id: int) -> None:
        self._chain_id = chain_id
        self.nonces: Counter[bytes] = Counter()

    def sign(self, transaction: Transaction, gas_price: int) -> Any:
        """A signed transaction of py-evm's, of the legacy type."""
        sender = transaction.sender
        nonce = self.nonces[sender.address]
        self.nonces[sender.address] += 1
        to: Any = transaction.to or b""
        unsigned = CancunVM.get_transaction_builder().create_unsigned_transaction(
            nonce=nonce,
            gas_price=gas_price,
            gas=transaction.gas_limit,
            to=to,
            value=0,
            data=transaction.data,
        )
        return unsigned.as_signed_transaction(sender.key, chain_id=self._chain_id)


class PackedBlocks(ABC):
    """The part of ``Chain`` that mines block by block.

    block_gas_limit: blocks are filled up to half of it, EIP-1559's target, so that the base fee never rises
    """

    def __init__(self, genesis_timestamp: int, block_gas_limit: int, chain_id: int) -> None:
        self.chain_id = chain_id
        self._genesis_timestamp = genesis_timestamp
        self._gas_target = block_gas_limit // 2
        self._signer = Signer(chain_id)
        self._blocks: list[Block] = []

    @property
    def blocks(self) -> Sequence[Block]:
        """All blocks after genesis."""
        return self._blocks

    def nonce(self, account: Account) -> int:
        """How many transactions an account has sent."""
        return self._signer.nonces[account.address]

    @property
    def _earliest(self) -> int:
        """When the next block may be."""
        return (self._blocks[-1].timestamp if self._blocks else self._genesis_timestamp) + 1

    def mine(self, timestamp: int, transactions: Sequence[Transaction]) -> list[Receipt]:
        """Execute transactions in order; see ``Chain.mine``."""
        receipts: list[Receipt] = []
        while len(receipts) < len(transactions):
            receipts += self._mine_block(max(timestamp, self._earliest), transactions[len(receipts) :])
            timestamp = self._blocks[-1].timestamp + BLOCK_S
        return receipts

    @abstractmethod
    def _mine_block(self, timestamp: int, waiting: Sequence[Transaction]) -> list[Receipt]:
        """Execute as many as fit, at least one, and append the block."""

    def _fits(self, gas_used: int, transaction: Transaction) -> bool:
        return gas_used + transaction.gas_limit <= self._gas_target


def words_of_revert(output: bytes) -> str:
    """The contract's words, from the data it reverted with."""
    if output[:4] != _ERROR_SELECTOR:
        return NO_REASON
    try:
        return str(eth_abi.abi.decode(["string"], output[4:])[0])
    except DecodingError:
        return NO_REASON
