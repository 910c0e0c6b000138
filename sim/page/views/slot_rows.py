"""Slots and orders of a timeline in the shape of a run's tables, which the run's drawings take."""

import numpy as np
import pandas as pd

from sim.arrays import Ints
from sim.data.population import slots_from_midnight
from sim.market.bills import outside_option
from sim.page.timeline import Timeline
from sim.simulation.feasibility import tariffs_of


def slot_rows(timeline: Timeline, first: int, last: int, seen: int) -> pd.DataFrame:
    """Slots first to last - 1 as in the table of slots, one row per slot.

    Orders, trades and prices of slots after ``seen`` are NaN; tariffs are known ahead.
    """
    fill_wh, (retail, feed_in) = timeline.fill_wh, _tariffs(timeline, first, last)
    prices = np.where(fill_wh.any(axis=0), timeline.price, np.nan)

    def row(values: Ints) -> pd.Series:
        return pd.Series(values[first : seen + 1], dtype=float).reindex(range(last - first))

    return pd.DataFrame(
        {
            "slot": np.arange(first, last),
            "start": [timeline.time_of(slot) for slot in range(first, last)],
            "price_nano_per_wh": row(prices),
            "retail_low_nano_per_wh": retail.min(axis=0),
            "retail_high_nano_per_wh": retail.max(axis=0),
            "feed_in_low_nano_per_wh": feed_in.min(axis=0),
            "feed_in_high_nano_per_wh": feed_in.max(axis=0),
            "traded_wh": row(np.maximum(fill_wh, 0).sum(axis=0)),
            "bid_wh": row(np.maximum(timeline.quantity_wh, 0).sum(axis=0)),
            "ask_wh": row(np.maximum(-timeline.quantity_wh, 0).sum(axis=0)),
        }
    )


def _tariffs(timeline: Timeline, first: int, last: int) -> tuple[Ints, Ints]:
    """Retail and feed-in of slots that the timeline need not have come to: shapes (homes, last - first)."""
    slots = slots_from_midnight(timeline.scenario, timeline.slot_s, last)[first:]
    outside = outside_option(tariffs_of(timeline.scenario, timeline.homes, timeline.slot_s), slots, 0)
    return outside.retail, outside.feed_in


def order_rows(timeline: Timeline, slot: int) -> pd.DataFrame:
    """All orders of a slot as in the table of orders, one row per order."""
    quantity_wh = timeline.quantity_wh[:, slot]
    ordered = np.flatnonzero(quantity_wh)
    return pd.DataFrame(
        {
            "slot": slot,
            "side": np.where(quantity_wh[ordered] > 0, "buy", "sell"),
            "quantity_wh": np.abs(quantity_wh[ordered]),
            "limit_nano_per_wh": timeline.limit_price[ordered, slot],
            "fill_wh": np.abs(timeline.fill_wh[ordered, slot]),
        }
    )
