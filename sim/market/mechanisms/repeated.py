"""A sealed call held again and again over what is left."""

from dataclasses import dataclass

from sim.arrays import Ints
from sim.market.book import OrderBook
from sim.market.mechanisms.mechanism import mechanisms
from sim.market.mechanisms.rounds import InRounds
from sim.market.mechanisms.uniform import Uniform
from sim.registry import parameter


@mechanisms.register
@dataclass(frozen=True)
class Repeated(InRounds):
    """Each round is a k-double auction of what the rounds before left unfilled, at limits named anew.

    What a home proves is its quantity; a limit costs nothing to name. So orders that random or cautious
    limits kept apart in one call meet in the next.

    A bid of 5 and an ask of 6 do not trade; at 8 and 4 in the second round they do, at 6:

    >>> import numpy as np
    >>> session = Repeated(calls=2).session(0, np.array([10, -10]))
    >>> [each.tolist() for each in session.hold(np.array([5, 6]))]
    [[0, 0], [0, 0]]
    >>> [each.tolist() for each in session.hold(np.array([8, 4]))]
    [[10, -10], [60, -60]]
    """

    name = "repeated"
    meaning = "several k-double auctions a slot, each over what is left, at limits named anew"
    source = "no paper's; each call as in Rustichini, Satterthwaite and Williams, Econometrica 62(5) (1994)"
    calls: int = parameter(3, "calls a slot", least=1, most=100)
    k: float = parameter(0.5, "where in the interval of clearing prices the price lies", least=0, most=1)

    def __post_init__(self) -> None:
        super().__post_init__()
        Uniform(self.k)  # says what is wrong with k

    @property
    def rounds(self) -> int:
        """See ``InRounds``."""
        return self.calls

    def session(self, slot: int, quantity_wh: Ints) -> "_Calls":
        """See ``InRounds``."""
        return _Calls(Uniform(self.k), slot, quantity_wh)


class _Calls:
    """See ``Session``."""

    def __init__(self, call: Uniform, slot: int, quantity_wh: Ints) -> None:
        self._call, self._slot, self._left_wh = call, slot, quantity_wh

    def hold(self, limit_price: Ints) -> tuple[Ints, Ints]:
        book = OrderBook(self._slot, self._left_wh, limit_price)
        clearing = self._call.clear(book)
        fill_wh = book.signed(clearing.fill_wh)
        self._left_wh = self._left_wh - fill_wh
        return fill_wh, clearing.payment
