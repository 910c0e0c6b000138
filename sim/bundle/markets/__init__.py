"""Markets of bundles: with open orders, or with sealed ones."""

from sim.bundle.markets.base import MarketKind
from sim.bundle.markets.open_orders import OpenOrders
from sim.bundle.markets.sealed_orders import SealedOrders
from sim.schema.scenario import Scenario

__all__ = ["MarketKind", "kind_of"]


def kind_of(scenario: Scenario) -> MarketKind:
    """The kind of a scenario's market."""
    if not scenario.market.sealed:
        return OpenOrders()
    return SealedOrders(scenario.market.settlement == "proved", scenario.proofs.policy == "all")
