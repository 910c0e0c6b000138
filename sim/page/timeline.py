"""A run as far as it has come, slot by slot, and who sees what of it: what the page's views are drawn from.

Made from a run's scenario and tables, whether these are read from a run directory or were just sent by a run
that is still going on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.arrays import Floats, Ints
from sim.data.population import slots_from_midnight
from sim.data.readings import DAY_S
from sim.market.bills import OutsideOption, bills, grid_only_bills, outside_option
from sim.market.book import OrderBook
from sim.market.clearing import Trades
from sim.schema.scenario import Scenario
from sim.simulation.feasibility import tariffs_of

Tables = Mapping[str, pd.DataFrame]

AS_MEASURED, RESAMPLED = "as measured", "resampled from "
"""What the notes on homes say where nothing was changed, and how they begin where a home has a donor."""


@dataclass(frozen=True, eq=False)
class Sealed:
    """What there is of sealed orders beside their view in whole Wh.

    total_wh: shape (slots so far,), what the community is short of, NaN in void gates: public
    price:    shape (slots so far,), nano-$ per Wh, 0 in void gates: public
    bill:     shape (homes, slots so far), nano-$, what each slot adds: private
    billed:   shape (homes, settlement periods), nano-$: public once a period is over
    ends:     shape (settlement periods,), the slot after each one's last
    """

    total_wh: Floats
    price: Ints
    bill: Ints
    billed: Ints
    ends: Ints

    def posted(self, slot: int) -> tuple[Ints, int]:
        """Shape (homes,): bills that are public when a slot is over; and until before which slot they are."""
        over = self.ends <= slot + 1
        until: int = self.ends[over].max(initial=0)
        billed: Ints = self.billed[:, over].sum(axis=1)
        return billed, int(until)


@dataclass(frozen=True, eq=False)
class Timeline:
    """What is known of a run; arrays have shape (homes, slots so far) unless said otherwise.

    slots_in_all:        slots of the whole run
    homes:               names; has_pv, cluster: by home
    note:                by home, what was changed about its data, or ``AS_MEASURED``
    start:               local time at which slot 0 begins
    quantity_wh:         signed orders, positive buys; limit_price: their limits in nano-$ per Wh, 0 without
    fill_wh:             signed fills; payment: what they cost, nano-$, negative where the home is paid
    outside:             what the utility charges and pays in all slots of the run, which is known ahead
    forecast_wh, net_wh: what homes expected, and their readings: private
    proofs:              one row per proof, by gate and home
    transactions:        one row per transaction, in order
    sealed:              None where orders are open; where not, all above that is of orders is private
    """

    scenario: Scenario
    slots_in_all: int
    homes: tuple[str, ...]
    has_pv: tuple[bool, ...]
    cluster: tuple[int, ...]
    note: tuple[str, ...]
    start: datetime
    slot_s: int
    quantity_wh: Ints
    limit_price: Ints
    fill_wh: Ints
    payment: Ints
    outside: OutsideOption
    forecast_wh: Ints
    net_wh: Ints
    proofs: pd.DataFrame
    transactions: pd.DataFrame
    sealed: Sealed | None = None

    @property
    def slots(self) -> int:
        """How many slots have been cleared."""
        return int(self.fill_wh.shape[1])

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the homes as they are chosen from, resampled ones marked."""
        notes = zip(self.homes, self.note, strict=True)
        return tuple(f"{name} (resampled)" if note.startswith(RESAMPLED) else name for name, note in notes)

    @cached_property
    def first_trade(self) -> int:
        """The first slot so far in which energy changed hands; 0 where there is none."""
        return int(self.fill_wh.any(axis=0).argmax()) if self.slots else 0

    def gate_of(self, slot: int) -> int:
        """The gate that delivers a slot."""
        return slot // self.scenario.time.horizon

    def time_of(self, slot: int) -> datetime:
        """Local time at which a slot begins."""
        return self.start + timedelta(seconds=slot * self.slot_s)

    def book(self, slot: int) -> OrderBook:
        """All orders of a slot."""
        return OrderBook(slot, self.quantity_wh[:, slot], self.limit_price[:, slot])

    @cached_property
    def trades(self) -> Trades:
        """What has been traded."""
        return Trades(self.fill_wh, self.payment)

    @property
    def price(self) -> Ints:
        """Shape (slots so far,), nano-$ per Wh: the mean of what buyers paid, 0 without trade."""
        return self.sealed.price if self.sealed else self.trades.price

    @cached_property
    def bill(self) -> Ints:
        """What homes pay with the market, nano-$: private."""
        if self.sealed:
            return self.sealed.bill
        return bills(self.net_wh, self.trades, self.outside.during(slice(self.slots)))

    @cached_property
    def bill_without(self) -> Ints:
        """What they would pay without it, nano-$: private."""
        return grid_only_bills(self.net_wh, self.outside.during(slice(self.slots)))


def timeline_of(scenario: Scenario, tables: Tables, slots: int | None = None) -> Timeline:
    """Make the timeline of a run from its tables, of all its slots or of the first ``slots``.

    Raises KeyError where a table or a column is missing.
    """
    agents, forecasts = tables["agents"], tables["forecasts"]
    names, in_all = agents["agent"].tolist(), len(tables["slots"])
    slots = in_all if slots is None else slots
    slot_s = scenario.time.days * DAY_S // in_all
    orders, trades = tables["orders"], tables["trades"]
    signed = np.where(orders["side"] == "buy", 1, -1)

    def by_home(values: NDArray[np.int64], rows: pd.DataFrame) -> Ints:
        """One entry per order or forecast, spread over (homes, slots)."""
        spread = np.zeros((len(names), in_all), dtype=np.int64)
        spread[pd.Index(names).get_indexer(rows["agent"]), rows["slot"].to_numpy()] = values
        return spread[:, :slots]

    tariffs = tariffs_of(scenario, names, slot_s)
    in_days = slots_from_midnight(scenario, slot_s, in_all)
    return Timeline(
        scenario=scenario,
        slots_in_all=in_all,
        homes=tuple(names),
        has_pv=tuple(agents["has_pv"].tolist()),
        cluster=tuple(agents["cluster"].tolist()),
        note=tuple(agents["note"].tolist()),
        start=scenario.time.start,
        slot_s=slot_s,
        quantity_wh=by_home(signed * orders["quantity_wh"].to_numpy(), orders),
        limit_price=by_home(orders["limit_nano_per_wh"].to_numpy(), orders),
        fill_wh=by_home(signed * orders["fill_wh"].to_numpy(), orders),
        payment=by_home(trades["paid_nano"].to_numpy(), trades),
        outside=outside_option(tariffs, in_days, scenario.market.grid_fee),
        forecast_wh=by_home(forecasts["forecast_wh"].to_numpy(), forecasts),
        net_wh=by_home(forecasts["actual_wh"].to_numpy(), forecasts),
        proofs=tables["proofs"],
        transactions=tables["transactions"],
        sealed=_sealed(scenario, tables, by_home, slots) if scenario.market.sealed else None,
    )


def _sealed(
    scenario: Scenario, tables: Tables, by_home: Callable[[NDArray[np.int64], pd.DataFrame], Ints], slots: int
) -> Sealed:
    totals, bills_, own = tables["totals"].iloc[:slots], tables["bills"], tables["quantities"]
    periods = bills_.drop_duplicates("period").sort_values("period")
    billed = bills_.pivot_table(index="agent", columns="period", values="bill_nano", aggfunc="sum")
    return Sealed(
        total_wh=totals["total"].to_numpy(dtype=float, na_value=np.nan) / 2.0 ** totals["scale"].to_numpy(),
        price=totals["price_nano_per_wh"].to_numpy(dtype=np.int64, na_value=0),
        bill=by_home(own["bill_nano"].to_numpy(), own),
        billed=billed.loc[tables["agents"]["agent"]].to_numpy(),
        ends=(periods["from_gate"] + periods["gates"]).to_numpy() * scenario.time.horizon,
    )


class Viewer(Enum):
    """Who looks."""

    EVERYTHING = "everything"
    NEIGHBOURS = "what the neighbours see"
    HOME = "what the home sees"


@dataclass(frozen=True)
class Perspective:
    """Who looks, and the home (row) that is looked at, or that looks.

    Orders, limits, fills, prices, proofs and transactions are public, and who has PV can be seen on the roof.
    Which transaction is an attack only the simulator knows. Readings are their home's own, and what they are
    worth slot by slot; of a settled gate the ledger tells the bill with the market, and no more. Of sealed
    orders the total, the price, and the bill of a settlement period that is over are public, and all else is
    the home's own.
    """

    viewer: Viewer
    home: int

    @property
    def knows_all(self) -> bool:
        """Whether it is the simulator that looks."""
        return self.viewer is Viewer.EVERYTHING

    def sees(self, row: int) -> bool:
        """Whether a home's private figures are shown."""
        return self.knows_all or (self.viewer is Viewer.HOME and row == self.home)

    def sees_orders(self, timeline: Timeline, row: int) -> bool:
        """Whether a home's orders are shown: those of all, unless they are sealed."""
        return timeline.sealed is None or self.sees(row)
