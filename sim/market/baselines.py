"""What the same homes would have paid had they ordered something else."""

from sim.arrays import Ints
from sim.market.bills import OutsideOption, bills
from sim.market.mechanisms import Mechanism
from sim.market.mechanisms.sharing import SharingRule
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
    return truthful_bills(mechanism, net_wh, net_wh, slots, outside)


def truthful_bills(
    mechanism: Mechanism, quantity_wh: Ints, net_wh: Ints, slots: Ints, outside: OutsideOption
) -> Ints:
    """Bills where homes order these quantities, shape (homes, slots), at their outside options."""
    limits = mechanism.limits(quantity_wh, outside)
    return bills_if_ordered(mechanism, quantity_wh, limits, net_wh, slots, outside)


def shared_bills(rule: SharingRule, net_wh: Ints, slots: Ints, outside: OutsideOption) -> Ints:
    """Bills where what meters read is shared after the fact: shape (homes,), nano-$."""
    return rule.after_the_fact(net_wh, foresight_bills(rule, net_wh, slots, outside))
