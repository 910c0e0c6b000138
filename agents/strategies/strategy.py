"""What a strategy is: how homes turn forecasts into orders, gate by gate, and what they learn from it."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from agents.strategies.draws import Draws
from sim.arrays import Ints
from sim.market.orders import Orders
from sim.registry import Registry


@dataclass(frozen=True)
class Past:
    """What homes know of the past when they order; of themselves and, of others, prices alone.

    limit_price, fill_wh: shape (homes, slots cleared), their own accepted limits and signed fills
    price:                shape (slots cleared,), nano-$ per Wh, 0 without trade
    forecast_wh, reading_wh: shape (homes, slots metered), what they expected, and had
    """

    limit_price: Ints
    fill_wh: Ints
    price: Ints
    forecast_wh: Ints
    reading_wh: Ints


@dataclass(frozen=True)
class View:
    """What homes know when they order for the slots of a gate, one row per home; never the open book.

    slots:       of the run, from 0
    forecast_wh: shape (homes, slots), what they expect to need, negative to have over; in later rounds what
                 is not filled of it
    buyer_value: shape (homes, slots), most they would pay, nano-$ per Wh: retail less half of the grid fee
    seller_cost: shape (homes, slots), least they would take: feed-in plus half of the grid fee
    import_wh, export_wh: shape (homes,), most they can buy and sell in a slot
    recall:      what they know of the past, which ``past`` asks for at most once
    round:       of the gate, from 0; under a mechanism that clears once there is no other
    """

    slots: slice
    forecast_wh: Ints
    buyer_value: Ints
    seller_cost: Ints
    import_wh: Ints
    export_wh: Ints
    recall: Callable[[], Past] = field(repr=False)
    round: int = 0

    @property
    def side(self) -> Ints:
        """Shape (homes, slots): 0 where they buy, 1 where they sell, to index by."""
        return np.where(self.forecast_wh > 0, 0, 1)

    @property
    def worth(self) -> Ints:
        """Their outside option, shape (homes, slots): value where they buy, cost where they sell."""
        return np.where(self.forecast_wh > 0, self.buyer_value, self.seller_cost)

    @cached_property
    def past(self) -> Past:
        """What they know of the past."""
        return self.recall()

    def priced(self, limit_price: Ints) -> Orders:
        """Orders for what they expect, at these limits."""
        return Orders(self.forecast_wh, limit_price)


@dataclass(frozen=True)
class Cleared:
    """What homes are told when a gate, or a round of it, has been cleared; shapes as in View.

    view:         what they knew when they ordered
    ordered:      what they ordered, 0 Wh at 0 where they did not
    accepted:     what of it stood in the book: a home without credit has no order at that gate; under
                  ``continuous`` a fill may be by the limit of the round before, which stood until then
    fill_wh:      signed
    payment:      nano-$ that these cost them or, negative, brought them, before the grid fee
    price:        shape (slots,), nano-$ per Wh, public: what buyers paid on average; 0 without trade
    book:         the accepted orders of all homes, shapes (all homes, slots): public where orders are open
    book_fill_wh: their signed fills, public with them
    """

    view: View
    ordered: Orders
    accepted: Orders
    fill_wh: Ints
    payment: Ints
    price: Ints
    book: Orders
    book_fill_wh: Ints


@dataclass(frozen=True)
class Strategy(ABC):
    """How homes order; those that share a strategy do so at once, one row each.

    What a home orders depends on nothing of the other rows. A strategy holds parameters only: what it
    remembers of a run is a state, begun with the run, and everything it is handed is there to be read.

    sets_quantities: whether it may order other quantities than the forecast, which a chain's proofs forbid
    never_loses:     whether buyers never bid beyond their value, and sellers never ask for less than cost
    """

    name: ClassVar[str]
    meaning: ClassVar[str]
    source: ClassVar[str]
    sets_quantities: ClassVar[bool] = False
    never_loses: ClassVar[bool] = True

    def begin(self, homes: int, draws: Draws) -> Any:
        """The state of so many homes before the first gate, whose draws are given; None remembers nothing."""
        del homes, draws

    @abstractmethod
    def orders(self, view: View, state: Any, draws: Draws) -> Orders:
        """The orders for a gate: whole Wh and nano-$ per Wh, at least 0. The state stays as it is.

        Quantities beyond a home's connection are cut off at it. In later rounds quantities are what is not
        filled, and only the limits count.
        """

    def learn(self, told: Cleared, state: Any, draws: Draws) -> Any:
        """The state once a gate, or a round of it, has been cleared; the draws are those of its slots."""
        del told, draws
        return state

    def read_meter(self, view: View, reading_wh: Ints, state: Any) -> Any:
        """The state once a gate has been delivered, and what they expected has a reading beside it."""
        del view, reading_wh
        return state


strategies = Registry("strategy", Strategy)  # type: ignore[type-abstract]
