"""The orders of a run as another mechanism would have cleared them.

The accepted limits and quantities are those of the run, and nothing is held anew: under another rule the same
homes might have ordered otherwise.
"""

from dataclasses import dataclass, replace

import numpy as np

from sim.arrays import Ints
from sim.errors import SimulationError
from sim.market.clearing import Trades, money
from sim.market.mechanisms import Mechanism, mechanisms
from sim.market.optimum import most_gains
from sim.market.trades import broken_rule, clear_slots
from sim.page.timeline import Timeline

FIRST = ("average", "uniform")
"""What is compared first."""


def others(timeline: Timeline) -> list[str]:
    """Mechanisms to compare the run's with."""
    names = dict.fromkeys((*FIRST, *mechanisms.names))
    return [name for name in names if name != timeline.scenario.market.mechanism]


def mechanism_of(timeline: Timeline, name: str) -> Mechanism:
    """A mechanism with the parameters that the scenario sets for it."""
    return mechanisms.make(name, timeline.scenario.market.parameters.get(name))


def cleared_by(timeline: Timeline, name: str) -> Timeline:
    """The same homes, readings and orders, with the fills and payments of another mechanism.

    One that asks for no limits takes the quantities alone; limits are then those at which it has homes stand.
    Raises SimulationError where it makes no clearing of these orders.
    """
    mechanism = mechanism_of(timeline, name)
    quantity_wh, limit_price = timeline.quantity_wh, timeline.limit_price
    if not mechanism.asks_limits:
        outside = timeline.outside.during(slice(timeline.slots))
        limit_price = np.where(quantity_wh == 0, 0, mechanism.limits(quantity_wh, outside))
    trades = clear_slots(mechanism, np.arange(timeline.slots), quantity_wh, limit_price)
    if broken := broken_rule(mechanism, quantity_wh, limit_price, trades):
        raise SimulationError(f'mechanism "{name}" breaks a rule in slot {broken[0] + 1:,}: {broken[1]}')
    return replace(
        timeline, limit_price=limit_price, fill_wh=trades.fill_wh, payment=trades.payment, sealed=None
    )


@dataclass(frozen=True)
class Gains:
    """What trade gains against the tariffs in some slots, and whose it is, if what is traded is delivered.

    traded_wh:        energy that changes hands
    buyers, sellers:  what they gain against buying and selling at the utility, nano-$; fees are taken off
    utility:          what buyers pay beyond what sellers get, nano-$, less what the utility has to deliver
                      for it at its tariffs, where it takes what is left over
    most:             the most that the orders' quantities could gain, whatever the mechanism, nano-$
    """

    traded_wh: int
    buyers: int
    sellers: int
    utility: int
    most: int

    @property
    def together(self) -> int:
        """All of it, nano-$."""
        return self.buyers + self.sellers + self.utility

    @property
    def share(self) -> float | None:
        """How much of the most is gained; None where nothing could be."""
        return self.together / self.most if self.most else None


def gains_in(timeline: Timeline, slots: slice) -> Gains:
    """The gains of some slots. Raises OverflowError as ``money``."""
    outside = timeline.outside.during(slots)
    fill_wh, payment = timeline.fill_wh[:, slots], timeline.payment[:, slots]
    gain = money(outside.limits(fill_wh), fill_wh) - payment
    numbers = np.arange(timeline.slots)[slots]
    left_wh = fill_wh.sum(axis=0)  # traded with the utility, under a mechanism with common tariffs alone
    worth = money(np.where(left_wh > 0, outside.retail[0], outside.feed_in[0]), left_wh)
    return Gains(
        traded_wh=int(Trades(fill_wh, payment).traded_wh.sum()),
        buyers=int(gain[fill_wh > 0].sum()),
        sellers=int(gain[fill_wh < 0].sum()),
        utility=int(payment.sum() - worth.sum()),
        most=int(most_gains(timeline.quantity_wh[:, slots], numbers, outside).sum()),
    )


@dataclass(frozen=True)
class Side:
    """Who trades on one side of a slot, and at which prices.

    rows:          homes
    lowest, highest: price of a Wh that one of them pays or gets, nano-$; 0 without trade
    """

    rows: tuple[int, ...]
    lowest: float
    highest: float


def side_of(timeline: Timeline, slot: int, side: int) -> Side:
    """Buyers (1) or sellers (-1) of a slot."""
    fill_wh: Ints = side * timeline.fill_wh[:, slot]
    rows = np.flatnonzero(fill_wh > 0)
    prices = side * timeline.payment[rows, slot] / fill_wh[rows]
    ends = (float(prices.min()), float(prices.max())) if len(rows) else (0.0, 0.0)
    return Side(tuple(rows.tolist()), *ends)
