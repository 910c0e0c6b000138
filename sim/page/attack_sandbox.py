"""Where cheating is tried: on a copy of the run's chain, with the agents' own attacks.

Every transaction up to the moment of the attempt is executed again, on revm, which takes a second and gives
the same receipts as py-evm; then the cheat's. So the run never notices, and any gate can be tried again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from agents.adversaries import HomeAttack, Moment, home_attacks
from agents.adversaries.attack_plan import GateAttempts, HomePlan
from agents.adversaries.counterfeits import Counterfeits
from agents.calls import Call
from sim.arrays import Ints
from sim.bundle.calls import opened
from sim.chain.base import Chain, Transaction
from sim.chain.blocks import NO_REASON
from sim.chain.market_client import Market, gate_times, genesis_timestamp
from sim.chain.revm import RevmChain
from sim.chain.submission import Submission
from sim.page.attempt import Attempt, OrderChange
from sim.proofs.circuit import Circuit
from sim.proofs.jobs import CircuitJob, ProofJob
from sim.proofs.prover import Proof, prove, prove_under
from sim.proofs.setup import build_circuit
from sim.proofs.srs import Srs
from sim.simulation.run import OpenMarket, proof_job
from sim.venues.attacked import AttackedVenue
from sim.venues.chain_venue import market_terms
from sim.venues.on_chain import OnChain

_NEEDS_PROOFS = 'it needs a proof that is verified, and the run has none: choose proof policy "all"'
_REFUSED = "the contract refused its honest bid at this gate for want of credit; raise market.credit_limit"
_NO_CHAIN = 'the run keeps its books without a chain, so there is no contract to cheat: choose "py-evm"'


class AttackSandbox:
    """Tries attacks of homes on a run whose market is open."""

    def __init__(self, market: OpenMarket) -> None:
        self._run = market
        self._prover = ProverHere(market.srs)

    def attempt(self, name: str, row: int, gate: int) -> Attempt:
        """A home (row) tries an attack at a gate that has been cleared."""
        attack, prosumer = home_attacks.make(name), self._run.world.prosumers[row]
        told = Attempt(name, attack.lawful, attack.moment.value, prosumer.home.name, gate)
        venue = self._run.world.venue
        if not isinstance(venue, OnChain):
            return replace(told, cannot=_NO_CHAIN)
        if self._was_refused(row, gate):
            return replace(told, cannot=_REFUSED)
        proved = self._run.prepared.scenario.proofs.policy == "all"
        if attack.needs_proofs and not proved:
            return replace(told, cannot=_NEEDS_PROOFS)
        times = gate_times(market_terms(self._run.prepared), gate)
        chain = self._copy(venue, times.closes if _comes_after(attack) else times.opens)
        market = replace(venue.market, chain=chain)
        tried = self._attempts(market, attack, row, gate)
        sender = prosumer.account.name
        call = next((call for call in _cheats_calls(tried) if call.transaction.sender.name == sender), None)
        if call is None:
            return replace(told, cannot=attack.nothing_to_try)
        at = times.closes if attack.moment is Moment.LATE else times.opens
        return self._mined(told, call.transaction, market, at, self._changes(tried, row, gate))

    def _mined(
        self,
        told: Attempt,
        transaction: Transaction,
        market: Market,
        at: int,
        changes: tuple[OrderChange, ...],
    ) -> Attempt:
        receipt = market.chain.mine(at, [transaction])[0]
        return replace(
            told,
            sender=f"0x{transaction.sender.address.hex()}",
            to=f"0x{(transaction.to or b'').hex()}",
            calldata_bytes=len(transaction.data),
            changes=changes,
            accepted=receipt.ok,
            reason=receipt.revert_reason,
            by_verifier=receipt.revert_reason == NO_REASON and market.verifier in receipt.gas_by_callee,
            gas_used=receipt.gas_used,
            proves=market.proves,
        )

    def _changes(self, tried: GateAttempts, row: int, gate: int) -> tuple[OrderChange, ...]:
        """Honest orders beside those that the cheat would have, where they differ."""
        world, slots = self._run.world, self._run.prepared.slots_of(gate)
        columns = (
            np.arange(slots.start, slots.stop),
            world.history.quantity_wh[row, slots],
            self._honest_limits(gate)[row],
            *tried.wishes[row],
        )
        rows = zip(*(column.tolist() for column in columns), strict=True)
        return tuple(OrderChange(*each) for each in rows if each[1:3] != each[3:])

    def _was_refused(self, row: int, gate: int) -> bool:
        """Whether a home's honest bid was refused, so that the run no longer knows its limits."""
        slots = self._run.prepared.slots_of(gate)
        wanted_wh, ordered_wh = self._run.prepared.forecast_wh, self._run.world.history.quantity_wh
        return bool(wanted_wh[row, slots].any() and not ordered_wh[row, slots].any())

    # The copy of the chain -------------------------------------------------------------------------------

    def _copy(self, venue: OnChain, until: int) -> Chain:
        """A chain on which everything before a moment has happened, and nothing since."""
        prepared = self._run.prepared
        by_address = {account.address: account for account in venue.accounts}
        genesis = genesis_timestamp(market_terms(prepared))
        gas_limit = prepared.scenario.chain.block_gas_limit
        chain = RevmChain(venue.accounts, genesis, gas_limit, venue.chain.chain_id)
        for block in venue.chain.blocks:
            if block.timestamp < until:
                calls = [opened(signed) for signed in block.transactions]
                chain.mine(
                    block.timestamp,
                    [Transaction(by_address[c.sender], c.to, c.data, c.gas_limit) for c in calls],
                )
        return chain

    # The attack ------------------------------------------------------------------------------------------

    def _attempts(self, market: Market, attack: HomeAttack, row: int, gate: int) -> GateAttempts:
        """The gate's submissions with the cheat's among them, which has seen the gate before."""
        run, homes = self._run, self._run.world.prosumers
        cheats = {row, (row + 1) % len(homes)} if attack.in_pairs else {row}
        attacks = [attack.name if home in cheats else None for home in range(len(homes))]
        counterfeits = Counterfeits(run.prepared, attacks, run.circuits, self._prover, run.folder)
        if run.circuits:
            order = proof_job(run.prepared, run.circuits, row, gate)
            counterfeits.start(order)
            if proof := run.bids.proofs.get((row, gate)):
                counterfeits.follow(order, proof)
        plan = HomePlan(run.prepared, market, homes, attacks, counterfeits.bid)
        if gate:
            plan.remember(self._honest_submissions(gate - 1))
        return plan.attempts(gate, self._honest_submissions(gate))

    def _honest_submissions(self, gate: int) -> list[Submission]:
        limits = self._honest_limits(gate)
        return [
            home.submission(gate, self._run.bids.bid(row, gate), limits[row])
            for row, home in enumerate(self._run.world.prosumers)
        ]

    def _honest_limits(self, gate: int) -> Ints:
        world, slots = self._run.world, self._run.prepared.slots_of(gate)
        venue = world.venue
        if isinstance(venue, AttackedVenue):
            return venue.attacks.honest_limit_price[:, slots]
        return world.history.limit_price[:, slots]


class ProverHere:
    """Makes a cheat's circuits and proofs in this process, where they do not wait for those of the run.

    They leave it nowhere: what is made is not stored.
    """

    def __init__(self, srs: Srs) -> None:
        self._srs = srs
        self._circuits: dict[str, Circuit] = {}
        self._started: dict[tuple[int, int], ProofJob] = {}

    def set_up(self, orders: Sequence[CircuitJob]) -> list[Circuit]:
        """The circuits, each built once."""
        for order in orders:
            if order.model.digest not in self._circuits:
                self._circuits[order.model.digest] = build_circuit(
                    order.model, order.settings, order.limit_wh, self._srs, order.folder
                )
        return [self._circuits[order.model.digest] for order in orders]

    def start(self, orders: Iterable[ProofJob]) -> None:
        """Note what is to be proved."""
        self._started |= {(order.agent, order.gate): order for order in orders}

    def proof(self, agent: int, gate: int, counterfeit: bool = False) -> Proof:  # noqa: ARG002
        """Prove it."""
        order = self._started.pop((agent, gate))
        if order.salts is None:
            return prove(order.circuit, order.window_wh, self._srs)
        return prove_under(order.circuit, order.window_wh, order.salts, self._srs)


def _comes_after(attack: HomeAttack) -> bool:
    """Whether the honest submissions are on the chain when it is tried."""
    return attack.moment in (Moment.BEHIND, Moment.LATE)


def _cheats_calls(tried: GateAttempts) -> list[Call]:
    calls = [*tried.ahead, *tried.bids, *tried.behind, *tried.late]
    return [call for call in calls if call.attack is not None]
