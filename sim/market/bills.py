"""What homes pay, in exact integers.

A home's bill over slots, with net reading n, signed fill q and price p, retail R and feed-in F of each slot:

    bill = sum of  p q  +  R max(n - q, 0)  -  F max(q - n, 0)  +  fee half x |q|

The first term goes to other homes or comes from them, the rest goes to the utility: what a home takes beyond
its fill costs retail, what it leaves of it earns feed-in. The fee on a traded Wh is split: the buyer pays
floor(fee / 2), the seller the rest. Over all homes p q sums to what surplus the mechanism leaves, 0 where a
slot has one price; the surplus is the utility's, which so earns the sum of bills.

Without the market q = 0. With one flat tariff and no fee, a net x costs ((R + F) x + (R - F) |x|) / 2 at the
utility, and fills sum to 0, so that prices drop out of the community's saving, but for the surplus:

    2 x (saving + surplus) = sum of (R - F) (|n| - |n - q|)
"""

from dataclasses import dataclass

import numpy as np

from sim.arrays import Ints, Rows
from sim.market.clearing import Trades, money
from sim.market.tariffs import TariffTable


@dataclass(frozen=True)
class OutsideOption:
    """What energy is worth outside the market, and what trading it costs.

    retail, feed_in: shape (homes, slots), nano-$ per Wh
    grid_fee:        nano-$ per traded Wh, both sides together
    """

    retail: Ints
    feed_in: Ints
    grid_fee: int = 0

    @property
    def buyer_fee(self) -> int:
        """The buyer's half of the fee, rounded down."""
        return self.grid_fee // 2

    @property
    def seller_fee(self) -> int:
        """The seller's half of the fee, rounded up."""
        return self.grid_fee - self.grid_fee // 2

    def during(self, slots: slice, homes: Rows = slice(None)) -> "OutsideOption":
        """That of some homes in some slots."""
        return OutsideOption(self.retail[homes, slots], self.feed_in[homes, slots], self.grid_fee)

    def limits(self, quantity_wh: Ints) -> Ints:
        """Prices at which trading gains nothing: retail less fee for buyers, feed-in plus fee for sellers.

        quantity_wh: shape (homes, slots), signed; returns shape (homes, slots), nano-$ per Wh
        """
        return np.where(quantity_wh > 0, self.retail - self.buyer_fee, self.feed_in + self.seller_fee)


def outside_option(table: TariffTable, slots: Ints, grid_fee: int) -> OutsideOption:
    """Tabulated tariffs, slot by slot; ``slots`` count from a midnight."""
    periods = table.periods_of(slots)
    return OutsideOption(table.retail[:, periods], table.feed_in[:, periods], grid_fee)


def deviations(net_wh: Ints, fill_wh: Ints) -> tuple[Ints, Ints]:
    """Wh taken beyond the fill, max(n - q, 0), and Wh left of it, max(q - n, 0): shapes (homes, slots)."""
    missing_wh = net_wh - fill_wh
    return np.maximum(missing_wh, 0), np.maximum(-missing_wh, 0)


def deviation_totals(net_wh: Ints, fill_wh: Ints, period_of_slot: Ints, periods: int) -> tuple[Ints, Ints]:
    """What the meter posts of a gate: deviations summed over the slots of each tariff period.

    net_wh, fill_wh: shape (homes, slots of the gate); period_of_slot: shape (slots of the gate,)
    Returns (short_wh, beyond_wh), each of shape (homes, periods).
    """
    in_period = (period_of_slot[:, None] == np.arange(periods)).astype(np.int64)
    short_wh, beyond_wh = deviations(net_wh, fill_wh)
    return short_wh @ in_period, beyond_wh @ in_period


def trade_payments(trades: Trades, outside: OutsideOption) -> Ints:
    """What fills cost (buyers) or earn (sellers, negative), fees included: shape (homes, slots), nano-$."""
    money(trades.price + outside.seller_fee, trades.fill_wh)  # raises where payments and fees are too large
    fee: Ints = np.where(trades.fill_wh > 0, outside.buyer_fee, -outside.seller_fee)
    return trades.payment + fee * trades.fill_wh


def deviation_payments(short_wh: Ints, beyond_wh: Ints, retail: Ints, feed_in: Ints) -> Ints:
    """What deviations cost at the utility, by slot or by period; everything has one shape."""
    return money(retail, short_wh) - money(feed_in, beyond_wh)


def bills(net_wh: Ints, trades: Trades, outside: OutsideOption) -> Ints:
    """Bills of all homes in all slots: shape (homes, slots), nano-$, positive is paid by the home."""
    short_wh, beyond_wh = deviations(net_wh, trades.fill_wh)
    grid = deviation_payments(short_wh, beyond_wh, outside.retail, outside.feed_in)
    return trade_payments(trades, outside) + grid


def utility_takings(net_wh: Ints, trades: Trades, outside: OutsideOption) -> Ints:
    """What the utility takes, from tariffs, fees and surplus and not from bills: shape (slots,), nano-$.

    net_wh: the readings by which deviations are settled, shape (homes, slots)
    """
    short_wh, beyond_wh = deviations(net_wh, trades.fill_wh)
    grid = deviation_payments(short_wh, beyond_wh, outside.retail, outside.feed_in).sum(axis=0)
    takings: Ints = grid + outside.grid_fee * trades.traded_wh + trades.surplus
    return takings


def grid_only_bills(net_wh: Ints, outside: OutsideOption) -> Ints:
    """Bills without a market, netted slot by slot: shape (homes, slots), nano-$."""
    short_wh, beyond_wh = deviations(net_wh, np.zeros_like(net_wh))
    return deviation_payments(short_wh, beyond_wh, outside.retail, outside.feed_in)


def bills_from_totals(
    trade_payment: Ints, short_wh: Ints, beyond_wh: Ints, retail: Ints, feed_in: Ints
) -> Ints:
    """Bills as the ledger comes to them, without a single reading: shape (homes,), nano-$.

    trade_payment: shape (homes,), sum of ``trade_payments``
    short_wh, beyond_wh, retail, feed_in: shape (homes, periods), deviations summed over gates, and tariffs
    """
    bill: Ints = trade_payment + deviation_payments(short_wh, beyond_wh, retail, feed_in).sum(axis=1)
    return bill
