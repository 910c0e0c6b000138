"""What a run leaves of its chain: every block with its signed transactions, as one canonical JSON text.

    {"blocks":[
    {"gas_used":..,"hash":"..","number":1,"receipts":"..","state_root":"..","timestamp":..,"transactions":[..]},
    ...
    ]}

One block a line, bytes in hex. ``receipts`` is the sha-256 of what became of the block's transactions:
whether each was accepted, its gas, its logs. So whoever executes them again, on whichever EVM, can see that
the same came of it, also where hash and state root are empty because the run's EVM kept no trie.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sim.chain.base import Block, Log, Receipt

_FIELDS = {"number", "timestamp", "gas_used", "hash", "state_root", "receipts", "transactions"}


@dataclass(frozen=True)
class Mined:
    """A block, and the digest in hex of its receipts."""

    block: Block
    receipts: str


def mined(blocks: Sequence[Block], receipts: Iterable[Receipt]) -> list[Mined]:
    """Blocks with what became of their transactions; ``receipts`` of all of them, in any order of blocks."""
    by_block: dict[int, list[Receipt]] = {block.number: [] for block in blocks}
    for receipt in receipts:
        by_block[receipt.block_number].append(receipt)
    return [Mined(block, receipts_digest(by_block[block.number])) for block in blocks]


def receipts_digest(receipts: Sequence[Receipt]) -> str:
    """sha-256 in hex over acceptance, gas and logs of a block's transactions, in order."""
    facts = [[receipt.ok, receipt.gas_used, [_log(log) for log in receipt.logs]] for receipt in receipts]
    return hashlib.sha256(_json(facts).encode()).hexdigest()


def to_json(record: Sequence[Mined]) -> str:
    """The canonical text of a chain."""
    return '{"blocks":[\n' + ",\n".join(_json(_fields(each)) for each in record) + "\n]}\n"


def from_json(text: str) -> list[Mined]:
    """Read what ``to_json`` gave. Raises ValueError for anything else."""
    try:
        record = [_block(fields) for fields in json.loads(text)["blocks"]]
        if to_json(record) == text:
            return record
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"no chain record ({type(error).__name__})") from None
    raise ValueError("no chain record in the one form that a run writes")


def _log(log: Log) -> list[Any]:
    return [log.address.hex(), [f"{topic:064x}" for topic in log.topics], log.data.hex()]


def _fields(each: Mined) -> dict[str, Any]:
    block = each.block
    return {
        "number": block.number,
        "timestamp": block.timestamp,
        "gas_used": block.gas_used,
        "hash": block.hash.hex(),
        "state_root": block.state_root.hex(),
        "receipts": each.receipts,
        "transactions": [signed.hex() for signed in block.transactions],
    }


def _block(fields: Any) -> Mined:
    if set(fields) != _FIELDS:
        raise ValueError("no chain record: a block of other fields")
    numbers = [fields[name] for name in ("number", "timestamp", "gas_used")]
    if not all(type(number) is int and 0 <= number < 2**63 for number in numbers):
        raise ValueError("no chain record: a number out of range")
    block = Block(
        number=numbers[0],
        timestamp=numbers[1],
        hash=bytes.fromhex(fields["hash"]),
        state_root=bytes.fromhex(fields["state_root"]),
        gas_used=numbers[2],
        transactions=tuple(bytes.fromhex(signed) for signed in fields["transactions"]),
    )
    return Mined(block, str(fields["receipts"]))


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
