"""What operators can do that the contract believes or cannot tell from an honest day.

The meter's totals and windows are believed, and an auctioneer or a meter that says nothing is waited for and
then passed by.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.arrays import Ints
from sim.forecast.model import wh_from_outputs
from sim.market.bills import (
    OutsideOption,
    bills,
    bills_from_totals,
    deviation_payments,
    deviation_totals,
    grid_only_bills,
    trade_payments,
)
from sim.market.clearing import Trades
from sim.outputs.counterfactual import Money, fees
from sim.simulation.preparation import Prepared


@dataclass(frozen=True)
class Totals:
    """What the meter posts: Wh short of and beyond the fills, each of shape (homes, gates, periods)."""

    short_wh: Ints
    beyond_wh: Ints

    def shortened(self, row: int, percent: int) -> "Totals":
        """One home's totals of what it fell short by, posted so many percent lower, rounded down."""
        short_wh = self.short_wh.copy()
        short_wh[row] = short_wh[row] * (100 - percent) // 100
        return replace(self, short_wh=short_wh)

    def boundless(self, row: int, most_wh: int) -> "Totals":
        """The most in a home's favour: nothing short, and beyond what the contract's own bound allows."""
        short_wh, beyond_wh = self.short_wh.copy(), self.beyond_wh.copy()
        short_wh[row], beyond_wh[row] = 0, most_wh
        return Totals(short_wh, beyond_wh)

    def none(self) -> "Totals":
        """Nothing posted for anybody."""
        return Totals(np.zeros_like(self.short_wh), np.zeros_like(self.beyond_wh))


def true_totals(prepared: Prepared, trades: Trades) -> Totals:
    """What an honest meter posts after each gate."""
    gates = []
    for gate in range(prepared.gates):
        slots, periods = prepared.slots_of(gate), prepared.tariffs.periods
        gates.append(
            deviation_totals(
                prepared.reading_wh[:, slots],
                trades.fill_wh[:, slots],
                prepared.period_of_slot[slots],
                periods,
            )
        )
    short_wh, beyond_wh = zip(*gates, strict=True)
    return Totals(np.stack(short_wh, axis=1), np.stack(beyond_wh, axis=1))


def settled(prepared: Prepared, trades: Trades, totals: Totals) -> Money:
    """The money of trades when the meter posts these totals and is believed."""
    homes = len(prepared.reading_wh)
    shape = totals.short_wh.shape
    retail, feed_in = (
        np.broadcast_to(tariff[:, None, :], shape).reshape(homes, -1)
        for tariff in (prepared.tariffs.retail, prepared.tariffs.feed_in)
    )
    short_wh, beyond_wh = totals.short_wh.reshape(homes, -1), totals.beyond_wh.reshape(homes, -1)
    paid = trade_payments(trades, prepared.outside).sum(axis=1)
    at_utility = deviation_payments(short_wh, beyond_wh, retail, feed_in)
    return Money(
        bill_nano=bills_from_totals(paid, short_wh, beyond_wh, retail, feed_in),
        takings_nano=int(at_utility.sum()) + fees(trades, prepared.outside),
    )


def most_total_wh(prepared: Prepared, row: int) -> int:
    """The largest total of a home, gate and period that the contract counts."""
    population = prepared.population
    return prepared.scenario.time.horizon * int(
        population.import_limit_wh[row] + population.export_limit_wh[row]
    )


def doctored(prepared: Prepared, row: int, windows_wh: Ints) -> Prepared:
    """A run in which the meter commits to other windows of one home, of shape (gates, lookback).

    The home's model, the registered one, forecasts from them, and the proof of that verifies.
    """
    outputs, forecast_wh = prepared.outputs.copy(), prepared.forecast_wh.copy()
    for gate, window_wh in enumerate(windows_wh):
        model = prepared.forecasters.model_of(row, gate)
        outputs[row, gate] = model.outputs(window_wh)
        forecast_wh[row, prepared.slots_of(gate)] = wh_from_outputs(outputs[row, gate], model.output_scale)
    return replace(prepared, outputs=outputs, forecast_wh=prepared.population.within_limits(forecast_wh))


def unwelcome(net_wh: Ints, trades: Trades, outside: OutsideOption, row: int) -> NDArray[np.bool_]:
    """Slots whose trade costs a home money in the end, shape (slots,): what a friend would leave out.

    Nobody knows them before delivery, when the auctioneer must have spoken: this is a bound.
    """
    dearer: NDArray[np.bool_] = bills(net_wh, trades, outside)[row] > grid_only_bills(net_wh, outside)[row]
    return dearer
