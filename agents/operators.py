"""The operators: the utility that runs the community's books, the meter, and the auctioneer."""

from collections.abc import Sequence
from typing import Generic, TypeVar

import mesa
import numpy as np

from sim.arrays import Ints
from sim.chain.base import Account, Transaction
from sim.chain.market_client import DeployedMarket, Enrolment, Market, ModelRegistration, registrations
from sim.market.bills import deviation_totals
from sim.market.book import OrderBook
from sim.market.clearing import Clearing
from sim.market.mechanisms import Mechanism

SomeMarket = TypeVar("SomeMarket", bound=DeployedMarket)


class Operator(mesa.Agent, Generic[SomeMarket]):  # type: ignore[misc]
    """Someone with an office in the market and an account on its chain."""

    def __init__(self, model: mesa.Model, account: Account, market: SomeMarket) -> None:
        super().__init__(model)
        self.account = account
        self.market = market


class Utility(Operator[Market]):
    """Enrols homes, grants them credit, registers models, and sells and buys what the market leaves over."""

    def enrol(self, homes: Sequence[Enrolment]) -> list[Transaction]:
        """One call per home, in the order of their numbers."""
        return [self.market.enrol(self.account, home) for home in homes]

    def register(self, models: Sequence[ModelRegistration], nonce: int, horizon: int) -> list[Transaction]:
        """New models for forecasters; ``nonce``: how many transactions it has sent before."""
        return registrations(self.market, self.account, nonce, models, horizon)


class Meter(Operator[Market]):
    """Reads what homes draw and feed in: commits to it before a gate, and posts deviations after delivery."""

    def commit(self, gate: int, points: Sequence[bytes]) -> Transaction:
        """Bind every home's window to the gate; the commitments' points in the order of home numbers."""
        return self.market.commit(self.account, gate, range(1, len(points) + 1), points)

    def settle(
        self, gate: int, realised_wh: Ints, fill_wh: Ints, period_of_slot: Ints, periods: int
    ) -> list[Transaction]:
        """Post the totals of each tariff period of the gate; arrays of shape (homes, horizon)."""
        short_wh, beyond_wh = deviation_totals(realised_wh, fill_wh, period_of_slot, periods)
        return [
            self.market.settle(self.account, gate, period, short_wh[:, period], beyond_wh[:, period])
            for period in np.unique(period_of_slot).tolist()
        ]


class Auctioneer(Operator[Market]):
    """Clears the book off chain and submits fills and prices; the contract checks them."""

    def __init__(self, model: mesa.Model, account: Account, market: Market, mechanism: Mechanism) -> None:
        super().__init__(model, account, market)
        self._mechanism = mechanism

    def clear(self, book: OrderBook) -> tuple[Clearing, Transaction]:
        """What the mechanism makes of the book, and the call that proposes it."""
        clearing = self._mechanism.cleared(book)
        return clearing, self.market.clear(self.account, clearing)
