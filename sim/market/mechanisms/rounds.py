"""Mechanisms that clear a slot in rounds: quantities are fixed, limits are named anew in each."""

from abc import abstractmethod
from typing import Protocol

import numpy as np

from sim.arrays import Ints
from sim.market.book import OrderBook
from sim.market.clearing import Clearing
from sim.market.mechanisms.mechanism import Mechanism, Properties


class Session(Protocol):
    """One slot, held round by round."""

    def hold(self, limit_price: Ints) -> tuple[Ints, Ints]:
        """Signed fills and payments of the next round, shapes (homes,), at these limits."""


class InRounds(Mechanism):
    """Clears in rounds, so that a quantity that is proved once can be offered at several limits.

    No contract checks it: in each round every home would submit again, and the contract keep a book that
    changes. It runs without a chain.
    """

    rule = None
    properties = Properties(truthful=False, strongly_balanced=True, efficient=False)

    @property
    @abstractmethod
    def rounds(self) -> int:
        """How many, at least 1."""

    @abstractmethod
    def session(self, slot: int, quantity_wh: Ints) -> Session:
        """Begin a slot; quantity_wh: signed, shape (homes,)."""

    def clear(self, book: OrderBook) -> Clearing:
        """The slot where every order stays at its limit in all rounds."""
        session = self.session(book.slot, book.quantity_wh)
        made = np.array([session.hold(book.limit_price) for _ in range(self.rounds)])
        fill_wh, payment = made.sum(axis=0)
        return Clearing(book.slot, np.abs(fill_wh), payment)
