"""MUDA where a lottery decides on the longer side."""

from dataclasses import dataclass

from sim.arrays import Ints
from sim.market.book import OrderBook
from sim.market.mechanisms.mechanism import MUDA_LOTTERY, Properties, mechanisms
from sim.market.mechanisms.muda import Muda
from sim.market.merit_order import priority


@mechanisms.register
@dataclass(frozen=True)
class MudaLottery(Muda):
    """Homes of the longer side are filled in the order of ``priority`` until nothing is left.

    In slot 3 homes 0, 3 and 5 are one half and make a price of 2, the others make one of 7. At 7 two sellers
    of the first half want the trade of its buyer; at 2 two buyers of the other half want that of its seller:

    >>> import numpy as np
    >>> book = OrderBook(3, np.array([10, 10, 10, -10, -10, -10]), np.array([9, 8, 7, 3, 2, 1]))
    >>> MudaLottery().clear(book).payment.tolist()
    [70, 0, 20, 0, -20, -70]
    """

    name = "muda-lottery"
    meaning = "two half markets, each at the other's price; on the longer side a lottery decides"
    source = "Segal-Halevi, Hassidim and Aumann, MUDA, AAAI Conference on Artificial Intelligence 32 (2018)"
    rule = MUDA_LOTTERY
    properties = Properties(truthful=True, strongly_balanced=True, efficient=False)

    def order_of(self, book: OrderBook, homes: Ints) -> list[int]:
        """By the lottery."""
        return sorted(homes.tolist(), key=lambda home: priority(book.slot, home))
