"""Where cheating is tried: on a copy of the run's chain, with the agents' own attacks.

Every transaction up to the moment of the attempt is executed again, on revm, which takes a second and gives
the same receipts as py-evm; then the cheat's. So the run never notices, and any gate can be tried again.
"""

import copy
from dataclasses import replace

import numpy as np

from agents.adversaries.attack import HomeAttack, Moment
from agents.adversaries.cast import Cast, Round
from agents.adversaries.counterfeits import turned_round
from agents.adversaries.home_attacks import (
    HOME_ATTACKS,
    BitFlipper,
    HomeMadeModel,
    StaleWindow,
    WashTrader,
)
from agents.calls import Call
from agents.prosumer import Prosumer
from sim.bundle.calls import opened
from sim.chain.base import Chain, Transaction
from sim.chain.blocks import NO_REASON
from sim.chain.market_client import Market, Submission, gate_times, genesis_timestamp
from sim.chain.revm import RevmChain
from sim.page.attempt import Attempt, OrderChange
from sim.preparation import Prepared
from sim.proofs.bids import BackedBid
from sim.proofs.circuit import Circuit
from sim.proofs.orders import ProofOrder
from sim.proofs.prover import prove, prove_under
from sim.proofs.setup import build_circuit
from sim.run import OpenMarket, proof_order
from sim.scenario import Adversaries
from sim.venues.on_chain import OnChain, market_terms

_NOTHING_TO_TRY = {
    "phantom-seller": "it buys nothing at this gate, so there is nothing to turn round",
    "replayed-proof": "it has no proof of a gate before this one",
    "stale-window": "there is no other window of a gate before this one",
    "wash-trader": "it and its partner take the same side in every slot of this gate",
    "over-committer": "no limit that fits into an order is beyond its credit; lower market.credit_limit",
}
_NEEDS_PROOFS = 'it needs a proof that is verified, and the run has none: choose proof policy "all"'
_REFUSED = "the contract refused its honest bid at this gate for want of credit; raise market.credit_limit"
_NO_CHAIN = 'the run keeps its books without a chain, so there is no contract to cheat: choose "py-evm"'


class Laboratory:
    """Tries attacks of homes on a run whose market is open."""

    def __init__(self, market: OpenMarket) -> None:
        self._run = market
        self._rivals: dict[int, Circuit] = {}

    def attempt(self, name: str, row: int, gate: int) -> Attempt:
        """A home (row) tries an attack at a gate that has been cleared."""
        attack, prosumer = HOME_ATTACKS[name], self._run.world.prosumers[row]
        told = Attempt(name, attack.meaning, attack.lawful, attack.moment.value, prosumer.home.name, gate)
        if not isinstance(self._run.world.venue, OnChain):
            return replace(told, cannot=_NO_CHAIN)
        if self._was_refused(row, gate):
            return replace(told, cannot=_REFUSED)
        proved = self._run.prepared.scenario.proofs.policy == "all"
        if isinstance(attack, StaleWindow | HomeMadeModel | BitFlipper) and not proved:
            return replace(told, cannot=_NEEDS_PROOFS)
        venue = self._run.world.venue
        times = gate_times(market_terms(self._run.prepared), gate)
        chain = self._copy(venue, times.closes if _comes_after(attack) else times.opens)
        market = replace(venue.market, chain=chain)
        sent = self._round(venue, market, attack, row, gate)
        sender = prosumer.account.name
        call = next((call for call in _attempts(sent) if call.transaction.sender.name == sender), None)
        if call is None:
            return replace(told, cannot=_NOTHING_TO_TRY.get(name, "it has nothing to try at this gate"))
        at = times.closes if attack.moment is Moment.LATE else times.opens
        return self._mined(told, call.transaction, market, at, self._changes(sent, row, gate))

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

    def _changes(self, sent: Round, row: int, gate: int) -> tuple[OrderChange, ...]:
        """Honest orders beside those that the cheat would have, where they differ."""
        world, slots = self._run.world, self._run.prepared.slots_of(gate)
        wish = sent.wishes[row]
        columns = (
            np.arange(slots.start, slots.stop),
            world.quantity_wh[row, slots],
            world.honest_limit_price[row, slots],
            *wish,
        )
        rows = zip(*(column.tolist() for column in columns), strict=True)
        return tuple(OrderChange(*each) for each in rows if each[1:3] != each[3:])

    def _was_refused(self, row: int, gate: int) -> bool:
        """Whether a home's honest bid was refused, so that the run no longer knows its limits."""
        slots = self._run.prepared.slots_of(gate)
        wanted_wh, ordered_wh = self._run.prepared.forecast_wh, self._run.world.quantity_wh
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

    def _round(self, venue: OnChain, market: Market, attack: HomeAttack, row: int, gate: int) -> Round:
        """The gate's submissions with the cheat's among them, which has seen the gate before."""
        cast = Cast(
            _honest(self._run.prepared),
            market,
            self._prosumers(attack, row),
            _Backing(self, attack, row, gate),
            venue.meter,
            venue.auctioneer,
        )
        if gate:
            cast.round(gate - 1, self._honest_submissions(gate - 1))
        return cast.round(gate, self._honest_submissions(gate))

    def _prosumers(self, attack: HomeAttack, row: int) -> list[Prosumer]:
        """The run's homes, of which one cheats; two where it takes two."""
        homes = [copy.copy(home) for home in self._run.world.prosumers]
        for home in homes:
            home.attack = None
        homes[row].attack = attack.name
        if isinstance(attack, WashTrader):
            homes[(row + 1) % len(homes)].attack = attack.name
        return homes

    def _honest_submissions(self, gate: int) -> list[Submission]:
        run, slots = self._run, self._run.prepared.slots_of(gate)
        limits = run.world.honest_limit_price[:, slots]
        return [
            home.submission(gate, run.bids.bid(row, gate), limits[row])
            for row, home in enumerate(run.world.prosumers)
        ]

    def counterfeit(self, attack: HomeAttack, row: int, gate: int) -> BackedBid | None:
        """The proof that an attack needs beside the home's own, made now; it leaves this process nowhere.

        Not by the pool, where it would wait for all the proofs of the run.
        """
        if not isinstance(attack, StaleWindow | HomeMadeModel):
            return None
        run = self._run
        forged = self._forged(attack, proof_order(run.prepared, run.circuits, row, gate))
        if forged is None:
            return None
        circuit, window_wh, salts = forged.circuit, forged.window_wh, forged.salts
        made = (
            prove_under(circuit, window_wh, salts, run.srs) if salts else prove(circuit, window_wh, run.srs)
        )
        return BackedBid(made.commitment, made.proof, made.instances)

    def _forged(self, attack: HomeAttack, order: ProofOrder) -> ProofOrder | None:
        windows = self._run.prepared.windows_wh[order.agent]
        if isinstance(attack, StaleWindow) and order.gate:
            before = tuple(windows[order.gate - 1].tolist())
            return None if before == order.window_wh else replace(order, window_wh=before)
        proof = self._run.bids.proofs.get((order.agent, order.gate))
        if isinstance(attack, HomeMadeModel) and proof:
            return replace(order, circuit=self._rival(order), salts=proof.salts)
        return None

    def _rival(self, order: ProofOrder) -> Circuit:
        """A circuit of the home's own model, set up on first use."""
        cluster = self._run.prepared.model_set.cluster_of_home[order.agent]
        if cluster not in self._rivals:
            own, folder = order.circuit, self._run.folder / f"rival-{cluster}"
            self._rivals[cluster] = build_circuit(
                turned_round(own.model), own.settings, own.limit_wh, self._run.srs, folder
            )
        return self._rivals[cluster]


class _Backing:
    """The run's own bids, and the counterfeit of the one attempt."""

    def __init__(self, laboratory: Laboratory, attack: HomeAttack, row: int, gate: int) -> None:
        self._laboratory, self._attack, self._of = laboratory, attack, (row, gate)

    def bid(self, home: int, gate: int) -> BackedBid:
        """See ``BidSource``."""
        raise NotImplementedError(f"nobody asks for the bid of home {home} at gate {gate} here")

    def counterfeit(self, home: int, gate: int) -> BackedBid | None:
        """See ``BidSource``."""
        return self._laboratory.counterfeit(self._attack, home, gate) if (home, gate) == self._of else None


def _honest(prepared: Prepared) -> Prepared:
    """The same run without its own cheats."""
    return replace(prepared, scenario=prepared.scenario.model_copy(update={"adversaries": Adversaries()}))


def _comes_after(attack: HomeAttack) -> bool:
    """Whether the honest submissions are on the chain when it is tried."""
    return attack.moment in (Moment.BEHIND, Moment.LATE)


def _attempts(sent: Round) -> list[Call]:
    calls = [*sent.ahead, *sent.bids, *sent.behind, *sent.late]
    return [call for call in calls if call.attack is not None]
