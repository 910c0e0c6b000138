"""Verifying keys and other data on the chain: where they stand, and what puts them there."""

import eth_abi.abi
import rlp
from eth_hash.auto import keccak

from sim.chain.base import Account, Transaction
from sim.chain.contracts import VERIFIER, compiled, data_contract

_TELL_GAS = 2_000_000
_STORE_GAS, _STORE_GAS_PER_BYTE = 150_000, 250


def key_storage(
    utility: Account, nonce: int, verifier: bytes | None, key_words: bytes
) -> tuple[bytes, list[Transaction]]:
    """Where a verifying key will stand, and what puts it there and tells a verifier of it."""
    storage, told = data_storage(utility, encoded_key(key_words)), []
    if verifier is not None:
        data = compiled(VERIFIER).encode("registerVka", _words(key_words))
        told = [Transaction(utility, verifier, data, _TELL_GAS)]
    return created_address(utility, nonce), [storage, *told]


def data_storage(utility: Account, payload: bytes) -> Transaction:
    """Put data on the chain."""
    code = data_contract(payload)
    return Transaction(utility, None, code, _STORE_GAS + _STORE_GAS_PER_BYTE * len(code))


def created_address(sender: Account, nonce: int) -> bytes:
    """Where what an account's transaction of this nonce deploys will stand."""
    return keccak(rlp.encode([sender.address, nonce]))[-20:]


def encoded_key(key_words: bytes) -> bytes:
    """What a key contract returns: the words as an ABI-encoded bytes32[]."""
    return eth_abi.abi.encode(["bytes32[]"], [_words(key_words)])


def _words(data: bytes) -> list[bytes]:
    return [data[i : i + 32] for i in range(0, len(data), 32)]
