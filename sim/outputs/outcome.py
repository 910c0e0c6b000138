"""A finished run as facts, and the digest that names its market outcome."""

import hashlib
import json
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.chain.base import Block
from sim.chain.contracts import VERIFIER, compiled
from sim.market.trades import Trades
from sim.preparation import Prepared
from sim.proofs.circuit import Circuit
from sim.proofs.prover import Proof
from sim.world import Sent, World

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Timing:
    """Seconds of set-up (training, keys, contracts), in the chain, and of the simulation with both."""

    setup_s: float
    chain_s: float
    wall_s: float


@dataclass(frozen=True)
class Outcome:
    """Everything that tables, measures and figures are made from.

    quantity_wh, limit_price: shape (homes, slots), accepted orders
    persistence_limit_price:  shape (homes, slots), what homes would have asked with forecasts "as yesterday"
    balances:                 ledger at the end in nano-$: the utility's, then the homes'
    circuits:                 by cluster; empty where nothing was proved
    proofs:                   by (home from 0, gate)
    """

    prepared: Prepared
    strategies: tuple[str, ...]
    quantity_wh: Ints
    limit_price: Ints
    persistence_limit_price: Ints
    trades: Trades
    balances: tuple[int, ...]
    sent: tuple[Sent, ...]
    blocks: tuple[Block, ...]
    verifier: bytes
    verifier_code_hash: bytes
    market_code_hash: bytes
    circuits: tuple[Circuit, ...]
    proofs: dict[tuple[int, int], Proof]
    timing: Timing

    @property
    def verified_on_chain(self) -> bool:
        """Whether EZKL's verifier, known by its code, and not a stub, stood behind the market."""
        return self.verifier_code_hash == compiled(VERIFIER).code_hash

    @property
    def market_digest(self) -> str:
        """sha-256 over orders, fills, prices and ledger balances: the market's outcome and nothing else."""
        homes = [home.name for home in self.prepared.population.homes]
        orders = [
            [slot, homes[home], int(self.quantity_wh[home, slot]), int(self.limit_price[home, slot])]
            for slot in range(self.quantity_wh.shape[1])
            for home in np.flatnonzero(self.quantity_wh[:, slot]).tolist()
        ]
        fills = [
            [slot, homes[home], int(self.trades.fill_wh[home, slot])]
            for slot in range(self.quantity_wh.shape[1])
            for home in np.flatnonzero(self.trades.fill_wh[:, slot]).tolist()
        ]
        content = {
            "orders": orders,
            "fills": fills,
            "prices": self.trades.price.tolist(),
            "balances": dict(zip(["utility", *homes], self.balances, strict=True)),
        }
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def outcome_of(
    world: World, circuits: tuple[Circuit, ...], proofs: dict[tuple[int, int], Proof], timing: Timing
) -> Outcome:
    """Read what the tables need off a world that has been run to its end."""
    return Outcome(
        prepared=world.prepared,
        strategies=tuple(home.strategy.name for home in world.prosumers),
        quantity_wh=world.quantity_wh,
        limit_price=world.limit_price,
        persistence_limit_price=world.persistence_limit_price,
        trades=world.trades,
        balances=tuple(world.market.balances(len(world.prosumers))),
        sent=tuple(world.sent),
        blocks=tuple(world.chain.blocks),
        verifier=world.market.verifier,
        verifier_code_hash=world.chain.code_hash(world.market.verifier),
        market_code_hash=world.chain.code_hash(world.market.address),
        circuits=circuits,
        proofs=proofs,
        timing=timing,
    )
