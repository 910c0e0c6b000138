"""Sharing rules: what there is is shared pro rata, at a price that the rule sets and no home bids for.

Homes name no limits: orders stand at outside options, which say between which prices all of them gain. Ahead
the rules share what homes forecast; after the fact (``sim.market.baselines``) what meters read, for which
nothing need be forecast, bid or proved.
"""

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np

from sim.arrays import Ints
from sim.market.bills import OutsideOption
from sim.market.book import BUY, SELL, OrderBook
from sim.market.clearing import Clearing
from sim.market.mechanisms.mechanism import Mechanism, Properties, mechanisms
from sim.market.merit_order import ration


class SharingRule(Mechanism):
    """All of the short side and as much of the long one, pro rata, at one price; none where limits part."""

    asks_limits = False
    properties = Properties(truthful=True, strongly_balanced=True, efficient=False)

    @property
    def key(self) -> str:
        """Its name as it stands in names of columns and measures."""
        return self.name.replace("-", "_")

    def clear(self, book: OrderBook) -> Clearing:
        """See ``Mechanism``."""
        wanted_wh = [np.maximum(side * book.quantity_wh, 0) for side in (BUY, SELL)]
        demand_wh, supply_wh = (int(wh.sum()) for wh in wanted_wh)
        energy_wh = min(demand_wh, supply_wh)
        value = int(book.limit_price[wanted_wh[0] > 0].min(initial=2**62))
        cost = int(book.limit_price[wanted_wh[1] > 0].max(initial=0))
        if energy_wh == 0 or value < cost:
            nothing = np.zeros_like(book.quantity_wh)
            return Clearing(book.slot, nothing, nothing)
        bought_wh, sold_wh = (_shared(book.slot, wh, energy_wh) for wh in wanted_wh)
        return Clearing.at_one_price(book, bought_wh + sold_wh, self.price(value, cost, demand_wh, supply_wh))

    @abstractmethod
    def price(self, value: int, cost: int, demand_wh: int, supply_wh: int) -> int:
        """The price inside the community, nano-$ per Wh, between ``cost`` and ``value``.

        value: the least that any buyer would pay; cost: the most that any seller would ask
        demand_wh, supply_wh: all that is wanted and all that is offered, at least 1
        """

    def after_the_fact(self, net_wh: Ints, bill: Ints) -> Ints:  # noqa: ARG002
        """What homes pay when the period is over, shape (homes,), nano-$.

        net_wh: the readings; bill: what their slots came to, shared one by one; shapes (homes, slots)
        """
        whole: Ints = bill.sum(axis=1)
        return whole


@mechanisms.register
@dataclass(frozen=True)
class BillSharing(SharingRule):
    """What is shared is free of charge, so that the community's bill at the utility is shared pro rata.

    A seller may so get less than the utility would pay it. After the fact the billing period is the whole
    run: everybody buys at (what is bought from the utility) / (all that was wanted) and sells at (what the
    utility pays) / (all that was over). Ahead every slot is a period of its own.
    """

    name = "bill-sharing"
    meaning = "what there is is shared pro rata and for nothing, and so is the bill for the rest"
    source = "Long, Wu, Zhang, Thomas, Cheng and Jenkins, IEEE PES General Meeting (2017), bill sharing"

    def limits(self, quantity_wh: Ints, outside: OutsideOption) -> Ints:
        """Who joins gives up what the utility would pay it: sellers ask for nothing."""
        return np.where(quantity_wh > 0, outside.limits(quantity_wh), 0)

    def price(self, value: int, cost: int, demand_wh: int, supply_wh: int) -> int:  # noqa: ARG002
        """See ``SharingRule``."""
        return cost

    def after_the_fact(self, net_wh: Ints, bill: Ints) -> Ints:
        """See ``SharingRule``."""
        bought_nano, sold_nano = (int(np.maximum(sign * bill, 0).sum()) for sign in (1, -1))
        wanted_wh, over_wh = (np.maximum(side * net_wh, 0).sum(axis=1) for side in (BUY, SELL))
        return _pro_rata(bought_nano, wanted_wh) - _pro_rata(sold_nano, over_wh)


@mechanisms.register
@dataclass(frozen=True)
class MidMarket(SharingRule):
    """The middle between value and cost; what is short comes at retail, what is over goes at feed-in."""

    name = "mid-market"
    meaning = "what there is is shared pro rata, at the middle of the prices between which all homes gain"
    source = "Long, Wu, Zhang, Thomas, Cheng and Jenkins, IEEE PES General Meeting (2017), mid-market rate"

    def price(self, value: int, cost: int, demand_wh: int, supply_wh: int) -> int:  # noqa: ARG002
        """See ``SharingRule``."""
        return (value + cost) // 2


@mechanisms.register
@dataclass(frozen=True)
class SupplyDemand(SharingRule):
    """With the ratio r of supply to demand, value R and cost F: R F / ((R - F) r + F), and F from r = 1 on.

    A buyer's mean price is then r x this + (1 - r) R, the rest being bought from the grid.
    """

    name = "supply-demand"
    meaning = "what there is is shared pro rata, at a price that falls with the ratio of supply to demand"
    source = "Liu, Yu, Wang, Li, Lei and Ma, IEEE Transactions on Power Systems 32(5) (2017), 3569-3583"

    def price(self, value: int, cost: int, demand_wh: int, supply_wh: int) -> int:
        """See ``SharingRule``."""
        if supply_wh >= demand_wh:
            return cost
        weighted = (value - cost) * supply_wh + cost * demand_wh
        return value * cost * demand_wh // weighted if weighted else cost


def _shared(slot: int, wanted_wh: Ints, energy_wh: int) -> Ints:
    """A side's fills, shape (homes,): pro rata, the Wh still over by priority."""
    fill_wh, homes = np.zeros_like(wanted_wh), np.flatnonzero(wanted_wh)
    fill_wh[homes] = ration(wanted_wh[homes], energy_wh, slot, homes)
    return fill_wh


def _pro_rata(nano: int, weights: Ints) -> Ints:
    """Money by weights, shape (homes,): rounded down; what is over goes one each to the first homes."""
    whole = int(weights.sum())
    shares = np.array([nano * weight // max(whole, 1) for weight in weights.tolist()], dtype=np.int64)
    shares[np.flatnonzero(weights)[: nano - int(shares.sum())]] += 1
    return shares


SHARING_RULES: tuple[SharingRule, ...] = (BillSharing(), MidMarket(), SupplyDemand())
"""What every run is held against: what each would have come to after the fact."""
