"""What trading under proof costs, in exact integers."""

import numpy as np

from sim.arrays import Ints
from sim.market.clearing import MOST_MONEY

NANO_JOULES_PER_WH = 3_600 * 10**9


def energy_cost(cpu_us: Ints, power_mw: int, price: Ints) -> Ints:
    """What CPU time costs at a home's own price of energy, nano-$, rounded half up.

    cpu_us: CPU microseconds; price: nano-$ per Wh; shapes broadcast to each other
    """
    nano_joules = cpu_us.astype(object) * power_mw  # Python's integers: no overflow
    twice = 2 * nano_joules * price.astype(object)
    cost: Ints = ((twice + NANO_JOULES_PER_WH) // (2 * NANO_JOULES_PER_WH)).astype(np.int64)
    return cost


def gas_cost(gas: Ints, gas_price: int) -> Ints:
    """Gas x price in nano-$. Raises OverflowError where the whole could come near the end of int64."""
    most = int(gas.sum()) * gas_price
    if most > MOST_MONEY:
        raise OverflowError(f"gas costs {most} nano-$; money is exact up to {MOST_MONEY} nano-$")
    return gas * gas_price


def shared_out(whole: Ints, homes: int) -> Ints:
    """Divide integers equally: shape (homes, n) for a whole of shape (n,).

    What does not divide falls on the first homes, one each, so that nothing is lost.
    """
    base, over = whole // homes, whole % homes
    shares: Ints = base + (np.arange(homes)[:, None] < over)
    return shares
