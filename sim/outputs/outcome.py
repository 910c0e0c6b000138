"""A finished run as facts: its market outcome, and what homes pay with it and otherwise.

Where the scenario charges costs, every bill with a market holds the same charges, whatever the homes
forecast: with perfect foresight and persistence they would commit, prove and clear as often. So the
difference of two of these bills is what forecasts are worth; without the market there are no costs. The
ledger knows nothing of charges: they go to those who run the chain and deliver the energy.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.arrays import Ints
from sim.chain.base import Block
from sim.chain.bounds import MAX_QUANTITY_WH
from sim.chain.contracts import VERIFIER, compiled
from sim.costs.home_costs import Costs, costs_of
from sim.market.baselines import foresight_bills, shared_bills, truthful_bills
from sim.market.bills import bills, grid_only_bills
from sim.market.clearing import Trades
from sim.market.mechanisms.sharing import SHARING_RULES
from sim.market.optimum import most_gains
from sim.market.sealed import SealedBooks
from sim.outputs.market_digest import market_digest, sealed_digest
from sim.privacy.leak import MOST_HOMES, Leak, evenly, identified_share, leak_of
from sim.privacy.sealed import Terms
from sim.privacy.sealed_leak import sealed_leak_of
from sim.proofs.circuit import Circuit
from sim.proofs.prover import Proof
from sim.simulation.other_forecasts import trades_with
from sim.simulation.preparation import Prepared
from sim.simulation.world import World
from sim.venues.base import AttackRecord, SealedRecord, Sent
from sim.venues.sealed import books_of, net_price_of


@dataclass(frozen=True)
class Accounts:
    """Arrays of shape (homes, slots), nano-$; a gate's costs stand in its first slot.

    grid_only:              without the market
    market:                 as traded, and as the ledger says it
    foresight, persistence: with perfect forecasts, and with persistence, before charges
    truthful:               with the models' forecasts, all ordered at outside options, before charges
    cost:                   of proving and gas, zero where ``costs`` is None
    costs:                  these by kind; None where nothing is known of them
    charged:                whether homes are charged for them
    """

    grid_only: Ints
    market: Ints
    foresight: Ints
    persistence: Ints
    truthful: Ints
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
    prepared: Prepared,
    strategies: Sequence[str],
    quantity_wh: Ints,
    market_bills: Ints,
    trades: Trades,
) -> Accounts:
    """Draw up the accounts of a finished run; arguments as in ``Outcome``.

    Raises InputError where costs are charged that nothing can be known of.
    """
    net_wh, outside = prepared.reading_wh, prepared.outside
    slots = np.arange(net_wh.shape[1])
    costs = costs_of(prepared, quantity_wh, trades)
    return Accounts(
        grid_only=grid_only_bills(net_wh, outside),
        market=market_bills,
        foresight=foresight_bills(prepared.mechanism, net_wh, slots, outside),
        persistence=bills(net_wh, trades_with(prepared, strategies, prepared.persistence_wh), outside),
        truthful=truthful_bills(prepared.mechanism, prepared.forecast_wh, net_wh, slots, outside),
        cost=_in_first_slots(costs, prepared),
        costs=costs,
        charged=prepared.scenario.costs.charged,
    )


def _in_first_slots(costs: Costs | None, prepared: Prepared) -> Ints:
    cost = np.zeros_like(prepared.reading_wh)
    if costs:
        cost[:, :: prepared.scenario.time.horizon] = costs.nano
    return cost


@dataclass(frozen=True)
class Timing:
    """Seconds of set-up (training, keys, contracts), in the chain, and of the simulation with both."""

    setup_s: float
    chain_s: float
    wall_s: float


@dataclass(frozen=True)
class Outcome:
    """Everything that tables, measures and figures are made from.

    strategies:               by home, the name of its strategy
    scheduled_wh:             shape (homes, slots), what homes meant to order
    quantity_wh, limit_price: shape (homes, slots), accepted orders
    realised_wh:              shape (homes, slots), what meters read at settlement
    attacks:                  who cheats and what there is to say of it; None where nobody does
    balances:                 ledger at the end in nano-$: the utility's, then the homes'
    circuits:                 by cluster; empty where nothing was proved
    proofs:                   by (home from 0, gate)
    sealed:                   what is public of sealed orders; None where they are open
    """

    prepared: Prepared
    strategies: tuple[str, ...]
    scheduled_wh: Ints
    quantity_wh: Ints
    limit_price: Ints
    realised_wh: Ints
    attacks: AttackRecord | None
    trades: Trades
    balances: tuple[int, ...]
    sent: tuple[Sent, ...]
    blocks: tuple[Block, ...]
    verifier: bytes
    verifier_code_hash: bytes
    market_code_hash: bytes
    circuits: tuple[Circuit, ...]
    proofs: dict[tuple[int, int], Proof]
    timing: Timing
    sealed: SealedRecord | None = None

    @cached_property
    def accounts(self) -> Accounts:
        """What homes pay with this market, and would pay otherwise."""
        return accounts_of(self.prepared, self.strategies, self.quantity_wh, self.market_bills, self.trades)

    @cached_property
    def market_bills(self) -> Ints:
        """What homes pay in this market, costs aside: shape (homes, slots), nano-$."""
        if self.sealed_books:
            return self.sealed_books.bills_by_slot
        return bills(self.realised_wh, self.trades, self.prepared.outside)

    @cached_property
    def sealed_books(self) -> SealedBooks | None:
        """The plain computation of sealed orders; None where they are open."""
        if self.sealed is None:
            return None
        return books_of(self.prepared, self.sealed.accepted, self.sealed.cleared, self.realised_wh)

    @cached_property
    def unrounded_bills(self) -> Ints | None:
        """Bills, had homes the forecasts of their model's file itself, before charges: shape (homes, slots).

        None where there is none; nano-$.
        """
        prepared = self.prepared
        if prepared.unrounded_wh is None:
            return None
        within = np.clip(prepared.unrounded_wh, -MAX_QUANTITY_WH, MAX_QUANTITY_WH)
        whole_wh = (np.sign(within) * np.floor(np.abs(within) + 0.5)).astype(np.int64)
        forecast_wh = prepared.population.within_limits(whole_wh)
        trades = trades_with(prepared, self.strategies, forecast_wh)
        return bills(prepared.reading_wh, trades, prepared.outside)

    @cached_property
    def most_gains(self) -> Ints:
        """The most that the orders could have gained, shape (slots,), nano-$."""
        return most_gains(self.quantity_wh, np.arange(self.quantity_wh.shape[1]), self.prepared.outside)

    @cached_property
    def most_saving(self) -> Ints:
        """What could be saved at all, were every reading known before: shape (slots,), nano-$."""
        net_wh = self.prepared.reading_wh
        return most_gains(net_wh, np.arange(net_wh.shape[1]), self.prepared.outside)

    @cached_property
    def shared(self) -> dict[str, Ints]:
        """Bills by sharing rule, had readings been shared after the fact: shape (homes,), nano-$."""
        net_wh = self.prepared.reading_wh
        slots = np.arange(net_wh.shape[1])
        return {rule.name: shared_bills(rule, net_wh, slots, self.prepared.outside) for rule in SHARING_RULES}

    @cached_property
    def leak(self) -> Leak | None:
        """What all public data tell of the readings, as if every bid were on chain; None without averages."""
        if self.sealed:
            return self._sealed_leak
        return leak_of(self.prepared, self.trades)

    @property
    def _sealed_leak(self) -> Leak | None:
        market = self.prepared.scenario.market
        days = None if market.settlement_days == "run" else market.settlement_days
        found = sealed_leak_of(self.prepared, Terms(days, mechanism=net_price_of(self.prepared)))
        if found is None:
            return None
        return Leak(found.share, None, None, found.totals, found.label, found.unlabelled)

    @cached_property
    def identified_share(self) -> float | None:
        """Share of windows that an attacker who holds the homes' data can tell by a bid's quantities.

        None where these are sealed.
        """
        if self.sealed:
            return None
        return identified_share(self.prepared, evenly(self.prepared, MOST_HOMES))

    @property
    def verified_on_chain(self) -> bool:
        """Whether EZKL's verifier, known by its code, and not a stub, stood behind the market."""
        return self.verifier_code_hash == compiled(VERIFIER).code_hash

    @cached_property
    def market_digest(self) -> str:
        """sha-256 over orders, fills, prices and ledger balances: the market's outcome and nothing else.

        Of sealed orders over what is public of them in place of orders and fills.
        """
        names = [home.name for home in self.prepared.population.homes]
        if self.sealed:
            return sealed_digest(names, self.sealed, self.balances)
        return market_digest(names, self.quantity_wh, self.limit_price, self.trades, self.balances)


def outcome_of(
    world: World, circuits: tuple[Circuit, ...], proofs: dict[tuple[int, int], Proof], timing: Timing
) -> Outcome:
    """Read what the tables need off a world that has been run to its end."""
    record, history = world.venue.record(), world.history
    return Outcome(
        prepared=world.prepared,
        strategies=tuple(home.traders.strategy.name for home in world.prosumers),
        scheduled_wh=history.scheduled_wh,
        quantity_wh=history.quantity_wh,
        limit_price=history.limit_price,
        realised_wh=world.realised_wh,
        attacks=record.attacks,
        trades=history.trades,
        sealed=record.sealed,
        balances=world.venue.balances(),
        sent=record.sent,
        blocks=record.blocks,
        verifier=record.verifier,
        verifier_code_hash=record.verifier_code_hash,
        market_code_hash=record.market_code_hash,
        circuits=circuits,
        proofs=proofs,
        timing=timing,
    )
