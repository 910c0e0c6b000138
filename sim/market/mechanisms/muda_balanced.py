"""MUDA where the longer side pays Vickrey fees."""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Ints
from sim.market.book import OrderBook
from sim.market.mechanisms.mechanism import MUDA_BALANCED, Properties, mechanisms
from sim.market.mechanisms.muda import Muda, in_turn
from sim.market.merit_order import priority


@mechanisms.register
@dataclass(frozen=True)
class MudaBalanced(Muda):
    """Of the longer side those are filled that gain most, and each pays what its trade costs the others.

    That is the fee of the Vickrey variant of the paper: what the orders that would trade in a home's place
    would gain. It is the surplus, and the utility has it. Equal limits are filled in the order of
    ``priority``.

    The book of ``MudaLottery``: home 5 asks least and gets 70 less the 40 that home 3 would gain; home 1 bids
    most and pays 20 and the 50 that home 2 would gain:

    >>> book = OrderBook(3, np.array([10, 10, 10, -10, -10, -10]), np.array([9, 8, 7, 3, 2, 1]))
    >>> MudaBalanced().clear(book).payment.tolist()
    [70, 70, 0, 0, -20, -30]
    """

    name = "muda-balanced"
    meaning = "two half markets, each at the other's price; the longer side pays for whom it displaces"
    source = "Segal-Halevi, Hassidim and Aumann, MUDA, AAAI Conference on Artificial Intelligence 32 (2018)"
    rule = MUDA_BALANCED
    properties = Properties(truthful=True, strongly_balanced=False, efficient=False)

    def order_of(self, book: OrderBook, homes: Ints) -> list[int]:
        """By what they gain, the best first."""
        merit = -np.sign(book.quantity_wh) * book.limit_price
        return sorted(homes.tolist(), key=lambda home: (int(merit[home]), priority(book.slot, home)))

    def fees(self, book: OrderBook, order: Ints, fill_wh: Ints, price: int) -> Ints:
        """See ``Muda``."""
        fees = np.zeros_like(fill_wh)
        wanted_wh, limits = np.abs(book.quantity_wh[order]), book.limit_price[order]
        fees[order] = vickrey_fees(wanted_wh, fill_wh[order], np.abs(limits - price), order)
        return fees


def vickrey_fees(wanted_wh: Ints, fill_wh: Ints, gain: Ints, owner: Ints) -> Ints:
    """What each order pays for whom it displaces, nano-$: shape (orders,).

    wanted_wh, fill_wh, gain: of the longer side, best first: Wh, and nano-$ that an order gains per Wh
    owner:                    whose the orders are: nobody pays for displacing itself

    The paper's first example at a price of 50, where one seller has orders at 10, 20, 40, 60 and 70, and
    another at 15, 25, 35, 45 and 65, and four units are wanted: fees of 20 and 10.

    >>> gain, owner = np.array([40, 35, 30, 25, 15, 10, 5]), np.array([1, 2, 1, 2, 2, 1, 2])
    >>> one_each = np.ones(7, dtype=np.int64)
    >>> fees = vickrey_fees(one_each, in_turn(one_each, 4), gain, owner)
    >>> [int(fees[owner == each].sum()) for each in (1, 2)]
    [20, 10]
    """
    left_wh = wanted_wh - fill_wh
    fees = np.zeros_like(wanted_wh)
    for each in np.unique(owner[fill_wh > 0]).tolist():
        own, others = owner == each, owner != each
        displaced_wh = in_turn(np.where(others, left_wh, 0), int(fill_wh[own].sum()))
        fees[np.flatnonzero(own)[0]] = int((displaced_wh * gain).sum())
    return fees
