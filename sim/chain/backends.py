"""The chain backends that a scenario may name.

Each imports its EVM when it is opened, so that naming one costs nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from sim.registry import Registry

if TYPE_CHECKING:
    from sim.chain.base import Account, Chain

ChainClass = Callable[["Sequence[Account]", int, int, int], "Chain"]
"""Opens a chain from the accounts that it funds, genesis timestamp, block gas limit and chain id."""


class Backend:
    """What executes the contracts.

    executes:   whether there is a chain at all
    time_share: what it takes of the seconds that py-evm takes
    """

    name: ClassVar[str]
    meaning: ClassVar[str]
    source: ClassVar[str]
    executes: ClassVar[bool] = True
    time_share: ClassVar[float] = 1.0

    def chain_class(self) -> ChainClass:
        """What opens a chain. Raises ValueError where there is none."""
        raise ValueError(f'chain.backend = "{self.name}" has no chain to open')


backends = Registry("chain backend", Backend, settable=False)


@backends.register
@dataclass(frozen=True)
class PyEvm(Backend):
    """The reference."""

    name = "py-evm"
    meaning = "the reference EVM, in Python"
    source = "Ethereum Foundation, py-evm"

    def chain_class(self) -> ChainClass:
        """See ``Backend.chain_class``."""
        from sim.chain.py_evm import PyEvmChain

        return PyEvmChain


@backends.register
@dataclass(frozen=True)
class Revm(Backend):
    """The fast one."""

    name = "revm"
    meaning = "an EVM in Rust, faster; it keeps no block hashes"
    source = "revm, by pyrevm"
    time_share = 0.2

    def chain_class(self) -> ChainClass:
        """See ``Backend.chain_class``."""
        from sim.chain.revm import RevmChain

        return RevmChain


@backends.register
@dataclass(frozen=True)
class NoChain(Backend):
    """The market's rules and ledger in this process, and nothing else."""

    name = "none"
    meaning = "no chain and no proofs, for large populations"
    source = "the rules of the contract, in Python"
    executes = False
    time_share = 0.0


def open_chain(
    backend: str, accounts: "Sequence[Account]", genesis_timestamp: int, block_gas_limit: int, chain_id: int
) -> "Chain":
    """A new chain of the backend of a name, from a genesis that funds ``accounts``."""
    return backends.make(backend).chain_class()(accounts, genesis_timestamp, block_gas_limit, chain_id)
