"""One price in the middle between the last filled bid and the last filled ask."""

from dataclasses import dataclass

from sim.arrays import Ints
from sim.market.book import OrderBook
from sim.market.mechanisms.mechanism import AVERAGE_PRICE, OnePrice, Properties, mechanisms
from sim.market.merit_order import last_filled


@mechanisms.register
@dataclass(frozen=True)
class Average(OnePrice):
    """Merit order; all trade at floor((lowest filled bid + highest filled ask) / 2).

    With divisible orders one of these two is nearly always filled in part, so that the price is hardly ever
    market-clearing, and a home can gain by naming another limit: it stands here for comparison.

    One bid of 9 for 10 Wh, and asks of 2 and 4 for 6 Wh each: the price is floor((9 + 4) / 2), at which the
    seller who has 2 Wh left would sell more; only 4 clears the market.

    >>> import numpy as np
    >>> Average().clear(OrderBook(0, np.array([10, -6, -6]), np.array([9, 2, 4]))).price
    6
    """

    name = "average"
    meaning = "a double auction with one price, the middle between its last filled orders of both sides"
    source = 'the "average mechanism" of textbooks; no rule of the literature on k-double auctions'
    rule = AVERAGE_PRICE
    properties = Properties(truthful=False, strongly_balanced=True, efficient=True)

    def price_of(self, book: OrderBook, fill_wh: Ints) -> int | None:
        """See ``Mechanism``."""
        last = last_filled(book, fill_wh)
        return sum(last) // 2 if last else None
