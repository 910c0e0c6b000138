"""A mechanism of one's own: the last matched orders set the prices of the others, and never trade.

    zkpet run FILE --plugin trade_reduction.py --set market.mechanism=trade-reduction

The contract knows no rule of this name. So it checks limits, balance and surplus alone, and who verifies a
bundle needs this file to see that slots are cleared as it says.
"""

from dataclasses import dataclass

from sim.market.book import OrderBook
from sim.market.clearing import Clearing
from sim.market.mechanisms.mechanism import Mechanism, mechanisms
from sim.market.merit_order import ration
from sim.market.trade_reduction import margins_of, nothing_traded, reduced


@mechanisms.register
@dataclass(frozen=True)
class TradeReduction(Mechanism):
    """Buyers ahead of the last matched bid pay its limit, sellers ahead of the last matched ask get its.

    The longer side shares what there is pro rata. The difference of the two prices goes to the utility.
    """

    name = "trade-reduction"
    meaning = "the last matched orders set two prices, and never trade"
    source = "McAfee, Journal of Economic Theory 56(2) (1992), 434-450, its second case alone"

    def clear(self, book: OrderBook) -> Clearing:
        """See ``Mechanism``."""
        margins = margins_of(book)
        return reduced(book, *margins, ration) if margins else nothing_traded(book)
