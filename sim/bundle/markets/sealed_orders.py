"""Bundles of markets whose orders are sealed: totals and bills follow from commitments, and no quantity does.

What is public is made again from the contract's events: prices from totals, what the utility is owed from
both, bills and balances from the sums that the meter posted. How a period's trades divide among the homes is
the meter's word; that they sum to what was traded is not.
"""

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from sim.bundle.calls import Call, call_of, data_of
from sim.bundle.markets.base import Accepted, Logged, MarketKind, Step, events_of
from sim.chain.base import Account, Transaction
from sim.chain.bounds import SIGNATURE_BYTES
from sim.chain.contracts import SEALED_MARKET
from sim.chain.market_client import SUBMIT_GAS, GateTimes
from sim.chain.sealed_client import (
    ClearedGate,
    SealedMarket,
    SealedRegistration,
    cleared_of_events,
    clearing_gas,
    points_of_events,
    sealed_registrations,
    settled_of_events,
)
from sim.errors import BundleError
from sim.market.clearing import Trades, check_money
from sim.market.sealed import LEAST_HOMES
from sim.outputs.chain_record import Mined
from sim.proofs import curve
from sim.proofs.bids import PLACEHOLDER_BYTES
from sim.proofs.field import ELEMENT_BYTES, MODULUS
from sim.proofs.settlement import SettlementCircuit, TradeProof, points_of, verify_trade
from sim.proofs.srs import Srs
from sim.runtime.wording import counted
from sim.simulation.bids import SealedBids
from sim.simulation.preparation import Prepared
from sim.venues.base import SealedRecord
from sim.venues.sealed import net_price_of, output_bounds

_LONGEST_VOID = 256
"""Bytes of a signed transaction that declares a gate void, and more."""
_MOST = 2**63 - 1
"""What tables hold."""

Events = Sequence[tuple[str, Mapping[str, Any]]]


@dataclass(frozen=True)
class SealedOrders(MarketKind):
    """A gate is cleared at once, or void; a settlement period of several gates is settled at once.

    settles_by_proof: whether the auctioneer proves what each home has traded, or the meter posts it
    proves:           whether everything that is to be proved is
    """

    settles_by_proof: bool
    proves: bool

    contract = SEALED_MARKET
    stages: ClassVar[Mapping[str, str]] = {
        **{function: function for function in ("commit", "submit", "clear", "void", "settle")},
        "prove_trade": "prove",
    }
    shown = (
        "Shown: these signed transactions, executed under this checkout's contracts, make exactly the "
        "blocks, totals, prices, bills, balances, tables and figures of the bundle. Each total is what the "
        "orders committed to add up to; no order is in the bundle."
    )
    proved = (
        " Every commitment that was accepted is to what its home's bundled model forecasts from a window "
        "that the meter had committed to before the gate opened."
    )
    forgeable = ("no opening of a sum",)

    @property
    def not_shown(self) -> tuple[str, ...]:
        """See ``MarketKind``."""
        if self.settles_by_proof and self.proves:
            return ()
        whose = "auctioneer" if self.settles_by_proof else "meter"
        return (f"how what all homes traded divides among them, which is the {whose}'s word",)

    # What a run sends

    def fewest_calls(self, homes: int, gates: int, horizon: int) -> int:  # noqa: ARG002
        """See ``MarketKind``."""
        return homes + gates * (homes + 1)

    def shortest_submission(self, horizon: int) -> int:  # noqa: ARG002
        """See ``MarketKind``."""
        return len(self.artifact.encode("submit", 0, bytes(2 * PLACEHOLDER_BYTES), bytes(SIGNATURE_BYTES)))

    def registrations(
        self,
        prepared: Prepared,  # noqa: ARG002
        market: SealedMarket,
        utility: Account,
        nonce: int,
        models: Sequence[SealedRegistration],
    ) -> list[Transaction]:
        """See ``MarketKind``."""
        return sealed_registrations(market, utility, nonce, models)

    def about(self, call: Call) -> tuple[tuple[int, ...], tuple[str, ...]]:
        """See ``MarketKind``."""
        if call.function == "prove_trade":
            return (call.arguments["period"], call.arguments["home"] - 1), ("period", "home")
        part = "period" if "period" in call.arguments else "gate"
        return (call.arguments[part],), (part,)

    def gate_of(self, prepared: Prepared, call: Call) -> int:
        """See ``MarketKind``: of a settlement period its last."""
        if "gate" in call.arguments:
            return int(call.arguments["gate"])
        return int(np.flatnonzero(prepared.settlement_period == call.arguments["period"])[-1])

    def gas_of(self, prepared: Prepared, call: Call) -> int:
        """See ``MarketKind``."""
        if call.function == "clear":
            return clearing_gas(prepared.scenario.time.horizon)
        if call.function in ("submit", "prove_trade"):
            return SUBMIT_GAS
        return super().gas_of(prepared, call)

    def void_gates(self, record: Sequence[Mined]) -> frozenset[int]:
        """See ``MarketKind``."""
        signed = (each for mined in record for each in mined.block.transactions)
        short = (data_of(each) for each in signed if len(each) <= _LONGEST_VOID)
        calls = (call_of(data, self.artifact) for data in short)
        return frozenset(call.arguments["gate"] for call in calls if call and call.function == "void")

    def due(
        self, prepared: Prepared, gate: int, times: GateTimes, void: bool
    ) -> list[tuple[int, list[Step]]]:
        """See ``MarketKind``: a home declares void what nobody has cleared by its delivery."""
        anybody = prepared.population.homes[0].name
        cleared, voided = Step("auctioneer", "clear", (gate,)), Step(anybody, "void", (gate,))
        proved, settled = list[Step](), list[Step]()
        if prepared.settled_with(gate) is not None:
            period, homes = int(prepared.settlement_period[gate]), range(len(prepared.population.homes))
            settled = [Step("meter", "settle", (period,), ("period",))]
            if self.settles_by_proof:
                parts = ("period", "home")
                proved = [Step("auctioneer", "prove", (period, home), parts) for home in homes]
        return [
            (times.closes, [] if void else [cleared]),
            (times.delivery, [voided] if void else []),
            (times.settles, proved),
            (times.settles, settled),
        ]

    # What comes of it

    def check_finished(self, calls: Sequence[Accepted]) -> None:
        """See ``MarketKind``: the contract clears no gate of too few, and a run every other one."""
        homes = Counter(each.gate for each in calls if each.stage == "submit")
        for gate in sorted(each.gate for each in calls if each.stage == "void"):
            if homes[gate] >= LEAST_HOMES:
                raise BundleError(
                    f"gate {gate + 1:,} is void, where a run clears the orders of {homes[gate]} homes"
                )

    def logged(self, prepared: Prepared, market: SealedMarket, calls: Sequence[Accepted]) -> Logged:
        """See ``MarketKind``."""
        events = events_of(market, calls)
        homes, slots = prepared.reading_wh.shape
        accepted, cleared = np.zeros((homes, prepared.gates), bool), np.zeros(prepared.gates, bool)
        totals, price = (np.zeros(slots, dtype=np.int64) for _ in range(2))
        for gate, home in points_of_events(events):
            accepted[home - 1, gate] = True
        bounds = output_bounds(prepared)
        for gate, logged in cleared_of_events(events).items():
            ordered = np.flatnonzero(accepted[:, gate]).tolist()
            most = sum(bounds[prepared.forecasters.number(home, gate)] for home in ordered)
            _check_cleared(prepared, gate, logged, len(ordered), min(most, _MOST))
            of_gate, cleared[gate] = prepared.slots_of(gate), True
            totals[of_gate], price[of_gate] = logged.totals, logged.prices
        periods = [settled for _, settled in sorted(settled_of_events(events).items())]
        record = SealedRecord(
            scale=prepared.forecasters.models[0].output_scale,
            accepted=accepted,
            cleared=cleared,
            totals=totals,
            price=price,
            trade_sums=tuple(each.trade_sums for each in periods),
            deviation_sums=tuple(each.deviation_sums for each in periods),
        )
        _check_settled(prepared, record)
        nothing = np.zeros((homes, slots), dtype=np.int64)
        bills = tuple(sum(of_period[home] for of_period in record.bills) for home in range(homes))
        return Logged(nothing, nothing, Trades(nothing, nothing), record, bills, {})

    def check_openings(
        self,
        prepared: Prepared,
        market: SealedMarket,
        auctioneer: Account,
        sealed: SealedBids | None,
        srs: Srs,
        calls: Sequence[Accepted],
    ) -> str:
        """See ``MarketKind``: signatures, the openings of totals, and settlement proofs."""
        assert sealed is not None
        events = events_of(market, calls)
        sums = _signed_sums(market, auctioneer, calls, events)
        cleared = [each for each in calls if each.stage == "clear"]
        for each in cleared:
            arguments, challenge = each.call.arguments, secrets.randbelow(MODULUS - 1) + 1
            openings = [_bytes_of(point) for point in arguments["opened"]]
            if not sealed.columns.all_open(sums[each.gate], arguments["totals"], openings, challenge):
                raise BundleError(f"the totals of gate {each.gate + 1:,} do not open the sum of its orders")
        found = f"; the totals of {counted(len(cleared), 'gate')} open the sums of all signed orders"
        if sealed.settlement is None:
            return found
        trades = [each.call for each in calls if each.stage == "prove"]
        for call in trades:
            _check_trade(prepared, sealed.settlement, srs, events, call)
        return f"{found}; all {len(trades)} trades proved"

    # What is said of it

    def rule_of(self, prepared: Prepared) -> str:
        """See ``MarketKind``."""
        return prepared.mechanism.name

    def contracts_of(self, prepared: Prepared) -> tuple[str, ...]:  # noqa: ARG002
        """See ``MarketKind``."""
        return (self.contract,)


def _signed_sums(
    market: SealedMarket, auctioneer: Account, calls: Sequence[Accepted], events: Events
) -> dict[int, bytes]:
    """The sums of each gate's commitments, every one of which the auctioneer has signed for."""
    sums: dict[int, bytes] = {}
    for each, (_, event) in zip(calls, events, strict=True):
        if each.stage == "submit":
            gate, home, point = event["gate"], event["home"], _bytes_of(event["point"])
            signature = each.call.arguments["signature"]
            if not market.is_signed(gate, home, point, signature, auctioneer.address):
                raise BundleError(f"home {home} at gate {gate + 1:,} has no signature of the auctioneer")
            sums[gate] = curve.add(sums.get(gate, curve.INFINITY), point)
    return sums


def _check_trade(
    prepared: Prepared, circuit: SettlementCircuit, srs: Srs, events: Events, call: Call
) -> None:
    """A settlement proof is of what the home had committed to, at the prices of the period's gates."""
    period, home = call.arguments["period"], call.arguments["home"]
    gates = np.flatnonzero(prepared.settlement_period == period).tolist()
    points, cleared = points_of_events(events), cleared_of_events(events)
    (none,) = points_of(circuit, [()], srs)
    ordered = [_bytes_of(points[gate, home]) if (gate, home) in points else none for gate in gates]
    prices = [cleared[gate].prices if gate in cleared else () for gate in gates]
    proof = TradeProof(call.arguments["proof"], call.arguments["trade_sum"], 0.0)
    if not verify_trade(circuit, ordered, prices, proof, srs):
        raise BundleError(f"the proof of what home {home} traded in period {period + 1:,} does not verify")


def _check_cleared(prepared: Prepared, gate: int, cleared: ClearedGate, homes: int, most: int) -> None:
    """Totals are of all homes that ordered, and no larger than their models can make them; prices follow.

    most: largest magnitude of a total
    """
    slots = prepared.slots_of(gate)
    if cleared.homes != homes:
        raise BundleError(f"gate {gate + 1:,} is cleared of {cleared.homes} homes, and {homes} ordered")
    for slot, total in enumerate(cleared.totals, start=slots.start + 1):
        if abs(total) > most:
            raise BundleError(f"slot {slot:,} has a total of {total}, where homes can order {most} together")
    tariffs = prepared.outside.retail[0, slots], prepared.outside.feed_in[0, slots]
    prices = net_price_of(prepared).prices(np.array(cleared.totals, dtype=np.int64), *tariffs)
    if (other := np.flatnonzero(prices != np.array(cleared.prices))).size:
        raise BundleError(f"slot {slots.start + int(other[0]) + 1:,} does not have the price of its total")


def _check_settled(prepared: Prepared, record: SealedRecord) -> None:
    """All trades of a settlement period sum to what its totals cost, and money stays within what is exact."""
    traded = record.totals.astype(object) * record.price.astype(object)
    period_of_slot = np.repeat(prepared.settlement_period, prepared.scenario.time.horizon)
    for period, trade_sums in enumerate(record.trade_sums):
        if sum(trade_sums) != traded[period_of_slot == period].sum():
            raise BundleError(f"trades of settlement period {period + 1:,} do not sum to what was traded")
    check_money(sum(abs(bill) for bills in record.bills for bill in bills))


def _bytes_of(point: Sequence[int]) -> bytes:
    return b"".join(each.to_bytes(ELEMENT_BYTES, "big") for each in point)
