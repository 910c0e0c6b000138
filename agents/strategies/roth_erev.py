"""Roth-Erev traders: what has paid is done again."""

from dataclasses import dataclass

import numpy as np

from agents.strategies.draws import Draws
from agents.strategies.strategy import Cleared, Strategy, View, strategies
from sim.arrays import Floats
from sim.market.orders import Orders
from sim.registry import parameter

MEAN_REWARD = 0.5
"""Half of the span: what a Wh brings, at the mean, when it is traded."""
LEAST = 1e-9
"""The least propensity: a markup can always be chosen again."""


@strategies.register
@dataclass(frozen=True)
class RothErev(Strategy):
    """Draws a markup by propensities, and raises that of the markup by what it brought.

    A markup is a share of the span between both outside options: a buyer bids that much below its value, a
    seller asks that much above its cost. Each is drawn in proportion to its propensity q. After a call with
    the reward R, of K markups the drawn one becomes, with experimentation e and forgetting f,

        (1 - f) q + (1 - e) R,  and each other  (1 - f) q + q e / (K - 1)

    The last term is R e / (K - 1) in Erev and Roth, which leaves all as they are where nothing is earned;
    Nicolaisen, Petrov and Tesfatsion changed it for traders in electricity, whose orders are often in vain.
    Defaults of forgetting, experimentation and strength are those of Erev and Roth, at second hand.

    Where this market differs from theirs, a call of all traders with discriminatory prices:

    - A reward is not money: it is the gain over the outside option per Wh ordered, in spans, so that a slot
      of many Wh teaches as much as one of few. First propensities are in means of it, taken as half a span.
    - A gate has many slots, each with a draw of its own: all help from the next gate on.
    - A home buys in one slot and sells in another: it has propensities for each side.
    - A slot without any trade teaches nothing: at night there is nobody to trade with at any price.
    """

    name = "roth-erev"
    meaning = "at a markup drawn by what each has brought them so far"
    source = (
        "Erev and Roth, Amer. Econ. Rev. 88(4) (1998), as modified by Nicolaisen, Petrov and Tesfatsion, "
        "IEEE Trans. Evol. Comput. 5(5) (2001)"
    )

    markups: int = parameter(30, "markups, evenly from none to the whole span", "markups", least=2, most=100)
    strength: float = parameter(9.0, "sum of first propensities, in mean rewards", least=0.001, most=1_000)
    forgetting: float = parameter(0.1, "share of a propensity that is lost each time", least=0, most=1)
    experimentation: float = parameter(0.2, "share of what is learned that others get", least=0, most=1)

    def begin(self, homes: int, draws: Draws) -> Floats:
        """Propensities, shape (homes, 2, markups), as buyer and as seller: all markups are alike."""
        del draws
        return np.full((homes, 2, self.markups), self.strength * MEAN_REWARD / self.markups)

    def orders(self, view: View, state: Floats, draws: Draws) -> Orders:
        """One draw per slot."""
        up_to = np.cumsum(state, axis=2)[np.arange(len(state))[:, None], view.side]
        markup = np.sum(up_to <= draws.uniform()[..., None] * up_to[..., -1:], axis=2)
        off = (view.buyer_value - view.seller_cost) * markup // (self.markups - 1)
        return view.priced(view.worth + np.where(view.side, off, -off))

    def learn(self, told: Cleared, state: Floats, draws: Draws) -> Floats:
        """From the gate's slots, one after the other."""
        del draws
        view, quantity_wh = told.view, told.accepted.quantity_wh
        span = np.maximum(view.buyer_value - view.seller_cost, 1)
        # What was drawn is in the order: propensities may have changed since.
        markup = np.abs(view.worth - told.ordered.limit_price) / span * (self.markups - 1)
        gain = view.worth * told.fill_wh - told.payment
        reward = gain / span / np.maximum(np.abs(quantity_wh), 1)
        learns = (quantity_wh != 0) & (told.price > 0)
        state = state.copy()
        for slot in np.flatnonzero(learns.any(axis=0)):
            rows = np.flatnonzero(learns[:, slot])
            at, drawn = (rows, view.side[rows, slot]), np.rint(markup[rows, slot]).astype(np.int64)
            kept, here = state[at] * (1 - self.forgetting), (np.arange(len(rows)), drawn)
            raised = kept + state[at] * self.experimentation / (self.markups - 1)
            raised[here] = kept[here] + reward[rows, slot] * (1 - self.experimentation)
            state[at] = np.maximum(raised, LEAST)
        return state
