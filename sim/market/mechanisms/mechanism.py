"""What a mechanism is: a rule that makes a clearing of one slot's orders."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from sim.arrays import Ints
from sim.errors import SimulationError
from sim.market.bills import OutsideOption
from sim.market.book import OrderBook
from sim.market.clearing import Clearing
from sim.market.merit_order import match
from sim.registry import Registry

UNIFORM_PRICE, AVERAGE_PRICE, GENERIC = RULES = ("uniform-price", "average-price", "generic")


@dataclass(frozen=True)
class Mechanism(ABC):
    """How the orders of a slot are cleared.

    name, meaning, source: see ``sim.registry``
    rule:                  what of it the contract checks: all of it under "uniform-price" or "average-price";
                           under "generic" that no limit is broken, that bought equals sold, and that no
                           money is made
    asks_limits:           whether homes name limits; where not, their orders stand at those of ``limits``
    """

    name: ClassVar[str]
    meaning: ClassVar[str]
    source: ClassVar[str]
    rule: ClassVar[str] = GENERIC
    asks_limits: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.rule not in RULES:
            raise ValueError(f'rule = "{self.rule}" of {self.name} should be one of {", ".join(RULES)}')

    @property
    def generic(self) -> bool:
        """Whether the contract checks limits, balance and surplus alone."""
        return self.rule == GENERIC

    @property
    def rule_arguments(self) -> tuple[int, ...]:
        """What the rule's contract is constructed with."""
        return ()

    def limits(self, quantity_wh: Ints, outside: OutsideOption) -> Ints:
        """Limits of who asks for nothing beyond its outside option, nano-$ per Wh; shapes (homes, slots)."""
        return outside.limits(quantity_wh)

    @abstractmethod
    def clear(self, book: OrderBook) -> Clearing:
        """Clear one slot.

        Fills are at most the orders and sum to the same on both sides; buyers pay at most, and sellers get at
        least, their limit x fill; sellers get no more than buyers pay. The same book has the same clearing
        everywhere: what has to be drawn is drawn from ``sim.market.merit_order.priority``.
        """

    def cleared(self, book: OrderBook) -> Clearing:
        """What ``clear`` makes of a book. Raises SimulationError where that is no clearing of it."""
        made: object = self.clear(book)
        if isinstance(made, Clearing) and made.slot == book.slot:
            shape = book.quantity_wh.shape
            if made.fill_wh.shape == made.payment.shape == shape and not (made.fill_wh < 0).any():
                return made
        raise SimulationError(
            f'mechanism "{self.name}" gave no clearing of slot {book.slot + 1:,}: should be a Clearing of '
            "that slot, with a fill of at least 0 and a payment for each home"
        )

    def price_of(self, book: OrderBook, fill_wh: Ints) -> int | None:  # noqa: ARG002
        """The one price of these fills, shape (homes,), nano-$ per Wh; None where there is none."""
        return None


class OnePrice(Mechanism):
    """Merit order, all at one price, which ``price_of`` says. Money paid equals money received."""

    def clear(self, book: OrderBook) -> Clearing:
        """See ``Mechanism``."""
        fill_wh = match(book)
        return Clearing.at_one_price(book, fill_wh, self.price_of(book, fill_wh) or 0)


mechanisms: Registry[Mechanism] = Registry("mechanism", Mechanism)  # type: ignore[type-abstract]
