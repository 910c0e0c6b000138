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
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sim.chain.base import Block, Log, Receipt

MOST_BLOCKS = 100_000
_HEAD, _TAIL = '{"blocks":[\n', "\n]}\n"
_NUMBER, _HASH = "(0|[1-9][0-9]{0,17})", "([0-9a-f]{64})"
_BLOCK = re.compile(
    rf'{{"gas_used":{_NUMBER},"hash":"({_HASH[1:-1]}|)","number":{_NUMBER},"receipts":"{_HASH}",'
    rf'"state_root":"({_HASH[1:-1]}|)","timestamp":{_NUMBER},"transactions":\['
)


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
    return _HEAD + ",\n".join(_json(_fields(each)) for each in record) + _TAIL


def from_json(text: str) -> list[Mined]:
    """Read what ``to_json`` gave, line by line. Raises ValueError for anything else."""
    if not (text.startswith(_HEAD) and text.endswith(_TAIL) and len(text) >= len(_HEAD + _TAIL)):
        raise ValueError("no chain record")
    body = text[len(_HEAD) : -len(_TAIL)]
    if body.count("\n") >= MOST_BLOCKS:
        raise ValueError(f"a chain record of more than {MOST_BLOCKS:,} blocks")
    return [_block(line) for line in body.split(",\n")] if body else []


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


def _block(line: str) -> Mined:
    """A line is what ``to_json`` makes of it, to the letter, or it is none: so nothing has to be guarded."""
    match = _BLOCK.match(line)
    if not match or not line.endswith("]}"):
        raise ValueError(f"no chain record in the one form that a run writes, at {line[:40]!r}")
    gas_used, block_hash, number, receipts, state_root, timestamp = match.groups()
    transactions = _transactions(line[match.end() : -2])
    block = Block(
        number=int(number),
        timestamp=int(timestamp),
        hash=bytes.fromhex(block_hash),
        state_root=bytes.fromhex(state_root),
        gas_used=int(gas_used),
        transactions=transactions,
    )
    return Mined(block, receipts)


def _transactions(listed: str) -> tuple[bytes, ...]:
    if not listed:
        return ()
    hexes = listed[1:-1].split('","')
    transactions = tuple(bytes.fromhex(each) for each in hexes)
    if f'"{listed[1:-1]}"' != listed or any(map(_differ, transactions, hexes)):
        raise ValueError("no chain record: a transaction that is not written in hex")
    return transactions


def _differ(data: bytes, text: str) -> bool:
    return not data or data.hex() != text


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
