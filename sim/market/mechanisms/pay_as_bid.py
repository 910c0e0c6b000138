"""Everybody trades at its own limit."""

from dataclasses import dataclass

import numpy as np

from sim.market.book import OrderBook
from sim.market.clearing import Clearing, money
from sim.market.mechanisms.mechanism import PAY_AS_BID, Mechanism, Properties, mechanisms
from sim.market.merit_order import match


@mechanisms.register
@dataclass(frozen=True)
class PayAsBid(Mechanism):
    """Fills in merit order; buyers pay what they bid, sellers get what they ask, the utility has the rest.

    The discriminatory double auction. Elsewhere sellers get what the buyers matched with them bid; here no
    pairs are made, so that orders of one limit are treated alike.

    Bids of 9, 8 and 4, asks of 2 and 5, ten Wh each: two of each trade, and 10 x (9 + 8 - 2 - 5) are over.

    >>> import numpy as np
    >>> book = OrderBook(0, np.array([10, 10, 10, -10, -10]), np.array([9, 8, 4, 2, 5]))
    >>> clearing = PayAsBid().clear(book)
    >>> clearing.payment.tolist(), clearing.surplus
    ([90, 80, 0, -20, -50], 100)
    """

    name = "pay-as-bid"
    meaning = "a discriminatory double auction: buyers pay what they bid, and sellers get what they ask"
    source = "Friedman, A Program for Monetary Stability (1960), on discriminatory against uniform prices"
    rule = PAY_AS_BID
    properties = Properties(truthful=False, strongly_balanced=False, efficient=True)

    def clear(self, book: OrderBook) -> Clearing:
        """See ``Mechanism``."""
        fill_wh = match(book)
        money(np.where(fill_wh > 0, book.limit_price, 0), fill_wh)  # raises where payments are too large
        return Clearing(book.slot, fill_wh, book.limit_price * book.signed(fill_wh))
