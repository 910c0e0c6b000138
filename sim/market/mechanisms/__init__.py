"""The auctions that a scenario may name, one file each."""

from sim.market.mechanisms import double_auction  # noqa: F401
from sim.market.mechanisms.mechanism import Mechanism, mechanisms

__all__ = ["Mechanism", "mechanisms"]
