"""Traders of zero intelligence, with nothing that keeps them from a loss."""

from dataclasses import dataclass
from typing import Any

from agents.strategies.draws import DRAW_BITS, Draws
from agents.strategies.strategy import Strategy, View, strategies
from sim.market.orders import Orders
from sim.registry import parameter
from sim.units import NANO_PER_WH_PER_DOLLAR_PER_KWH


@strategies.register
@dataclass(frozen=True)
class ZeroIntelligenceUnconstrained(Strategy):
    """Draws each price at random, whatever energy is worth to the home.

    Gode and Sunder's traders draw from 1 to 200, the highest of which is above all their values; here the
    highest price is a parameter, and the least is 0. They order for what their home needs, not unit by unit,
    and a home whose worst cost is beyond its credit is refused, which theirs never are.
    """

    name = "ziu"
    meaning = "at random from 0 to a highest price, at a loss as well"
    source = (
        "Gode and Sunder, Allocative efficiency of markets with zero-intelligence traders, JPE 101 (1993)"
    )
    never_loses = False

    highest: float = parameter(0.5, "highest price", "$/kWh", least=0, most=1_000)

    def orders(self, view: View, state: Any, draws: Draws) -> Orders:
        """Uniform over the whole numbers from 0 to the highest; one draw per slot, as of "zic"."""
        del state
        highest = round(
            self.highest * NANO_PER_WH_PER_DOLLAR_PER_KWH
        )  # below 2^30, so that int64 holds the product
        return view.priced((draws.per_slot() * (highest + 1)) >> DRAW_BITS)
