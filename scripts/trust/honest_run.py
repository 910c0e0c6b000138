"""A run without a chain, held as a yardstick: what is done otherwise is measured against it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sim.market.clearing import Trades
from sim.market.orders import Orders
from sim.outputs.counterfactual import Effect, Money, effect, money_of
from sim.proofs.bids import BackedBid
from sim.simulation.preparation import Prepared
from sim.simulation.world import World


@dataclass(frozen=True)
class HonestRun:
    """What everybody orders, trades and pays who does as the scenario says."""

    prepared: Prepared
    orders: Orders
    trades: Trades
    money: Money

    @property
    def homes(self) -> range:
        """The rows of all homes."""
        return range(len(self.prepared.reading_wh))

    def cleared(self, orders: Orders) -> Trades:
        """What the run's mechanism makes of other orders."""
        return orders.cleared_by(self.prepared.mechanism)

    def money_of(self, trades: Trades) -> Money:
        """The money of other trades of the same homes, settled by the same readings."""
        return money_of(self.prepared.reading_wh, trades, self.prepared.outside)

    def effect_of(self, trades: Trades, attackers: Sequence[int]) -> Effect:
        """Other trades in place of the honest ones."""
        return effect(self.money, self.money_of(trades), attackers)


def honest_run(prepared: Prepared) -> HonestRun:
    """Hold the market; ``chain.backend`` is "none"."""
    orders = orders_of(prepared)
    trades = orders.cleared_by(prepared.mechanism)
    return HonestRun(prepared, orders, trades, money_of(prepared.reading_wh, trades, prepared.outside))


def orders_of(prepared: Prepared) -> Orders:
    """What all homes order over a whole run without a chain."""
    world = World(prepared, (), _NoBids())
    for _ in range(prepared.gates):
        world.step()
    return Orders(world.history.quantity_wh, world.history.limit_price)


class _NoBids:
    """Books without a chain ask for nothing that backs a bid."""

    def bid(self, home: int, gate: int) -> BackedBid:
        raise NotImplementedError(f"home {home}, gate {gate}: nothing is proved here")

    def counterfeit(self, home: int, gate: int) -> BackedBid | None:
        raise NotImplementedError(f"home {home}, gate {gate}: nobody cheats here")
