"""The chain backends a scenario may name."""

from collections.abc import Sequence

from sim.chain.base import Account, Chain
from sim.chain.blocks import CHAIN_ID
from sim.chain.py_evm import PyEvmChain
from sim.chain.revm import RevmChain


def open_chain(
    backend: str,
    accounts: Sequence[Account],
    genesis_timestamp: int,
    block_gas_limit: int,
    chain_id: int = CHAIN_ID,
) -> Chain:
    """A new chain of ``backend``, "py-evm" or "revm", from a genesis that funds ``accounts``."""
    if backend == RevmChain.name:
        return RevmChain(accounts, genesis_timestamp, block_gas_limit, chain_id)
    return PyEvmChain(accounts, genesis_timestamp, block_gas_limit, chain_id)
