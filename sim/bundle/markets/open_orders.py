"""Bundles of markets whose orders are public: fills and money follow from them."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from sim.arrays import Ints
from sim.bundle.calls import Call
from sim.bundle.markets.base import Accepted, Logged, MarketKind, Step, events_of
from sim.chain.base import Account, Transaction
from sim.chain.contracts import MARKET
from sim.chain.market_client import (
    DeployedMarket,
    GateTimes,
    Market,
    ModelRegistration,
    registrations,
    submit_gas,
    trades_of_events,
)
from sim.chain.submission import orders_of_words
from sim.errors import BundleError
from sim.market.bills import deviation_payments, trade_payments
from sim.market.clearing import Trades
from sim.market.mechanisms import mechanisms
from sim.market.mechanisms.mechanism import RULES
from sim.market.orders import Orders
from sim.market.trades import clear_slots
from sim.simulation.preparation import Prepared

Deviations = dict[tuple[int, int], tuple[Ints, Ints]]
"""By gate and tariff period: Wh short of and beyond the fills, each of shape (homes,)."""


class OpenOrders(MarketKind):
    """Every slot is cleared by itself, and every tariff period of a gate settled."""

    contract = MARKET
    stages: ClassVar[Mapping[str, str]] = {
        **{function: function for function in ("commit", "submit", "settle", "void")},
        **{rule.entry: "clear" for rule in RULES.values()},
    }
    shown = (
        "Shown: these signed transactions, executed under this checkout's contracts, make exactly the "
        "blocks, orders, fills, prices, balances, tables and figures of the bundle."
    )
    proved = (
        " Every accepted order has the quantity that its home's bundled model forecasts from a window that "
        "the meter had committed to before the gate opened."
    )

    # What a run sends

    def fewest_calls(self, homes: int, gates: int, horizon: int) -> int:
        """See ``MarketKind``."""
        return homes + gates * (homes + horizon)

    def shortest_submission(self, horizon: int) -> int:
        """See ``MarketKind``."""
        return len(self.artifact.encode("submit", 0, b"", [0] * horizon, [0] * horizon))

    def registrations(
        self,
        prepared: Prepared,
        market: Market,
        utility: Account,
        nonce: int,
        models: Sequence[ModelRegistration],
    ) -> list[Transaction]:
        """See ``MarketKind``."""
        return registrations(market, utility, nonce, models, prepared.scenario.time.horizon)

    def stage_of(self, market: DeployedMarket, call: Call) -> str | None:
        """See ``MarketKind``: of a market's clearings only those that its rule takes."""
        assert isinstance(market, Market)
        stage = self.stages.get(call.function)
        return None if stage == "clear" and call.function != market.rule.entry else stage

    def about(self, call: Call) -> tuple[tuple[int, ...], tuple[str, ...]]:
        """See ``MarketKind``."""
        parts = tuple(name for name in ("gate", "slot", "period") if name in call.arguments)
        return tuple(call.arguments[name] for name in parts), parts

    def gate_of(self, prepared: Prepared, call: Call) -> int:
        """See ``MarketKind``."""
        if "gate" in call.arguments:
            return int(call.arguments["gate"])
        return int(call.arguments["slot"]) // prepared.scenario.time.horizon

    def gas_of(self, prepared: Prepared, call: Call) -> int:
        """See ``MarketKind``."""
        if call.function == "submit":
            return submit_gas(prepared.scenario.time.horizon)
        return super().gas_of(prepared, call)

    def due(
        self,
        prepared: Prepared,
        gate: int,
        times: GateTimes,
        void: bool,  # noqa: ARG002
    ) -> list[tuple[int, list[Step]]]:
        """See ``MarketKind``."""
        slots = prepared.slots_of(gate)
        periods = np.unique(prepared.period_of_slot[slots]).tolist()
        return [
            (times.closes, [Step("auctioneer", "clear", (s,), ("slot",)) for s in _numbers(slots)]),
            (times.settles, [Step("meter", "settle", (gate, p), ("gate", "period")) for p in periods]),
        ]

    # What comes of it

    def check_finished(self, calls: Sequence[Accepted]) -> None:
        """See ``MarketKind``: which slots are cleared and which void follows from the scenario."""

    def logged(self, prepared: Prepared, market: Market, calls: Sequence[Accepted]) -> Logged:
        """See ``MarketKind``."""
        shape = prepared.reading_wh.shape
        quantity_wh, limit_price = (np.zeros(shape, dtype=np.int64) for _ in range(2))
        deviations: Deviations = {}
        events = events_of(market, calls)
        for name, event in events:
            if name == "OrdersSubmitted":
                row, slots = event["home"] - 1, prepared.slots_of(event["gate"])
                orders = orders_of_words(event["orders"], prepared.scenario.time.horizon)
                quantity_wh[row, slots], limit_price[row, slots] = orders
            elif name == "GateSettled":
                totals = (np.array(event[side], dtype=np.int64) for side in ("short_wh", "beyond_wh"))
                short_wh, beyond_wh = totals
                deviations[event["gate"], event["period"]] = short_wh, beyond_wh
        trades = trades_of_events(events, quantity_wh, 0)
        cleared = sorted(each.call.arguments["slot"] for each in calls if each.stage == "clear")
        _check_mechanism(prepared, cleared, Orders(quantity_wh, limit_price), trades)
        bills = _bills(prepared, trades, deviations)
        tables = {"deviations": _deviations(prepared, deviations)}
        return Logged(quantity_wh, limit_price, trades, None, bills, tables)

    # What is said of it

    def rule_of(self, prepared: Prepared) -> str:
        """See ``MarketKind``."""
        return prepared.mechanism.checked_by

    def contracts_of(self, prepared: Prepared) -> tuple[str, ...]:
        """See ``MarketKind``."""
        return (self.contract, RULES[self.rule_of(prepared)].contract)


def _numbers(slots: slice) -> range:
    return range(slots.start, slots.stop)


def _check_mechanism(prepared: Prepared, slots: list[int], orders: Orders, trades: Trades) -> None:
    """Cleared slots are what the mechanism makes of their orders, of which a contract may check less."""
    mechanism = prepared.mechanism
    if mechanisms.stands_in(mechanism.name):
        return
    made = clear_slots(mechanism, np.array(slots), orders.quantity_wh[:, slots], orders.limit_price[:, slots])
    other = (made.fill_wh != trades.fill_wh[:, slots]) | (made.payment != trades.payment[:, slots])
    if other.any():
        slot = slots[int(np.argmax(other.any(axis=0)))] + 1
        raise BundleError(f"slot {slot:,} is not cleared as {mechanism.name} clears its orders")


def _bills(prepared: Prepared, trades: Trades, deviations: Deviations) -> tuple[int, ...]:
    bills: Ints = trade_payments(trades, prepared.outside).sum(axis=1)
    for (_, period), (short_wh, beyond_wh) in deviations.items():
        tariffs = prepared.tariffs.retail[:, period], prepared.tariffs.feed_in[:, period]
        bills = bills + deviation_payments(short_wh, beyond_wh, *tariffs)
    return tuple(bills.tolist())


def _deviations(prepared: Prepared, deviations: Deviations) -> pd.DataFrame:
    """One row per gate, tariff period and home: what the meter posted."""
    names = [home.name for home in prepared.population.homes]
    rows: list[tuple[Any, ...]] = [
        (gate, period, name, short_wh, beyond_wh)
        for (gate, period), totals in sorted(deviations.items())
        for name, short_wh, beyond_wh in zip(names, *(side.tolist() for side in totals), strict=True)
    ]
    return pd.DataFrame(rows, columns=["gate", "period", "agent", "short_wh", "beyond_wh"])
