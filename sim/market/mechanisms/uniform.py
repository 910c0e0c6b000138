"""The k-double auction: one price, market-clearing."""

from dataclasses import dataclass

from sim.arrays import Ints
from sim.market.book import OrderBook
from sim.market.mechanisms.interval import WithinInterval
from sim.market.mechanisms.mechanism import UNIFORM_PRICE, OnePrice, Properties, mechanisms
from sim.market.merit_order import clearing_interval


@mechanisms.register
@dataclass(frozen=True)
class Uniform(OnePrice, WithinInterval):
    """Merit order; all trade at lower + floor(k (upper - lower)) of the interval of market-clearing prices.

    At such a price nobody filled loses, and no order left unfilled, in whole or in part, strictly gains.

    Bids of 9, 8 and 4 and asks of 2 and 5 for 10 Wh each: two of each trade, and all prices from 5, the last
    filled ask, to 8, the last filled bid, clear the market; at k = 1/2 it is 6.

    >>> import numpy as np
    >>> book = OrderBook(0, np.array([10, 10, 10, -10, -10]), np.array([9, 8, 4, 2, 5]))
    >>> Uniform().clear(book).price, Uniform(k=1.0).clear(book).price
    (6, 8)
    """

    name = "uniform"
    meaning = "a k-double auction: one price, k of the way up the interval of market-clearing prices"
    source = "Rustichini, Satterthwaite and Williams, Econometrica 62(5) (1994), 1041-1063"
    rule = UNIFORM_PRICE
    properties = Properties(truthful=False, strongly_balanced=True, efficient=True)

    @property
    def rule_arguments(self) -> tuple[int, ...]:
        """See ``Mechanism``."""
        return (self.k_ppm,)

    def price_of(self, book: OrderBook, fill_wh: Ints) -> int | None:
        """See ``Mechanism``."""
        interval = clearing_interval(book, fill_wh)
        return interval and self.between(*interval)
