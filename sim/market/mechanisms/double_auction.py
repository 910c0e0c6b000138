"""The double auction with one price, the middle between the last filled bid and the last filled ask."""

from dataclasses import dataclass

from sim.arrays import Ints
from sim.market.book import BUY, SELL, OrderBook
from sim.market.clearing import Clearing
from sim.market.mechanisms.mechanism import UNIFORM_PRICE, Mechanism, mechanisms
from sim.market.merit_order import match


@mechanisms.register
@dataclass(frozen=True)
class DoubleAuction(Mechanism):
    """Merit order; all trade at floor((lowest filled bid + highest filled ask) / 2).

    Theirs takes the middle of all market-clearing prices, this one the middle between the last filled orders:
    an order left unfilled may have accepted the price. Money paid equals money received.
    """

    name = "double-auction"
    meaning = (
        "a double auction with one price, the middle between the last filled bid and the last filled ask"
    )
    source = "after Rustichini, Satterthwaite and Williams, Econometrica 62(5) (1994), 1041-1063, k = 1/2"
    rule = UNIFORM_PRICE

    def clear(self, book: OrderBook) -> Clearing:
        """See ``Mechanism``."""
        fill_wh = match(book)
        return Clearing.at_one_price(book, fill_wh, self.price_of(book, fill_wh) or 0)

    def price_of(self, book: OrderBook, fill_wh: Ints) -> int | None:
        """See ``Mechanism``."""
        bids, asks = (book.limit_price[(fill_wh > 0) & (side * book.quantity_wh > 0)] for side in (BUY, SELL))
        return (int(bids.min()) + int(asks.max())) // 2 if len(bids) else None
