"""The community's books without a chain: what EnergyMarket.vy books, in the same integers.

A run without a chain keeps these books; a test holds them against the contract's, balance by balance.
"""

import numpy as np

from sim.arrays import Ints
from sim.market.bills import OutsideOption, deviation_payments, deviations, trade_payments
from sim.market.clearing import Trades


class Ledger:
    """Balances and reservations, nano-$.

    balance:  shape (homes,); the utility's is minus their sum
    reserved: shape (homes,), the worst cost of open orders and of sales not yet settled
    """

    def __init__(self, homes: int, credit_limit: int) -> None:
        self.balance: Ints = np.zeros(homes, dtype=np.int64)
        self.reserved: Ints = np.zeros(homes, dtype=np.int64)
        self._credit_limit = credit_limit

    def reserve(self, quantity_wh: Ints, limit_price: Ints, outside: OutsideOption) -> np.ndarray:
        """Reserve the worst cost of a gate's orders, shape (homes, horizon), and say whose were accepted.

        A buyer at worst pays its limit, a seller at worst has nothing and pays retail. Where a home's
        reservations would exceed balance and credit, all its orders of the gate are refused.
        """
        cost = (worst_price(quantity_wh, limit_price, outside) * np.abs(quantity_wh)).sum(axis=1)
        accepted: np.ndarray = self.reserved + cost <= self.balance + self._credit_limit
        self.reserved += np.where(accepted, cost, 0)
        return accepted

    def raise_bids(self, quantity_wh: Ints, higher: Ints) -> np.ndarray:
        """Reserve for bids that are raised in a later round, and say, as ``reserve``, who has the credit.

        For the whole of an order, as all of it is freed when it is booked.

        higher: by how much, shape (homes, horizon), nano-$ per Wh, at least 0
        """
        cost = (higher * np.maximum(quantity_wh, 0)).sum(axis=1)
        accepted: np.ndarray = self.reserved + cost <= self.balance + self._credit_limit
        self.reserved += np.where(accepted, cost, 0)
        return accepted

    def book(self, quantity_wh: Ints, limit_price: Ints, trades: Trades, outside: OutsideOption) -> None:
        """Pay for cleared slots, shapes (homes, slots), and free what they no longer need.

        A filled sale stays reserved until it is settled.
        """
        self.balance -= trade_payments(trades, outside).sum(axis=1)
        kept_wh = np.maximum(-trades.fill_wh, 0)
        freed_wh = np.abs(quantity_wh) - kept_wh
        self.reserved -= (worst_price(quantity_wh, limit_price, outside) * freed_wh).sum(axis=1)

    def settle(self, net_wh: Ints, fill_wh: Ints, outside: OutsideOption) -> None:
        """The utility sells what is short of the fills and buys what is beyond; shapes (homes, horizon)."""
        short_wh, beyond_wh = deviations(net_wh, fill_wh)
        self.balance -= deviation_payments(short_wh, beyond_wh, outside.retail, outside.feed_in).sum(axis=1)
        sold_wh = np.maximum(-fill_wh, 0)
        self.reserved -= ((outside.retail + outside.seller_fee) * sold_wh).sum(axis=1)


def worst_price(quantity_wh: Ints, limit_price: Ints, outside: OutsideOption) -> Ints:
    """What an order could cost per Wh: a buyer its limit, a seller without energy retail; and the fee."""
    return np.where(quantity_wh > 0, limit_price + outside.buyer_fee, outside.retail + outside.seller_fee)
