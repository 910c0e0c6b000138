"""The Mesa model: a community's market, gate by gate, at its venue.

One step takes the market to the next cleared gate. What happens when comes from one agenda in simulated time,
because gates may overlap: with a long lead one gate commits while another is still being cleared.
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

import mesa
import numpy as np
from numpy.typing import NDArray

from agents.prosumer import Prosumer
from agents.strategies import Strategy, View, day_draws, strategies_of_homes
from sim.chain.accounts import account
from sim.chain.market_client import GateTimes, ModelRegistration, gate_times
from sim.market.clearing import Trades
from sim.market.orders import Orders
from sim.preparation import Prepared
from sim.proofs.bids import BidSource
from sim.venues.on_chain import market_terms
from sim.venues.opening import open_venue

Ints = NDArray[np.int64]
Rows = slice | NDArray[np.bool_]
"""Some of the homes."""


class Event(NamedTuple):
    """Something due on the agenda; sorts by time, then as a gate goes."""

    timestamp: int
    order: int
    gate: int
    act: Callable[[int, int], None]


class World(mesa.Model):  # type: ignore[misc]
    """A run.

    quantity_wh, limit_price: shape (homes, slots), the orders that the venue accepted
    persistence_limit_price:  shape (homes, slots), what homes would have asked with forecasts "as yesterday"
    fill_wh, payment, price:  as in ``Trades``, of the slots that have been cleared
    gates_cleared:            how far the market has come
    """

    def __init__(
        self, prepared: Prepared, registrations: Sequence[ModelRegistration], bids: BidSource
    ) -> None:
        super().__init__(seed=prepared.scenario.seed)
        self.prepared = prepared
        shape = prepared.net_wh.shape
        self.quantity_wh: Ints = np.zeros(shape, dtype=np.int64)
        self.limit_price: Ints = np.zeros(shape, dtype=np.int64)
        self.persistence_limit_price: Ints = np.zeros(shape, dtype=np.int64)
        self.fill_wh: Ints = np.zeros(shape, dtype=np.int64)
        self.payment: Ints = np.zeros(shape, dtype=np.int64)
        self.price: Ints = np.zeros(shape[1], dtype=np.int64)
        self.gates_cleared = 0
        self.prosumers = self._prosumers()
        self._draws: dict[int, Ints] = {}
        self.venue = open_venue(self, prepared, self.prosumers, registrations, bids)
        self._agenda = deque(sorted(self._events()))

    @property
    def trades(self) -> Trades:
        """What has been traded so far."""
        return Trades(self.fill_wh, self.payment)

    def step(self) -> None:
        """On to the next cleared gate; after the last one also through what remains to be settled."""
        target = self.gates_cleared + 1
        while self._agenda and (self.gates_cleared < target or target == self.prepared.gates):
            event = self._agenda.popleft()
            event.act(event.timestamp, event.gate)

    def _prosumers(self) -> list[Prosumer]:
        prepared = self.prepared
        homes, clusters = prepared.population.homes, prepared.model_set.cluster_of_home
        names = [home.name for home in homes]
        strategies = strategies_of_homes(prepared.streams, names, prepared.scenario.market.strategy)
        return [
            Prosumer(self, number, home, account(prepared.streams, home.name), cluster, strategy)
            for number, (home, cluster, strategy) in enumerate(
                zip(homes, clusters, strategies, strict=True), start=1
            )
        ]

    def _events(self) -> list[Event]:
        def due(gate: int, times: GateTimes) -> list[Event]:
            moments = (times.window_end, times.opens, times.closes, times.delivery, times.settles)
            acts = (self._commit, self._submit, self._clear, self._void, self._settle)
            return [
                Event(moment, order, gate, act)
                for order, (moment, act) in enumerate(zip(moments, acts, strict=True))
            ]

        terms = market_terms(self.prepared)
        return [event for gate in range(terms.gates) for event in due(gate, gate_times(terms, gate))]

    # A gate ----------------------------------------------------------------------------------------------

    def _commit(self, timestamp: int, gate: int) -> None:
        self.venue.commit(gate, timestamp)

    def _submit(self, timestamp: int, gate: int) -> None:
        slots = self.prepared.slots_of(gate)
        orders = Orders(
            self.prepared.forecast_wh[:, slots], self._limit_prices(gate, self.prepared.forecast_wh)
        )
        self.persistence_limit_price[:, slots] = self._limit_prices(gate, self.prepared.persistence_wh)
        accepted = self.venue.submit(gate, timestamp, orders)
        self.quantity_wh[:, slots], self.limit_price[:, slots] = accepted

    def _clear(self, timestamp: int, gate: int) -> None:
        slots = self.prepared.slots_of(gate)
        trades = self.venue.clear(gate, timestamp)
        self.fill_wh[:, slots], self.payment[:, slots] = trades.fill_wh, trades.payment
        self.price[slots] = trades.price
        self.gates_cleared += 1

    def _void(self, timestamp: int, gate: int) -> None:
        self.venue.void(gate, timestamp)

    def _settle(self, timestamp: int, gate: int) -> None:
        self.venue.settle(gate, timestamp, self.fill_wh[:, self.prepared.slots_of(gate)])

    def _limit_prices(self, gate: int, forecast_wh: Ints) -> Ints:
        """What every home asks for its orders of a gate, shape (homes, horizon), 0 without an order."""
        slots = self.prepared.slots_of(gate)
        draws, limits = self._draws_of(slots), np.zeros_like(forecast_wh[:, slots])
        for strategy, rows in self._rows_by_strategy():
            view = self._view(rows, gate, forecast_wh)
            limits[rows] = np.where(view.quantity_wh == 0, 0, strategy.limit_prices(view, draws[rows]))
        return limits

    def _rows_by_strategy(self) -> list[tuple[Strategy, Rows]]:
        used = [home.strategy for home in self.prosumers]
        if all(strategy is used[0] for strategy in used):
            return [(used[0], slice(None))]  # saves copies
        return [
            (strategy, np.array([other is strategy for other in used])) for strategy in dict.fromkeys(used)
        ]

    def _draws_of(self, slots: slice) -> Ints:
        """The homes' draws for some slots; gates come in order, so days that are over are forgotten."""
        per_day = self.prepared.population.readings.slots_per_day
        days = range(slots.start // per_day, (slots.stop - 1) // per_day + 1)
        names = [home.home.name for home in self.prosumers]
        self._draws = {
            day: self._draws[day]
            if day in self._draws
            else day_draws(self.prepared.streams, names, day, per_day)
            for day in days
        }
        drawn = np.concatenate([self._draws[day] for day in days], axis=1)
        first = slots.start - days.start * per_day
        return drawn[:, first : first + slots.stop - slots.start]

    def _view(self, rows: Rows, gate: int, forecast_wh: Ints) -> View:
        prepared, slots = self.prepared, self.prepared.slots_of(gate)
        cleared = slice(self.gates_cleared * prepared.scenario.time.horizon)
        metered = slice(max(slots.start - prepared.scenario.time.lead, 0))
        outside = prepared.outside
        return View(
            quantity_wh=forecast_wh[rows, slots],
            buyer_value=outside.retail[rows, slots] - outside.buyer_fee,
            seller_cost=outside.feed_in[rows, slots] + outside.seller_fee,
            past_price=self.price[cleared],
            past_fill_wh=self.fill_wh[rows, cleared],
            past_forecast_wh=forecast_wh[rows, metered],
            past_net_wh=prepared.net_wh[rows, metered],
        )
