"""What a mechanism is: a rule that makes a clearing of one slot's orders."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from sim.arrays import Ints
from sim.errors import SimulationError
from sim.market.bills import OutsideOption
from sim.market.book import OrderBook
from sim.market.clearing import Clearing
from sim.market.merit_order import match
from sim.registry import Registry

UNIFORM_PRICE, AVERAGE_PRICE, GENERIC = "uniform-price", "average-price", "generic"
PAY_AS_BID, MCAFEE, HUANG = "pay-as-bid", "mcafee", "huang"
MUDA_LOTTERY, MUDA_BALANCED = "muda-lottery", "muda-balanced"


class ClearingRule(NamedTuple):
    """What a market's contract is told about its clearings.

    contract:      the rule's contract
    at_own_prices: whether each home pays and gets what a clearing says, in place of one price for all
    """

    contract: str
    at_own_prices: bool

    @property
    def entry(self) -> str:
        """The market's function that clearings are proposed by."""
        return "clear_at_own_prices" if self.at_own_prices else "clear"


RULES = {
    UNIFORM_PRICE: ClearingRule("UniformPrice", at_own_prices=False),
    AVERAGE_PRICE: ClearingRule("AveragePrice", at_own_prices=False),
    PAY_AS_BID: ClearingRule("PayAsBid", at_own_prices=True),
    MCAFEE: ClearingRule("McAfee", at_own_prices=True),
    HUANG: ClearingRule("Huang", at_own_prices=True),
    MUDA_LOTTERY: ClearingRule("MudaLottery", at_own_prices=True),
    MUDA_BALANCED: ClearingRule("MudaBalanced", at_own_prices=True),
    GENERIC: ClearingRule("OwnPrices", at_own_prices=True),
}
"""By what a mechanism says is checked of it."""


class Properties(NamedTuple):
    """What is known of a mechanism, for orders as they are: one quantity that is fixed, and one limit.

    truthful:              no home can gain by another limit, whatever the others' are
    strongly_balanced:     sellers get all that buyers pay; else the utility has what is over
    efficient:             at true limits nothing gains more
    individually_rational: nobody pays more, or gets less, than its limit
    """

    truthful: bool
    strongly_balanced: bool
    efficient: bool
    individually_rational: bool = True


@dataclass(frozen=True)
class Mechanism(ABC):
    """How the orders of a slot are cleared.

    name, meaning, source: see ``sim.registry``
    rule:                  what of it the contract checks, one of ``RULES``: under "generic" that no limit is
                           broken, that bought equals sold, and that no money is made, else all of it; None
                           where no contract can, so that it runs without a chain alone
    sealable:              whether orders may be sealed: it depends on nothing but their sum
    utility_trades:        whether the utility takes the other side of what is left over, so that what is
                           bought is not what is sold
    asks_limits:           whether homes name limits; where not, their orders stand at those of ``limits``
    properties:            what is known of it; None where its author says nothing
    """

    name: ClassVar[str]
    meaning: ClassVar[str]
    source: ClassVar[str]
    rule: ClassVar[str | None] = GENERIC
    asks_limits: ClassVar[bool] = True
    sealable: ClassVar[bool] = False
    utility_trades: ClassVar[bool] = False
    properties: ClassVar[Properties | None] = None

    def __post_init__(self) -> None:
        if self.rule is not None and self.rule not in RULES:
            raise ValueError(f'rule = "{self.rule}" of {self.name} should be one of {", ".join(RULES)}')

    @property
    def generic(self) -> bool:
        """Whether the contract checks limits, balance and surplus alone."""
        return self.rule == GENERIC

    @property
    def checked_by(self) -> str:
        """The rule. Raises SimulationError where no contract checks the mechanism."""
        if self.rule is None:
            raise SimulationError(f'mechanism "{self.name}" is checked by no contract')
        return self.rule

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
