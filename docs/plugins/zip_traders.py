"""Zero-Intelligence-Plus traders, a strategy that learns: ``zkpet run FILE --plugin zip_traders.py``.

    [market]
    strategy = "zip"
    parameters.zip = { learning_least = 0.2 }

Cliff, Minimal-intelligence agents for bargaining behaviors in market-based environments, HP Laboratories,
HPL-97-91 (1997). A trader shouts the price p = worth (1 + margin), its worth being the limit beyond which it
would lose: sellers' margins are at least 0, buyers' from -1 to 0. After each shout, at a price q:

- accepted: sellers whose p is at most q, and buyers whose p is at least q, raise their margins; the others
  lower them, if they are still in the market;
- rejected: traders of the shouting side lower them, if they are still in the market and ask for no less.

Who does, moves towards a target a little beyond q, by the Widrow-Hoff rule with momentum:

    target = R q + A,    change = momentum change + (1 - momentum) learning (target - p),
    margin = (p + change) / worth - 1

R and A are drawn anew each time: up to 5 % and a small amount above 1 and 0 for prices that go up, below for
those that go down. Learning rate, momentum and first margin are each trader's own, drawn once.

Where this market differs from Cliff's, a continuous auction in which all hear every shout:

- A slot is cleared once, sealed. What everybody hears is its price: that counts as one accepted shout, a bid
  and an offer at once. Whose order is not filled to the end is still in the market.
- Where nothing trades, no price is heard. A trader knows its own shout alone, which was rejected, at q = p.
- All orders of a gate are placed before the first of its slots is cleared: its prices are learned from in
  turn, but help from the next gate on.
- A home buys in one slot and sells in another, for other tariffs: it has a margin for each side.
- Where a seller's worth is 0, p is 0 at any margin, so that nothing is learned.
- The small amount is $0.05 in the paper, where things cost about $2; here it is $0.0025/kWh.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from agents.strategies import DRAW_BITS, Cleared, Draws, Strategy, View, strategies
from sim.arrays import Floats
from sim.market.orders import Orders
from sim.registry import parameter

NANO_PER_WH = 1_000_000
"""Of $1/kWh."""
BUYS, SELLS = 0, 1
FIRST_MARGIN, LEARNING, MOMENTUM, RELATIVE, ABSOLUTE = (1, 2), 3, 4, 5, 6
"""Which of its random numbers a home takes for what; number 0 is left to "zic"."""


class State(NamedTuple):
    """What traders remember, one row per home.

    margin, change:     shape (homes, 2), as buyer and as seller
    learning, momentum: shape (homes,), their own for good
    """

    margin: Floats
    change: Floats
    learning: Floats
    momentum: Floats


@strategies.register
@dataclass(frozen=True)
class ZeroIntelligencePlus(Strategy):
    """Keeps a margin, and moves it towards what the market has just paid; parameters as in the paper."""

    name = "zip"
    meaning = "at a margin over their outside option that they learn from what their orders came to"
    source = "Cliff, Minimal-intelligence agents for bargaining behaviors, HP Laboratories HPL-97-91 (1997)"

    margin_least: float = parameter(0.05, "least first margin, as a share of worth", least=0, most=1)
    margin_range: float = parameter(0.3, "first margins are up to so much higher", least=0, most=1)
    learning_least: float = parameter(0.1, "least learning rate", least=0, most=1)
    learning_range: float = parameter(0.4, "learning rates are up to so much higher", least=0, most=1)
    momentum_least: float = parameter(0.0, "least momentum", least=0, most=1)
    momentum_range: float = parameter(0.1, "momenta are up to so much higher", least=0, most=1)
    relative: float = parameter(0.05, "most that R is off 1", least=0, most=1)
    absolute: float = parameter(0.0025, "most that A is off 0", "$/kWh", least=0, most=1)

    def begin(self, homes: int, draws: Draws) -> State:
        """Buyers' margins are negative."""
        buying, selling = (
            np.minimum(self.margin_least + self.margin_range * _uniform(draws, k)[:, 0], 1)
            for k in FIRST_MARGIN
        )
        return State(
            margin=np.stack([-buying, selling], axis=1),
            change=np.zeros((homes, 2)),
            learning=np.minimum(
                self.learning_least + self.learning_range * _uniform(draws, LEARNING)[:, 0], 1
            ),
            momentum=np.minimum(
                self.momentum_least + self.momentum_range * _uniform(draws, MOMENTUM)[:, 0], 1
            ),
        )

    def orders(self, view: View, state: State, draws: Draws) -> Orders:
        """Worth and margin, in whole nano-$."""
        del draws
        margin = np.where(view.forecast_wh > 0, state.margin[:, [BUYS]], state.margin[:, [SELLS]])
        return view.priced(np.rint(_worth(view) * (1 + margin)).astype(np.int64))

    def learn(self, told: Cleared, state: State, draws: Draws) -> State:
        """From the gate's slots, one after the other."""
        relative = self.relative * _uniform(draws, RELATIVE)
        absolute = self.absolute * NANO_PER_WH * _uniform(draws, ABSOLUTE)
        worth = _worth(told.view)
        for slot in range(worth.shape[1]):
            state = self._learn_slot(told, slot, worth[:, slot], relative[:, slot], absolute[:, slot], state)
        return state

    def _learn_slot(
        self, told: Cleared, slot: int, worth: Floats, relative: Floats, absolute: Floats, state: State
    ) -> State:
        quantity_wh, own = (each[:, slot] for each in told.accepted)
        buys, ordered = quantity_wh > 0, (quantity_wh != 0) & (worth > 0)
        still_in = np.abs(told.fill_wh[:, slot]) < np.abs(quantity_wh)
        heard = int(told.price[slot])
        shout = np.full_like(worth, heard) if heard else own.astype(np.float64)
        within = np.where(buys, own >= shout, own <= shout) & bool(heard)
        raises, lowers = ordered & within, ordered & ~within & still_in
        upwards = np.where(buys, lowers, raises)
        target = np.where(upwards, (1 + relative) * shout + absolute, (1 - relative) * shout - absolute)

        rows, side = np.arange(len(worth)), np.where(buys, BUYS, SELLS)
        change = state.momentum * state.change[rows, side] + (1 - state.momentum) * state.learning * (
            target - own
        )
        moved = (own + change) / np.where(worth > 0, worth, 1) - 1
        moved = np.where(buys, np.clip(moved, -1, 0), np.maximum(moved, 0))
        learns = raises | lowers
        margins, changes = state.margin.copy(), state.change.copy()
        margins[rows[learns], side[learns]] = moved[learns]
        changes[rows[learns], side[learns]] = change[learns]
        return state._replace(margin=margins, change=changes)


def _worth(view: View) -> Floats:
    """What energy is worth to a buyer, or costs a seller: shape (homes, slots), nano-$ per Wh."""
    return np.where(view.forecast_wh > 0, view.buyer_value, view.seller_cost).astype(np.float64)


def _uniform(draws: Draws, k: int) -> Floats:
    """Shape (homes, slots), from 0 to below 1."""
    return draws.per_slot(k) / 2.0**DRAW_BITS
