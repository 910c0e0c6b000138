"""A home that forecasts, prices and submits its orders."""

import mesa
import numpy as np
from numpy.typing import NDArray

from agents.strategies import Strategy, View
from sim.chain.base import Account, Transaction
from sim.chain.market_client import Market, Submission
from sim.data.population import Home
from sim.proofs.bids import BackedBid
from sim.seeds import Streams

Ints = NDArray[np.int64]


class Prosumer(mesa.Agent):  # type: ignore[misc]
    """One home of the community.

    number:  the contract's number of this home, from 1
    cluster: whose model forecasts for it
    """

    def __init__(
        self,
        model: mesa.Model,
        number: int,
        home: Home,
        account: Account,
        market: Market,
        cluster: int,
        strategy: Strategy,
        streams: Streams,
    ) -> None:
        super().__init__(model)
        self.number = number
        self.home = home
        self.account = account
        self.market = market
        self.cluster = cluster
        self.strategy = strategy
        self._streams = streams

    def limit_prices(self, gate: int, view: View) -> Ints:
        """Price the orders of a gate, nano-$ per Wh; 0 where there is no order."""
        rng = self._streams.generator("strategy", self.home.name, gate)
        return np.where(view.quantity_wh == 0, 0, self.strategy.limit_prices(view, rng))

    def submit(self, gate: int, bid: BackedBid, limits: Ints) -> Transaction:
        """The orders of a gate with what backs their quantities."""
        submission = Submission(gate, bid.proof, bid.instances, tuple(limits.tolist()))
        return self.market.submit(self.account, submission)
