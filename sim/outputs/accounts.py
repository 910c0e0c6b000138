"""What homes pay, with the market and otherwise, in money and in costs.

Where the scenario charges costs, every bill with a market holds the same charges, whatever the homes
forecast: with perfect foresight and persistence they would commit, prove and clear as often. So the
difference of two of these bills is what forecasts are worth; without the market there are no costs. The
ledger knows nothing of charges: they go to those who run the chain and deliver the energy.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.arrays import Ints
from sim.costs.home_costs import Costs, costs_of
from sim.market.baselines import foresight_bills
from sim.market.bills import bills, grid_only_bills
from sim.market.clearing import Trades
from sim.simulation.persistence_market import persistence_trades
from sim.simulation.preparation import Prepared


@dataclass(frozen=True)
class Accounts:
    """Arrays of shape (homes, slots), nano-$; a gate's costs stand in its first slot.

    grid_only:              without the market
    market:                 as traded, and as the ledger says it
    foresight, persistence: with perfect forecasts, and with persistence, before charges
    cost:                   of proving and gas, zero where ``costs`` is None
    costs:                  these by kind; None where no circuit could be set up
    charged:                whether homes are charged for them
    """

    grid_only: Ints
    market: Ints
    foresight: Ints
    persistence: Ints
    cost: Ints
    costs: Costs | None
    charged: bool

    @property
    def charges(self) -> Ints:
        """Costs that homes are charged for."""
        return self.cost if self.charged else np.zeros_like(self.cost)

    @property
    def bill(self) -> Ints:
        """What homes pay."""
        total: Ints = self.market + self.charges
        return total

    @property
    def saving(self) -> Ints:
        """What the market saves each home over all slots, charges included: shape (homes,)."""
        saving: Ints = (self.grid_only - self.bill).sum(axis=1)
        return saving


def accounts_of(
    prepared: Prepared, strategies: Sequence[str], quantity_wh: Ints, realised_wh: Ints, trades: Trades
) -> Accounts:
    """Draw up the accounts of a finished run; arguments as in ``Outcome``.

    Raises InputError where costs are charged that nothing can be known of.
    """
    net_wh, outside = prepared.reading_wh, prepared.outside
    slots = np.arange(net_wh.shape[1])
    costs = costs_of(prepared, quantity_wh, trades.fill_wh)
    return Accounts(
        grid_only=grid_only_bills(net_wh, outside),
        market=bills(realised_wh, trades, outside),
        foresight=foresight_bills(prepared.mechanism, net_wh, slots, outside),
        persistence=bills(net_wh, persistence_trades(prepared, strategies), outside),
        cost=_in_first_slots(costs, prepared),
        costs=costs,
        charged=prepared.scenario.costs.charged,
    )


def _in_first_slots(costs: Costs | None, prepared: Prepared) -> Ints:
    cost = np.zeros_like(prepared.reading_wh)
    if costs:
        cost[:, :: prepared.scenario.time.horizon] = costs.nano
    return cost
