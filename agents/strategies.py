"""How homes price their orders.

A strategy sees a home's own outside options and forecast, past clearings, the home's own fills and its own
forecast errors; never the open book. Homes that share a strategy are priced at once, one row each, and a row
depends on nothing of the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from agents.dealing import Kind, deal
from sim.scenario_values import exact
from sim.seeds import Streams

Ints = NDArray[np.int64]
_DRAW_BITS = 32


@dataclass(frozen=True)
class View:
    """What homes know when they price the orders of a gate; shape (homes, slots of the gate) unless said.

    quantity_wh:                   what they will order, positive buys
    buyer_value:                   most they would pay, nano-$ per Wh: retail less half of the grid fee
    seller_cost:                   least they would take, nano-$ per Wh: feed-in plus half of the grid fee
    past_price:                    shape (slots cleared so far,), nano-$ per Wh, 0 without trade
    past_fill_wh:                  shape (homes, slots cleared so far), their own signed fills
    past_forecast_wh, past_net_wh: shape (homes, slots metered so far), what they expected, and had
    """

    quantity_wh: Ints
    buyer_value: Ints
    seller_cost: Ints
    past_price: Ints
    past_fill_wh: Ints
    past_forecast_wh: Ints
    past_net_wh: Ints

    @property
    def past_error_wh(self) -> Ints:
        """Forecast less reading, shape (homes, slots metered so far)."""
        return self.past_forecast_wh - self.past_net_wh


class Strategy(Protocol):
    """Prices orders."""

    name: str
    source: str

    def limit_prices(self, view: View, draws: Ints) -> Ints:
        """A limit price for each home and slot of the gate, nano-$ per Wh.

        draws: shape (homes, slots of the gate), random, each home's own, from 0 to below 2^32
        """


class Truthful:
    """Asks for what the energy is worth to it: its outside option with the utility."""

    name = "truthful"
    source = "Vickrey, Counterspeculation, auctions, and competitive sealed tenders, J. Finance 16 (1961)"

    def limit_prices(self, view: View, draws: Ints) -> Ints:  # noqa: ARG002
        """Buyers bid their value, sellers ask their cost."""
        return np.where(view.quantity_wh > 0, view.buyer_value, view.seller_cost)


class ZeroIntelligenceConstrained:
    """Draws each price at random between the two outside options, so that it never trades at a loss."""

    name = "zic"
    source = (
        "Gode and Sunder, Allocative efficiency of markets with zero-intelligence traders, JPE 101 (1993)"
    )

    def limit_prices(self, view: View, draws: Ints) -> Ints:
        """Uniform over the whole numbers from cost to value; one draw per slot, whatever the quantity."""
        # Scaling one draw keeps runs with other tariffs paired; spans stay below 2^31, so int64 holds it.
        span = view.buyer_value - view.seller_cost
        return view.seller_cost + ((draws * (span + 1)) >> _DRAW_BITS)


def day_draws(streams: Streams, homes: Sequence[str], day: int, slots: int) -> Ints:
    """What homes draw for a day of the run, shape (homes, slots of a day).

    A draw belongs to home and slot alone, so that runs with other gates are paired as well.
    """
    return np.stack(
        [
            streams.generator("strategy", home, day).integers(0, 1 << _DRAW_BITS, size=slots, dtype=np.int64)
            for home in homes
        ]
    )


STRATEGIES: Mapping[str, Strategy] = {s.name: s for s in (ZeroIntelligenceConstrained(), Truthful())}


def strategies_of_homes(
    streams: Streams, homes: Sequence[str], shares: Mapping[str, float]
) -> tuple[Strategy, ...]:
    """Deal strategies to shares of the homes."""
    wanted: dict[Kind, Fraction] = {name: exact(share) for name, share in shares.items()}
    return tuple(STRATEGIES[str(name)] for name in deal(streams, ("strategy-choice",), homes, wanted))
