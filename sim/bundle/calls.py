"""Signed transactions opened: who sent them, and what they ask of which contract."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import eth_abi.abi
from eth.vm.forks.cancun import CancunVM
from eth_utils.abi import collapse_if_tuple, function_abi_to_4byte_selector

from sim.chain.base import Block
from sim.chain.contracts import Artifact
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


def data_of(signed: bytes) -> bytes:
    """The data of a signed transaction, whoever sent it; empty where these bytes are none."""
    try:
        return bytes(CancunVM.get_transaction_builder().decode(signed).data)
    except Exception:  # whatever four libraries make of a malformed one
        return b""


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


def call_of(data: bytes, artifact: Artifact) -> Call | None:
    """The call of a contract that calldata encode in canonical ABI; None where they encode none."""
    abi: Any = artifact.abi  # the library's types are narrower than its input
    functions = (entry for entry in abi if entry["type"] == "function")
    entry = next((each for each in functions if function_abi_to_4byte_selector(each) == data[:4]), None)
    arguments = entry and _decoded(entry["inputs"], data[4:])
    if entry is None or arguments is None or artifact.encode(entry["name"], *arguments.values()) != data:
        return None
    return Call(entry["name"], arguments)


def construction_of(data: bytes, artifact: Artifact) -> Mapping[str, Any] | None:
    """The constructor's arguments by name, of initcode that deploys a contract; None for other initcode."""
    if not data.startswith(artifact.initcode):
        return None
    constructors = (entry["inputs"] for entry in artifact.abi if entry["type"] == "constructor")
    return _decoded(next(constructors, []), data[len(artifact.initcode) :])


def _decoded(inputs: Sequence[Any], data: bytes) -> Mapping[str, Any] | None:
    """Arguments by name; None where these bytes do not encode them."""
    try:
        values = eth_abi.abi.decode([collapse_if_tuple(field) for field in inputs], data)
    except Exception:  # malformed in one of many ways
        return None
    return dict(zip([field["name"] for field in inputs], values, strict=True))
