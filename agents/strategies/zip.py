"""Zero-Intelligence-Plus traders: they keep a margin, and move it towards what the market has paid."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from agents.strategies.draws import Draws
from agents.strategies.strategy import Cleared, Strategy, View, strategies
from sim.arrays import Floats
from sim.market.orders import Orders
from sim.registry import parameter
from sim.units import NANO_PER_WH_PER_DOLLAR_PER_KWH

FIRST_MARGIN, LEARNING, MOMENTUM, RELATIVE, ABSOLUTE = (1, 2), 3, 4, 5, 6
"""Which of its random numbers a home takes for what; number 0 is left to "zic"."""


class State(NamedTuple):
    """What traders remember, one row per home.

    margin, change:     shape (homes, 2), as buyer and as seller; change in nano-$ per Wh
    learning, momentum: shape (homes,), their own for good
    """

    margin: Floats
    change: Floats
    learning: Floats
    momentum: Floats


@strategies.register
@dataclass(frozen=True)
class ZeroIntelligencePlus(Strategy):
    """Asks for worth x (1 + margin), and learns the margin; defaults are Cliff's.

    Sellers' margins are at least 0, buyers' from -1 to 0, so that nobody trades at a loss. After each shout,
    at a price q:

    - accepted: sellers who ask up to q, and buyers who bid q and more, raise their margins; the others lower
      them, if they are still in the market;
    - rejected: traders of the shouting side lower them, if they are still in the market and ask for no less.

    Who does, moves its price p towards a target a little beyond q, by the Widrow-Hoff rule with momentum:

        target = R q + A,    change = momentum change + (1 - momentum) learning (target - p),
        margin = (p + change) / worth - 1

    R and A are drawn anew each time: up to 5 % and a small amount above 1 and 0 for prices that go up, below
    for those that go down. Learning rate, momentum and first margin are each trader's own, drawn once.

    Where this market differs from Cliff's, a continuous auction in which all hear every shout:

    - A slot is cleared in sealed calls. What everybody hears is the price of a call: that counts as one
      accepted shout, a bid and an offer at once. Whose order is not filled to the end is still in the market.
    - Where nothing trades, no price is heard. A trader knows its own shout alone, rejected, at q = p.
    - All orders of a gate are placed before the first of its slots is cleared: its prices are learned from in
      turn, but help from the next call on.
    - A home buys in one slot and sells in another, for other tariffs: it has a margin for each side.
    - Where a seller's worth is 0, p is 0 at any margin, so that nothing is learned.
    - The small amount is $0.05 in the paper, where things cost about $2; here it is $0.0025/kWh.
    """

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

        def drawn(k: int, least: float, range_: float) -> Floats:
            return np.minimum(least + range_ * draws.uniform(k)[:, 0], 1)

        buying, selling = (drawn(k, self.margin_least, self.margin_range) for k in FIRST_MARGIN)
        return State(
            margin=np.stack([-buying, selling], axis=1),
            change=np.zeros((homes, 2)),
            learning=drawn(LEARNING, self.learning_least, self.learning_range),
            momentum=drawn(MOMENTUM, self.momentum_least, self.momentum_range),
        )

    def orders(self, view: View, state: State, draws: Draws) -> Orders:
        """Worth and margin, in whole nano-$."""
        del draws
        margin = np.take_along_axis(state.margin, view.side, axis=1)
        return view.priced(np.rint(view.worth * (1 + margin)).astype(np.int64))

    def learn(self, told: Cleared, state: State, draws: Draws) -> State:
        """From the gate's slots, one after the other."""
        view, (quantity_wh, limit_price) = told.view, told.accepted
        worth, own = view.worth.astype(np.float64), limit_price.astype(np.float64)
        buys = view.side == 0
        sign = np.where(buys, 1, -1)
        heard = told.price > 0
        shout = np.where(heard, told.price, own)
        within = heard & (sign * (own - shout) >= 0)
        still_in = np.abs(told.fill_wh) < np.abs(quantity_wh)
        learns = (quantity_wh != 0) & (worth > 0) & (within | still_in)
        # A buyer who gives way goes up, a seller down.
        away = np.where(within, -sign, sign)
        relative, absolute = self.relative * draws.uniform(RELATIVE), self.absolute * draws.uniform(ABSOLUTE)
        target = shout + away * (relative * shout + absolute * NANO_PER_WH_PER_DOLLAR_PER_KWH)
        margins, changes = state.margin.copy(), state.change.copy()
        for slot in np.flatnonzero(learns.any(axis=0)):
            rows = np.flatnonzero(learns[:, slot])
            at, p, momentum = (rows, view.side[rows, slot]), own[rows, slot], state.momentum[rows]
            delta = state.learning[rows] * (target[rows, slot] - p)
            changes[at] = momentum * changes[at] + (1 - momentum) * delta
            moved = (p + changes[at]) / worth[rows, slot] - 1
            margins[at] = np.where(buys[rows, slot], np.clip(moved, -1, 0), np.maximum(moved, 0))
        return state._replace(margin=margins, change=changes)
