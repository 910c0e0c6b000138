"""What the world needs of a place to hold the market at."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from sim.arrays import Bools, Ints
from sim.chain.base import Block, Receipt
from sim.market.clearing import Trades
from sim.market.orders import Orders


class Requote(Protocol):
    """Told what a round's orders came to, gives the limits of the next: shape (homes, horizon)."""

    def __call__(self, trades: Trades, cover: Callable[[Ints, Ints], Ints]) -> Ints:
        """``cover`` makes of what is left and limits those limits that homes have the credit for."""


@dataclass(frozen=True)
class Sent:
    """A transaction of the run and what became of it; set-up has gate -1.

    attack: the attack that it is part of; None is honest
    slot:   the slot it is about, None where it is about a whole gate
    """

    stage: str
    gate: int
    sender: str
    receipt: Receipt
    attack: str | None = None
    slot: int | None = None

    @property
    def repelled(self) -> bool:
        """Whether it is a cheat's and was refused, and so has no part in the market."""
        return self.attack is not None and not self.receipt.ok


@dataclass(frozen=True)
class AttackRecord:
    """Who cheats in a run, and what there would be without or but for the contract.

    by_home:            the name of each home's attack, None where it is honest
    honest_limit_price: shape (homes, slots), what the accepted orders' limits were, had nobody cheated
    wished:             shape (homes, slots), the accepted orders, but in the rows of cheats those that they
                        would have were nothing verified
    """

    by_home: tuple[str | None, ...]
    honest_limit_price: Ints
    wished: Orders


@dataclass(frozen=True)
class SealedRecord:
    """What is public of a run with sealed orders.

    scale:          s, of all outputs
    accepted:       shape (homes, gates), whose orders were taken
    cleared:        shape (gates,), which gates were; the others are void
    totals:         shape (slots,), what the community was short of at 2^-s Wh, 0 in void gates
    price:          shape (slots,), nano-$ per Wh, 0 in void gates
    trade_sums:     by period and home, nano-$ at 2^-s
    deviation_sums: likewise
    """

    scale: int
    accepted: Bools
    cleared: Bools
    totals: Ints
    price: Ints
    trade_sums: tuple[tuple[int, ...], ...]
    deviation_sums: tuple[tuple[int, ...], ...]

    @property
    def bills(self) -> list[list[int]]:
        """By period and home, nano-$: both sums, rounded down."""
        pairs = zip(self.trade_sums, self.deviation_sums, strict=True)
        return [[(a + b) >> self.scale for a, b in zip(*sums, strict=True)] for sums in pairs]

    @property
    def surplus(self) -> Ints:
        """Shape (slots,), nano-$: what each adds to what the utility is paid for all that is left over."""
        traded = self.totals.astype(object) * self.price.astype(object)
        surplus: Ints = np.diff(np.cumsum(traded) >> self.scale, prepend=0).astype(np.int64)
        return surplus


@dataclass(frozen=True)
class ChainRecord:
    """What a run left on its chain; all empty but ``sealed`` where there was none.

    sent:    every transaction, in order
    blocks:  every block after genesis
    attacks: None where nobody cheats
    sealed:  what is public of sealed orders; None where they are open
    """

    sent: tuple[Sent, ...] = ()
    blocks: tuple[Block, ...] = ()
    verifier: bytes = b""
    verifier_code_hash: bytes = b""
    market_code_hash: bytes = b""
    attacks: AttackRecord | None = None
    sealed: SealedRecord | None = None


class Venue(Protocol):
    """Takes orders, books clearings, settles deviations. Arrays have shape (homes, horizon), one gate's.

    Where a home has no order, quantity and limit are 0.

    chain_s: seconds spent in the chain
    """

    chain_s: float

    def register(self, gate: int, timestamp: int) -> None:
        """The utility registers new models, which the gate is the first to use."""

    def commit(self, gate: int, timestamp: int) -> None:
        """The meter binds every home's window to the gate."""

    def submit(self, gate: int, timestamp: int, orders: Orders) -> Orders:
        """Homes submit their orders; returns what was accepted."""

    def clear(self, gate: int, timestamp: int, requote: Requote) -> Trades:
        """The auctioneer clears every slot, in as many rounds as the mechanism has."""

    def void(self, gate: int, timestamp: int) -> None:
        """When delivery begins: slots that nobody has cleared are declared void."""

    def settle(self, gate: int, timestamp: int, realised_wh: Ints, fill_wh: Ints) -> None:
        """After delivery the meter posts what it read beside the fills, and the utility settles that."""

    def balances(self) -> tuple[int, ...]:
        """The ledger in nano-$: the utility's balance, then the homes'."""

    def record(self) -> ChainRecord:
        """What is on the chain by now."""
