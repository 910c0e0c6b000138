"""A home that somebody at the page decides for: its limits by gate, and what its strategy would have had.

The quantities stay the home's forecasts, with the home's own proofs; only the limits are named here. What its
strategy would have had comes from the same market held once more, off the chain and from the first gate on,
with nobody's limits named: exact, whatever others learn from what they see.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation

import numpy as np

from sim.arrays import Ints
from sim.market.bills import bills
from sim.market.clearing import Trades
from sim.market.orders import Orders
from sim.page.timeline import Timeline
from sim.proofs.bids import BidSource
from sim.runtime.wording import price
from sim.schema.scenario import Scenario
from sim.simulation.preparation import Prepared
from sim.simulation.world import World
from sim.units import price_from_dollars_per_kwh

HIGHEST = 2
"""Limits may be so many times the dearest that the home can buy at the utility."""
MOST_LETTERS = 20
"""Of what was typed, as a sentence repeats it."""


@dataclass(frozen=True)
class Asked:
    """What a home is asked at a gate, and knows.

    begins, ends: local times of the gate's deliveries
    ordered_wh:  shape (horizon,), signed, its forecasts
    value, cost: most that a kWh from the grid would cost it in these slots, least that one fed in would
                 bring it, after half of the grid fee, nano-$ per Wh
    """

    gate: int
    begins: datetime
    ends: datetime
    ordered_wh: Ints
    value: int
    cost: int

    @property
    def most(self) -> int:
        """Highest limit that it may name."""
        return HIGHEST * self.value

    def wh(self, side: int) -> int:
        """What it orders on a side, 1 to buy and -1 to sell: a sum of at least 0."""
        return int(np.maximum(side * self.ordered_wh, 0).sum())


@dataclass(frozen=True)
class Answer:
    """The limits named at a gate, nano-$ per Wh: to buy at and to sell at; None hands the home back."""

    gate: int
    limits: tuple[int, int] | None


@dataclass(frozen=True, eq=False)
class TakenOver:
    """A home that somebody decides for.

    row, name, strategy: the home, and the strategy of its own
    own:         what all homes trade, in all slots of the run, where it keeps to its strategy
    answers:     what has been named so far; after the one that hands the home back there is none
    asked:       what the market waits for; None where it does not
    """

    row: int
    name: str
    strategy: str
    own: Trades
    answers: tuple[Answer, ...] = ()
    asked: Asked | None = None

    @property
    def decided(self) -> tuple[Answer, ...]:
        """The gates whose limits were named."""
        return tuple(each for each in self.answers if each.limits)

    def bills(self, timeline: Timeline) -> tuple[Ints, Ints]:
        """The home's bills so far, as they are and with its own strategy: shapes (slots so far,), nano-$."""
        so_far = slice(timeline.slots)
        own = Trades(self.own.fill_wh[:, so_far], self.own.payment[:, so_far])
        return timeline.bill[self.row], bills(timeline.net_wh, own, timeline.outside.during(so_far))[self.row]


def why_not(scenario: Scenario) -> str:
    """Why no home of a scenario can be taken over; nothing where one can."""
    if not scenario.market.the_mechanism.asks_limits:
        return f"under {scenario.market.mechanism} homes name no limits, so that there is nothing to decide"
    if scenario.adversaries.anybody:
        return "homes cheat here, and a bill would be compared with that of another market; choose nobody"
    return ""


def limits_from(buy: str, sell: str, asked: Asked) -> Answer | str:
    """What was typed in $/kWh as an answer, or the sentence that says what would be right.

    Words for a side that the home has no order on are not read.
    """
    limits = []
    for label, words, side in (("buy at most", buy, 1), ("sell at least", sell, -1)):
        given = _nano_per_wh(words) if asked.wh(side) else 0
        if given is None or not 0 <= given <= asked.most:
            return (
                f'{label} = "{words.strip()[:MOST_LETTERS]}": should be a price from 0 to '
                f"{price(asked.most)}, twice what the utility charges, with at most six decimals"
            )
        limits.append(given)
    return Answer(asked.gate, (limits[0], limits[1]))


def _nano_per_wh(words: str) -> int | None:
    try:
        return price_from_dollars_per_kwh(Decimal(words.strip().removeprefix("$")))
    except (InvalidOperation, ValueError, OverflowError):
        return None


class NamedLimits:
    """Has the last word on one home's limits: those that ``ask`` gives, the same in all rounds of a gate.

    state: what has been asked and answered so far; ``tell`` is told of every change
    """

    def __init__(
        self,
        prepared: Prepared,
        state: TakenOver,
        ask: Callable[[Asked], Answer],
        tell: Callable[[TakenOver], None],
    ) -> None:
        self.state = state
        self._prepared, self._ask, self._tell = prepared, ask, tell

    def __call__(self, gate: int, orders: Orders) -> Ints:
        """The limits of a gate; see ``Participants.limits``."""
        answer = next((each for each in self.state.answers if each.gate == gate), None)
        handed_back = bool(self.state.answers) and self.state.answers[-1].limits is None
        if answer is None and not handed_back:
            answer = self._asked(gate, orders.quantity_wh[self.state.row])
        if answer is None or answer.limits is None:
            return orders.limit_price
        limits, quantity_wh = orders.limit_price.copy(), orders.quantity_wh[self.state.row]
        limits[self.state.row] = np.select((quantity_wh > 0, quantity_wh < 0), answer.limits)
        return limits

    def _asked(self, gate: int, ordered_wh: Ints) -> Answer:
        slots, row, population = self._prepared.slots_of(gate), self.state.row, self._prepared.population
        first, time_of = population.first_slot, population.readings.time_of
        outside = self._prepared.outside.during(slots, slice(row, row + 1))
        value, cost = outside.retail.max() - outside.buyer_fee, outside.feed_in.min() + outside.seller_fee
        times = time_of(first + slots.start), time_of(first + slots.stop)
        asked = Asked(gate, *times, ordered_wh, int(value), int(cost))
        self._change(asked=asked)
        answer = self._ask(asked)
        self._change(asked=None, answers=(*self.state.answers, answer))
        return answer

    def _change(self, **changes: object) -> None:
        self.state = replace(self.state, **changes)  # type: ignore[arg-type]
        self._tell(self.state)


def taken_over(prepared: Prepared, world: World, row: int, bids: BidSource) -> TakenOver:
    """A home (row) before the first gate."""
    prosumer = world.prosumers[row]
    own = own_trades(prepared, bids)
    return TakenOver(row, prosumer.home.name, prosumer.traders.strategy.name, own)


def own_trades(prepared: Prepared, bids: BidSource) -> Trades:
    """What is traded where every home keeps to its strategy: the market held off the chain, of all slots.

    bids: the run's; off the chain nobody asks for any
    """
    off_chain = prepared.scenario.changed({"chain.backend": "none", "proofs.policy": "none"})
    world = World(replace(prepared, scenario=off_chain), (), bids)
    for _ in range(prepared.gates):
        world.step()
    return world.history.trades
