"""A whole run on py-evm and on revm: the same receipts, the same final storage, the same market.

    python -m tests.chain.two_evms scenarios/street.toml ...    prints what was compared, and the time of each

The run is simulated on both, which gives the same market. What it sent on py-evm, false proofs of cheats and
all, is then sent to revm once more: proofs are random, so only the same transactions have the same receipts.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from unittest.mock import patch

import rlp
from eth_hash.auto import keccak
from trie import HexaryTrie

from sim.chain.base import Chain, Receipt, Transaction
from sim.chain.py_evm import PyEvmChain
from sim.chain.revm import RevmChain
from sim.forecast.forecasters import Forecasters
from sim.outputs.outcome import Outcome
from sim.proofs.srs import load_srs
from sim.runtime.progress import Progress
from sim.runtime.store import open_store
from sim.schema.scenario import Scenario
from sim.simulation.run import simulate

Storage = dict[int, int]


@dataclass(frozen=True)
class Ran:
    """A finished run, its chain, and the storage root of every contract there."""

    outcome: Outcome
    chain: Chain
    storage_roots: dict[bytes, bytes]


class RecordingPyEvm(PyEvmChain):
    """py-evm, which remembers how it was founded, and what it was given to mine, when."""

    def __init__(self, *founding) -> None:
        super().__init__(*founding)
        self.founding, self.given = founding, []

    def mine(self, timestamp: int, transactions: Sequence[Transaction]) -> list[Receipt]:
        self.given.append((timestamp, transactions))
        return super().mine(timestamp, transactions)


class RememberingRevm(RevmChain):
    """revm, which remembers what was written to storage: it keeps no tries of its own."""

    def __init__(self, *arguments, **named) -> None:
        super().__init__(*arguments, **named)
        self.written: dict[bytes, Storage] = defaultdict(dict)
        write = self._state.write

        def remember(outcome) -> None:
            for address, slot, value in outcome.writes:
                self.written[bytes.fromhex(address[2:])][slot] = value
            write(outcome)

        self._state.write = remember


@contextmanager
def opened_chains() -> Iterator[list[Chain]]:
    """The chains that runs open meanwhile."""
    opened: list[Chain] = []

    def remembered(kind):
        def open_one(*arguments):
            opened.append(kind(*arguments))
            return opened[-1]

        return open_one

    with (
        patch("sim.chain.revm.RevmChain", remembered(RememberingRevm)),
        patch("sim.chain.py_evm.PyEvmChain", remembered(RecordingPyEvm)),
    ):
        yield opened


def run_on(backend: str, settings: Scenario, store: Path, models: Forecasters | None, jobs: int = 1) -> Ran:
    chain = settings.chain.model_copy(update={"backend": backend})
    scenario = settings.model_copy(update={"chain": chain})
    with opened_chains() as opened:
        outcome = simulate(scenario, load_srs(), jobs, Progress(quiet=True), models, open_store(str(store)))
    (chain,) = opened
    return Ran(outcome, chain, storage_roots(chain, [sent.receipt for sent in outcome.sent]))


def storage_roots(chain: Chain, receipts: Sequence[Receipt]) -> dict[bytes, bytes]:
    """Of all contracts that these transactions deployed."""
    contracts = {receipt.contract for receipt in receipts} - {None}
    return {contract: storage_root(chain, contract) for contract in contracts}


def storage_root(chain: Chain, contract: bytes) -> bytes:
    """By py-evm, or of a trie made of all that revm wrote."""
    if isinstance(chain, PyEvmChain):
        state = chain._chain.get_vm(chain._chain.header).state
        return bytes(state._account_db._get_storage_root(contract))
    trie = HexaryTrie({}, prune=True)
    for slot, value in chain.written[contract].items():
        if value:
            trie[keccak(slot.to_bytes(32, "big"))] = rlp.encode(value)
    return bytes(trie.root_hash)


def compare(settings: Scenario, store: Path, models: Forecasters | None = None, jobs: int = 1) -> list[Ran]:
    """Both runs, seen to be the same."""
    slow, fast = (run_on(backend, settings, store, models, jobs) for backend in ("py-evm", "revm"))
    again = RememberingRevm(*slow.chain.founding)
    receipts = [receipt for given in slow.chain.given for receipt in again.mine(*given)]
    assert receipts == [sent.receipt for sent in slow.outcome.sent]
    assert again.blocks == [replace(block, hash=b"", state_root=b"") for block in slow.outcome.blocks]
    assert storage_roots(again, receipts) == slow.storage_roots
    for figure in ("market_digest", "balances"):
        assert getattr(fast.outcome, figure) == getattr(slow.outcome, figure)
    return [slow, fast]
