"""What the same homes would have paid had they ordered something else."""

from sim.arrays import Ints
from sim.market.bills import OutsideOption, bills
from sim.market.mechanisms import Mechanism
from sim.market.trades import clear_slots


def bills_if_ordered(
    mechanism: Mechanism,
    quantity_wh: Ints,
    limit_price: Ints,
    net_wh: Ints,
    slots: Ints,
    outside: OutsideOption,
) -> Ints:
    """Bills had these orders been cleared: shape (homes, slots), nano-$.

    quantity_wh, limit_price: the orders, shape (homes, slots), as in OrderBook
    net_wh: the readings, shape (homes, slots); slots: their numbers, shape (slots,)
    """
    return bills(net_wh, clear_slots(mechanism, slots, quantity_wh, limit_price), outside)


def foresight_bills(mechanism: Mechanism, net_wh: Ints, slots: Ints, outside: OutsideOption) -> Ints:
    """Bills under perfect foresight, where every home orders its reading at its outside option."""
    return bills_if_ordered(mechanism, net_wh, outside.limits(net_wh), net_wh, slots, outside)
