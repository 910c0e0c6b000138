"""Sealed orders on their contract: homes submit commitments, the auctioneer opens sums, the meter settles."""

import time
from collections.abc import Sequence

import mesa
import numpy as np

from agents.calls import Call
from agents.prosumer import Prosumer
from agents.sealed_operators import SealedAuctioneer, SealedMeter, SealedUtility
from sim.arrays import Bools, Ints
from sim.chain.accounts import OPERATORS
from sim.chain.market_client import founding_chain_id, send
from sim.chain.sealed_client import (
    Proving,
    SealedEnrolment,
    SealedMarket,
    SealedRegistration,
    SealedSubmission,
    SealedTerms,
    cleared_of_events,
    deploy_sealed_market,
    lagrange_points,
    placeholder_key,
    settled_of_events,
    srs_of,
)
from sim.errors import ChainError
from sim.market.clearing import Trades
from sim.market.orders import Orders
from sim.market.sealed import LEAST_HOMES
from sim.proofs.columns import Columns
from sim.proofs.field import COMMITMENT_BYTES
from sim.proofs.settlement import SettlementCircuit
from sim.simulation.bids import SealedBids
from sim.simulation.preparation import Prepared
from sim.venues.base import ChainRecord, Requote, SealedRecord
from sim.venues.chain_venue import ChainVenue, market_terms
from sim.venues.sealed import books_of, in_whole_wh, net_price_of


class SealedOnChain(ChainVenue[SealedMarket, SealedRegistration]):
    """The venue of sealed orders on every backend that is a chain."""

    meter: SealedMeter
    utility: SealedUtility
    auctioneer: SealedAuctioneer
    _bids: SealedBids

    def _found(self, world: mesa.Model, first: Sequence[SealedRegistration]) -> None:
        prepared, columns = self._prepared, self._bids.columns
        homes, slots = prepared.reading_wh.shape
        self._accepted: Bools = np.zeros((homes, prepared.gates), dtype=np.bool_)
        self._cleared: Bools = np.zeros(prepared.gates, dtype=np.bool_)
        self._totals, self._price = (np.zeros(slots, dtype=np.int64) for _ in range(2))
        self._net_wh: Ints = np.zeros_like(prepared.reading_wh)
        self._posted: dict[int, tuple[tuple[int, ...], tuple[int, ...]]] = {}
        began = time.perf_counter()
        terms = sealed_terms(prepared, columns, self._bids.settlement)
        self._scale = terms.output_scale
        enrolments = _enrolments(prepared, self._prosumers)
        utility, meter, auctioneer = self.accounts[: len(OPERATORS)]
        genesis = self._open(founding_chain_id(terms, first, enrolments, self._proves))
        self.market, receipts = deploy_sealed_market(
            self.chain, genesis, terms, utility, meter, auctioneer, self._proves
        )
        self.utility = SealedUtility(world, utility, self.market)
        self.meter = SealedMeter(world, meter, self.market)
        self.auctioneer = SealedAuctioneer(world, auctioneer, self.market, columns, self._bids.values)
        registering = self.utility.register(first, self.chain.nonce(utility))
        self._set_up_by(receipts + send(self.chain, genesis, registering), began)
        self._send(-1, genesis, [Call("set-up", each) for each in self.utility.enrol(enrolments)])

    def register(self, gate: int, timestamp: int) -> None:
        """The models' keys are stored on the chain, and the models registered."""
        sent = self.utility.register(self._from(gate), self.chain.nonce(self.utility.account))
        self._send(gate, timestamp, [Call("register", each) for each in sent])

    def commit(self, gate: int, timestamp: int) -> None:
        """Waits for the gate's proofs, whose first bytes are what is committed to."""
        self._send(gate, timestamp, [Call("commit", self.meter.commit(gate, self._points(gate)))])

    def submit(self, gate: int, timestamp: int, orders: Orders) -> Orders:
        """One transaction per home that the auctioneer signs for; what the contract logged was accepted."""
        calls = []
        for row, home in enumerate(self._prosumers):
            bid = self._bids.bid(row, gate)
            signature = self.auctioneer.sign(gate, home.number, bid.output_point, bid.column)
            if signature is None:
                raise ChainError(f"{home.home.name} shows another column than it commits to")
            submission = SealedSubmission(gate, bid.proof, signature)
            calls.append(Call("submit", self.market.submit(home.account, submission)))
        for name, event in self._events(self._mine(gate, timestamp, calls)):
            if name == "OrdersSealed":
                self._accepted[event["home"] - 1, gate] = True
        return Orders(*(np.where(self._accepted[:, gate, None], each, 0) for each in orders))

    def clear(self, gate: int, timestamp: int, requote: Requote) -> Trades:  # noqa: ARG002
        """One transaction: totals with their openings. A gate of too few homes is left to be void."""
        slots, homes = self._prepared.slots_of(gate), np.flatnonzero(self._accepted[:, gate]).tolist()
        if len(homes) >= LEAST_HOMES:
            totals, openings = self._bids.opened(gate, homes)
            call = Call("clear", self.auctioneer.clear(gate, totals, openings))
            logged = cleared_of_events(self._events(self._send(gate, timestamp, [call])))[gate]
            self._cleared[gate] = True
            self._totals[slots], self._price[slots] = logged.totals, logged.prices
        counted = self._accepted[:, gate, None] & self._cleared[gate]
        return in_whole_wh(np.where(counted, self._prepared.forecast_wh[:, slots], 0), self._price[slots])

    def void(self, gate: int, timestamp: int) -> None:
        """Anybody may, so the first home does, where the auctioneer has not cleared the gate."""
        if not self._cleared[gate]:
            anybody, homes = self._prosumers[0].account, len(self._prosumers)
            self._send(gate, timestamp, [Call("void", self.market.void(anybody, gate, homes))])

    def settle(self, gate: int, timestamp: int, realised_wh: Ints, fill_wh: Ints) -> None:  # noqa: ARG002
        """One transaction per settlement period, after the last gate of it."""
        prepared = self._prepared
        self._net_wh[:, prepared.slots_of(gate)] = realised_wh
        if (slots := prepared.settled_with(gate)) is None:
            return
        period = int(prepared.settlement_period[gate])
        books = books_of(prepared, self._accepted, self._cleared, self._net_wh).during(slots)
        trade_sums, deviation_sums = (
            each[:, 0].tolist() for each in (books.trade_sums, books.deviation_sums)
        )
        gates = range(slots.start // prepared.scenario.time.horizon, gate + 1)
        if prepared.scenario.market.settlement == "proved":
            self._send(gate, timestamp, self._proved_trades(period, gates, trade_sums))
            trade_sums = []
        call = Call("settle", self.meter.settle(period, trade_sums, deviation_sums))
        logged = settled_of_events(self._events(self._send(gate, timestamp, [call])))[period]
        self._bids.settled(gates)
        self._posted[period] = logged.trade_sums, logged.deviation_sums

    def _proved_trades(self, period: int, gates: range, trade_sums: Sequence[int]) -> list[Call]:
        """The auctioneer, who holds all columns, proves what each home has traded."""
        slots = [self._prepared.slots_of(gate) for gate in gates]
        prices = [
            tuple(self._price[each].tolist()) if self._cleared[gate] else ()
            for gate, each in zip(gates, slots, strict=True)
        ]
        proofs = self._bids.trades(period, gates, self._accepted, prices)
        return [
            Call("prove", self.auctioneer.prove_trade(period, home.number, proof, trade))
            for home, proof, trade in zip(self._prosumers, proofs, trade_sums, strict=True)
        ]

    def record(self) -> ChainRecord:
        """What is on the chain by now, sealed orders as it logged them."""
        posted = [self._posted[period] for period in sorted(self._posted)]
        trade_sums, deviation_sums = zip(*posted, strict=True) if posted else ((), ())
        sealed = SealedRecord(
            self._scale, self._accepted, self._cleared, self._totals, self._price, trade_sums, deviation_sums
        )
        return self._recorded(sealed)


def sealed_terms(
    prepared: Prepared, columns: Columns, settlement: SettlementCircuit | None = None
) -> SealedTerms:
    """What the contract is constructed with; local time counts as if it were UTC.

    settlement: what trades are proved with; where they are metered, or nothing is proved, None
    """
    terms, tariffs = market_terms(prepared), prepared.tariffs
    gates, proving = int(np.count_nonzero(prepared.settlement_period == 0)), None
    if prepared.scenario.market.settlement == "proved":
        lagrange = lagrange_points(columns, terms.horizon)
        if settlement:
            proving = Proving(settlement.key, settlement.proof_bytes, lagrange)
        else:
            proving = Proving(placeholder_key(columns, 1), 2 * gates * COMMITMENT_BYTES, lagrange)
    return SealedTerms(
        first_delivery=terms.first_delivery,
        slot_s=terms.slot_s,
        horizon=terms.horizon,
        lead=terms.lead,
        lookback=terms.lookback,
        gates=terms.gates,
        period_of_day_slot=terms.period_of_day_slot,
        retail=tuple(tariffs.retail[0].tolist()),
        feed_in=tuple(tariffs.feed_in[0].tolist()),
        k_ppm=net_price_of(prepared).k_ppm,
        least_homes=LEAST_HOMES,
        output_scale=prepared.forecasters.models[0].output_scale,
        settlement_gates=gates,
        srs=srs_of(columns),
        proving=proving,
    )


def _enrolments(prepared: Prepared, prosumers: Sequence[Prosumer]) -> list[SealedEnrolment]:
    """What the utility grants each home, in the order of their numbers."""
    population = prepared.population
    import_wh, export_wh = population.import_limit_wh.tolist(), population.export_limit_wh.tolist()
    return [
        SealedEnrolment(
            account=home.account.address,
            forecaster=home.cluster,
            import_limit_wh=import_wh[row],
            export_limit_wh=export_wh[row],
            credit_limit=prepared.credit_limit,
        )
        for row, home in enumerate(prosumers)
    ]
