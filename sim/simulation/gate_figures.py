"""What a model's data collector keeps of every cleared gate."""

from dataclasses import dataclass, fields

import mesa
import numpy as np

from sim.market.clearing import Trades
from sim.market.orders import Orders
from sim.units import share


@dataclass(frozen=True)
class GateFigures:
    """One gate: how many orders stood in its books, what was traded, and the mean price by energy, if any."""

    gate: int
    orders: int
    traded_wh: int
    paid_nano: int
    mean_price: float | None


def gate_figures(gate: int, accepted: Orders, trades: Trades) -> GateFigures:
    """Of the orders and trades of a gate."""
    traded_wh, paid_nano = int(trades.traded_wh.sum()), int(trades.paid.sum())
    orders = int(np.count_nonzero(accepted.quantity_wh))
    return GateFigures(gate, orders, traded_wh, paid_nano, share(paid_nano, traded_wh))


def collector() -> mesa.DataCollector:
    """A column for each figure, from a model whose ``last_gate`` holds them."""
    names = [each.name for each in fields(GateFigures)]
    return mesa.DataCollector(
        {name: lambda model, name=name: getattr(model.last_gate, name) for name in names}
    )
