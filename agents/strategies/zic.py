"""Traders of zero intelligence, but never at a loss."""

from dataclasses import dataclass
from typing import Any

from agents.strategies.draws import DRAW_BITS, Draws
from agents.strategies.strategy import Strategy, View, strategies
from sim.market.orders import Orders


@strategies.register
@dataclass(frozen=True)
class ZeroIntelligenceConstrained(Strategy):
    """Draws each price at random between the two outside options."""

    name = "zic"
    meaning = "at random between the two tariffs: zero intelligence, but never at a loss"
    source = (
        "Gode and Sunder, Allocative efficiency of markets with zero-intelligence traders, JPE 101 (1993)"
    )

    def orders(self, view: View, state: Any, draws: Draws) -> Orders:
        """Uniform over the whole numbers from cost to value; one draw per slot, whatever the quantity."""
        del state
        # Scaling one draw keeps runs with other tariffs paired; spans stay below 2^31, so int64 holds it.
        span = view.buyer_value - view.seller_cost
        return view.priced(view.seller_cost + ((draws.per_slot() * (span + 1)) >> DRAW_BITS))
