"""Experiments of the literature: traders with schedules of single units trade by a strategy, day by day."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from agents.strategies import Cleared, Draws, Past, Strategy, View
from agents.strategies.draws import DrawsByDay
from sim.arrays import Ints
from sim.market.bills import OutsideOption
from sim.market.clearing import Trades
from sim.market.mechanisms.rounds import InRounds, Session
from sim.market.optimum import gains_from_trade, most_gains
from sim.seeds import Streams

NO_BID, NO_ASK = 0, 2**40 - 1
"""What nobody accepts: the limits of units whose turn has not come."""


@dataclass(frozen=True)
class TradingFloor:
    """Buyers and sellers, and the prices that can be named.

    units:       of each trader in turn, their worth: a value of a buyer, a cost of a seller
    buyers:      how many of the traders buy; they come first
    least, most: prices; a bid is at least the one, an ask at most the other
    """

    units: tuple[tuple[int, ...], ...]
    buyers: int
    least: int
    most: int

    @classmethod
    def of(
        cls, buyers: Sequence[Sequence[int]], sellers: Sequence[Sequence[int]], least: int, most: int
    ) -> "TradingFloor":
        """From the values of each buyer's and the costs of each seller's units, best first."""
        return cls(tuple(map(tuple, (*buyers, *sellers))), len(buyers), least, most)

    @cached_property
    def side(self) -> Ints:
        """Of each trader, 1 or -1."""
        return np.where(np.arange(len(self.units)) < self.buyers, 1, -1)

    @cached_property
    def owner(self) -> Ints:
        """Of each unit, which trader has it."""
        return np.repeat(np.arange(len(self.units)), [len(each) for each in self.units])

    @cached_property
    def worth(self) -> Ints:
        """Of each unit."""
        return np.concatenate(self.units)

    def days(self, strategy: Strategy, mechanism: InRounds, days: int, streams: Streams) -> Trades:
        """What is traded when everybody follows a strategy, shapes (units, days).

        A trader offers one unit at a time, its next one from the round after. What it learns it keeps
        overnight; units are fresh every day.
        """
        names = [f"trader-{number:02d}" for number in range(len(self.units))]
        drawn, side = DrawsByDay(streams, names, slots_per_day=days), self.side[self.owner]
        state = strategy.begin(len(names), Draws(drawn, slice(None), slice(0, 1)))
        fill_wh, payment = (np.zeros((len(side), days), dtype=np.int64) for _ in range(2))
        for day in range(days):
            session, left = mechanism.session(day, side), side.copy()
            for number in range(mechanism.rounds):
                draws = Draws(drawn, slice(None), slice(day, day + 1), number)
                told, made = self._round(strategy, session, left, state, draws)
                state = strategy.learn(told, state, draws)
                fill_wh[:, day] += made.fill_wh[:, 0]
                payment[:, day] += made.payment[:, 0]
                left = side - fill_wh[:, day]
        return Trades(fill_wh, payment)

    def _round(
        self, strategy: Strategy, session: Session, left: Ints, state: object, draws: Draws
    ) -> tuple[Cleared, Trades]:
        """One quote of every trader that has a unit left."""
        trader, current = np.unique(np.where(left, self.owner, -1), return_index=True)
        trader, current = trader[trader >= 0], current[trader >= 0]
        unit = np.zeros(len(self.units), dtype=np.int64)
        unit[trader] = current
        wanted = np.zeros_like(self.side)
        wanted[trader] = self.side[trader]
        worth = self.worth[unit]
        value, cost = np.where(self.side > 0, worth, self.most), np.where(self.side > 0, self.least, worth)
        one = np.ones_like(worth)
        view = View(
            draws.slots, wanted[:, None], value[:, None], cost[:, None], one, one, _past, round=draws.round
        )
        orders = strategy.orders(view, state, draws)
        limits = np.where(left >= 0, NO_BID, NO_ASK)
        limits[current] = orders.limit_price[trader, 0]
        of_units = Trades(*(each[:, None] for each in session.hold(limits)))
        fill_wh, payment = np.zeros_like(view.forecast_wh), np.zeros_like(view.forecast_wh)
        fill_wh[trader], payment[trader] = of_units.fill_wh[current], of_units.payment[current]
        return Cleared(view, orders, orders, fill_wh, payment, of_units.price, orders, fill_wh), of_units


def efficiency(floor: TradingFloor, trades: Trades) -> float:
    """What was gained in all days over the most that could be."""
    worth = np.tile(floor.worth[:, None], trades.fill_wh.shape[1])
    option, units = OutsideOption(worth, worth), np.tile(floor.side[floor.owner][:, None], worth.shape[1])
    most = most_gains(units, np.arange(worth.shape[1]), option)
    return float(gains_from_trade(trades.fill_wh, option).sum() / most.sum())


def _past() -> Past:
    raise NotImplementedError("traders of these experiments look back at nothing")
