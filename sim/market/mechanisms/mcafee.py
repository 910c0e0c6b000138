"""McAfee's double auction."""

from dataclasses import dataclass

from sim.market.book import OrderBook
from sim.market.clearing import Clearing
from sim.market.mechanisms.mechanism import MCAFEE, Mechanism, Properties, mechanisms
from sim.market.merit_order import match, ration
from sim.market.trade_reduction import margins_of, nothing_traded, reduced


@mechanisms.register
@dataclass(frozen=True)
class McAfee(Mechanism):
    """All trade at the middle of the first limits left out, or the last matched orders give up their trade.

    b(k) and s(k) are the limits of the last bid and ask that accept each other. Where (b(k+1) + s(k+1)) / 2
    lies between them, all k trade at it, rounded down. Else, and where there is no next bid or ask, those
    ahead of the last trade: buyers pay b(k), sellers get s(k), the utility has the difference, and the
    longer side shares what there is pro rata (see ``sim.market.trade_reduction``).

    Bids of 9, 8, 7, 4 and asks of 2, 3, 4, 9, as prices in tenths: three units at 6.5.

    >>> import numpy as np
    >>> sides = np.array([1, 1, 1, 1, -1, -1, -1, -1])
    >>> McAfee().clear(OrderBook(0, sides, 10 * np.array([9, 8, 7, 4, 2, 3, 4, 9]))).payment.tolist()
    [65, 65, 65, 0, -65, -65, -65, 0]

    Bids of 9, 8, 5, 1 and asks of 2, 3, 4, 5: 3 is no price for the third, so that two trade.

    >>> McAfee().clear(OrderBook(0, sides, np.array([9, 8, 5, 1, 2, 3, 4, 5]))).payment.tolist()
    [5, 5, 0, 0, -4, -4, 0, 0]
    """

    name = "mcafee"
    meaning = "trade reduction: the first orders left out set one price, or the last matched set two"
    source = "McAfee, Journal of Economic Theory 56(2) (1992), 434-450"
    rule = MCAFEE
    properties = Properties(truthful=True, strongly_balanced=False, efficient=False)

    def clear(self, book: OrderBook) -> Clearing:
        """See ``Mechanism``."""
        margins = margins_of(book)
        if margins is None:
            return nothing_traded(book)
        bids, asks = margins
        if bids.next is not None and asks.next is not None:
            both = bids.next + asks.next
            if 2 * asks.last <= both <= 2 * bids.last:  # then nothing is filled in part
                return Clearing.at_one_price(book, match(book), both // 2)
        return reduced(book, bids, asks, ration)
