"""How a home prices its orders.

A strategy sees its own outside options and forecast, past clearings, its own fills and its own forecast
errors; never the open book. It draws from a stream of its own, so that no home's choices depend on another's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
_DRAW_BITS = 32


@dataclass(frozen=True)
class View:
    """What a home knows when it prices the orders of a gate; arrays have one entry per slot of the gate.

    quantity_wh:   what it will order, positive buys
    buyer_value:   most it would pay, nano-$ per Wh: retail less its half of the grid fee
    seller_cost:   least it would take, nano-$ per Wh: feed-in plus its half of the grid fee
    past_price:    shape (slots cleared so far,), nano-$ per Wh, 0 without trade
    past_fill_wh:  shape (slots cleared so far,), its own signed fills
    past_error_wh: shape (slots metered so far,), forecast less reading
    """

    quantity_wh: Ints
    buyer_value: Ints
    seller_cost: Ints
    past_price: Ints
    past_fill_wh: Ints
    past_error_wh: Ints


class Strategy(Protocol):
    """Prices orders."""

    name: str
    source: str

    def limit_prices(self, view: View, rng: np.random.Generator) -> Ints:
        """A limit price for each slot of the gate, nano-$ per Wh."""


class Truthful:
    """Asks for what the energy is worth to it: its outside option with the utility."""

    name = "truthful"
    source = "Vickrey, Counterspeculation, auctions, and competitive sealed tenders, J. Finance 16 (1961)"

    def limit_prices(self, view: View, rng: np.random.Generator) -> Ints:  # noqa: ARG002
        """Buyers bid their value, sellers ask their cost."""
        return np.where(view.quantity_wh > 0, view.buyer_value, view.seller_cost)


class ZeroIntelligenceConstrained:
    """Draws each price at random between the two outside options, so that it never trades at a loss."""

    name = "zic"
    source = (
        "Gode and Sunder, Allocative efficiency of markets with zero-intelligence traders, JPE 101 (1993)"
    )

    def limit_prices(self, view: View, rng: np.random.Generator) -> Ints:
        """Uniform over the whole numbers from cost to value; one draw per slot, whatever the quantity."""
        draws = rng.integers(0, 1 << _DRAW_BITS, size=len(view.quantity_wh), dtype=np.int64)
        # Scaling one draw keeps runs with other tariffs paired; spans stay below 2^31, so int64 holds it.
        span = view.buyer_value - view.seller_cost
        return view.seller_cost + ((draws * (span + 1)) >> _DRAW_BITS)


STRATEGIES: Mapping[str, Strategy] = {s.name: s for s in (ZeroIntelligenceConstrained(), Truthful())}


def assign_strategies(shares: Mapping[str, float], homes: int) -> list[Strategy]:
    """Give each home a strategy so that every prefix of the homes holds the shares as closely as it can."""
    counts = dict.fromkeys(shares, 0)
    assigned = []
    for home in range(1, homes + 1):
        name = max(shares, key=lambda s: shares[s] * home - counts[s])
        counts[name] += 1
        assigned.append(STRATEGIES[name])
    return assigned
