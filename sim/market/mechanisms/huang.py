"""The multi-unit double auction of Huang, Scheller-Wolf and Sycara."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Ints
from sim.market.book import OrderBook
from sim.market.clearing import Clearing
from sim.market.mechanisms.mechanism import HUANG, Mechanism, Properties, mechanisms
from sim.market.merit_order import priority
from sim.market.trade_reduction import margins_of, nothing_traded, reduced


@mechanisms.register
@dataclass(frozen=True)
class Huang(Mechanism):
    """The last matched bid and ask set the prices and never trade; who is ahead of them does.

    Buyers pay the one, sellers get the other, the utility has the difference. On the side that has more, all
    bear the same burden: each is filled by its order less the same quantity, or not at all.

    Bids of 800, 100 and 1,900 Wh at 6, 5 and 4, behind them one of 1,000 at 3; asks of 1,000 and 1,500 at 1
    and 2, behind them one of 500 at 3: the two margins make 3 and 3, and the buyers' 300 Wh too much are
    borne by all, by the second with all of its 100:

    >>> import numpy as np
    >>> quantity_wh = np.array([800, 100, 1900, 1000, -1000, -1500, -500])
    >>> clearing = Huang().clear(OrderBook(0, quantity_wh, np.array([6, 5, 4, 3, 1, 2, 3])))
    >>> clearing.fill_wh.tolist()
    [700, 0, 1800, 0, 1000, 1500, 0]
    """

    name = "huang"
    meaning = "trade reduction: the last matched orders set two prices, and the longer side bears equal cuts"
    source = "Huang, Scheller-Wolf and Sycara, Computational Intelligence 18(4) (2002), 596-617"
    rule = HUANG
    properties = Properties(truthful=True, strongly_balanced=False, efficient=False)

    def clear(self, book: OrderBook) -> Clearing:
        """See ``Mechanism``."""
        margins = margins_of(book)
        return reduced(book, *margins, bear_equally) if margins else nothing_traded(book)


def bear_equally(wanted_wh: Ints, energy_wh: int, slot: int, homes: Ints) -> Ints:
    """Fills of max(wanted - burden, 0), shape (orders,); the Wh still over one each by ``priority``.

    The burden is the least whole number of Wh at which these are at most the energy; what is over goes to
    orders that want at least the burden. Arguments as of ``merit_order.ration``.
    """
    least, most = 0, int(wanted_wh.max())
    while least < most:
        middle = (least + most) // 2
        if int(np.maximum(wanted_wh - middle, 0).sum()) > energy_wh:
            least = middle + 1
        else:
            most = middle
    fill_wh = np.maximum(wanted_wh - least, 0)
    over_wh = energy_wh - int(fill_wh.sum())
    if over_wh:
        eligible = np.flatnonzero(wanted_wh >= least)
        order = sorted(eligible.tolist(), key=lambda i: priority(slot, int(homes[i])))
        fill_wh[order[:over_wh]] += 1
    return fill_wh
