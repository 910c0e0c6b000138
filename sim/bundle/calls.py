"""Signed transactions opened: who sent them, and what they ask of which contract."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import eth_abi.abi
from eth.vm.forks.cancun import CancunVM
from eth_utils.abi import collapse_if_tuple, function_abi_to_4byte_selector

from sim.chain.base import Block
from sim.chain.contracts import MARKET, Artifact, compiled
from sim.errors import BundleError

STRANGER = "an account that no run of this seed has"


@dataclass(frozen=True)
class Opened:
    """A signed transaction; ``to`` is None for a deployment."""

    sender: bytes
    to: bytes | None
    data: bytes
    gas_limit: int


@dataclass(frozen=True)
class Call:
    """A call of a contract's function, arguments by name."""

    function: str
    arguments: Mapping[str, Any]


def opened(signed: bytes) -> Opened:
    """A transaction from its RLP, with its sender recovered. Raises BundleError for anything else."""
    try:
        transaction: Any = CancunVM.get_transaction_builder().decode(signed)
        sender = bytes(transaction.sender)
    except Exception as error:  # whatever four libraries make of a malformed one
        raise BundleError(f"not a signed transaction ({type(error).__name__})") from None
    return Opened(sender, bytes(transaction.to) or None, bytes(transaction.data), int(transaction.gas))


def opened_block(block: Block, accounts: Mapping[bytes, str]) -> list[Opened]:
    """A block's transactions, each sent by one of these accounts. Raises BundleError at what no run has."""
    if not block.transactions:
        raise BundleError(f"block {block.number} is empty, and no run seals an empty block")
    found = []
    for place, signed in enumerate(block.transactions, start=1):
        where = f"block {block.number}, transaction {place}"
        try:
            each = opened(signed)
        except BundleError as error:
            raise BundleError(f"{where}: {error}") from None
        if each.sender not in accounts:
            raise BundleError(f"{where}: signed by 0x{each.sender.hex()}, {STRANGER}")
        found.append(each)
    return found


def call_of(data: bytes, artifact: Artifact | None = None) -> Call | None:
    """The call of a contract, the market by default, that calldata encode in canonical ABI; else None."""
    artifact = artifact or compiled(MARKET)
    entry = next((entry for entry in _functions(artifact) if _selector(entry) == data[:4]), None)
    if entry is None:
        return None
    types = [collapse_if_tuple(field) for field in entry["inputs"]]
    try:
        values = eth_abi.abi.decode(types, data[4:])
    except Exception:  # malformed in one of many ways
        return None
    if artifact.encode(entry["name"], *values) != data:
        return None
    names = [field["name"] for field in entry["inputs"]]
    return Call(entry["name"], dict(zip(names, values, strict=True)))


def construction_of(data: bytes, artifact: Artifact) -> Mapping[str, Any] | None:
    """The constructor's arguments by name, of initcode that deploys a contract; None for other initcode."""
    if not data.startswith(artifact.initcode):
        return None
    constructors = [entry for entry in artifact.abi if entry["type"] == "constructor"]
    inputs = constructors[0]["inputs"] if constructors else []
    types = [collapse_if_tuple(field) for field in inputs]
    try:
        values = eth_abi.abi.decode(types, data[len(artifact.initcode) :])
    except Exception:  # malformed in one of many ways
        return None
    return dict(zip([field["name"] for field in inputs], values, strict=True))


def _functions(artifact: Artifact) -> list[Mapping[str, Any]]:
    return [entry for entry in artifact.abi if entry["type"] == "function"]


def _selector(entry: Mapping[str, Any]) -> bytes:
    declaration: Any = entry  # the library's types are narrower than its input
    return bytes(function_abi_to_4byte_selector(declaration))
