"""A home that forecasts, decides what to order, submits it, and learns from what it is told."""

import mesa

from agents.traders import Traders
from sim.arrays import Ints
from sim.chain.base import Account, Transaction
from sim.chain.market_client import Market
from sim.chain.submission import Submission
from sim.data.population import Home
from sim.proofs.bids import BackedBid


class Prosumer(mesa.Agent):  # type: ignore[misc]
    """One home of the community: its account, cluster and submissions. ``agents.traders`` decides for it.

    number:   the contract's number of this home, from 1
    cluster:  whose model forecasts for it
    traders:  the homes that it decides with: their strategy, and what they have learned
    """

    def __init__(
        self,
        model: mesa.Model,
        number: int,
        home: Home,
        account: Account,
        cluster: int,
        traders: Traders,
    ) -> None:
        super().__init__(model)
        self.number = number
        self.home = home
        self.account = account
        self.cluster = cluster
        self.traders = traders

    def submission(self, gate: int, bid: BackedBid, limits: Ints) -> Submission:
        """The orders of a gate with what backs their quantities."""
        return Submission(gate, bid.proof, bid.instances, tuple(limits.tolist()))

    def submit(self, market: Market, submission: Submission) -> Transaction:
        """A submission, under its own name."""
        return market.submit(self.account, submission)
