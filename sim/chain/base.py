"""What the rest of zkpet needs of a chain, whichever EVM runs it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from eth_keys.datatypes import PrivateKey


@dataclass(frozen=True)
class Account:
    """Someone who signs transactions."""

    name: str
    key: PrivateKey

    @property
    def address(self) -> bytes:
        """20 bytes."""
        return self.key.public_key.to_canonical_address()


@dataclass(frozen=True)
class Transaction:
    """A call, or a deployment where ``to`` is None; signed when it is mined."""

    sender: Account
    to: bytes | None
    data: bytes
    gas_limit: int


@dataclass(frozen=True)
class Log:
    """An event as the EVM emits it."""

    address: bytes
    topics: tuple[int, ...]
    data: bytes


@dataclass(frozen=True)
class Receipt:
    """What became of a transaction.

    revert_reason: the contract's words where it refused, the EVM's where it did ("out of gas"); None if ok
    contract:      address of what was deployed
    gas_by_callee: gas that each contract called by the transaction's target used; precompiles are none, and
                   a deployment has no target
    """

    transaction_hash: bytes
    block_number: int
    ok: bool
    gas_used: int
    logs: tuple[Log, ...]
    revert_reason: str | None
    contract: bytes | None
    gas_by_callee: Mapping[bytes, int]


@dataclass(frozen=True)
class Block:
    """A sealed block; ``hash`` and ``state_root`` are empty under revm, which keeps no trie.

    transactions: as signed and mined, in RLP
    """

    number: int
    timestamp: int
    hash: bytes
    state_root: bytes
    gas_used: int
    transactions: tuple[bytes, ...]


class Chain(Protocol):
    """An EVM with blocks at simulated times.

    chain_id: what transactions are signed for, and contracts see
    """

    chain_id: int

    def mine(self, timestamp: int, transactions: Sequence[Transaction]) -> list[Receipt]:
        """Execute transactions in order, in as many blocks as they need, and return their receipts.

        The first block is at ``timestamp``, or at the earliest time after the last block. A refusal is a
        receipt like any other, not an error.
        """

    def call(self, to: bytes, data: bytes) -> bytes:
        """Read from a contract at the chain's head without a transaction. Raises CallRevertedError."""

    def code_hash(self, address: bytes) -> bytes:
        """keccak256 of the code at an address."""

    def nonce(self, account: Account) -> int:
        """How many transactions an account has sent."""

    @property
    def blocks(self) -> Sequence[Block]:
        """All blocks after genesis."""


class CallRevertedError(Exception):
    """A read that the contract refused; the message is its reason."""
