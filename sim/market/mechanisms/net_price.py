"""The price of what a community is short of or has beyond its own needs: known from one total."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Ints
from sim.market.book import OrderBook
from sim.market.clearing import Clearing
from sim.market.mechanisms.interval import WithinInterval
from sim.market.mechanisms.mechanism import Properties, mechanisms


@mechanisms.register
@dataclass(frozen=True)
class NetPrice(WithinInterval):
    """All trade all they order at one price; the utility takes the other side of what is left over.

    The price is retail where the community is short, feed-in where it has energy over, and
    feed-in + floor(k (retail - feed-in)) where it is even: the market-clearing price of truthful orders under
    common tariffs. The left over is traded at the same price, which is the utility's own, so that nobody is
    rationed and money balances. It depends on orders by their sum alone, and so clears sealed ones too.

    Nobody names a limit: each order stands at its outside option, which is how tariffs are known here.

    Two homes buy 10 and 20 Wh at a retail price of 9, one sells 12 Wh at a feed-in price of 2: the community
    is 18 Wh short, and each Wh costs 9; were it to sell 40 Wh, each would cost 2.

    >>> import numpy as np
    >>> limits = np.array([9, 9, 2])
    >>> short, over = (OrderBook(0, np.array([10, 20, -sold]), limits) for sold in (12, 40))
    >>> NetPrice().clear(short).payment.tolist(), NetPrice().clear(over).payment.tolist()
    ([90, 180, -108], [20, 40, -80])
    """

    name = "net-price"
    meaning = (
        "one price from the total alone: retail if the community is short, feed-in if it has energy over"
    )
    source = "the market-clearing price of truthful orders under common tariffs; see the class"
    rule = None
    asks_limits = False
    sealable = True
    utility_trades = True
    properties = Properties(truthful=False, strongly_balanced=False, efficient=True)

    def clear(self, book: OrderBook) -> Clearing:
        """See ``Mechanism``."""
        limits, buys, sells = book.limit_price, book.quantity_wh > 0, book.quantity_wh < 0
        retail = int(limits[buys].max()) if buys.any() else 0
        feed_in = int(limits[sells].min()) if sells.any() else 0
        price = self.price_at(int(book.quantity_wh.sum()), retail, feed_in)
        return Clearing.at_one_price(book, np.abs(book.quantity_wh), price)

    def price_at(self, total: int, retail: int, feed_in: int) -> int:
        """The price, nano-$ per Wh, at the community's total, whose unit does not matter."""
        if total:
            return retail if total > 0 else feed_in
        return self.between(feed_in, retail)

    def prices(self, totals: Ints, retail: Ints, feed_in: Ints) -> Ints:
        """The same of many slots; shapes (slots,)."""
        between = self.all_between(feed_in, retail)
        return np.select([totals > 0, totals < 0], [retail, feed_in], between)
