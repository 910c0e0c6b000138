"""Homes that say what energy is worth to them."""

from dataclasses import dataclass
from typing import Any

from agents.strategies.draws import Draws
from agents.strategies.strategy import Strategy, View, strategies
from sim.market.orders import Orders


@strategies.register
@dataclass(frozen=True)
class Truthful(Strategy):
    """Asks for the outside option: buyers bid their value, sellers ask their cost."""

    name = "truthful"
    meaning = "at their outside option, what the utility would charge or pay"
    source = "Vickrey, Counterspeculation, auctions, and competitive sealed tenders, J. Finance 16 (1961)"

    def orders(self, view: View, state: Any, draws: Draws) -> Orders:
        """The same at every gate."""
        del state, draws
        return view.priced(view.worth)
